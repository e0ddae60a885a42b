//! Receipts: when each kind of credential of a person who left has died.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::{MemberId, ReceiptId, RequestId};

/// A receipt as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct ReceiptRow {
    /// The receipt.
    pub id: ReceiptId,
    /// Who left.
    pub member_id: MemberId,
    /// Why: `user.deactivated`, `user.deleted`, `reconciled`.
    pub cause: String,
    /// The request that asked.
    pub request_id: Option<RequestId>,
    /// When the request was received.
    pub received_at: DateTime<Utc>,
    /// When the member's row was closed: from its commit on nobody accepts the person.
    pub row_closed_at: DateTime<Utc>,
    /// When the sessions were deleted.
    pub sessions_closed_at: Option<DateTime<Utc>>,
    /// How many there were.
    pub sessions_count: Option<i32>,
    /// When the person's API tokens were revoked.
    pub tokens_closed_at: Option<DateTime<Utc>>,
    /// How many there were.
    pub tokens_count: Option<i32>,
    /// When invitations by e-mail that had not been sent were cancelled; none where nobody is invited by e-mail.
    pub invitations_closed_at: Option<DateTime<Utc>>,
    /// How many there were.
    pub invitations_count: Option<i32>,
    /// When role, grants and workspace groups were taken.
    pub roles_closed_at: Option<DateTime<Utc>>,
    /// How many grants there were.
    pub roles_count: Option<i32>,
    /// When all of it was done.
    pub completed_at: Option<DateTime<Utc>>,
}

/// What lists show of a receipt: [`ReceiptRow`].
macro_rules! columns {
    () => {
        "id, member_id, cause, request_id, received_at, row_closed_at, sessions_closed_at, sessions_count, tokens_closed_at, \
         tokens_count, invitations_closed_at, invitations_count, roles_closed_at, roles_count, completed_at"
    };
}

/// The receipts of a member, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of_member(tx: &mut WorkspaceTx, member: MemberId, limit: i64) -> Result<Vec<ReceiptRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from receipts where workspace_id = $1 and member_id = $2 order by received_at desc, id desc limit $3"
    ))
    .bind(tx.workspace())
    .bind(member)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Which receipts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Complete ones, or those that are not; none for both.
    pub complete: Option<bool>,
    /// Of requests that were received then or later.
    pub from: Option<DateTime<Utc>>,
    /// Of requests that were received before.
    pub to: Option<DateTime<Utc>>,
}

/// Where a receipt is in the order of lists; none when there is no such receipt.
///
/// # Errors
/// Postgres is busy or away.
pub async fn place(tx: &mut WorkspaceTx, id: ReceiptId) -> Result<Option<(DateTime<Utc>, ReceiptId)>, StoreError> {
    let place = sqlx::query_as("select received_at, id from receipts where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(place)
}

/// The receipts of the workspace, newest first, after a place.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(
    tx: &mut WorkspaceTx,
    wanted: Wanted,
    after: Option<(DateTime<Utc>, ReceiptId)>,
    limit: i64,
) -> Result<Vec<ReceiptRow>, StoreError> {
    let (before, last) = after.unzip();
    let rows = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from receipts
         where workspace_id = $1 and received_at >= coalesce($2::timestamptz, '-infinity')
           and received_at < coalesce($3::timestamptz, 'infinity')
           and (received_at, id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
           and ($6::boolean is null or (completed_at is not null) = $6)
         order by received_at desc, id desc limit $7"
    ))
    .bind(tx.workspace())
    .bind(wanted.from)
    .bind(wanted.to)
    .bind(before)
    .bind(last)
    .bind(wanted.complete)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// How long deprovisioning took. Times are milliseconds from the request on.
#[derive(Debug, Clone, FromRow)]
pub struct SummaryRow {
    /// How many receipts were looked at.
    pub receipts: i64,
    /// How many of them are complete.
    pub complete: i64,
    /// Until the row was closed: half of them, 99 of a hundred.
    pub row_closed: Option<Vec<f64>>,
    /// The longest.
    pub row_closed_max: Option<f64>,
    /// Until all was done, of those that are complete.
    pub completed: Option<Vec<f64>>,
    /// The longest.
    pub completed_max: Option<f64>,
}

/// Sums up the newest receipts of a stretch of time.
///
/// # Errors
/// Postgres is busy or away.
pub async fn summary(
    tx: &mut WorkspaceTx,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    most: i64,
) -> Result<SummaryRow, StoreError> {
    let row = sqlx::query_as(
        "with newest as (
             select extract(epoch from row_closed_at - received_at)::float8 * 1000 as row_closed,
                    extract(epoch from completed_at - received_at)::float8 * 1000 as completed
             from receipts
             where workspace_id = $1 and received_at >= coalesce($2::timestamptz, '-infinity')
               and received_at < coalesce($3::timestamptz, 'infinity')
             order by received_at desc, id desc limit $4
         )
         select count(*) as receipts, count(completed) as complete,
                percentile_disc(array [0.5, 0.99]) within group (order by row_closed) as row_closed, max(row_closed) as row_closed_max,
                percentile_disc(array [0.5, 0.99]) within group (order by completed) as completed, max(completed) as completed_max
         from newest",
    )
    .bind(tx.workspace())
    .bind(from)
    .bind(to)
    .bind(most)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Which of these receipts are not complete yet, and about whom they are; the rows stay locked.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_open(tx: &mut WorkspaceTx, ids: &[ReceiptId]) -> Result<Vec<(ReceiptId, MemberId)>, StoreError> {
    let open = sqlx::query_as(
        "select id, member_id from receipts where workspace_id = $1 and id = any($2) and completed_at is null order by id for update",
    )
    .bind(tx.workspace())
    .bind(ids)
    .fetch_all(tx.connection())
    .await?;
    Ok(open)
}

/// Writes down that role, grants and groups are gone, and how many sessions of each person are about to be deleted. What an earlier run
/// has written stays; how many roles there were stands in it from the beginning. Answers how long each took from the request on.
///
/// # Errors
/// Postgres is busy or away.
pub async fn roles_closed(
    tx: &mut WorkspaceTx,
    sessions: &[(ReceiptId, u64)],
    now: DateTime<Utc>,
) -> Result<Vec<f64>, StoreError> {
    let (ids, counts): (Vec<ReceiptId>, Vec<i32>) =
        sessions.iter().map(|(id, count)| (*id, i32::try_from(*count).unwrap_or(i32::MAX))).unzip();
    let seconds = sqlx::query_scalar(
        "update receipts r
         set roles_closed_at = coalesce(r.roles_closed_at, $4), sessions_count = coalesce(r.sessions_count, counted.sessions)
         from unnest($2::uuid[], $3::int[]) as counted (id, sessions)
         where r.workspace_id = $1 and r.id = counted.id
         returning extract(epoch from r.roles_closed_at - r.received_at)::float8",
    )
    .bind(tx.workspace())
    .bind(ids)
    .bind(counts)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    Ok(seconds)
}

/// Writes down that the sessions are gone as well, which completes the receipts. Answers how long those took from the request on that were
/// not complete before.
///
/// # Errors
/// Postgres is busy or away.
pub async fn complete(tx: &mut WorkspaceTx, ids: &[ReceiptId], now: DateTime<Utc>) -> Result<Vec<f64>, StoreError> {
    let seconds = sqlx::query_scalar(
        "with open as (
             select id from receipts where workspace_id = $1 and id = any($2) and completed_at is null order by id for update
         )
         update receipts set sessions_closed_at = $3, completed_at = $3
         where workspace_id = $1 and id in (select id from open)
         returning extract(epoch from completed_at - received_at)::float8",
    )
    .bind(tx.workspace())
    .bind(ids)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    Ok(seconds)
}
