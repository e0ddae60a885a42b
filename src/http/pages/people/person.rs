//! One person: what the directory says, what follows from it and why, where they are signed in, what was sent about them.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;

use super::members::status;
use crate::{
    app::{
        App,
        access::{self, Access},
        by_hand,
        error::AppError,
        invitations,
        members::{self, InvitationRow, MemberRow, ReceiptRow},
        provisioning_log::{
            EntryRow,
            read::{self, Wanted},
        },
        roles,
        sessions::{self, OpenSession},
    },
    directory::access::Reason,
    http::pages::{
        account::opened_by,
        activity::requests,
        failure::Failure,
        html::{self, Html, Place},
        parts::{Tone, careful, choose, name, optional, tag, text, time, time_or},
        said::{Asked, Said},
        visitor::Admin,
    },
    ids::{GroupId, MemberId},
};

const RECEIPTS: i64 = 5;
const REQUESTS: usize = 10;
const DONE: [(&str, &str); 8] = [
    ("invited", "The person was invited."),
    ("role", "The role was given by hand."),
    ("taken-back", "What was given by hand was taken back."),
    ("deactivated", "The person is out: sessions and tokens are refused from now on."),
    ("reactivated", "The person is in again."),
    ("marked", "The person is a break-glass owner: your identity provider takes nothing from them."),
    ("unmarked", "The person is no break-glass owner any more."),
    ("sessions", "All sessions of the person were ended."),
];

#[derive(Deserialize)]
pub(super) struct Role {
    role: String,
}

fn known(id: &str) -> Result<MemberId, Failure> {
    MemberId::parse(id).ok_or_else(|| Failure::not_found("member"))
}

#[handler]
pub(super) async fn show(
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html, Failure> {
    page(&admin, app, known(&id)?, &Said::done(asked.done.as_deref(), &DONE)).await
}

async fn page(admin: &Admin, app: &App, id: MemberId, said: &Said) -> Result<Html, Failure> {
    let access = access::explain(app, &admin.caller, id).await?;
    let detail = members::get(app, &admin.caller.members(), id).await?;
    let open = sessions::list_of(app, &admin.caller, id).await?;
    let receipts = members::receipts(app, &admin.caller, id, RECEIPTS).await?;
    let sent = match &access.directory {
        Some(record) => {
            let wanted = Wanted { person: Some(record.user_id.to_string()), ..Wanted::default() };
            read::list(app, &admin.caller, &wanted, REQUESTS).await?.entries
        }
        None => Vec::new(),
    };
    let names: Vec<String> = roles::list(app, &admin.caller).await?.iter().map(ToString::to_string).collect();
    let member = &access.member;
    let called = called(member);
    let body = html! {
        p.crumbs { a href="/members" { "Members" } }
        h1 { (name(called)) " " (status(member.status.0)) }
        dl.facts.card {
            dt { "E-mail address" } dd { (optional(member.email.as_deref())) }
            dt { "Role" } dd { code { (member.role.as_deref().unwrap_or("none")) } @if access.member.role.as_deref() != access.role.as_ref().map(crate::directory::roles::Role::as_str) { " " (tag(Tone::Warn, "being reconciled")) } }
            dt { "Managed by" } dd { @if member.origin == "directory" { "your identity provider" } @else { "hand" } @if member.break_glass { " " (tag(Tone::Warn, "break-glass owner")) } }
            dt { "Member since" } dd { (time(member.created_at)) }
            dt { "First sign-in" } dd { (time_or(member.activated_at, "not yet")) }
            @if let Some(at) = member.deactivated_at { dt { "Out since" } dd { (time(at)) } }
            dt { "Member id" } dd { code { (member.id) } }
        }
        (why(&access))
        (directory(&access))
        @if let Some(invitation) = &detail.invitation { (invited(invitation, id)) }
        (signed_in(&open, id))
        @if !receipts.is_empty() { (left(&receipts)) }
        (log(&sent, &access))
        (actions(member, &names))
    };
    Ok(html::admin(admin, Place::Members, called, said, &body))
}

fn called(member: &MemberRow) -> &str {
    let name = member.display_name.as_deref().filter(|name| !name.trim().is_empty());
    name.or(member.email.as_deref()).unwrap_or("without a name")
}

/// Why somebody has their role, and what they would have without each reason.
fn why(access: &Access) -> Markup {
    let group =
        |id: GroupId| access.groups.iter().find(|group| group.group_id == id).and_then(|group| group.display_name.as_deref());
    let reason = |reason: Reason| match reason {
        Reason::ByHand => html! { "what was given by hand" },
        Reason::Attribute => html! { "the role in the attributes" },
        Reason::Mapping(id) => html! { "the mapping of " (optional(group(id))) },
        Reason::Group(id) => html! { "being in " (optional(group(id))) },
    };
    html! {
        section.card aria-labelledby="why" {
            h2 #why { "Why this role" }
            @if access.grants.is_empty() {
                p { @if access.role.is_none() { "The person has no role: they are out." } @else { "No grant is written yet." } }
            } @else {
                ul { @for grant in &access.grants { li {
                    code { (grant.role) } " "
                    @match grant.source.as_str() {
                        "manual" => "given by hand",
                        "attribute" => "from the attributes that your identity provider sends",
                        "group" => { "from the group " (optional(GroupId::parse(&grant.source_key).and_then(group))) }
                        _ => { "because nothing else gives one: the default role" }
                    }
                    ", since " (time(grant.granted_at))
                    @if let Some(request) = grant.request_id { " (" a href={ "/activity/" (request) } { "the request" } ")" }
                } } }
                p { "The strongest of them counts." }
            }
            @if !access.what_if.is_empty() {
                details {
                    summary { "What it would be without each reason" }
                    div.inner { ul { @for (without, role) in &access.what_if {
                        li { "Without " (reason(*without)) ": " code { (role.as_ref().map_or("none", crate::directory::roles::Role::as_str)) } }
                    } } }
                }
            }
        }
    }
}

fn directory(access: &Access) -> Markup {
    let mapped = |id: GroupId| access.mappings.iter().find(|mapping| mapping.group_id == id);
    html! {
        section.card aria-labelledby="directory" {
            h2 #directory { "What your identity provider says" }
            @match &access.directory {
                None => p { "Nothing: it does not know this person, or has deleted them." },
                Some(record) => {
                    dl.facts {
                        dt { "active" } dd { @if record.active { (tag(Tone::Good, "true")) } @else { (tag(Tone::Bad, "false")) } }
                        dt { "userName" } dd { (optional(record.user_name.as_deref())) }
                        dt { "externalId" } dd { (optional(record.external_id.as_deref())) }
                        dt { "Role in the attributes" } dd { @match &record.role { Some(role) => code { (role) }, None => span.soft { "none" } } }
                        dt { "Created" } dd { (time(record.created_at)) }
                        dt { "Last changed" } dd { (time(record.updated_at)) }
                        dt { "SCIM id" } dd { code { (record.user_id) } }
                    }
                    @if !access.groups.is_empty() {
                        h3 { "Groups" }
                        ul { @for group in &access.groups { li {
                            a href={ "/groups/" (group.group_id) } { (optional(group.display_name.as_deref())) }
                            @if !group.direct { " " span.soft { "through another group" } }
                            @if let Some(mapping) = mapped(group.group_id) { " gives " code { (mapping.role) } }
                        } } }
                    }
                }
            }
        }
    }
}

fn invited(invitation: &InvitationRow, id: MemberId) -> Markup {
    html! {
        section.card aria-labelledby="invitation" {
            h2 #invitation { "Invitation by e-mail" }
            dl.facts {
                dt { "State" } dd { (invitation.state) }
                @if let Some(reason) = &invitation.reason { dt { "Why" } dd { (text(reason)) } }
                dt { "Last moved" } dd { (time(invitation.moved_at())) }
            }
            form method="post" action={ "/members/" (id) "/invite-again" } { button.plain { "Send it again" } }
        }
    }
}

fn signed_in(open: &[OpenSession], id: MemberId) -> Markup {
    html! {
        section.card aria-labelledby="sessions" {
            h2 #sessions { "Sessions" }
            @if open.is_empty() { p { "Signed in nowhere." } } @else {
                ul { @for session in open { li {
                    (optional(session.summary.session.user_agent.as_deref())) " " (opened_by(session)) ", since " (time(session.summary.session.created_at)) ", last used " (time(session.summary.last_seen_at))
                } } }
                (careful("End all of them", &html! { p { "Every session is refused from now on. The person may sign in again." } }, &format!("/members/{id}/sessions/end"), "End all sessions"))
            }
        }
    }
}

fn left(receipts: &[ReceiptRow]) -> Markup {
    let count = |count: Option<i32>| count.map_or_else(|| "–".to_owned(), |count| count.to_string());
    html! {
        section.card aria-labelledby="receipts" {
            h2 #receipts { "Receipts of leaving" }
            div.scroll { table.cards {
                thead { tr { th { "Asked" } th { "Refused everywhere" } th { "Sessions" } th { "Tokens" } th { "Roles" } th { "Complete" } } }
                tbody { @for receipt in receipts { tr {
                    td data-label="Asked" { (time(receipt.received_at)) span.soft { (receipt.cause) } @if let Some(request) = receipt.request_id { " " a href={ "/activity/" (request) } { "request" } } }
                    td data-label="Refused everywhere" { "after " ((receipt.row_closed_at - receipt.received_at).num_milliseconds().max(0)) " ms" }
                    td data-label="Sessions" { (count(receipt.sessions_count)) }
                    td data-label="Tokens" { (count(receipt.tokens_count)) }
                    td data-label="Roles" { (count(receipt.roles_count)) }
                    td data-label="Complete" { @match receipt.completed_at { Some(at) => { "after " ((at - receipt.received_at).num_milliseconds().max(0)) " ms" } None => (tag(Tone::Warn, "under way")) } }
                } } }
            } }
        }
    }
}

fn log(sent: &[EntryRow], access: &Access) -> Markup {
    html! {
        section aria-labelledby="sent" {
            h2 #sent { "What your identity provider sent about this person" }
            @if sent.is_empty() { p.card { "Nothing that is still kept." } } @else { (requests(sent)) }
            @if let Some(record) = &access.directory { p { a href={ "/activity?person=" (record.user_id) } { "All of it" } } }
            p { a href={ "/activity/audit?subject=" (access.member.id) } { "What was done to this person" } " (audit log)" }
        }
    }
}

fn actions(member: &MemberRow, roles: &[String]) -> Markup {
    let options: Vec<(&str, &str)> = roles.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let address = |action: &str| format!("/members/{}/{action}", member.id);
    let is_in = member.status.0.is_open();
    let is_by_hand = member.origin != "directory";
    html! {
        section.card aria-labelledby="actions" {
            h2 #actions { "By hand" }
            @if is_in {
                form.row method="post" action=(address("role")) { (choose("role", "Give a role by hand", &options, member.role.as_deref().unwrap_or_default())) button.plain { "Give" } }
                @if !is_by_hand { form method="post" action=(address("role/take-back")) { button.plain { "Take back what was given by hand" } } }
                @if member.break_glass {
                    form method="post" action=(address("no-break-glass")) { button.plain { "No break-glass owner any more" } }
                } @else if member.role.as_deref() == Some("admin") {
                    form method="post" action=(address("break-glass")) { button.plain { "Make a break-glass owner" } }
                    p.hint { "Your identity provider then takes nothing from them, so that somebody always comes in." }
                }
            }
            @if is_by_hand && is_in {
                (careful("Put out", &html! { p { "The person is refused from now on: sessions, tokens, role and groups are taken." } }, &address("deactivate"), "Put this person out"))
            } @else if is_by_hand {
                form method="post" action=(address("reactivate")) { button.plain { "Let in again" } }
            } @else {
                p.soft { "Who is in is decided by your identity provider: unassign the person there." }
            }
        }
    }
}

async fn answered<T>(
    admin: &Admin,
    app: &App,
    id: MemberId,
    done: &str,
    result: Result<T, AppError>,
) -> Result<Response, Failure> {
    match result {
        Ok(_) => Ok(Redirect::see_other(format!("/members/{id}?done={done}")).into_response()),
        Err(error) => Ok(page(admin, app, id, &Said::wrong(error)?).await?.into_response()),
    }
}

#[handler]
pub(super) async fn give(
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Role>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let given = by_hand::give(app, &admin.caller, id, &form.role).await;
    answered(&admin, app, id, "role", given).await
}

#[handler]
pub(super) async fn take_back(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let taken = by_hand::take_back(app, &admin.caller, id).await;
    answered(&admin, app, id, "taken-back", taken).await
}

#[handler]
pub(super) async fn deactivate(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let out = by_hand::deactivate(app, &admin.caller, id).await;
    answered(&admin, app, id, "deactivated", out).await
}

#[handler]
pub(super) async fn reactivate(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let back = by_hand::reactivate(app, &admin.caller, id).await;
    answered(&admin, app, id, "reactivated", back).await
}

#[handler]
pub(super) async fn mark(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let marked = by_hand::mark_break_glass(app, &admin.caller, id, true).await;
    answered(&admin, app, id, "marked", marked).await
}

#[handler]
pub(super) async fn unmark(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let unmarked = by_hand::mark_break_glass(app, &admin.caller, id, false).await;
    answered(&admin, app, id, "unmarked", unmarked).await
}

#[handler]
pub(super) async fn invite_again(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let sent = invitations::send_again(app, &admin.caller, id).await;
    answered(&admin, app, id, "invited", sent).await
}

#[handler]
pub(super) async fn end_sessions(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let ended = sessions::end_all_of(app, &admin.caller, id).await;
    answered(&admin, app, id, "sessions", ended).await
}
