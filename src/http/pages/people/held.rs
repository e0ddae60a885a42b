//! Changes that are held until somebody has looked: whole batches of the brake, or person by person.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Path, Query, Redirect},
};
use serde::Deserialize;

use crate::{
    app::{
        App,
        guard::held::{self, BatchRow, HeldRow, State, Wanted},
        members,
    },
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Tone, many, name, next, tag, time, time_or, with_query},
        said::Said,
        under_way,
        visitor::Admin,
    },
    ids::{BatchId, MemberId},
};

const PAGE: i64 = 100;
/// Batches that have been decided about and are still shown.
const PAST: usize = 10;
const DONE: [(&str, &str); 2] = [
    ("approved", "Approved. It takes effect now."),
    ("rejected", "Rejected. People keep what they have until your identity provider says otherwise anew: put it right there."),
];

#[derive(Deserialize)]
pub(super) struct Asked {
    after: Option<String>,
    done: Option<String>,
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let said = Said::done(asked.done.as_deref(), &DONE);
    let after = asked.after.as_deref().map(known).transpose()?;
    page(&admin, app, after, &said).await
}

fn known(id: &str) -> Result<MemberId, Failure> {
    MemberId::parse(id).ok_or_else(|| Failure::not_found("held change"))
}

async fn page(admin: &Admin, app: &App, after: Option<MemberId>, said: &Said) -> Result<Html, Failure> {
    let under_way = under_way::region(admin, app).await?;
    let batches = held::batches(app, &admin.caller).await?;
    let (open, decided): (Vec<_>, Vec<_>) = batches.iter().partition(|batch| batch.decided_at.is_none());
    let wanted = Wanted { batch: None, state: Some(State::Held), after };
    let changes = held::list(app, &admin.caller, wanted, PAGE).await?;
    let people: Vec<MemberId> = changes.iter().map(|change| change.member_id).collect();
    let called = members::called(app, &admin.caller, &people).await?;
    let is_full = i64::try_from(changes.len()).is_ok_and(|found| found >= PAGE);
    let following = changes
        .last()
        .filter(|_| is_full)
        .map(|last| with_query("/held-changes", &[("after", Some(&last.member_id.to_string()))]));
    let body = html! {
        h1 { "Held changes" }
        p.lead { "What your identity provider asks for and has not happened, because somebody should look first." }
        (under_way)
        @for batch in &open { (card(batch)) }
        @if changes.is_empty() { p.card { "Nothing is held." } } @else {
            div.scroll { table.cards {
                thead { tr { th { "Person" } th { "Would lose" } th { "Why it is held" } th { "Since" } th { span.hidden { "Decision" } } } }
                tbody { @for change in &changes { (line(change, called.get(&change.member_id).map_or("without a name", String::as_str))) } }
            } }
        }
        (next(following.as_deref()))
        @if !decided.is_empty() {
            h2 { "Decided" }
            ul { @for batch in decided.iter().take(PAST) { li { (time_or(batch.decided_at, "")) ": " (batch.decision.as_deref().unwrap_or("decided")) } } }
        }
    };
    Ok(html::admin(admin, Place::HeldChanges, "Held changes", said, &body))
}

fn card(batch: &BatchRow) -> Markup {
    let address = |decision: &str| format!("/held-changes/batches/{}/{decision}", batch.id);
    html! {
        section.card {
            h2 { "The brake engaged " (time(batch.opened_at)) }
            p {
                (many(batch.access_changes, "person", "people")) " would lose all access"
                @if batch.role_changes > 0 { ", " (many(batch.role_changes, "person", "people")) " a role" }
                "."
            }
            @if let Some(at) = batch.expires_at {
                p { "If nobody decides, it is " @if batch.on_expiry.as_deref() == Some("approve") { "approved" } @else { "rejected" } " by itself " (time(at)) "." }
            }
            div.row {
                form method="post" action=(address("approve")) { button { "Approve all of it" } }
                form method="post" action=(address("reject")) { button.danger { "Reject all of it" } }
            }
            p.hint { "Or decide person by person below; what was decided so stays decided." }
        }
    }
}

fn line(change: &HeldRow, called: &str) -> Markup {
    let (why, can_decide) = match change.reason.as_str() {
        "break_glass" => ("a break-glass owner; take the mark away to let it happen", false),
        "last_admin" => ("the last administrator; make somebody else one to let it happen", false),
        _ => ("one of too many at once", true),
    };
    let address = |decision: &str| format!("/held-changes/members/{}/{decision}", change.member_id);
    html! {
        tr {
            td data-label="Person" { a.name href={ "/members/" (change.member_id) } { (name(called)) } }
            td data-label="Would lose" { @if change.effect == "access" { (tag(Tone::Bad, "access")) } @else { (tag(Tone::Warn, "a role")) } }
            td data-label="Why it is held" { (why) }
            td data-label="Since" { (time(change.held_at)) }
            td { @if can_decide { div.row {
                form method="post" action=(address("approve")) { button.plain { "Approve" } }
                form method="post" action=(address("reject")) { button.danger { "Reject" } }
            } } }
        }
    }
}

fn decision(word: &str) -> Result<(State, &'static str), Failure> {
    match word {
        "approve" => Ok((State::Approved, "approved")),
        "reject" => Ok((State::Rejected, "rejected")),
        _ => Err(Failure::not_found("decision")),
    }
}

#[handler]
pub(super) async fn decide_batch(
    admin: Admin,
    Data(app): Data<&App>,
    Path((batch, word)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (state, done) = decision(&word)?;
    let batch = BatchId::parse(&batch).ok_or_else(|| Failure::not_found("open batch"))?;
    held::decide_batch(app, &admin.caller, batch, state).await?;
    Ok(Redirect::see_other(format!("/held-changes?done={done}")).into_response())
}

#[handler]
pub(super) async fn decide_member(
    admin: Admin,
    Data(app): Data<&App>,
    Path((member, word)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (state, done) = decision(&word)?;
    match held::decide_member(app, &admin.caller, known(&member)?, state).await {
        Ok(()) => Ok(Redirect::see_other(format!("/held-changes?done={done}")).into_response()),
        Err(error) => Ok(page(&admin, app, None, &Said::wrong(error)?).await?.into_response()),
    }
}
