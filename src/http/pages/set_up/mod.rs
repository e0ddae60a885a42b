//! For whoever was sent a set-up link: entering by its code, and what is to be done, step by step. The steps themselves are the pages of the
//! settings, for whoever sees them.

use maud::{Markup, html};
use poem::{
    IntoResponse, Request, Response, Result, Route, get, handler,
    http::header,
    post,
    web::{Data, Form, Redirect},
};
use serde::Deserialize;

use super::{
    failure::Failure,
    html::{self, Html, Place},
    parts::{code, name},
    said::Said,
    settings,
    visitor::SetUp,
};
use crate::{
    app::{App, error::AppError, set_up},
    clock,
    http::{carried::for_us, context::RequestContext, saml::cookies::Kept},
};

/// Where links lead.
pub const PREFIX: &str = "/set-up";

/// Everything below [`PREFIX`].
pub fn routes() -> Route {
    Route::new()
        .at("/", get(show).post(enter))
        .at("/steps", get(steps))
        .at("/leave", post(leave))
        .nest("/saml", settings::saml::routes())
        .nest("/scim", settings::scim::shared())
}

/// The address of a link. Its code stands behind the `#`, which browsers keep to themselves: no server and no log ever sees it.
pub fn address(origin: &str, code: &str) -> String {
    format!("{origin}{PREFIX}#{code}")
}

/// A page below [`PREFIX`].
pub fn frame(visitor: &SetUp, place: Place, title: &str, said: &Said, body: &Markup) -> Html {
    let links: [(&str, &str, Option<Place>); 3] = [
        ("/set-up/steps", "Steps", None),
        ("/set-up/saml", "SAML sign-in", Some(Place::Saml)),
        ("/set-up/scim", "SCIM provisioning", Some(Place::Scim)),
    ];
    let here = Some(place).filter(|place| matches!(place, Place::Saml | Place::Scim));
    let side = html! {
        nav.side aria-label="Set-up" {
            h2 { "Set-up" }
            ul { @for (address, called, there) in links {
                li { a href=(address) aria-current=[(there == here).then_some("page")] { (called) } }
            } }
        }
    };
    let right = html! { form method="post" action="/set-up/leave" { button.link { "Leave" } } };
    html::framed("pageSetUp", title, &html::top(Some(&visitor.workspace.name), &right), &side, said, body)
}

fn start(said: &Said) -> Html {
    let body = html! {
        h1 { "Set up sign-in and provisioning" }
        p.lead { "You were sent a link because you run your company's identity provider. No account is needed." }
        form.card method="post" action=(PREFIX) {
            (code("Set-up code", false))
            button { "Begin" }
        }
    };
    html::bare("pageSetUp", "Set-up", said, &body)
}

#[handler]
fn show() -> Html {
    start(&Said::Nothing)
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

/// Takes the code, which from then on only this browser's cookie carries.
#[handler]
async fn enter(request: &Request, Data(app): Data<&App>, Form(Code { code }): Form<Code>) -> Result<Response, Failure> {
    for_us(request)?;
    let context = RequestContext::of(request);
    // Whoever pastes the whole link means its code.
    let code = code.trim().rsplit('#').next().unwrap_or_default();
    match set_up::enter(app, code, context.id, context.received).await {
        Ok(caller) => {
            context.belongs_to(caller.workspace);
            let until = clock::now() + chrono::TimeDelta::days(set_up::MOST_DAYS.into());
            Ok(Redirect::see_other("/set-up/steps")
                .with_header(header::SET_COOKIE, Kept::SetUp.set(app, code, until))
                .into_response())
        }
        Err(error @ (AppError::Unauthorized(_) | AppError::Forbidden(_))) => {
            Ok(start(&Said::Wrong(error.into())).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[handler]
async fn leave(request: &Request, Data(app): Data<&App>) -> Result<Response, Failure> {
    for_us(request)?;
    Ok(Redirect::see_other(PREFIX).with_header(header::SET_COOKIE, Kept::SetUp.clear(app)).into_response())
}

/// What there is to do, and how far it is done.
#[handler]
fn steps(visitor: SetUp) -> Html {
    let conditions = visitor.workspace.conditions;
    let line = |done: bool, what: &Markup| html! { li.done[done] { (what) } };
    let body = html! {
        h1 { "Connect your identity provider" }
        p.lead { "To " (name(&visitor.workspace.name)) ". Do one step after the other; you may leave and come back by the link." }
        section.card { ul.checks {
            (line(conditions.saml_enabled, &html! { a href="/set-up/saml" { "SAML sign-in" } span.hint { "People sign in by your identity provider. Ends with a test sign-in." } }))
            (line(visitor.workspace.missing.is_empty(), &html! { a href="/set-up/scim" { "SCIM provisioning" } span.hint { "Your identity provider creates, changes and removes people. Ends with the first person who arrives." } }))
        } }
    };
    frame(&visitor, Place::Account, "Steps", &Said::Nothing, &body)
}
