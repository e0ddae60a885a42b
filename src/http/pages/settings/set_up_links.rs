//! Settings, set-up links.

use maud::{Markup, html};
use poem::{
    IntoResponse, Request, Response, Result, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query, Redirect},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{
    app::{
        App,
        set_up::{self, NewLink},
        tokens::{self, MadeToken, TokenRow},
    },
    clock,
    http::{
        context::browser_origin,
        pages::{
            failure::Failure,
            html::{self, Html, Place},
            parts::{Field, Tone, careful, choose, copy_secret, name, tag, time, time_or},
            said::{Asked, Said},
            set_up::address,
            visitor::Admin,
        },
    },
    ids::TokenId,
};

const DONE: [(&str, &str); 1] =
    [("revoked", "The link was revoked. Whoever is setting up by it is refused from the next click on.")];
const LIVES: [(&str, &str); 4] = [("1", "a day"), ("7", "a week"), ("14", "two weeks"), ("30", "30 days")];

/// A link that is wanted.
#[derive(Default, Deserialize)]
pub struct Wish {
    name: String,
    days: String,
}

/// The page.
#[handler]
pub async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&admin, app, &Wish::default(), None, &Said::done(asked.done.as_deref(), &DONE)).await
}

/// Makes a link. The answer is the only page on which it stands.
#[handler]
pub async fn make(request: &Request, admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Html, Failure> {
    let new = NewLink { name: wish.name.clone(), days: Some(wish.days.parse().unwrap_or_default()) };
    match set_up::make_link(app, &admin.caller, new).await {
        Ok(made) => {
            let shown = made_link(&browser_origin(request), &made);
            let said = Said::Done("The link was made.");
            Ok(page(&admin, app, &Wish::default(), Some(shown), &said).await?.with_status(StatusCode::CREATED))
        }
        Err(error) => page(&admin, app, &wish, None, &Said::wrong(error)?).await,
    }
}

/// Revokes a link.
#[handler]
pub async fn revoke(admin: Admin, Data(app): Data<&App>, Path(link): Path<String>) -> Result<Response, Failure> {
    let id = TokenId::parse(&link).ok_or_else(|| Failure::not_found("set-up link"))?;
    tokens::revoke(app, &admin.caller, id).await?;
    Ok(Redirect::see_other("/settings/set-up-links?done=revoked").into_response())
}

/// A link that was just made, with what is to be said to whoever gets it.
pub fn made_link(origin: &str, made: &MadeToken) -> Markup {
    html! {
        section.card aria-labelledby="made" {
            h2 #made { "For " (name(&made.token.name)) }
            p { strong { "Copy it now: it is shown this once. " } "Send it to one person, by a way that nobody else reads: whoever has it can set up how people sign in." }
            (copy_secret("link", &address(origin, made.secret.expose_secret())))
            p.hint { "It is good until " (time_or(made.token.expires_at, "revoked")) ", as often as it is opened." }
        }
    }
}

async fn page(admin: &Admin, app: &App, wish: &Wish, made: Option<Markup>, said: &Said) -> Result<Html, Failure> {
    let links = set_up::links(app, &admin.caller).await?;
    let field = Field {
        name: "name",
        label: "For whom",
        kind: "text",
        value: &wish.name,
        hint: "The person who sets things up.",
        required: true,
    };
    let days = if wish.days.is_empty() { "7" } else { &wish.days };
    let body = html! {
        h1 { "Set-up links" }
        p.lead { "With a link somebody without an account sets up SAML and SCIM of this workspace, and does nothing else. Whatever they do stands in the audit log." }
        @if let Some(made) = made { (made) }
        section.card aria-labelledby="new" {
            h2 #new { "Make a link" }
            form method="post" action="/settings/set-up-links" {
                (field.show())
                (choose("days", "It is good for", &LIVES, days))
                button { "Make the link" }
            }
        }
        @if !links.is_empty() {
            h2 { "Links" }
            (table(&links, "/settings/set-up-links"))
        }
    };
    Ok(html::admin(admin, Place::SetUpLinks, "Set-up links", said, &body))
}

/// Links, which are revoked below an address.
pub fn table(links: &[TokenRow], address: &str) -> Markup {
    html! {
        div.scroll { table.cards {
            thead { tr { th { "For" } th { "State" } th { "Made" } th { "Last used" } th { "Good until" } th { span.hidden { "Action" } } } }
            tbody { @for link in links { (line(link, address)) } }
        } }
    }
}

fn line(link: &TokenRow, address: &str) -> Markup {
    let is_over = link.expires_at.is_some_and(|at| at <= clock::now());
    let (tone, word) = match (link.revoked_at, is_over) {
        (Some(_), _) => (Tone::Plain, "revoked"),
        (None, true) => (Tone::Plain, "expired"),
        (None, false) => (Tone::Good, "good"),
    };
    html! {
        tr {
            td data-label="For" { (name(&link.name)) }
            td data-label="State" { (tag(tone, word)) }
            td data-label="Made" { (time(link.created_at)) }
            td data-label="Last used" { (time_or(link.last_used_at, "never")) }
            td data-label="Good until" { (time_or(link.revoked_at.or(link.expires_at), "–")) }
            td {
                @if tone == Tone::Good {
                    (careful("Revoke", &html! { p { "Whoever is setting up by it is refused from the next click on." } }, &format!("{address}/{}/revoke", link.id), "Revoke this link"))
                }
            }
        }
    }
}
