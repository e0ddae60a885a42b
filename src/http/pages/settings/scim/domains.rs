//! Domains that the workspace has shown to be its own.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;

use super::{Part, tabs};
use crate::{
    app::{
        App,
        domains::{self, Row},
        error::AppError,
    },
    directory::domain::{record_name, record_value},
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, Tone, careful, copy, name, tag, text, time, time_or},
        said::{Asked, Said},
        visitor::Admin,
    },
};

const DONE: [(&str, &str); 3] = [
    ("added", "The domain was added. Put the record into its DNS, then have it looked for."),
    ("verified", "The record was found: the domain is verified."),
    ("removed", "The domain was removed. Whoever was linked by it stays linked."),
];

#[derive(Default, Deserialize)]
pub(super) struct New {
    domain: String,
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&admin, app, &New::default(), &Said::done(asked.done.as_deref(), &DONE)).await
}

async fn answered<T>(admin: &Admin, app: &App, new: &New, done: &str, result: Result<T, AppError>) -> Result<Response, Failure> {
    match result {
        Ok(_) => Ok(Redirect::see_other(format!("/settings/scim/domains?done={done}")).into_response()),
        Err(error) => Ok(page(admin, app, new, &Said::wrong(error)?).await?.into_response()),
    }
}

#[handler]
pub(super) async fn add(admin: Admin, Data(app): Data<&App>, Form(new): Form<New>) -> Result<Response, Failure> {
    let added = domains::add(app, &admin.caller, &new.domain).await;
    answered(&admin, app, &new, "added", added).await
}

#[handler]
pub(super) async fn verify(admin: Admin, Data(app): Data<&App>, Path(domain): Path<String>) -> Result<Response, Failure> {
    let verified = domains::verify(app, &admin.caller, &domain).await;
    answered(&admin, app, &New::default(), "verified", verified).await
}

#[handler]
pub(super) async fn remove(admin: Admin, Data(app): Data<&App>, Path(domain): Path<String>) -> Result<Response, Failure> {
    let removed = domains::remove(app, &admin.caller, &domain).await;
    answered(&admin, app, &New::default(), "removed", removed).await
}

async fn page(admin: &Admin, app: &App, new: &New, said: &Said) -> Result<Html, Failure> {
    let rows = domains::list(app, &admin.caller).await?;
    let field = Field {
        name: "domain",
        label: "Domain",
        kind: "text",
        value: &new.domain,
        hint: "example.com, for instance.",
        required: true,
    };
    let body = html! {
        h1 { "SCIM provisioning" }
        (tabs(Part::Domains))
        p.lead { "A verified domain lets your identity provider take over people who were invited by hand, and leads people who sign in by their address to this workspace." }
        @for row in &rows { (card(row)) }
        section.card aria-labelledby="new" {
            h2 #new { "Add a domain" }
            form.row method="post" action="/settings/scim/domains" { (field.show()) button { "Add" } }
        }
    };
    Ok(html::admin(admin, Place::Scim, "Domains", said, &body))
}

fn card(row: &Row) -> Markup {
    let address = |action: &str| format!("/settings/scim/domains/{}/{action}", row.name);
    let id = |what: &str| format!("{what}-{}", row.name);
    html! {
        article.card {
            h2 { (name(&row.name)) " " @if row.verified_at.is_some() { (tag(Tone::Good, "verified")) } @else { (tag(Tone::Warn, "not verified")) } }
            @if let Some(problem) = &row.problem { div.notice.warn { p { (text(problem)) } } }
            @if let Some(at) = row.verified_at { p.soft { "Verified " (time(at)) ", looked at again " (time_or(row.checked_at, "soon")) "." } }
            details open[row.verified_at.is_none()] {
                summary { "TXT record" }
                div.inner {
                    dl.facts {
                        dt { "Name" } dd { (copy(&id("name"), &record_name(&row.name))) }
                        dt { "Value" } dd { (copy(&id("value"), &record_value(&row.token))) }
                    }
                    form method="post" action=(address("verify")) { button { "Look for it now" } }
                }
            }
            (careful("Remove", &html! { p { "Nobody is linked by it any more. Whoever was linked stays linked." } }, &address("remove"), "Remove this domain"))
        }
    }
}
