//! Settings, API: the workspace's tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query, Redirect},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{
    app::{
        App, members,
        principal::Scope,
        set_up,
        tokens::{self, MadeToken, NewToken, TokenRow},
    },
    clock,
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, Tone, choose, copy_secret, length, name, tag, tick, time, time_or},
        said::{Asked, Said},
        visitor::Admin,
    },
    ids::{Actor, MemberId, TokenId},
};

const DONE: [(&str, &str); 1] = [("revoked", "The token was revoked. It is refused from its next request on.")];
/// What a token may do, as people read it.
const SCOPES: [(Scope, &str, &str); 4] = [
    (
        Scope::Scim,
        "scim",
        "Provision people and groups by SCIM: for your identity provider. It is the workspace's own and has no other scope.",
    ),
    (Scope::MembersRead, "members:read", "Read members and groups."),
    (Scope::Sessions, "sessions", "Open and end sessions: for the application's own backend."),
    (Scope::Admin, "admin", "Everything that an administrator may do."),
];
const LIVES: [(&str, &str); 5] =
    [("30", "30 days"), ("90", "90 days"), ("180", "half a year"), ("365", "a year"), ("1095", "three years")];
const USUAL_LIFE: &str = "365";
const OVERLAPS: [(&str, &str); 4] = [("0", "end it now"), ("1", "an hour"), ("24", "a day"), ("168", "a week")];
const USUAL_OVERLAP: &str = "24";

/// A token that is wanted.
#[derive(Default, Deserialize)]
pub struct Wish {
    name: String,
    days: String,
    scim: Option<String>,
    #[serde(rename = "members:read")]
    members_read: Option<String>,
    sessions: Option<String>,
    admin: Option<String>,
}

impl Wish {
    fn has(&self, scope: Scope) -> bool {
        match scope {
            Scope::Scim => self.scim.is_some(),
            Scope::MembersRead => self.members_read.is_some(),
            Scope::Sessions => self.sessions.is_some(),
            Scope::Admin => self.admin.is_some(),
            Scope::SetUp => false,
        }
    }

    fn scopes(&self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }
}

/// How a token is rotated.
#[derive(Deserialize)]
pub struct Rotation {
    hours: u16,
}

/// The page.
#[handler]
pub async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&admin, app, &Wish::default(), None, &Said::done(asked.done.as_deref(), &DONE)).await
}

/// Makes a token. The answer is the only page on which it stands.
#[handler]
pub async fn make(admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Html, Failure> {
    let Some(days) = wish.days.parse::<i64>().ok().filter(|days| LIVES.iter().any(|(known, _)| *known == days.to_string()))
    else {
        return page(&admin, app, &wish, None, &Said::invalid("Choose how long the token lives.")).await;
    };
    let expires_at = Some(clock::now() + TimeDelta::days(days));
    let new = NewToken { name: wish.name.clone(), scopes: wish.scopes(), member: None, expires_at };
    match tokens::create(app, &admin.caller, new).await {
        Ok(made) => made_page(&admin, app, &made, "The token was made.").await,
        Err(error) => page(&admin, app, &wish, None, &Said::wrong(error)?).await,
    }
}

/// Makes a token in the place of another one.
#[handler]
pub async fn rotate(
    admin: Admin,
    Data(app): Data<&App>,
    Path(token): Path<String>,
    Form(rotation): Form<Rotation>,
) -> Result<Html, Failure> {
    let id = known(&token)?;
    match tokens::rotate(app, &admin.caller, id, Some(rotation.hours)).await {
        Ok(made) => {
            made_page(&admin, app, &made, "A new token was made. Enter it where the old one is used; the old one ends by itself.")
                .await
        }
        Err(error) => page(&admin, app, &Wish::default(), None, &Said::wrong(error)?).await,
    }
}

/// Revokes a token.
#[handler]
pub async fn revoke(admin: Admin, Data(app): Data<&App>, Path(token): Path<String>) -> Result<Response, Failure> {
    tokens::revoke(app, &admin.caller, known(&token)?).await?;
    Ok(Redirect::see_other("/settings/api?done=revoked").into_response())
}

fn known(token: &str) -> Result<TokenId, Failure> {
    TokenId::parse(token).ok_or_else(|| Failure::not_found("token"))
}

async fn made_page(admin: &Admin, app: &App, made: &MadeToken, text: &'static str) -> Result<Html, Failure> {
    let secret = html! {
        section.card aria-labelledby="made" {
            h2 #made { (name(&made.token.name)) }
            p { strong { "Copy it now: it is shown this once. " } "We keep no copy that could be shown again." }
            (copy_secret("secret", made.secret.expose_secret()))
        }
    };
    Ok(page(admin, app, &Wish::default(), Some(secret), &Said::Done(text)).await?.with_status(StatusCode::CREATED))
}

async fn page(admin: &Admin, app: &App, wish: &Wish, made: Option<Markup>, said: &Said) -> Result<Html, Failure> {
    let mut all = tokens::list(app, &admin.caller).await?;
    all.retain(|token| !set_up::is_link(token));
    let makers: Vec<MemberId> = all.iter().filter_map(|token| person(&token.created_by)).collect();
    let people = members::called(app, &admin.caller, &makers).await?;
    let now = clock::now();
    let (good, gone): (Vec<_>, Vec<_>) = all.iter().partition(|token| is_good(token, now));
    let maker = |token: &TokenRow| maker(token, &people, &all);
    let body = html! {
        h1 { "API" }
        p.lead { "Tokens with which programs call the API of " bdi { (admin.workspace_name()) } ", your identity provider among them." }
        @if let Some(made) = made { (made) }
        section aria-labelledby="tokens" {
            h2 #tokens { "Tokens" }
            @if good.is_empty() { p.card { "There is no token yet. Your identity provider needs one with the scope " code { "scim" } "." } }
            @for token in &good { (card(token, &maker(token), now)) }
        }
        (form(wish))
        @if !gone.is_empty() {
            details {
                summary { "Revoked and expired tokens (" (gone.len()) ")" }
                div.inner { div.scroll { table.cards {
                    thead { tr { th { "Name" } th { "Begins with" } th { "Scopes" } th { "Last used" } th { "Ended" } } }
                    tbody { @for token in &gone { tr {
                        td data-label="Name" { (name(&token.name)) }
                        td data-label="Begins with" { code { (token.hint) "…" } }
                        td data-label="Scopes" { (token.scopes.join(", ")) }
                        td data-label="Last used" { (time_or(token.last_used_at, "never")) }
                        td data-label="Ended" { (time_or(token.revoked_at.or(token.expires_at), "–")) }
                    } } }
                } } }
            }
        }
    };
    Ok(html::admin(admin, Place::Api, "API", said, &body))
}

fn is_good(token: &TokenRow, now: DateTime<Utc>) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at > now)
}

fn person(actor: &str) -> Option<MemberId> {
    match Actor::parse(actor)? {
        Actor::Member(id) => Some(id),
        Actor::Token(_) | Actor::Operator | Actor::Worker => None,
    }
}

/// Who has made a token.
fn maker(token: &TokenRow, people: &BTreeMap<MemberId, String>, all: &[TokenRow]) -> Markup {
    match Actor::parse(&token.created_by) {
        Some(Actor::Member(id)) => {
            html! { a href={ "/members/" (id) } { (name(people.get(&id).map_or("a former member", String::as_str))) } }
        }
        Some(Actor::Token(id)) => match all.iter().find(|other| other.id == id) {
            Some(other) => html! { "the token " (name(&other.name)) },
            None => html! { "a set-up link" },
        },
        Some(Actor::Operator) => html! { "Rollcall's operators" },
        Some(Actor::Worker) | None => html! { "Rollcall" },
    }
}

fn card(token: &TokenRow, maker: &Markup, now: DateTime<Utc>) -> Markup {
    let left = token.expires_at.map(|at| at - now);
    html! {
        article.card {
            h3.name { (name(&token.name)) }
            dl.facts {
                dt { "Begins with" } dd { code { (token.hint) "…" } }
                dt { "Scopes" } dd { @for scope in &token.scopes { (tag(Tone::Plain, scope)) " " } }
                dt { "Made" } dd { (time(token.created_at)) " by " (maker) }
                dt { "Last used" } dd { (time_or(token.last_used_at, "never")) }
                dt { "Expires" } dd {
                    (time_or(token.expires_at, "never"))
                    @if let Some(left) = left.filter(|left| *left < TimeDelta::days(30)) { " " (tag(Tone::Warn, &format!("in {}", length(left)))) }
                }
            }
            details {
                summary { "Rotate" }
                div.inner {
                    p { "Makes a new token with the same name and scopes. Both are accepted until the old one ends, so that nothing stops working meanwhile." }
                    form.row method="post" action={ "/settings/api/" (token.id) "/rotate" } {
                        div.field {
                            label for={ "hours-" (token.id) } { "The old one goes on for" }
                            select id={ "hours-" (token.id) } name="hours" {
                                @for (value, text) in OVERLAPS { option value=(value) selected[value == USUAL_OVERLAP] { (text) } }
                            }
                        }
                        button.plain { "Rotate" }
                    }
                }
            }
            details {
                summary { "Revoke" }
                div.inner {
                    (what_stops(token))
                    form method="post" action={ "/settings/api/" (token.id) "/revoke" } { button.danger { "Revoke this token" } }
                }
            }
        }
    }
}

/// What nobody does any more once a token is revoked.
fn what_stops(token: &TokenRow) -> Markup {
    let has = |scope: Scope| token.scopes.iter().any(|held| held == scope.as_str());
    html! {
        p { "It is refused from its next request on, and this cannot be taken back. What stops working:" }
        ul {
            @if has(Scope::Scim) {
                li { "Provisioning by the identity provider that uses it: nobody is invited, changed or put out by it until it has another token. People who leave meanwhile stay in." }
            }
            @if has(Scope::Sessions) { li { "Signing in through the application's backend that uses it." } }
            @if has(Scope::MembersRead) { li { "Whatever reads members with it." } }
            @if has(Scope::Admin) { li { "Whatever administers the workspace with it." } }
        }
        p { "It was last used: " (time_or(token.last_used_at, "never")) "." }
    }
}

fn form(wish: &Wish) -> Markup {
    let field = Field {
        name: "name",
        label: "Name",
        kind: "text",
        value: &wish.name,
        hint: "What it is for: “Okta”, for instance.",
        required: true,
    };
    let days = if wish.days.is_empty() { USUAL_LIFE } else { &wish.days };
    html! {
        section.card aria-labelledby="new" {
            h2 #new { "Make a token" }
            form method="post" action="/settings/api" {
                (field.show())
                fieldset {
                    legend { "What it may do" }
                    @for (scope, called, hint) in SCOPES { (tick(called, called, hint, wish.has(scope))) }
                }
                (choose("days", "It lives for", &LIVES, days))
                button { "Make the token" }
            }
        }
    }
}
