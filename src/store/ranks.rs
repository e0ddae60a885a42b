//! Which place in the order of ids a resource has, without counting the others.
//!
//! Ids are in the order of creation, so new ones come at the end and what is behind them seldom changes. The worker seals it in ranges
//! of a thousand ids with a count each. A place is then found by adding up the counts and reading the ids of one range, or of the
//! short tail that is not sealed yet.
//!
//! A range is the ids up to its `last_id` that are in no range before it. Its count is exact for whoever looks, because it moves in
//! the transaction of the creation or deletion. Every writer of a kind holds one of the rows of `directory_counts` until its
//! commit; whoever changes the ranges themselves holds all of them, so it sees every writer's rows, and every later writer learns
//! from its row (`sealed_to`) that there are ranges now which its statement may be too old to see.

use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx, listing::kind};
use crate::scim::schema::ResourceType;

/// Ids of a range when it is sealed. A place costs as many counts as there are ranges and half as many ids as a range has, which for
/// a million is least at a thousand each.
pub const RANGE: i64 = 1_000;
/// Ranges sealed at a time: writers wait meanwhile.
const AT_ONCE: i64 = 16;
/// What is waited for writers; they wait too.
const PATIENCE: &str = "set local lock_timeout = '100ms'";

/// Where a place in the order of ids is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    /// After this id, or after the beginning,
    pub after: Option<Uuid>,
    /// and then after as many more.
    pub more: u64,
}

/// Finds the place after the first `skip` ids.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, resource_type: ResourceType, skip: u64) -> Result<Rank, StoreError> {
    let range: Option<(Uuid, i64)> = sqlx::query_as(
        "select last_id, through from (
             select last_id, (sum(n) over (order by last_id))::bigint as through from directory_ranks
             where workspace_id = $1 and kind = $2
         ) ranges
         where through <= $3 order by last_id desc limit 1",
    )
    .bind(tx.workspace())
    .bind(kind(resource_type))
    .bind(i64::try_from(skip).unwrap_or(i64::MAX))
    .fetch_optional(tx.connection())
    .await?;
    Ok(match range {
        Some((last_id, through)) => Rank { after: Some(last_id), more: skip.saturating_sub(through.unsigned_abs()) },
        None => Rank { after: None, more: skip },
    })
}

/// Takes a creation (`by` is 1) or deletion (-1) into account. `sealed_to` is what its counter row has said. A statement of its own,
/// because it must see ranges that were sealed while the other one waited for that row.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn changed(
    tx: &mut WorkspaceTx,
    resource_type: ResourceType,
    id: Uuid,
    sealed_to: Option<Uuid>,
    by: i32,
) -> Result<(), StoreError> {
    if sealed_to.is_none_or(|sealed_to| sealed_to < id) {
        return Ok(());
    }
    sqlx::query(
        "update directory_ranks set n = n + $4
         where workspace_id = $1 and kind = $2 and last_id = (
             select last_id from directory_ranks where workspace_id = $1 and kind = $2 and last_id >= $3 order by last_id limit 1
         )",
    )
    .bind(tx.workspace())
    .bind(kind(resource_type))
    .bind(id)
    .bind(by)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// One text for both tables.
macro_rules! of_table {
    ($resource_type:expr, $before:literal, $after:literal) => {
        match $resource_type {
            ResourceType::User => concat!($before, "users", $after),
            ResourceType::Group => concat!($before, "groups", $after),
        }
    };
}

/// Whether the tail is longer than two ranges, or a range than two.
///
/// # Errors
/// Postgres is busy or away.
pub async fn is_due(tx: &mut WorkspaceTx, resource_type: ResourceType) -> Result<bool, StoreError> {
    let sql = of_table!(
        resource_type,
        "select exists (select from directory_ranks where workspace_id = $1 and kind = $2 and n > $3) or count(*) > $3 from (
             select from ",
        " where workspace_id = $1 and id > coalesce(
                 (select last_id from directory_ranks where workspace_id = $1 and kind = $2 order by last_id desc limit 1),
                 '00000000-0000-0000-0000-000000000000'
             )
             order by id limit $3 + 1
         ) tail"
    );
    let due =
        sqlx::query_scalar(sql).bind(tx.workspace()).bind(kind(resource_type)).bind(2 * RANGE).fetch_one(tx.connection()).await?;
    Ok(due)
}

/// Seals the tail except for its last range at least, in which people are still being created, at most sixteen ranges at a time. Then
/// divides a range that has become large (by a clock that goes wrong, for instance), and joins those that have become small, so that
/// there are never many more of them than the directory needs.
///
/// # Errors
/// [`StoreError::Busy`] when writers do not make way in time; then nothing was sealed.
pub async fn seal(tx: &mut WorkspaceTx, resource_type: ResourceType) -> Result<(), StoreError> {
    hold_writers(tx, resource_type).await?;
    let sql = of_table!(
        resource_type,
        "with tail as (
             select id, row_number() over (order by id) as place from (
                 select id from ",
        " where workspace_id = $1 and id > coalesce(
                     (select last_id from directory_ranks where workspace_id = $1 and kind = $2 order by last_id desc limit 1),
                     '00000000-0000-0000-0000-000000000000'
                 )
                 order by id limit $3 * ($4 + 1)
             ) ids
         )
         insert into directory_ranks (workspace_id, kind, last_id, n)
         select $1, $2, id, $3 from tail where place % $3 = 0 and place <= (select max(place) from tail) - $3"
    );
    sqlx::query(sql).bind(tx.workspace()).bind(kind(resource_type)).bind(RANGE).bind(AT_ONCE).execute(tx.connection()).await?;
    sqlx::query(
        "update directory_counts set sealed_to = (
             select last_id from directory_ranks where workspace_id = $1 and kind = $2 order by last_id desc limit 1
         )
         where workspace_id = $1 and kind = $2",
    )
    .bind(tx.workspace())
    .bind(kind(resource_type))
    .execute(tx.connection())
    .await?;
    divide_large(tx, resource_type).await?;
    join_small(tx, resource_type).await
}

/// Waits for every writer of this kind and keeps the next ones waiting, until the end of the transaction.
async fn hold_writers(tx: &mut WorkspaceTx, resource_type: ResourceType) -> Result<(), StoreError> {
    sqlx::query(PATIENCE).execute(tx.connection()).await?;
    // A row that is not there could not be held, and whoever makes it later would not know of the ranges: all that `counter_slot()` tells.
    sqlx::query(
        "insert into directory_counts (workspace_id, kind, slot, n) select $1, $2, slot, 0 from generate_series(0, 31) as slot
         on conflict (workspace_id, kind, slot) do nothing",
    )
    .bind(tx.workspace())
    .bind(kind(resource_type))
    .execute(tx.connection())
    .await?;
    sqlx::query("select from directory_counts where workspace_id = $1 and kind = $2 order by slot for update")
        .bind(tx.workspace())
        .bind(kind(resource_type))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The first ids of the largest range that has more than two ranges' become ranges of their own.
async fn divide_large(tx: &mut WorkspaceTx, resource_type: ResourceType) -> Result<(), StoreError> {
    let sql = of_table!(
        resource_type,
        "with large as (
             select r.last_id, coalesce(
                 (select p.last_id from directory_ranks p
                  where p.workspace_id = $1 and p.kind = $2 and p.last_id < r.last_id order by p.last_id desc limit 1),
                 '00000000-0000-0000-0000-000000000000'
             ) as first_id
             from directory_ranks r where r.workspace_id = $1 and r.kind = $2 and r.n > 2 * $3 order by r.n desc limit 1
         ),
         ids as (
             select id, row_number() over (order by id) as place from (
                 select d.id from large join ",
        " d on d.workspace_id = $1 and d.id > large.first_id and d.id < large.last_id order by d.id limit $3 * $4
             ) range
         ),
         cut as (
             insert into directory_ranks (workspace_id, kind, last_id, n) select $1, $2, id, $3 from ids where place % $3 = 0
             returning n
         )
         update directory_ranks r set n = r.n - (select coalesce(sum(cut.n), 0) from cut) from large
         where r.workspace_id = $1 and r.kind = $2 and r.last_id = large.last_id"
    );
    sqlx::query(sql).bind(tx.workspace()).bind(kind(resource_type)).bind(RANGE).bind(AT_ONCE).execute(tx.connection()).await?;
    Ok(())
}

/// Every second range goes into the one after it where both have room in one. The last range stays: the ids after it are the tail.
async fn join_small(tx: &mut WorkspaceTx, resource_type: ResourceType) -> Result<(), StoreError> {
    sqlx::query(
        "with placed as (
             select last_id, n, row_number() over ranges as place, lead(last_id) over ranges as next_id, lead(n) over ranges as next_n
             from directory_ranks where workspace_id = $1 and kind = $2
             window ranges as (order by last_id)
         ),
         gone as (
             delete from directory_ranks r using placed
             where r.workspace_id = $1 and r.kind = $2 and r.last_id = placed.last_id
               and placed.place % 2 = 1 and placed.n + placed.next_n <= $3
             returning placed.next_id, placed.n
         )
         update directory_ranks r set n = r.n + gone.n from gone
         where r.workspace_id = $1 and r.kind = $2 and r.last_id = gone.next_id",
    )
    .bind(tx.workspace())
    .bind(kind(resource_type))
    .bind(RANGE)
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Recounted {
    last_id: Uuid,
    counted: i64,
}

/// Compares the ranges that end after one id and not after another with the rows in them, and corrects those that differ; answers how
/// many did. None should, except for what an older version has written that knew nothing of ranges.
///
/// # Errors
/// Postgres is busy or away.
pub async fn repair(tx: &mut WorkspaceTx, resource_type: ResourceType, after: Uuid, to: Uuid) -> Result<u64, StoreError> {
    if differing(tx, resource_type, after, to).await?.is_empty() {
        return Ok(0);
    }
    hold_writers(tx, resource_type).await?;
    let differing = differing(tx, resource_type, after, to).await?;
    for Recounted { last_id, counted } in &differing {
        sqlx::query("update directory_ranks set n = $4 where workspace_id = $1 and kind = $2 and last_id = $3")
            .bind(tx.workspace())
            .bind(kind(resource_type))
            .bind(last_id)
            .bind(counted)
            .execute(tx.connection())
            .await?;
    }
    Ok(u64::try_from(differing.len()).unwrap_or(u64::MAX))
}

async fn differing(
    tx: &mut WorkspaceTx,
    resource_type: ResourceType,
    after: Uuid,
    to: Uuid,
) -> Result<Vec<Recounted>, StoreError> {
    // One statement, so one look at counts and rows.
    let sql = of_table!(
        resource_type,
        "select last_id, counted from (
             select r.last_id, r.n, (
                 select count(*) from ",
        " d where d.workspace_id = $1 and d.id <= r.last_id and d.id > coalesce(
                     (select p.last_id from directory_ranks p
                      where p.workspace_id = $1 and p.kind = $2 and p.last_id < r.last_id order by p.last_id desc limit 1),
                     '00000000-0000-0000-0000-000000000000'
                 )
             ) as counted
             from directory_ranks r where r.workspace_id = $1 and r.kind = $2 and r.last_id > $3 and r.last_id <= $4
         ) ranges
         where n <> counted"
    );
    let rows = sqlx::query_as(sql)
        .bind(tx.workspace())
        .bind(kind(resource_type))
        .bind(after)
        .bind(to)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}
