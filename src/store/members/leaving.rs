//! Members who leave: locked for whoever decides about them, put out, and locked once more for the worker.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::StoredStatus;
use crate::{
    ids::{MemberId, ReceiptId, RequestId, UserId},
    store::{StoreError, WorkspaceTx},
};

/// A member as the guards see it.
#[derive(Debug, Clone, FromRow)]
pub struct Guarded {
    /// The member.
    pub id: MemberId,
    /// Status.
    #[sqlx(try_from = "String")]
    pub status: StoredStatus,
    /// Effective role; none for people who are out.
    pub role: Option<String>,
    /// Whether the directory may take nothing from the person.
    pub break_glass: bool,
    /// `directory` or `manual`.
    pub origin: String,
}

/// A member whom the directory wants out.
#[derive(Debug, Clone, FromRow)]
pub struct Leaver {
    /// The member.
    #[sqlx(flatten)]
    pub member: Guarded,
    /// Whether nothing follows from what the directory says.
    pub observed: bool,
    /// What has been decided about it, if it was asked for before and was held.
    pub held: Option<String>,
    /// Whether it was held as one of too many.
    pub held_in_batch: bool,
}

/// Leavers, of these members.
macro_rules! leavers {
    ($before:literal, $which:literal) => {
        concat!(
            $before,
            "select m.id, m.status, m.role, m.break_glass, m.origin, w.provisioning = 'observe' as observed, h.state as held,
                    h.batch_id is not null as held_in_batch
             from members m join workspaces w on w.id = m.workspace_id
             left join held_changes h on h.workspace_id = m.workspace_id and h.member_id = m.id and h.effect = 'access'
             where m.workspace_id = $1 and ",
            $which,
            " for no key update of m"
        )
    };
}

/// Reads and locks the member behind a directory user.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_leaver(tx: &mut WorkspaceTx, user: UserId) -> Result<Option<Leaver>, StoreError> {
    let row =
        sqlx::query_as(leavers!("", "m.user_id = $2")).bind(tx.workspace()).bind(user).fetch_optional(tx.connection()).await?;
    Ok(row)
}

/// Reads and locks the members behind directory users.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_leavers(tx: &mut WorkspaceTx, users: &[UserId]) -> Result<Vec<Leaver>, StoreError> {
    // Found first and then locked in order: for the order alone Postgres would rather walk over all members of the workspace.
    let rows = sqlx::query_as(leavers!(
        "with leaving as materialized (select id from members where workspace_id = $1 and user_id = any($2)) ",
        "m.id = any(array(select id from leaving)) order by m.id"
    ))
    .bind(tx.workspace())
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A member whom the worker deprovisions.
#[derive(Debug, Clone, FromRow)]
pub struct Departed {
    /// The member.
    pub id: MemberId,
    /// Status; the person may have been let in again.
    #[sqlx(try_from = "String")]
    pub status: StoredStatus,
    /// Effective role, if it was not taken yet.
    pub role: Option<String>,
    /// Sessions opened under another epoch are dead.
    pub session_epoch: i64,
}

/// Reads and locks members so that nobody lets them in, gives them a role or takes one meanwhile.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_departed(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<Vec<Departed>, StoreError> {
    let rows = sqlx::query_as(
        "select id, status, role, session_epoch from members where workspace_id = $1 and id = any($2) order by id for update",
    )
    .bind(tx.workspace())
    .bind(members)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Reads and locks a member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: MemberId) -> Result<Option<Guarded>, StoreError> {
    let row = sqlx::query_as(
        "select id, status, role, break_glass, origin from members where workspace_id = $1 and id = $2 for no key update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// A member that was just put out.
#[derive(Debug, Clone, FromRow)]
pub struct Closed {
    /// The member.
    pub member_id: MemberId,
    /// The receipt that was begun.
    pub receipt_id: ReceiptId,
}

/// Whom to put out.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    /// The members behind these directory users.
    Users(&'a [UserId]),
    /// These members.
    Members(&'a [MemberId]),
}

/// Puts people out who are in, in one statement: status and session epoch (from the commit on no session is accepted), their tokens,
/// and the beginning of a receipt each.
///
/// # Errors
/// Postgres is busy or away.
pub async fn close(
    tx: &mut WorkspaceTx,
    whom: Whom<'_>,
    cause: &str,
    request: Option<RequestId>,
    received: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Closed>, StoreError> {
    let (users, members): (&[UserId], &[MemberId]) = match whom {
        Whom::Users(users) => (users, &[]),
        Whom::Members(members) => (&[], members),
    };
    let rows = sqlx::query_as(
        "with closed as (
             update members
             set status = 'deactivated', session_epoch = session_epoch + 1, deactivated_at = $6, updated_at = $6
             where workspace_id = $1 and (user_id = any($2) or id = any($7)) and status <> 'deactivated'
             returning id, origin
         ), revoked as (
             update api_tokens set revoked_at = $6
             where workspace_id = $1 and member_id in (select id from closed) and revoked_at is null
             returning member_id
         ), counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats)
             select $1, 'member', counter_slot(), -count(*), -count(*) filter (where origin = 'manual') from closed having count(*) > 0
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + excluded.n, seats = directory_counts.seats + excluded.seats
         )
         insert into receipts
             (workspace_id, id, member_id, cause, request_id, received_at, row_closed_at, tokens_closed_at, tokens_count, roles_count)
         select $1, gen_random_uuid(), c.id, $3, $4, $5, $6, $6, (select count(*) from revoked r where r.member_id = c.id),
                -- counted here, because the reconciliation may take them before the clean-up comes to it
                (select count(*) from grants g where g.workspace_id = $1 and g.member_id = c.id and g.source <> 'manual')
         from closed c
         returning member_id, id as receipt_id",
    )
    .bind(tx.workspace())
    .bind(users)
    .bind(cause)
    .bind(request)
    .bind(received)
    .bind(now)
    .bind(members)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
