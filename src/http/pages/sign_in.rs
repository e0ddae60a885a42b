//! The page on which people sign in: it finds their workspace, and its identity provider does the rest.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Query, Redirect},
};
use serde::Deserialize;

use super::{
    failure::Failure,
    html::{self, Html},
    parts::{Field, name, with_query},
    said::Said,
};
use crate::app::{
    App,
    sign_in::{self, WayIn},
};

/// What a sign-in is for.
#[derive(Deserialize)]
pub struct Asked {
    return_to: Option<String>,
}

/// What somebody has filled in.
#[derive(Deserialize)]
pub struct Filled {
    workspace: String,
    return_to: Option<String>,
}

/// The page.
#[handler]
pub fn show(Query(asked): Query<Asked>) -> Html {
    page("", asked.return_to.as_deref(), &Said::Nothing)
}

/// Leads to the identity provider of the workspace.
#[handler]
pub async fn choose(Data(app): Data<&App>, Form(filled): Form<Filled>) -> Result<Response, Failure> {
    let back = filled.return_to.as_deref();
    match sign_in::ways_in(app, &filled.workspace).await {
        Ok(ways) => Ok(match ways.as_slice() {
            [way] => Redirect::see_other(address(way, back)).into_response(),
            ways => several(ways, back).into_response(),
        }),
        Err(error) => Ok(page(&filled.workspace, back, &Said::wrong(error)?).into_response()),
    }
}

fn address(way: &WayIn, back: Option<&str>) -> String {
    with_query(&way.start, &[("return_to", back)])
}

fn page(filled: &str, back: Option<&str>, said: &Said) -> Html {
    let field = Field {
        name: "workspace",
        label: "Workspace or e-mail address",
        kind: "text",
        value: filled,
        hint: "The short name of your workspace, or your address at work.",
        required: true,
    };
    let body = html! {
        h1 { "Sign in" }
        p.lead { "Your workspace's own identity provider signs you in. Rollcall knows no password of yours." }
        form.card method="post" action=(super::SIGN_IN) {
            (field.show())
            @if let Some(back) = back { input type="hidden" name="return_to" value=(back); }
            button { "Continue" }
        }
        p.soft { "Were you sent a set-up link? Open the link itself, or " a href="/set-up" { "enter its code" } "." }
    };
    html::bare("pageSignIn", "Sign in", said, &body).leading_away()
}

fn several(ways: &[WayIn], back: Option<&str>) -> Html {
    let line = |way: &WayIn| -> Markup {
        html! { li { a href=(address(way, back)) { (name(&way.workspace)) } } }
    };
    let body = html! {
        h1 { "Choose a workspace" }
        p.lead { "Several workspaces sign in people of your domain." }
        ul.card { @for way in ways { (line(way)) } }
    };
    html::bare("pageSignIn", "Choose a workspace", &Said::Nothing, &body)
}
