//! The last attempts to sign in, for whoever looks for why one person was refused.

use maud::{Markup, html};
use poem::{
    Result, handler,
    web::{Data, Query},
};
use serde::Deserialize;

use super::report;
use crate::{
    app::{
        App,
        saml::{self, AttemptRow},
    },
    http::pages::{
        failure::Failure,
        html::{Html, Place},
        parts::{Tone, next, optional, tag, time, with_query},
        said::Said,
        visitor::SetUp,
    },
    ids::AttemptId,
};

const PAGE: usize = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    after: Option<String>,
}

#[handler]
pub(super) async fn show(visitor: SetUp, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let after = asked.after.as_deref().map(|id| AttemptId::parse(id).ok_or_else(|| Failure::not_found("attempt"))).transpose()?;
    let mut attempts = saml::attempts(app, &visitor.caller, after, PAGE).await?;
    let address = format!("{}/saml/attempts", visitor.base());
    let last = attempts.last().filter(|_| attempts.len() == PAGE).map(|attempt| attempt.id.to_string());
    let following = last.as_deref().map(|id| with_query(&address, &[("after", Some(id))]));
    let is_admin = visitor.admin().is_some();
    // Who of the workspace signs in is nothing to whoever only sets it up.
    attempts.retain(|attempt| is_admin || attempt.is_test);
    let body = html! {
        p.crumbs { a href={ (visitor.base()) "/saml" } { "SAML" } }
        h1 { "Sign-in attempts" }
        p.lead { "Of the last 30 days, newest first. Whoever was refused has read a reference: it stands here." }
        div #attempts data-live="10" {
            @if attempts.is_empty() { p.card { "Nobody has tried to sign in by SAML yet." } }
            @for attempt in &attempts { (card(attempt, is_admin)) }
        }
        (next(following.as_deref()))
    };
    Ok(visitor.page(Place::Saml, "Sign-in attempts", &Said::Nothing, &body))
}

fn card(attempt: &AttemptRow, is_admin: bool) -> Markup {
    html! {
        article.card id=(attempt.id) {
            p { (report::outcome(attempt)) @if attempt.is_test { " " (tag(Tone::Plain, "test")) } " " (time(attempt.at)) }
            (report::why(attempt.code.as_deref()))
            dl.facts {
                dt { "Named as" } dd { (optional(attempt.name_id.as_deref())) }
                dt { "E-mail address" } dd { (optional(attempt.email.as_deref())) }
                @if let (Some(member), true) = (attempt.member_id, is_admin) { dt { "Member" } dd { a href={ "/members/" (member) } { "the person's page" } } }
                dt { "Reference" } dd { code { (attempt.id) } }
            }
            @if attempt.checks.is_some() { details { summary { "Every check" } div.inner { (report::test(attempt)) } } }
        }
    }
}
