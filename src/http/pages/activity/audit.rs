//! The audit log: who has done what to whom.

use std::collections::BTreeMap;

use maud::{Markup, html};
use poem::{
    Response, Result, handler,
    web::{Data, Query},
};
use serde::Deserialize;

use super::{day, download, word};
use crate::{
    app::{
        App,
        audit_log::{self, Entry, Wanted, Who},
        members,
    },
    http::{
        pages::{
            failure::Failure,
            html::{self, Html, Place},
            parts::{Field, choose, name, next, printable, time, with_query},
            said::Said,
            visitor::Admin,
        },
        workspace::audit_lines,
    },
    ids::{AuditId, MemberId, RequestId, UserId},
};

const PAGE: usize = 50;
const ACTORS: [(&str, &str); 4] =
    [("", "everybody"), ("token", "tokens"), ("operator", "Rollcall's operators"), ("system", "Rollcall itself")];
const NOUNS: [(&str, &str); 12] = [
    ("", "everything"),
    ("member", "members"),
    ("user", "people of the directory"),
    ("group", "groups of the directory"),
    ("token", "tokens"),
    ("connection", "SAML connections"),
    ("role_mapping", "groups to roles"),
    ("role", "roles"),
    ("domain", "domains"),
    ("brake", "the brake"),
    ("webhook", "webhooks"),
    ("workspace", "the workspace"),
];

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    request: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

impl Asked {
    fn pairs(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("actor", self.actor.as_deref()),
            ("action", self.action.as_deref()),
            ("subject", self.subject.as_deref()),
            ("request", self.request.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
        ]
    }

    fn wanted(&self) -> Result<Wanted, String> {
        let by = word(&self.actor).map(|actor| actor.parse()).transpose().map_err(|wrong| format!("By: {wrong}."))?;
        let did = word(&self.action).map(|action| action.parse()).transpose().map_err(|wrong| format!("What: {wrong}."))?;
        let subject = word(&self.subject).map(|id| UserId::parse(&id).ok_or("To whom: an id is needed.")).transpose()?;
        let request = word(&self.request).map(|id| RequestId::parse(&id).ok_or("Request: an id is needed.")).transpose()?;
        let (from, to) = (day(self.from.as_deref()), day(self.to.as_deref()));
        Ok(Wanted { by, did, subject: subject.map(|id| id.as_uuid()), request, from, to })
    }
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let (wanted, said) = match asked.wanted() {
        Ok(wanted) => (wanted, Said::Nothing),
        Err(wrong) => (Wanted::default(), Said::invalid(wrong)),
    };
    let after = asked.after.as_deref().map(|id| AuditId::parse(id).ok_or_else(|| Failure::not_found("page"))).transpose()?;
    let page = audit_log::list(app, &admin.caller, &wanted, after, PAGE).await?;
    let people: Vec<MemberId> = page.entries.iter().filter_map(|entry| person(&entry.who)).collect();
    let called = members::called(app, &admin.caller, &people).await?;
    let following = page.next.map(|id| {
        let id = id.to_string();
        let pairs: Vec<(&str, Option<&str>)> = asked.pairs().into_iter().chain([("after", Some(id.as_str()))]).collect();
        with_query("/activity/audit", &pairs)
    });
    let body = html! {
        h1 { "Audit log" }
        p.lead { "Who has done what, newest first. It is never changed." }
        (filters(&asked))
        div #entries data-live=[asked.after.is_none().then_some("5")] {
            @if page.entries.is_empty() { p.card { "Nothing." } } @else {
                div.scroll { table.cards {
                    thead { tr { th { "When" } th { "Who" } th { "What" } th { "To" } th { "Request" } } }
                    tbody { @for entry in &page.entries { (line(entry, &called)) } }
                } }
            }
        }
        (next(following.as_deref()))
        p { a.button.plain href=(with_query("/activity/audit/export", &asked.pairs())) download="audit-log.ndjson" { "Export as lines of JSON" } }
    };
    Ok(html::admin(&admin, Place::AuditLog, "Audit log", &said, &body))
}

/// Everything that is wanted, oldest first.
#[handler]
pub(super) async fn export(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let wanted = asked.wanted().map_err(crate::app::error::AppError::Invalid)?;
    let export = audit_log::export(app, &admin.caller, &wanted).await?;
    Ok(download("audit-log", audit_lines(export)))
}

fn filters(asked: &Asked) -> Markup {
    let field = |name, label, kind, value: &Option<String>| {
        Field { name, label, kind, value: value.as_deref().unwrap_or_default(), hint: "", required: false }.show()
    };
    html! {
        form.row method="get" action="/activity/audit" role="search" {
            (choose("actor", "By", &ACTORS, asked.actor.as_deref().unwrap_or_default()))
            (choose("action", "About", &NOUNS, asked.action.as_deref().unwrap_or_default()))
            (field("subject", "To whom or what (id)", "search", &asked.subject))
            (field("from", "From", "date", &asked.from))
            (field("to", "Before", "date", &asked.to))
            button.plain { "Show" }
        }
    }
}

fn person(who: &Who) -> Option<MemberId> {
    match who {
        Who::Member(id, _) => Some(*id),
        Who::Token(_) | Who::Operator | Who::System => None,
    }
}

fn line(entry: &Entry, called: &BTreeMap<MemberId, String>) -> Markup {
    let row = &entry.row;
    let detail = row.detail.as_ref().map(|detail| serde_json::to_string_pretty(&detail.0).unwrap_or_default());
    html! {
        tr {
            td data-label="When" { (time(row.at)) }
            td data-label="Who" { @match &entry.who {
                Who::Member(id, token) => {
                    a href={ "/members/" (id) } { (name(called.get(id).map_or("a former member", String::as_str))) }
                    @if let Some(token) = token { span.soft { "by the token " (name(&token.name)) } }
                }
                Who::Token(token) => { "the token " (name(&token.name)) }
                Who::Operator => "Rollcall's operators",
                Who::System => "Rollcall",
            } }
            td data-label="What" {
                code { (row.action) }
                @if let Some(detail) = detail { details { summary { "Detail" } div.inner { pre tabindex="0" { (printable(&detail)) } } } }
            }
            td data-label="To" { code { (row.subject_id) } }
            td data-label="Request" { @match row.request_id { Some(id) => a href={ "/activity/" (id) } { "open" }, None => span.soft { "–" } } }
        }
    }
}
