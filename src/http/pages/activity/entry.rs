//! One request: what was sent, what was answered, what was let pass, and what to do where it failed.

use maud::{Markup, html};
use poem::{
    Result, handler,
    web::{Data, Path},
};

use super::log::{answer, requests};
use crate::{
    app::{
        App,
        provisioning_log::{
            EntryBodies, EntryRow,
            read::{self, Wanted},
        },
    },
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{name, optional, printable, text, time},
        said::Said,
        visitor::Admin,
    },
    ids::RequestId,
    scim::Tolerance,
};

/// Failed operations of a bulk request that are shown.
const PARTS: usize = 50;

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Html, Failure> {
    let id = RequestId::parse(&id).ok_or_else(|| Failure::not_found("entry of the provisioning log"))?;
    let (entry, bodies) = read::get(app, &admin.caller, id).await?;
    let parts = if entry.operation == "bulk" {
        let wanted = Wanted { request: Some(id), ..Wanted::default() };
        let mut entries = read::list(app, &admin.caller, &wanted, PARTS).await?.entries;
        entries.retain(|part| part.part_of.is_some());
        entries
    } else {
        Vec::new()
    };
    let body = html! {
        p.crumbs { a href="/activity" { "Provisioning log" } }
        h1 { code { (entry.method) " " (name(&entry.path)) } " " (answer(entry.status)) }
        @if entry.status >= 400 { (failed(&entry)) }
        (facts(&entry))
        @if let Some(tolerated) = entry.tolerated.as_deref().filter(|names| !names.is_empty()) { (let_pass(tolerated)) }
        section aria-labelledby="sent" { h2 #sent { "What was sent" } (kept(bodies.request_body.as_deref(), bodies.request_bytes, bodies.request_cut)) }
        section aria-labelledby="answered" { h2 #answered { "What was answered" } (kept(bodies.answer_body.as_deref(), bodies.answer_bytes, bodies.answer_cut)) }
        (people(&bodies))
        @if !parts.is_empty() { h2 { "Operations of it that failed" } (requests(&parts)) }
        p { a href={ "/activity/audit?request=" (entry.id) } { "What followed from it" } " (audit log)" }
    };
    Ok(html::admin(&admin, Place::ProvisioningLog, "One request", &Said::Nothing, &body))
}

fn failed(entry: &EntryRow) -> Markup {
    html! {
        div.notice.bad {
            @if let Some(detail) = &entry.detail { p { strong { "What is wrong: " } (text(detail)) } }
            p { strong { "What to do: " } (fix(entry)) }
        }
    }
}

/// What an administrator of the identity provider does about an answer.
fn fix(entry: &EntryRow) -> &'static str {
    match (entry.status, entry.scim_type.as_deref()) {
        (409, _) | (_, Some("uniqueness")) => {
            "Somebody else has this name already. Correct it at the identity provider, or link the person there to the one who is here; then provision the person again."
        }
        (_, Some("invalidValue" | "invalidSyntax")) => {
            "The value cannot be accepted as it was sent. Correct it, or the mapping that makes it, at the identity provider; then provision again."
        }
        (_, Some("mutability")) => {
            "What was to be changed cannot be changed once it is set. Take it out of what the identity provider updates."
        }
        (_, Some("noTarget" | "invalidPath")) => {
            "The change names something that is not there. Compare the attribute mapping at the identity provider with the schemas of this workspace."
        }
        (_, Some("tooMany")) => "Too much was asked at once. Ask for less, or page by page.",
        (401, _) => "The token is not good any more. Make a new one under Settings, API, and enter it at the identity provider.",
        (403, _) => "It is not permitted here: see the detail above for what is missing, the gate or a seat.",
        (404, _) if entry.method == "GET" => {
            "Nothing need be done: the identity provider has looked whether the person is here already, and creates them next."
        }
        (404, _) => "The identity provider means somebody who was deleted here. Unassign the person there and assign them again.",
        (412 | 428, _) => "It was changed by somebody else meanwhile. The identity provider tries again by itself.",
        (413, _) => "It was too large for one request. Have the identity provider send fewer people at a time.",
        (429, _) => "More was sent than may be in a second. The identity provider tries again by itself; nothing is lost.",
        (499, _) => "The identity provider has hung up before there was an answer. It tries again by itself.",
        (500.., _) => {
            "That was our fault, and nothing was changed. The identity provider tries again by itself; if it stays so, name the request id to support."
        }
        _ => "Read the detail above, correct it at the identity provider, and provision again.",
    }
}

fn facts(entry: &EntryRow) -> Markup {
    let milliseconds = entry.duration_us / 1000;
    html! {
        dl.facts.card {
            dt { "When" } dd { (time(entry.at)) }
            dt { "Took" } dd { (milliseconds) " ms" }
            dt { "About" } dd { (optional(entry.person_key.as_deref())) }
            @if let (Some(kind), Some(id)) = (&entry.target_type, &entry.target_id) { dt { (kind) } dd { code { (printable(id)) } } }
            @if let Some(query) = &entry.query { dt { "Query" } dd { code { (name(query)) } } }
            dt { "Operation" } dd { (entry.operation) }
            dt { "Called by" } dd { (optional(entry.user_agent.as_deref())) }
            dt { "Request id" } dd { code { (entry.id) } }
            @if let Some(whole) = entry.part_of { dt { "Part of" } dd { a href={ "/activity/" (whole) } { "a bulk request" } } }
        }
    }
}

/// The departures from the RFC that were let pass, each with who needs it.
fn let_pass(names: &str) -> Markup {
    html! {
        section.card aria-labelledby="tolerated" {
            h2 #tolerated { "What was let pass" }
            ul { @for known in names.split(',').filter_map(Tolerance::named) {
                li { code { (known.name()) } ": " (known.reason()) " " span.soft { "(" (known.providers()) ")" } }
            } }
        }
    }
}

fn kept(text: Option<&str>, bytes: Option<i64>, cut: bool) -> Markup {
    let pretty = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|value| serde_json::to_string_pretty(&value).ok())
            .unwrap_or_else(|| text.to_owned())
    };
    html! {
        @match (text, bytes) {
            (Some(text), _) => { pre tabindex="0" { (printable(&pretty(text))) } @if cut { p.soft { "There was more of it than is kept." } } }
            (None, Some(bytes)) => p.card { (bytes) " bytes that are no JSON, which is not kept." },
            (None, None) => p.card { "Nothing." },
        }
    }
}

fn people(bodies: &EntryBodies) -> Markup {
    html! {
        @if !bodies.people.is_empty() {
            details {
                summary { "Others that it was about (" (bodies.people.len()) ")" }
                div.inner { ul { @for id in &bodies.people { li { a href={ "/activity?person=" (id) } { code { (id) } } } } } }
            }
        }
    }
}
