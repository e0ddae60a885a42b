//! Settings, SAML: the connections of a workspace, from a draft to the one by which people sign in. Also for whoever sets up by a link.

mod actions;
mod attempts;
mod connection;
mod forms;
mod report;

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, Route, get, handler, post,
    web::{Data, Form, Query, Redirect},
};
use serde::Deserialize;

use crate::{
    app::{
        App,
        saml::{self, Connection, warnings},
        sso,
    },
    clock,
    http::pages::{
        failure::Failure,
        guides::Guide,
        html::{Html, Place},
        parts::{Field, Tone, choose, name, tag, time_or},
        said::{Asked, Said},
        visitor::{Admin, Person, SetUp},
    },
    saml::connection::Status,
};

const DONE: [(&str, &str); 4] = [
    ("deleted", "The connection was deleted."),
    ("required", "SAML SSO is required from now on."),
    ("released", "SAML SSO is not required any more."),
    ("disabled", "The connection was disabled. Nobody signs in by it any more."),
];

/// Everything below `/settings/saml` and `/set-up/saml`.
pub fn routes() -> Route {
    Route::new()
        .at("/", get(list).post(make))
        .at("/attempts", get(attempts::show))
        .at("/required", post(require))
        .at("/not-required", post(release))
        .at("/:connection", get(connection::show).post(actions::change))
        .at("/:connection/metadata", post(actions::metadata))
        .at("/:connection/metadata/file", post(actions::metadata_file))
        .at("/:connection/refresh", post(actions::refresh))
        .at("/:connection/by-hand", post(actions::by_hand))
        .at("/:connection/signals", post(actions::signals))
        .at("/:connection/pin", post(actions::pin))
        .at("/:connection/unpin/:fingerprint", post(actions::unpin))
        .at("/:connection/test", get(connection::show).post(actions::test))
        .at("/:connection/activate", post(actions::activate))
        .at("/:connection/disable", post(actions::disable))
        .at("/:connection/delete", post(actions::delete))
}

#[derive(Default, Deserialize)]
struct New {
    name: String,
    idp: String,
}

#[handler]
async fn list(visitor: SetUp, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&visitor, app, &New::default(), &Said::done(asked.done.as_deref(), &DONE)).await
}

#[handler]
async fn make(visitor: SetUp, Data(app): Data<&App>, Form(new): Form<New>) -> Result<Response, Failure> {
    let guide = Guide::of(Some(&new.idp), &[Some(&new.name)]);
    match saml::create(app, &visitor.caller, &new.name).await {
        Ok(made) => {
            let address = format!("{}/saml/{}?idp={}", visitor.base(), made.row.id, guide.word());
            Ok(Redirect::see_other(address).into_response())
        }
        Err(error) => Ok(page(&visitor, app, &new, &Said::wrong(error)?).await?.into_response()),
    }
}

async fn page(visitor: &SetUp, app: &App, new: &New, said: &Said) -> Result<Html, Failure> {
    let connections = saml::list(app, &visitor.caller).await?;
    let required = match visitor.admin() {
        Some(admin) => Some(required(admin, app, &connections).await?),
        None => None,
    };
    let base = visitor.base();
    let field = Field {
        name: "name",
        label: "Name",
        kind: "text",
        value: &new.name,
        hint: "What your people call it: “Acme Okta”, for instance.",
        required: true,
    };
    let guides = Guide::ALL.map(|guide| (guide.word(), guide.called()));
    let body = html! {
        h1 { "SAML single sign-on" }
        p.lead { "People sign in by your own identity provider. SAML SSO is enabled once a connection is active with which a test sign-in has succeeded." }
        @for connection in &connections { (card(base, connection)) }
        details open[connections.is_empty()] {
            summary { @if connections.is_empty() { "Connect your identity provider" } @else { "Connect another identity provider" } }
            div.inner { form method="post" action={ (base) "/saml" } {
                (field.show())
                (choose("idp", "Identity provider", &guides, &new.idp))
                button { "Begin" }
            } }
        }
        @if let Some(required) = required { (required) }
        p { a href={ (base) "/saml/attempts" } { "Sign-in attempts" } ": who signed in, who was refused, and why." }
    };
    Ok(visitor.page(Place::Saml, "SAML", said, &body))
}

/// How a connection stands.
pub fn status(status: Status) -> Markup {
    let tone = match status {
        Status::Active => Tone::Good,
        Status::Draft | Status::Disabled => Tone::Plain,
        Status::Testing => Tone::Warn,
    };
    tag(tone, status.as_str())
}

fn card(base: &str, connection: &Connection) -> Markup {
    let row = &connection.row;
    html! {
        article.card {
            h2 { a href={ (base) "/saml/" (row.id) } { (name(&row.name)) } " " (status(row.status)) }
            dl.facts {
                dt { "Identity provider" } dd { @match &row.idp_entity_id { Some(id) => (name(id)), None => span.soft { "not filled in yet" } } }
                dt { "Tested" } dd { (time_or(row.tested_at, "not yet, as it is now")) }
                dt { "Active since" } dd { (time_or(row.activated_at.filter(|_| row.status == Status::Active), "–")) }
            }
            @for warning in warnings(connection, clock::now()) { div.notice.warn { p { (warning) } } }
            p { a.button.plain href={ (base) "/saml/" (row.id) } { @if row.status == Status::Active { "Settings" } @else { "Go on" } } }
        }
    }
}

async fn required(admin: &Admin, app: &App, connections: &[Connection]) -> Result<Markup, Failure> {
    let since = sso::required(app, &admin.caller).await?;
    let is_active = connections.iter().any(|connection| connection.row.status == Status::Active);
    Ok(html! {
        section.card aria-labelledby="required" {
            h2 #required { "Require SAML SSO" }
            @if let Some(since) = since {
                p { "Required since " (time_or(Some(since), "")) ". The application opens sessions only with a recovery code." }
                form method="post" action="/settings/saml/not-required" { button.danger { "Require it no longer" } }
            } @else if is_active {
                p { "Everybody then signs in by the active connection, and sessions that the application has opened are refused at once. Make recovery codes first: " a href="/account" { "your account" } ". You can switch it on while you are signed in by the active connection, which shows that it works." }
                form method="post" action="/settings/saml/required" { button.plain { "Require SAML SSO" } }
            } @else {
                p.soft { "Possible once a connection is active." }
            }
        }
    })
}

#[handler]
async fn require(person: Person, visitor: SetUp, Data(app): Data<&App>) -> Result<Response, Failure> {
    match sso::require(app, &person.holder).await {
        Ok(_) => Ok(Redirect::see_other("/settings/saml?done=required").into_response()),
        Err(error) => Ok(page(&visitor, app, &New::default(), &Said::wrong(error)?).await?.into_response()),
    }
}

#[handler]
async fn release(admin: Admin, Data(app): Data<&App>) -> Result<Response, Failure> {
    sso::release(app, &admin.caller).await?;
    Ok(Redirect::see_other("/settings/saml?done=released").into_response())
}
