//! What everybody sees who is signed in: their own sessions, and the ways out.

use maud::{Markup, html};
use poem::{
    IntoResponse, Request, Response, Result, handler,
    http::header,
    web::{Data, Path, Query, Redirect},
};
use serde::Deserialize;

use super::{
    failure::Failure,
    html::{self, Html},
    parts::{Tone, careful, optional, tag, time},
    said::Said,
    visitor::Person,
};
use crate::{
    app::{
        App,
        error::AppError,
        sessions::{self, OpenSession},
    },
    http::{
        carried::carried,
        saml::cookies,
    },
};

const DONE: [(&str, &str); 1] = [("ended", "The session was ended. It is refused from its next request on.")];

/// What was just done.
#[derive(Deserialize)]
pub struct Asked {
    done: Option<String>,
}

/// The page.
#[handler]
pub async fn show(person: Person, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&person, app, &Said::done(asked.done.as_deref(), &DONE)).await
}

async fn page(person: &Person, app: &App, said: &Said) -> Result<Html, Failure> {
    let open = sessions::list_own(app, &person.holder).await?;
    let body = html! {
        h1 { "Your sessions" }
        p.lead { "Where you are signed in to " bdi { (person.workspace.name) } ". End what you do not know." }
        div.scroll { table.cards {
            thead { tr { th { "Browser" } th { "Signed in" } th { "Last used" } th { "Ends" } th { span.hidden { "Action" } } } }
            tbody { @for session in &open { (line(session)) } }
        } }
        (careful(
            "Sign out everywhere",
            &html! { p { "Every one of these sessions is refused from now on, this one too." } },
            "/account/sign-out-everywhere",
            "Sign out everywhere",
        ))
        @if person.holder.is_admin() { p { a href="/settings/scim" { "Settings of the workspace" } } }
    };
    Ok(html::person(person.who(), &person.workspace.name, "Your sessions", said, &body))
}

/// One session, as its holder or an administrator sees it.
fn line(session: &OpenSession) -> Markup {
    let summary = &session.summary;
    html! {
        tr {
            td data-label="Browser" {
                (optional(summary.session.user_agent.as_deref()))
                @if session.is_current { (tag(Tone::Good, "this one")) }
            }
            td data-label="Signed in" { (time(summary.session.created_at)) br; span.soft { (opened_by(session)) } }
            td data-label="Last used" { (time(summary.last_seen_at)) }
            td data-label="Ends" { (time(summary.session.expires_at)) }
            td {
                @if !session.is_current {
                    form method="post" action={ "/account/sessions/" (summary.digest) "/end" } { button.danger { "End" } }
                }
            }
        }
    }
}

/// By what a session was opened.
pub fn opened_by(session: &OpenSession) -> String {
    match (&session.connection, session.summary.session.by_recovery_code) {
        (Some(name), _) => format!("by SAML, {name}"),
        (None, true) => "by a recovery code".to_owned(),
        (None, false) => "by the application".to_owned(),
    }
}

/// Ends one session.
#[handler]
pub async fn end(person: Person, Data(app): Data<&App>, Path(session): Path<String>) -> Result<Response, Failure> {
    sessions::end_own(app, &person.holder, &session).await?;
    Ok(Redirect::see_other("/account?done=ended").into_response())
}

fn leave(app: &App, request: &Request) -> Response {
    let cookies = cookies::clear_sessions(app, request);
    let mut response = Redirect::see_other(super::SIGN_IN).into_response();
    for cookie in cookies {
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Ends the session with which it is asked.
#[handler]
pub async fn sign_out(request: &Request, Data(app): Data<&App>) -> Result<Response, Failure> {
    match carried(request) {
        Ok(session) => sessions::end(app, session).await?,
        Err(problem) if problem.status() == poem::http::StatusCode::UNAUTHORIZED => {}
        Err(problem) => return Err(problem.into()),
    }
    Ok(leave(app, request))
}

/// Ends all sessions of the person.
#[handler]
pub async fn sign_out_everywhere(
    request: &Request,
    person: Person,
    Data(app): Data<&App>,
) -> Result<Response, Failure> {
    let _: Option<u64> = sessions::end_all_own(app, &person.holder).await.map_err(AppError::from)?;
    Ok(leave(app, request))
}
