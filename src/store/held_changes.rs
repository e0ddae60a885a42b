//! Changes that a guard has held.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::{
    directory::guard::{Effect, Reason},
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
pub struct New {
    /// Whose.
    pub member: MemberId,
    /// What would be taken.
    pub effect: Effect,
    /// Why it is held, with the batch of a mass change.
    pub reason: Reason,
    /// The batch, for mass changes and only for them.
    pub batch: Option<BatchId>,
    /// The request that asked.
    pub request: Option<RequestId>,
}

/// Holds changes. One that is held already begins anew.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold(tx: &mut WorkspaceTx, changes: &[New], now: DateTime<Utc>) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into held_changes (workspace_id, member_id, effect, reason, state, batch_id, request_id, held_at)
         select $1, member_id, effect, reason, 'held', batch_id, request_id, $7
         from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[])
             as new (member_id, effect, reason, batch_id, request_id)
         on conflict (workspace_id, member_id, effect) do update
         set reason = excluded.reason, state = 'held', batch_id = excluded.batch_id,
             request_id = excluded.request_id, held_at = excluded.held_at, decided_at = null, decided_by = null",
    )
    .bind(tx.workspace())
    .bind(changes.iter().map(|new| new.member).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.effect.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.reason.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|new| new.batch).collect::<Vec<_>>())
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

/// Whose changes are decided about.
#[derive(Debug, Clone, Copy)]
enum Whom {
    Batch(BatchId),
    Member(MemberId),
}

impl Whom {
    const fn id(self) -> Uuid {
        match self {
            Self::Batch(id) => id.as_uuid(),
            Self::Member(id) => id.as_uuid(),
        }
    }
}

/// Marks the members of held changes, each under the request that asked for the change: that is whose doing it is.
macro_rules! marking {
    ($which:literal) => {
        concat!(
            "insert into dirty (workspace_id, kind, subject_id, request_id)
             select $1, case when m.user_id is null then 'member' else 'user' end, coalesce(m.user_id, m.id), h.request_id
             from held_changes h join members m on m.workspace_id = h.workspace_id and m.id = h.member_id
             where h.workspace_id = $1 and ",
            $which
        )
    };
}

/// Marks the members whose change is held because nobody else could administer the workspace: somebody else can now.
///
/// # Errors
/// Postgres is busy or away.
pub async fn look_again_at_last_admins(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    let sql = marking!("h.reason = 'last_admin'");
    sqlx::query(sql).bind(tx.workspace()).execute(tx.connection()).await?;
    Ok(())
}

/// Decides about what is held of a batch and has not been decided about one by one, and marks those who are to lose something. Answers
/// how many changes it was.
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
    decide(tx, Whom::Batch(batch), state, by, now).await
}

/// Decides about what is held of a member as part of a mass change, also anew, and marks the member. Answers how many changes it was.
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
    decide(tx, Whom::Member(member), state, by, now).await
}

async fn decide(tx: &mut WorkspaceTx, whom: Whom, state: State, by: Actor, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let sql = match whom {
        Whom::Batch(_) => {
            "update held_changes set state = $3, decided_at = $4, decided_by = $5
             where workspace_id = $1 and batch_id = $2 and state = 'held'"
        }
        Whom::Member(_) => {
            "update held_changes set state = $3, decided_at = $4, decided_by = $5
             where workspace_id = $1 and member_id = $2 and reason = 'mass_change'"
        }
    };
    let decided = sqlx::query(sql)
        .bind(tx.workspace())
        .bind(whom.id())
        .bind(state.as_str())
        .bind(now)
        .bind(by.to_string())
        .execute(tx.connection())
        .await?;
    if state == State::Approved {
        let sql = match whom {
            Whom::Batch(_) => marking!("h.batch_id = $2 and h.state = 'approved'"),
            Whom::Member(_) => marking!("h.member_id = $2 and h.state = 'approved'"),
        };
        sqlx::query(sql).bind(tx.workspace()).bind(whom.id()).execute(tx.connection()).await?;
    }
    Ok(decided.rows_affected())
}
