//! Settings, Webhooks: where the workspace's events are sent, and how well that goes.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query, Redirect},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    app::{
        App,
        error::AppError,
        webhooks::{self, AttemptRow, Change, EndpointRow},
    },
    directory::event::EventType,
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, Tone, careful, copy_secret, name, optional, tag, text, tick, time},
        said::{Asked, Said},
        visitor::Admin,
    },
    ids::WebhookId,
};

const DONE: [(&str, &str); 4] = [
    ("changed", "The webhook was changed."),
    ("deleted", "The webhook was removed. Nothing is sent there any more."),
    ("resumed", "It is tried again now."),
    ("replayed", "Everything from that number on is sent again."),
];
const OVERLAP: u32 = 24;

/// What a form about a webhook says: an event is wanted under its name.
#[derive(Default, Deserialize)]
pub struct Wish {
    url: String,
    enabled: Option<String>,
    #[serde(flatten)]
    others: std::collections::BTreeMap<String, String>,
}

impl Wish {
    fn types(&self) -> Vec<EventType> {
        EventType::ALL.into_iter().filter(|kind| self.others.contains_key(kind.as_str())).collect()
    }
}

/// From where events are sent again.
#[derive(Deserialize)]
pub struct Again {
    from: String,
}

/// All of them.
#[handler]
pub async fn list(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    list_page(&admin, app, &Wish::default(), &Said::done(asked.done.as_deref(), &DONE)).await
}

/// Makes one. The answer is the only page on which its secret stands.
#[handler]
pub async fn make(admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Html, Failure> {
    match webhooks::create(app, &admin.caller, wish.url.trim(), &wish.types()).await {
        Ok(made) => {
            let said = Said::Done("The webhook was made. It gets what happens from now on.");
            Ok(page(&admin, app, made.endpoint.id, Some(&made.secret), &said).await?.with_status(StatusCode::CREATED))
        }
        Err(error) => list_page(&admin, app, &wish, &Said::wrong(error)?).await,
    }
}

fn known(id: &str) -> Result<WebhookId, Failure> {
    WebhookId::parse(id).ok_or_else(|| Failure::not_found("webhook"))
}

/// One of them.
#[handler]
pub async fn show(
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html, Failure> {
    page(&admin, app, known(&id)?, None, &Said::done(asked.done.as_deref(), &DONE)).await
}

async fn shown(
    admin: &Admin,
    app: &App,
    id: WebhookId,
    done: &str,
    result: Result<EndpointRow, AppError>,
) -> Result<Response, Failure> {
    match result {
        Ok(_) => Ok(Redirect::see_other(format!("/settings/webhooks/{id}?done={done}")).into_response()),
        Err(error) => Ok(page(admin, app, id, None, &Said::wrong(error)?).await?.into_response()),
    }
}

/// Changes one.
#[handler]
pub async fn change(
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(wish): Form<Wish>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let change =
        Change { url: Some(wish.url.trim().to_owned()), types: Some(wish.types()), enabled: Some(wish.enabled.is_some()) };
    let changed = webhooks::change(app, &admin.caller, id, change).await;
    shown(&admin, app, id, "changed", changed).await
}

/// Makes another secret. The answer is the only page on which it stands.
#[handler]
pub async fn rotate(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Html, Failure> {
    let id = known(&id)?;
    match webhooks::rotate(app, &admin.caller, id, Some(OVERLAP)).await {
        Ok(made) => {
            let said = Said::Done("Another secret was made. Both sign for a day, so that the receiver can be told in peace.");
            Ok(page(&admin, app, id, Some(&made.secret), &said).await?.with_status(StatusCode::CREATED))
        }
        Err(error) => page(&admin, app, id, None, &Said::wrong(error)?).await,
    }
}

/// Tries again now.
#[handler]
pub async fn resume(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let resumed = webhooks::resume(app, &admin.caller, id).await;
    shown(&admin, app, id, "resumed", resumed).await
}

/// Sends again.
#[handler]
pub async fn replay(
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(Again { from }): Form<Again>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let replayed = match from.trim().parse() {
        Ok(from) => webhooks::replay(app, &admin.caller, id, from).await,
        Err(_) => Err(AppError::Invalid("From: the number of an event.".into())),
    };
    shown(&admin, app, id, "replayed", replayed).await
}

/// Removes one.
#[handler]
pub async fn delete(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    webhooks::delete(app, &admin.caller, known(&id)?).await?;
    Ok(Redirect::see_other("/settings/webhooks?done=deleted").into_response())
}

fn state(row: &EndpointRow) -> Markup {
    match row {
        row if row.parked_at.is_some() => tag(Tone::Bad, "parked"),
        row if !row.enabled => tag(Tone::Plain, "paused"),
        row if row.failures > 0 => tag(Tone::Warn, "does not answer"),
        _ => tag(Tone::Good, "delivers"),
    }
}

fn url(value: &str) -> Markup {
    Field {
        name: "url",
        label: "Address",
        kind: "url",
        value,
        hint: "Where your receiver is: it starts with https://, and anybody on the internet could call it.",
        required: true,
    }
    .show()
}

fn kinds(wanted: &[String]) -> Markup {
    html! {
        details open[!wanted.is_empty()] {
            summary { "Only some kinds of events" }
            div.inner { fieldset {
                legend { "Tick none for all of them, also those to come" }
                @for kind in EventType::ALL { (tick(kind.as_str(), kind.as_str(), "", wanted.iter().any(|known| known == kind.as_str()))) }
            } }
        }
    }
}

async fn list_page(admin: &Admin, app: &App, wish: &Wish, said: &Said) -> Result<Html, Failure> {
    let rows = webhooks::list(app, &admin.caller).await?;
    let wanted: Vec<String> = wish.types().into_iter().map(|kind| kind.as_str().to_owned()).collect();
    let body = html! {
        h1 { "Webhooks" }
        p.lead { "What happens in the workspace is sent to programs of yours, one event after the other and signed (Standard Webhooks)." }
        @if rows.is_empty() { p.card { "There is none yet." } } @else {
            div.scroll { table.cards {
                thead { tr { th { "Address" } th { "State" } th { "Events" } th { "Delivered up to" } } }
                tbody { @for row in &rows { tr {
                    td data-label="Address" { a href={ "/settings/webhooks/" (row.id) } { (name(&row.url)) } }
                    td data-label="State" { (state(row)) }
                    td data-label="Events" { @if row.types.is_empty() { "all" } @else { (row.types.len()) " kinds" } }
                    td data-label="Delivered up to" { "number " (row.cursor_seq) }
                } } }
            } }
        }
        section.card aria-labelledby="make" {
            h2 #make { "Make a webhook" }
            form method="post" action="/settings/webhooks" { (url(&wish.url)) (kinds(&wanted)) button { "Make it" } }
        }
    };
    Ok(html::admin(admin, Place::Webhooks, "Webhooks", said, &body))
}

async fn page(admin: &Admin, app: &App, id: WebhookId, secret: Option<&SecretString>, said: &Said) -> Result<Html, Failure> {
    let row = webhooks::get(app, &admin.caller, id).await?;
    let attempts = webhooks::attempts(app, &admin.caller, id).await?;
    let address = format!("/settings/webhooks/{id}");
    let from = row.cursor_seq.to_string();
    let from = Field { name: "from", label: "From event number", kind: "number", value: &from, hint: "", required: true };
    let body = html! {
        p.crumbs { a href="/settings/webhooks" { "Webhooks" } }
        h1 { (name(&row.url)) " " (state(&row)) }
        @if let Some(secret) = secret {
            section.card aria-labelledby="made" {
                h2 #made { "The secret with which it is signed" }
                p { strong { "Copy it now: it is shown this once. " } "The receiver checks " code { "webhook-signature" } " with it." }
                (copy_secret("secret", secret.expose_secret()))
            }
        }
        @if row.parked_at.is_some() || row.failures > 0 { (trouble(&row, &address)) }
        section.card aria-labelledby="attempts" {
            h2 #attempts { "Last attempts" }
            div #last-attempts data-live="5" { (attempted(&attempts)) }
        }
        section.card aria-labelledby="change" {
            h2 #change { "Change" }
            form method="post" action=(address) {
                (url(&row.url))
                (tick("enabled", "Send events", "Without it they wait, for as long as events are kept.", row.enabled))
                (kinds(&row.types))
                button { "Save" }
            }
            details {
                summary { "Another secret" }
                div.inner {
                    p { "Both sign for a day, so that the receiver can be told in peace." }
                    form method="post" action={ (address) "/rotate" } { button.plain { "Make another secret" } }
                }
            }
            details {
                summary { "Send again" }
                div.inner {
                    p { "Everything from a number on, also what was delivered already." }
                    form.row method="post" action={ (address) "/replay" } { (from.show()) button.plain { "Send again" } }
                }
            }
            (careful("Remove", &html! { p { "Nothing is sent there any more. What happens meanwhile is not sent later." } }, &format!("{address}/delete"), "Remove this webhook"))
        }
    };
    Ok(html::admin(admin, Place::Webhooks, "Webhook", said, &body))
}

fn trouble(row: &EndpointRow, address: &str) -> Markup {
    html! {
        div.notice.warn {
            @if let Some(since) = row.parked_at {
                p { strong { "Nothing is sent since " (time(since)) ". " } @if let Some(why) = &row.parked_why { (text(why)) } }
            } @else {
                p { (row.failures) " attempts have failed one after the other. The next one: " (time(row.next_attempt_at)) "." }
            }
            form method="post" action={ (address) "/resume" } { button.plain { "Try again now" } }
        }
    }
}

fn attempted(attempts: &[AttemptRow]) -> Markup {
    html! {
        @if attempts.is_empty() { p { "Nothing has happened since it was made." } } @else {
            div.scroll { table.cards {
                thead { tr { th { "When" } th { "Event" } th { "Outcome" } th { "Took" } } }
                tbody { @for attempt in attempts { tr {
                    td data-label="When" { (time(attempt.at)) }
                    td data-label="Event" { "number " (attempt.seq) }
                    td data-label="Outcome" {
                        @if attempt.error.is_none() { (tag(Tone::Good, "delivered")) } @else { (tag(Tone::Bad, "failed")) }
                        @if let Some(status) = attempt.status { " " (status) }
                        @if attempt.error.is_some() { " " (optional(attempt.error.as_deref())) }
                    }
                    td data-label="Took" { (attempt.duration_ms) " ms" }
                } } }
            } }
        }
    }
}
