//! For the people who run Rollcall.

mod jobs;
mod workspaces;

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
    html::{self, Html},
    said::Said,
    visitor::Operator,
};
use crate::{
    app::{App, error::AppError, principal},
    http::{carried::for_us, context::RequestContext, saml::cookies::Kept},
};

/// Where operators' pages are.
pub const PREFIX: &str = "/ops";
/// Where operators sign in.
pub const SIGN_IN: &str = "/ops/sign-in";

/// Everything below [`PREFIX`].
pub fn routes() -> Route {
    Route::new()
        .at("/", get(first))
        .at("/sign-in", get(show).post(sign_in))
        .at("/sign-out", post(sign_out))
        .at("/workspaces", get(workspaces::list).post(workspaces::make))
        .at("/workspaces/:slug", get(workspaces::show).post(workspaces::change))
        .at("/workspaces/:slug/set-up-link", post(workspaces::make_link))
        .at("/workspaces/:slug/set-up-links/:link/revoke", post(workspaces::revoke_link))
        .at("/workspaces/:slug/reconcile", post(workspaces::reconcile))
        .at("/jobs", get(jobs::list))
        .at("/jobs/:job/retry", post(jobs::retry))
}

/// A place in the operators' navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Here {
    Workspaces,
    Jobs,
}

fn frame(here: Here, title: &str, said: &Said, body: &Markup) -> Html {
    let links = [(Here::Workspaces, "/ops/workspaces", "Workspaces"), (Here::Jobs, "/ops/jobs", "Queue and held changes")];
    let side = html! {
        nav.side aria-label="Operations" {
            h2 { "Operations" }
            ul {
                @for (there, address, called) in links { li { a href=(address) aria-current=[(there == here).then_some("page")] { (called) } } }
            }
            h2 { "Documents" }
            ul { li { a href="/docs" { "API documents" } } li { a href="/metrics" { "Metrics" } } li { a href="/readyz" { "Readiness" } } }
        }
    };
    let right = html! { form method="post" action="/ops/sign-out" { button.link { "Sign out" } } };
    html::framed("pageOps", title, &html::top(Some("Operators"), &right), &side, said, body)
}

fn page(said: &Said) -> Html {
    let body = html! {
        h1 { "Operators" }
        p.lead { "Plans, the gate, the queue." }
        form.card method="post" action=(SIGN_IN) {
            div.field {
                label for="token" { "Operator token" }
                input type="password" id="token" name="token" required autocomplete="off" aria-describedby="token-hint";
                span.hint #token-hint { "The value of ROLLCALL_OPERATOR_TOKEN. You stay signed in for eight hours." }
            }
            button { "Sign in" }
        }
    };
    html::bare("pageOps", "Operators", said, &body)
}

#[handler]
fn first(_operator: Operator) -> Response {
    Redirect::see_other("/ops/workspaces").into_response()
}

#[handler]
fn show() -> Html {
    page(&Said::Nothing)
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[handler]
fn sign_in(request: &Request, Data(app): Data<&App>, Form(Token { token }): Form<Token>) -> Result<Response, Failure> {
    for_us(request)?;
    let context = RequestContext::of(request);
    match principal::operator_signs_in(app, &token, context.id, context.received) {
        Ok((kept, until)) => Ok(Redirect::see_other("/ops/workspaces")
            .with_header(header::SET_COOKIE, Kept::Operator.set(app, &kept, until))
            .into_response()),
        Err(AppError::Unauthorized(_)) => {
            Ok(page(&Said::Wrong(AppError::Unauthorized("That is not the operators' token of this installation.").into()))
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[handler]
fn sign_out(request: &Request, Data(app): Data<&App>) -> Result<Response, Failure> {
    for_us(request)?;
    Ok(Redirect::see_other(SIGN_IN).with_header(header::SET_COOKIE, Kept::Operator.clear(app)).into_response())
}
