//! Changes that a guard has held, and the batches of those that the brake has.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::{
    directory::guard::{Effect, OnExpiry, Reason},
    ids::{Actor, BatchId, MemberId, RequestId},
};

/// What has been decided about a held change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    Held,
    /// It takes effect, as soon as the worker comes to it.
    Approved,
    /// It takes no effect as long as the directory stays as it is.
    Rejected,
}

impl State {
    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// The state of this name.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Held, Self::Approved, Self::Rejected].into_iter().find(|state| state.as_str() == text)
    }
}

/// A held change as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct HeldRow {
    /// Whose.
    pub member_id: MemberId,
    /// What would be taken.
    pub effect: String,
    /// Why it is held.
    pub reason: String,
    /// What has been decided.
    pub state: String,
    /// The batch that it is part of, for mass changes.
    pub batch_id: Option<BatchId>,
    /// The request that asked.
    pub request_id: Option<RequestId>,
    /// Since when it is held.
    pub held_at: DateTime<Utc>,
    /// When it was decided about.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<String>,
}

/// What is held of these members.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<Vec<HeldRow>, StoreError> {
    let rows = sqlx::query_as(
        "select member_id, effect, reason, state, batch_id, request_id, held_at, decided_at, decided_by
         from held_changes where workspace_id = $1 and member_id = any($2) order by member_id, effect",
    )
    .bind(tx.workspace())
    .bind(members)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Which held changes to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Of this batch only.
    pub batch: Option<BatchId>,
    /// In this state only.
    pub state: Option<State>,
    /// After this member.
    pub after: Option<MemberId>,
}

/// Held changes in the order of their members. Those of a member are never torn apart: the page is longer by one, rather.
///
/// # Errors
/// Postgres is busy or away.
pub async fn page(tx: &mut WorkspaceTx, wanted: Wanted, limit: i64) -> Result<Vec<HeldRow>, StoreError> {
    let rows = sqlx::query_as(
        "select member_id, effect, reason, state, batch_id, request_id, held_at, decided_at, decided_by
         from held_changes
         where workspace_id = $1 and member_id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
           and ($3::uuid is null or batch_id = $3) and ($4::text is null or state = $4)
         order by member_id, effect fetch first $5 rows with ties",
    )
    .bind(tx.workspace())
    .bind(wanted.after)
    .bind(wanted.batch)
    .bind(wanted.state.map(State::as_str))
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A change that is to be held.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Whose.
    pub member: MemberId,
    /// What would be taken.
    pub effect: Effect,
    /// Why it is held, with the batch of a mass change.
    pub reason: Reason,
    /// The batch, for mass changes and only for them.
    pub batch: Option<BatchId>,
    /// For the receipt, should it take effect.
    pub cause: &'a str,
    /// The request that asked.
    pub request: Option<RequestId>,
}

/// Holds changes. One that is held already begins anew.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold(tx: &mut WorkspaceTx, changes: &[New<'_>], now: DateTime<Utc>) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into held_changes (workspace_id, member_id, effect, reason, state, batch_id, cause, request_id, held_at)
         select $1, member_id, effect, reason, 'held', batch_id, cause, request_id, $8
         from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[])
             as new (member_id, effect, reason, batch_id, cause, request_id)
         on conflict (workspace_id, member_id, effect) do update
         set reason = excluded.reason, state = 'held', batch_id = excluded.batch_id, cause = excluded.cause,
             request_id = excluded.request_id, held_at = excluded.held_at, decided_at = null, decided_by = null",
    )
    .bind(tx.workspace())
    .bind(changes.iter().map(|new| new.member).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.effect.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.reason.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.batch).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.cause).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.request).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Lets go of what is held no more: it has taken effect, or the directory has changed its mind.
///
/// # Errors
/// Postgres is busy or away.
pub async fn let_go(tx: &mut WorkspaceTx, changes: &[(MemberId, Effect)]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from held_changes h using unnest($2::uuid[], $3::text[]) as old (member_id, effect)
         where h.workspace_id = $1 and h.member_id = old.member_id and h.effect = old.effect",
    )
    .bind(tx.workspace())
    .bind(changes.iter().map(|(member, _)| *member).collect::<Vec<_>>())
    .bind(changes.iter().map(|(_, effect)| effect.as_str()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Whom to look at again.
#[derive(Debug, Clone, Copy)]
enum Whom {
    LastAdmins,
    Approved(BatchId),
    ApprovedMember(MemberId),
}

/// Marks the members whose change is held because nobody else could administer the workspace: somebody else can now.
///
/// # Errors
/// Postgres is busy or away.
pub async fn look_again_at_last_admins(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    mark(tx, Whom::LastAdmins).await
}

/// Marks members, each under the request that asked for the change: that is whose doing it is.
async fn mark(tx: &mut WorkspaceTx, whom: Whom) -> Result<(), StoreError> {
    let (state, reason, batch, member) = match whom {
        Whom::LastAdmins => (State::Held, Reason::LastAdmin, None, None),
        Whom::Approved(batch) => (State::Approved, Reason::MassChange, Some(batch), None),
        Whom::ApprovedMember(member) => (State::Approved, Reason::MassChange, None, Some(member)),
    };
    sqlx::query(
        "insert into dirty (workspace_id, kind, subject_id, request_id)
         select $1, case when m.user_id is null then 'member' else 'user' end, coalesce(m.user_id, m.id), h.request_id
         from held_changes h join members m on m.workspace_id = h.workspace_id and m.id = h.member_id
         where h.workspace_id = $1 and h.state = $2 and h.reason = $3
           and ($4::uuid is null or h.batch_id = $4) and ($5::uuid is null or h.member_id = $5)",
    )
    .bind(tx.workspace())
    .bind(state.as_str())
    .bind(reason.as_str())
    .bind(batch)
    .bind(member)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Decides about what is held of a batch, and marks those who are to lose something. Answers how many changes it was.
///
/// # Errors
/// Postgres is busy or away.
pub async fn decide_batch(
    tx: &mut WorkspaceTx,
    batch: BatchId,
    state: State,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let decided = sqlx::query(
        "update held_changes set state = $3, decided_at = $4, decided_by = $5
         where workspace_id = $1 and batch_id = $2 and state = 'held'",
    )
    .bind(tx.workspace())
    .bind(batch)
    .bind(state.as_str())
    .bind(now)
    .bind(by.to_string())
    .execute(tx.connection())
    .await?;
    sqlx::query("update held_batches set decision = $3, decided_at = $4, decided_by = $5 where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(batch)
        .bind(state.as_str())
        .bind(now)
        .bind(by.to_string())
        .execute(tx.connection())
        .await?;
    if state == State::Approved {
        mark(tx, Whom::Approved(batch)).await?;
    }
    Ok(decided.rows_affected())
}

/// Decides about what is held of a member, and marks the member. Answers how many changes it was.
///
/// # Errors
/// Postgres is busy or away.
pub async fn decide_member(
    tx: &mut WorkspaceTx,
    member: MemberId,
    state: State,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let decided = sqlx::query(
        "update held_changes set state = $3, decided_at = $4, decided_by = $5
         where workspace_id = $1 and member_id = $2 and reason = 'mass_change'",
    )
    .bind(tx.workspace())
    .bind(member)
    .bind(state.as_str())
    .bind(now)
    .bind(by.to_string())
    .execute(tx.connection())
    .await?;
    if state == State::Approved {
        mark(tx, Whom::ApprovedMember(member)).await?;
    }
    Ok(decided.rows_affected())
}

/// A batch as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct BatchRow {
    /// The batch.
    pub id: BatchId,
    /// When the brake engaged.
    pub opened_at: DateTime<Utc>,
    /// When it is decided by itself, if ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// How, then: `approve` or `reject`.
    pub on_expiry: Option<String>,
    /// `approved` or `rejected`; none as long as it is open.
    pub decision: Option<String>,
    /// When it was decided about.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<String>,
    /// How many people are to lose their access by it, and have not yet.
    pub access_changes: i64,
    /// How many people are to lose a role by it, and have not yet.
    pub role_changes: i64,
}

/// The open batch, opened now where there is none; and whether it was.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open_batch(
    tx: &mut WorkspaceTx,
    hold: Option<Duration>,
    on_expiry: OnExpiry,
    now: DateTime<Utc>,
) -> Result<(BatchId, bool), StoreError> {
    let opened: Option<BatchId> = sqlx::query_scalar(
        "insert into held_batches (workspace_id, id, opened_at, expires_at, on_expiry) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id) where decided_at is null do nothing returning id",
    )
    .bind(tx.workspace())
    .bind(BatchId::new())
    .bind(now)
    .bind(hold.map(|hold| now + hold))
    .bind(hold.map(|_| on_expiry.as_str()))
    .fetch_optional(tx.connection())
    .await?;
    if let Some(id) = opened {
        return Ok((id, true));
    }
    let id = sqlx::query_scalar("select id from held_batches where workspace_id = $1 and decided_at is null for share")
        .bind(tx.workspace())
        .fetch_one(tx.connection())
        .await?;
    Ok((id, false))
}

/// Reads and locks a batch that nobody has decided about.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_open_batch(tx: &mut WorkspaceTx, id: BatchId) -> Result<bool, StoreError> {
    let found = sqlx::query("select from held_batches where workspace_id = $1 and id = $2 and decided_at is null for update")
        .bind(tx.workspace())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(found.rows_affected() == 1)
}

/// Batches, the newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn batches(tx: &mut WorkspaceTx, limit: i64) -> Result<Vec<BatchRow>, StoreError> {
    let rows = sqlx::query_as(
        "select b.id, b.opened_at, b.expires_at, b.on_expiry, b.decision, b.decided_at, b.decided_by,
                h.access_changes, h.role_changes
         from held_batches b cross join lateral (
             select count(*) filter (where effect = 'access') as access_changes, count(*) filter (where effect = 'role') as role_changes
             from held_changes where workspace_id = $1 and batch_id = b.id
         ) as h
         where b.workspace_id = $1 order by b.id desc limit $2",
    )
    .bind(tx.workspace())
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
