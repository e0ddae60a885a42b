//! Where clients are that go through a list by `startIndex`.
//!
//! A client that asks for 1, 101, 201, ... expects that a page begins where the one before it ended. By number it does not, once
//! somebody who was listed has been deleted: everybody behind moves up, and one of them into the page that has passed. So each walk is
//! a row that remembers the last row of its last page, and the row before that page, for a client that asks for it again.
//!
//! Nothing in a request tells two walks of one token through one list apart. They are served from the lowest position that one of
//! them waits at, and the highest is moved on: somebody may then see a person twice, and nobody misses one. A walk that has reached the
//! end is forgotten at once, so that the next one is a walk of its own.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{
    StoreError, WorkspaceTx,
    listing::{Listing, PositionRow},
};
use crate::scim::cursor::Position;

/// Walks of one walker that are remembered: whoever asks for the first page again and again begins one each time.
const MOST: i64 = 256;

/// Who walks through what.
#[derive(Debug, Clone, Copy)]
pub struct Walker {
    /// The token.
    pub token: Uuid,
    /// What tells the list from others.
    pub list: Uuid,
}

/// A place that a walk waits at, or has waited at before its last page.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The walk.
    pub walk: Uuid,
    /// Whether it waits there now.
    pub is_next: bool,
    /// The row before the page; none for the beginning.
    pub after: Option<Position>,
    /// How many there were in all.
    pub total: u64,
}

#[derive(FromRow)]
struct WaitingRow {
    walk: Uuid,
    is_next: bool,
    total: i64,
    #[sqlx(flatten)]
    position: PositionRow,
}

/// The places at which walks of this walker wait for the page that begins with `index`, the lowest first. Walks that have not moved
/// since `since` are over.
///
/// # Errors
/// Postgres is busy or away.
pub async fn waiting(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    walker: Walker,
    index: u64,
    since: DateTime<Utc>,
) -> Result<Vec<Waiting>, StoreError> {
    let mut query = QueryBuilder::new("select p.walk, p.is_next, p.total, p.place, p.id, p.value::text as value from (");
    for (number, columns) in ["next", "page"].into_iter().enumerate() {
        query
            .push(if number > 0 { " union all " } else { "" })
            .push(format_args!("select id as walk, {} as is_next, total, {columns}_place as place, ", columns == "next"))
            .push(format_args!("{columns}_id as id, {columns}_value::{} as value from list_walks", listing.value_type()))
            .push(" where workspace_id = ")
            .push_bind(tx.workspace())
            .push(" and token_id = ")
            .push_bind(walker.token)
            .push(" and list = ")
            .push_bind(walker.list)
            .push(format_args!(" and {columns}_id is not null and {columns}_index = "))
            .push_bind(signed(index))
            .push(" and at > ")
            .push_bind(since);
    }
    query.push(") p");
    listing.push_order(&mut query, "p", false);
    let rows: Vec<WaitingRow> = query.build_query_as().fetch_all(tx.connection()).await?;
    let waiting = |row: WaitingRow| Waiting {
        walk: row.walk,
        is_next: row.is_next,
        total: row.total.unsigned_abs(),
        after: row.position.position(listing),
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// A page that was served.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Its `startIndex`.
    pub index: u64,
    /// The row before it; none for the beginning.
    pub after: Option<&'a Position>,
    /// `startIndex` of the page after it.
    pub next_index: u64,
    /// Its last row.
    pub last: &'a Position,
    /// How many there were in all.
    pub total: u64,
}

/// Moves a walk on that has waited for this page; begins a new one when it has not, or no longer does.
///
/// # Errors
/// Postgres is busy or away.
pub async fn advance(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    walker: Walker,
    walk: Option<Uuid>,
    step: Step<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let place = |position: &Position| i16::try_from(listing.place_of(position.resource_type)).unwrap_or(i16::MAX);
    sqlx::query(
        // Nobody waits for the disk: what a crash takes of this is worth nothing after it.
        "with unflushed as materialized (select set_config('synchronous_commit', 'off', true)),
         moved as (
             update list_walks
             set page_index = $5, page_place = $6, page_value = $7, page_id = $8,
                 next_index = $9, next_place = $10, next_value = $11, next_id = $12, total = $13, at = $14
             from unflushed
             where workspace_id = $1 and token_id = $2 and list = $3 and id = $4 and next_index = $5
             returning id
         ),
         -- Those that have not moved for longest, when there are too many.
         crowded as (
             delete from list_walks
             where workspace_id = $1 and token_id = $2 and list = $3 and id is distinct from $4 and at < (
                 select at from (
                     select at from list_walks where workspace_id = $1 and token_id = $2 and list = $3 order by at desc limit $16
                 ) newest
                 order by at limit 1
             )
         )
         insert into list_walks (workspace_id, token_id, list, id, page_index, page_place, page_value, page_id,
                                 next_index, next_place, next_value, next_id, total, at)
         select $1, $2, $3, $15, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 from unflushed where not exists (select from moved)",
    )
    .bind(tx.workspace())
    .bind(walker.token)
    .bind(walker.list)
    .bind(walk)
    .bind(signed(step.index))
    .bind(step.after.map(place))
    .bind(step.after.and_then(|after| after.value.as_deref()))
    .bind(step.after.map(|after| after.id))
    .bind(signed(step.next_index))
    .bind(place(step.last))
    .bind(&step.last.value)
    .bind(step.last.id)
    .bind(signed(step.total))
    .bind(now)
    .bind(Uuid::now_v7())
    .bind(MOST)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Forgets a walk whose last page was served.
///
/// # Errors
/// Postgres is busy or away.
pub async fn end(tx: &mut WorkspaceTx, walker: Walker, walk: Uuid) -> Result<(), StoreError> {
    sqlx::query(
        "with unflushed as materialized (select set_config('synchronous_commit', 'off', true))
         delete from list_walks using unflushed where workspace_id = $1 and token_id = $2 and list = $3 and id = $4",
    )
    .bind(tx.workspace())
    .bind(walker.token)
    .bind(walker.list)
    .bind(walk)
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
