//! The provisioning log: every SCIM request, newest first.

use futures::stream;
use maud::{Markup, html};
use poem::{
    Body, Response, Result, handler,
    web::{Data, Query},
};
use serde::Deserialize;

use super::{day, download, word};
use crate::{
    app::{
        App,
        error::AppError,
        provisioning_log::{
            EntryRow,
            read::{self, Wanted},
        },
    },
    http::{
        cut,
        pages::{
            failure::Failure,
            html::{self, Html, Place},
            parts::{Field, Tone, choose, next, optional, tag, text, time, with_query},
            said::Said,
            visitor::Admin,
        },
        workspace::provisioning_line,
    },
    ids::RequestId,
};

const PAGE: usize = 50;
/// Entries that an export reads at a time.
const EXPORTED: usize = 500;
const STATUSES: [(&str, &str); 5] =
    [("", "all"), ("failed", "failed"), ("succeeded", "succeeded"), ("4xx", "4xx: refused"), ("5xx", "5xx: our fault")];
const OPERATIONS: [(&str, &str); 11] = [
    ("", "all"),
    ("createUser", "create a person"),
    ("replaceUser", "replace a person"),
    ("patchUser", "change a person"),
    ("deleteUser", "delete a person"),
    ("listUsers", "look people up"),
    ("createGroup", "create a group"),
    ("patchGroup", "change a group"),
    ("replaceGroup", "replace a group"),
    ("deleteGroup", "delete a group"),
    ("bulk", "bulk"),
];

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    status: Option<String>,
    operation: Option<String>,
    person: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

impl Asked {
    fn wanted(&self) -> Result<Wanted, String> {
        let person = word(&self.person);
        if person.as_deref().is_some_and(|person| person.contains('\0')) {
            return Err("Person or group: nobody has such a name.".into());
        }
        Ok(Wanted {
            status: word(&self.status).map(|status| status.parse()).transpose().map_err(|wrong| format!("Answer: {wrong}."))?,
            operation: word(&self.operation),
            person,
            from: day(self.from.as_deref()),
            to: day(self.to.as_deref()),
            request: None,
            after: None,
        })
    }

    fn pairs(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("status", self.status.as_deref()),
            ("operation", self.operation.as_deref()),
            ("person", self.person.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
        ]
    }
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let (wanted, said) = match asked.wanted() {
        Ok(wanted) => (wanted, Said::Nothing),
        Err(wrong) => (Wanted::default(), Said::invalid(wrong)),
    };
    let after = asked.after.as_deref().map(|id| RequestId::parse(id).ok_or_else(|| Failure::not_found("page"))).transpose()?;
    let page = read::list(app, &admin.caller, &Wanted { after, ..wanted }, PAGE).await?;
    let following = page.next.map(|id| {
        let id = id.to_string();
        let pairs: Vec<(&str, Option<&str>)> = asked.pairs().into_iter().chain([("after", Some(id.as_str()))]).collect();
        with_query("/activity", &pairs)
    });
    let is_first = asked.after.is_none();
    let body = html! {
        h1 { "Provisioning log" }
        p.lead { "Every request of your identity provider, and what it was answered. Open one to see what was sent, and what to do where it failed." }
        (filters(&asked))
        div #requests data-live=[is_first.then_some("5")] aria-live="off" {
            @if page.entries.is_empty() {
                p.card { "Nothing. " @if asked.person.is_some() { "About a person look by userName, externalId or SCIM id, exactly as your identity provider sends it." } }
            } @else { (requests(&page.entries)) }
        }
        @if is_first { p.soft { "What is new appears by itself." } }
        (next(following.as_deref()))
        p { a.button.plain href=(with_query("/activity/export", &asked.pairs())) download="provisioning-log.ndjson" { "Export as lines of JSON" } }
    };
    Ok(html::admin(&admin, Place::ProvisioningLog, "Provisioning log", &said, &body))
}

/// Everything that is wanted, newest first. Bodies are not in it: they stand on the page of their request.
#[handler]
pub(super) async fn export(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let wanted = asked.wanted().map_err(AppError::Invalid)?;
    let (app, caller) = (app.clone(), admin.caller);
    let lines: Body = cut::body(stream::try_unfold(Some(wanted), move |wanted| {
        let app = app.clone();
        async move {
            let Some(wanted) = wanted else { return Ok(None) };
            let page = read::list(&app, &caller, &wanted, EXPORTED).await?;
            let lines: String = page.entries.into_iter().map(provisioning_line).collect();
            Ok(Some((lines, page.next.map(|after| Wanted { after: Some(after), ..wanted }))))
        }
    }));
    Ok(download("provisioning-log", lines))
}

fn filters(asked: &Asked) -> Markup {
    let field = |name, label, kind, value: &Option<String>| {
        Field { name, label, kind, value: value.as_deref().unwrap_or_default(), hint: "", required: false }.show()
    };
    html! {
        form.row method="get" action="/activity" role="search" {
            (field("person", "Person or group", "search", &asked.person))
            (choose("status", "Answer", &STATUSES, asked.status.as_deref().unwrap_or_default()))
            (choose("operation", "What", &OPERATIONS, asked.operation.as_deref().unwrap_or_default()))
            (field("from", "From", "date", &asked.from))
            (field("to", "Before", "date", &asked.to))
            button.plain { "Show" }
        }
    }
}

/// How a request was answered, in its colour.
pub(super) fn answer(status: i16) -> Markup {
    let tone = match status {
        ..400 => Tone::Good,
        404 => Tone::Plain,
        400..500 => Tone::Warn,
        _ => Tone::Bad,
    };
    tag(tone, &status.to_string())
}

/// Requests as a table.
pub fn requests(entries: &[EntryRow]) -> Markup {
    html! {
        div.scroll { table.cards {
            thead { tr { th { "When" } th { "Request" } th { "About" } th { "Answer" } th { "Why" } } }
            tbody { @for entry in entries { (line(entry)) } }
        } }
    }
}

fn line(entry: &EntryRow) -> Markup {
    html! {
        tr {
            td data-label="When" { a href={ "/activity/" (entry.id) } { (time(entry.at)) } }
            td data-label="Request" { code { (entry.method) " " (entry.path) } }
            td data-label="About" { (optional(entry.person_key.as_deref())) }
            td data-label="Answer" { (answer(entry.status)) @if let Some(kind) = &entry.scim_type { " " code { (kind) } } }
            td data-label="Why" { @match &entry.detail { Some(detail) => (text(detail)), None => span.soft { "–" } } }
        }
    }
}
