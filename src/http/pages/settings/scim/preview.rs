//! What would happen if the directory were followed now.

use maud::{Markup, html};
use poem::{
    Result, handler,
    web::{Data, Query},
};
use serde::Deserialize;

use super::{Part, tabs};
use crate::{
    app::{
        App,
        guard::held::State,
        preview::{self, Among, Page, Place as At, Previewed, Question},
    },
    directory::preview::Change,
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Tone, many, name, tag, with_query},
        said::Said,
        visitor::Admin,
    },
};

/// People that are named; the figures count all that were looked at.
const NAMED: usize = 200;
/// People who are looked at for a page that is to be there at once.
pub(super) const AT_ONCE: u64 = 250;

#[derive(Deserialize)]
pub(super) struct Asked {
    after: Option<String>,
    /// To look at as many as can be told at a time, which takes its time.
    many: Option<String>,
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let after = place(asked.after.as_deref())?;
    let most = most(asked.many.as_deref());
    let question = Question { mappings: Vec::new(), among: Among::Everybody, after, most };
    let page = preview::preview(app, &admin.caller, question).await?;
    let next = page.next.map(|at| at.to_string());
    let to = |after: Option<&str>, many: Option<&str>| with_query("/settings/scim/preview", &[("after", after), ("many", many)]);
    let body = html! {
        h1 { "SCIM provisioning" }
        (tabs(Part::Preview))
        p.lead { "What would happen if the directory were followed now. Nothing is changed by looking." }
        (result(&page))
        @if next.is_some() {
            p {
                a.button.plain rel="next" href=(to(next.as_deref(), asked.many.as_deref())) { (NEXT_ONES) }
                @if most == AT_ONCE { " " a.button.plain href=(to(asked.after.as_deref(), Some("on"))) { (many_at_a_time()) } }
            }
        }
    };
    Ok(html::admin(&admin, Place::Scim, "Preview", &Said::Nothing, &body))
}

/// Leads on.
pub(super) const NEXT_ONES: &str = "Look at the next ones";

/// Leads to a page about more people.
pub(super) fn many_at_a_time() -> String {
    format!("Look at {} at a time", preview::MOST)
}

/// How many people a page is about.
pub(super) fn most(many: Option<&str>) -> u64 {
    if many.is_some() { preview::MOST } else { AT_ONCE }
}

/// Where a look goes on, as the address or a form says it.
pub(super) fn place(text: Option<&str>) -> Result<Option<At>, Failure> {
    text.map(|text| At::parse(text).ok_or_else(|| Failure::not_found("page"))).transpose()
}

fn told(change: Change) -> (Tone, &'static str) {
    match change {
        Change::Removed => (Tone::Bad, "is put out"),
        Change::Demoted => (Tone::Warn, "gets a weaker role"),
        Change::Added => (Tone::Good, "is invited"),
        Change::Returning => (Tone::Good, "comes back"),
        Change::Promoted => (Tone::Warn, "gets a stronger role"),
        Change::Updated => (Tone::Plain, "is updated"),
    }
}

/// A preview, as figures and people.
pub(super) fn result(page: &Page) -> Markup {
    let counts = [Change::Added, Change::Returning, Change::Promoted, Change::Demoted, Change::Removed, Change::Updated];
    let no_role = page.people.iter().filter(|person| person.preview.matches_no_role).count();
    html! {
        section.card aria-labelledby="result" {
            h2 #result { (many(page.looked_at, "person", "people")) " looked at" @if page.next.is_some() { " so far" } }
            @if page.people.is_empty() { p { "Nothing would change." } } @else {
                dl.facts {
                    @for change in counts { @let count = page.count(change); @if count > 0 { dt { (count) } dd { (told(change).1) } } }
                    @if page.kept_back() > 0 { dt { (page.kept_back()) } dd { "would lose something that is held or was rejected: " a href="/held-changes" { "Held changes" } } }
                    @if no_role > 0 { dt { (no_role) } dd { "match no role and would have the default one" } }
                }
            }
        }
        @if !page.people.is_empty() {
            div.scroll { table.cards {
                thead { tr { th { "Person" } th { "What happens" } th { "Role now" } th { "Role then" } } }
                tbody { @for person in page.people.iter().take(NAMED) { (line(person)) } }
            } }
            @if page.people.len() > NAMED { p.soft { "And " (page.people.len() - NAMED) " more." } }
        }
    }
}

fn line(person: &Previewed) -> Markup {
    let role = |role: Option<&crate::directory::roles::Role>| role.map_or("–".to_owned(), ToString::to_string);
    let called = person.display_name.as_deref().or(person.email.as_deref()).unwrap_or("without a name");
    html! {
        tr {
            td data-label="Person" {
                @match person.member { Some(id) => a href={ "/members/" (id) } { (name(called)) }, None => (name(called)) }
                @if person.display_name.is_some() { @if let Some(email) = &person.email { span.soft { (name(email)) } } }
            }
            td data-label="What happens" {
                @if let Some(change) = person.preview.change { (tag(told(change).0, told(change).1)) }
                @if let Some(state) = person.kept_back { " " (tag(Tone::Plain, if state == State::Rejected { "rejected: does not happen" } else { "held: does not happen yet" })) }
                @if person.loses_admin() { " " (tag(Tone::Bad, "administers no more")) }
                @if person.preview.matches_no_role { " " (tag(Tone::Plain, "matches no role")) }
            }
            td data-label="Role now" { (role(person.preview.before.as_ref())) }
            td data-label="Role then" { (role(person.preview.after.as_ref())) }
        }
    }
}
