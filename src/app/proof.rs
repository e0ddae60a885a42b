//! The proof that nobody who is out has a live credential: a walk over everybody who is out, of every workspace, that looks at what
//! there is and trusts no receipt. What it finds it ends, counts and writes down. See [`d35`](crate::decisions::d35_nobody_who_is_out).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    App,
    caller::{AdminCaller, Caller},
    effects,
    error::AppError,
    revoke,
};
use crate::{
    clock,
    ids::{MemberId, WorkspaceId},
    jobs::{Deprovision, Leaver},
    store::{
        dirty::{self, Subject},
        global, membership,
        proofs::{self, Leftover},
        tokens,
    },
};

pub use crate::store::proofs::{Found, ProofRow};

/// People looked at in one step.
const BATCH: usize = 1_000;
/// Workspaces that are asked for at a time.
const WORKSPACES: i64 = 500;
/// For so long the worker may be busy with a departure before what is left of it counts as forgotten.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// The workspace's last proof, and how many seconds ago it ended; none when none has ended yet.
///
/// # Errors
/// Postgres is busy or away.
pub async fn last(app: &App, caller: &AdminCaller) -> Result<Option<(ProofRow, i64)>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = proofs::last(&mut tx).await?;
    Ok(row.map(|row| {
        let age = (clock::now() - row.ended_at).num_seconds();
        (row, age)
    }))
}

/// Begins a proof of every workspace that has none under way, and carries out all of them. Answers how many people had something left.
///
/// # Errors
/// Postgres or Redis is away; the next round goes on where this one has got to.
pub async fn round(app: &App) -> Result<i64, AppError> {
    global::begin_proofs(app.db.pool(), clock::now()).await?;
    let (mut violations, mut after) = (0, None);
    loop {
        let workspaces = global::proofs_under_way(app.db.pool(), after, WORKSPACES).await?;
        for workspace in &workspaces {
            match prove(app, *workspace).await {
                Ok(found) => violations += found,
                Err(error) if error.is_transient() => return Err(error),
                // Whatever is wrong with one of them, the others are proven.
                Err(error) => tracing::error!(%workspace, error = ?error, "the proof of a workspace could not be finished"),
            }
        }
        match workspaces.last() {
            Some(last) => after = Some(*last),
            None => return Ok(violations),
        }
    }
}

async fn prove(app: &App, workspace: WorkspaceId) -> Result<i64, AppError> {
    let mut violations = 0;
    while let Some(found) = step(app, workspace).await? {
        violations += found.violations;
    }
    Ok(violations)
}

/// One batch of a workspace's proof. None when it has ended.
async fn step(app: &App, workspace: WorkspaceId) -> Result<Option<Found>, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    let Some(cursor) = proofs::lock_walk(&mut tx).await? else {
        return Ok(None); // somebody else has ended it
    };
    let people = proofs::next(&mut tx, cursor, i64::try_from(BATCH).unwrap_or(i64::MAX)).await?;
    let Some(last) = people.last().map(|person| person.member_id) else {
        proofs::finish(&mut tx, clock::now()).await?;
        tx.commit().await?;
        return Ok(None);
    };
    // What is found is repaired in transactions of its own, which must not wait for this one.
    drop(tx);
    let ids: Vec<MemberId> = people.iter().map(|person| person.member_id).collect();
    let signed_in = app.sessions.members_with_any(&ids).await?;
    let mut found = Found { looked_at: i64::try_from(people.len()).unwrap_or(i64::MAX), ..Found::default() };
    let now = clock::now();
    for person in people.iter().filter(|person| !is_leaving(person, now)) {
        if has_something(person) || signed_in.contains(&person.member_id) {
            add(&mut found, end(app, workspace, person.member_id).await?);
        }
    }
    let mut tx = app.db.workspace(workspace).await?;
    // Unless two do the same: then the other one has written it down.
    if proofs::lock_walk(&mut tx).await? == Some(cursor) {
        proofs::advance(&mut tx, last, found).await?;
        tx.commit().await?;
    }
    Ok(Some(found))
}

/// Whether the departure is so young that the worker may still be busy with it.
fn is_leaving(person: &Leftover, now: DateTime<Utc>) -> bool {
    person.open_since.is_some_and(|since| now - since < PATIENCE)
}

fn has_something(person: &Leftover) -> bool {
    person.tokens > 0 || person.role.is_some() || person.grants > 0 || person.groups > 0 || person.receipt_id.is_some()
}

fn add(all: &mut Found, one: Found) {
    all.violations += one.violations;
    all.sessions += one.sessions;
    all.tokens += one.tokens;
    all.roles += one.roles;
    all.groups += one.groups;
    all.receipts += one.receipts;
}

/// Ends everything that somebody who is out still has, unless the worker is about to. Answers what it was.
async fn end(app: &App, workspace: WorkspaceId, member: MemberId) -> Result<Found, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    tx.lock_reconciliation().await?;
    // Looked at once more, under the lock on the row: nobody is let in, signs in or leaves meanwhile.
    let Some(person) = proofs::lock(&mut tx, member).await? else {
        return Ok(Found::default());
    };
    if is_leaving(&person, clock::now()) {
        return Ok(Found::default());
    }
    let sessions = app.sessions.count_before(member, i64::MAX).await?;
    if sessions == 0 && !has_something(&person) {
        return Ok(Found::default());
    }
    let found = Found {
        violations: 1,
        sessions: i64::try_from(sessions).unwrap_or(i64::MAX),
        tokens: person.tokens,
        roles: person.grants.max(i64::from(person.role.is_some())),
        groups: person.groups,
        receipts: i64::from(person.receipt_id.is_some()),
        ..Found::default()
    };
    let caller = Caller::worker(workspace);
    tokens::revoke_those_of(&mut tx, member, clock::now()).await?;
    membership::strip(&mut tx, &[member], clock::now()).await?;
    let before = json!({
        "sessions": found.sessions, "tokens": found.tokens, "role": person.role, "grants": person.grants, "groups": found.groups,
        "open_receipts": found.receipts,
    });
    effects::audit(&mut tx, &caller, "member.leftovers_ended", member.as_uuid(), Some(json!({ "before": before }))).await?;
    // Should the directory want the person in again, the reconciliation gives back what was taken.
    let subject = person.user_id.map_or(Subject::Member(member), Subject::User);
    dirty::mark(&mut tx, &[subject], Some(caller.request)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    // The receipt first, because it counts the sessions.
    if let Some(receipt) = person.receipt_id {
        let people = vec![Leaver { member_id: member, receipt_id: receipt }];
        revoke::deprovision(app, &Deprovision { workspace_id: workspace, people }).await?;
    }
    app.sessions.destroy_before(member, i64::MAX).await?;
    tell(workspace, member.as_uuid(), found);
    Ok(found)
}

fn tell(workspace: WorkspaceId, member: Uuid, found: Found) {
    let Found { sessions, tokens, roles, groups, receipts, .. } = found;
    tracing::error!(%workspace, %member, sessions, tokens, roles, groups, receipts, "somebody who is out still had credentials; they have ended");
    for (kind, count) in
        [("sessions", sessions), ("tokens", tokens), ("roles", roles), ("groups", groups), ("receipts", receipts)]
    {
        metrics::counter!("rollcall_proof_violations_total", "kind" => kind).increment(count.unsigned_abs());
    }
}
