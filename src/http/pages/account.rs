//! What everybody sees who is signed in: their own sessions, and the ways out.

use maud::{Markup, html};
use poem::{
    IntoResponse, Request, Response, Result, handler,
    http::{StatusCode, header},
    web::{Data, Path, Query, Redirect},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    failure::Failure,
    html::{self, Html},
    parts::{Tone, careful, many, optional, tag, time},
    said::{Asked, Said},
    visitor::Person,
};
use crate::{
    app::{
        App, recovery,
        sessions::{self, OpenSession},
    },
    http::{carried::carried, saml::cookies},
};

const DONE: [(&str, &str); 1] = [("ended", "The session was ended. It is refused from its next request on.")];

/// The page.
#[handler]
pub async fn show(person: Person, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&person, app, None, &Said::done(asked.done.as_deref(), &DONE)).await
}

async fn page(person: &Person, app: &App, codes: Option<&[SecretString]>, said: &Said) -> Result<Html, Failure> {
    let open = sessions::list_own(app, &person.holder).await?;
    let left = recovery::left(app, &person.holder).await?;
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
        @if person.holder.is_admin() || left > 0 { (recovery_codes(left, codes)) }
        @if person.holder.is_admin() { p { a href="/settings/scim" { "Settings of the workspace" } } }
    };
    Ok(html::person(person.who(), &person.workspace.name, "Your sessions", said, &body))
}

/// The way in while the identity provider is away.
fn recovery_codes(left: i64, codes: Option<&[SecretString]>) -> Markup {
    html! {
        section.card aria-labelledby="codes" {
            h2 #codes { "Recovery codes" }
            p { "Where SAML SSO is required and your identity provider is away, the application lets you in with one of them. Each is good once." }
            @if let Some(codes) = codes {
                p { strong { "Write them down now: they are shown this once." } }
                ul #new-codes { @for code in codes { li { code { (code.expose_secret()) } } } }
            } @else {
                p { @if left == 0 { "You have none." } @else { (many(left, "is", "are")) " left." } }
            }
            form method="post" action="/account/recovery-codes" {
                button.plain { @if left > 0 { "Make ten new ones; the old ones are not good any more then" } @else { "Make ten" } }
            }
        }
    }
}

/// Makes recovery codes. The answer is the only page on which they stand.
#[handler]
pub async fn make_recovery_codes(person: Person, Data(app): Data<&App>) -> Result<Html, Failure> {
    match recovery::make(app, &person.holder).await {
        Ok(codes) => {
            Ok(page(&person, app, Some(&codes), &Said::Done("The codes were made.")).await?.with_status(StatusCode::CREATED))
        }
        Err(error) => page(&person, app, None, &Said::wrong(error)?).await,
    }
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
            td data-label="Signed in" { (time(summary.session.created_at)) span.soft { (opened_by(session)) } }
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
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {}
        Err(problem) => return Err(problem.into()),
    }
    Ok(leave(app, request))
}

/// Ends all sessions of the person.
#[handler]
pub async fn sign_out_everywhere(request: &Request, person: Person, Data(app): Data<&App>) -> Result<Response, Failure> {
    sessions::end_all_own(app, &person.holder).await?;
    Ok(leave(app, request))
}
