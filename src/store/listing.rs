//! Lists of users and groups: pages by position, positions by number, totals. What is read of a list is put together in
//! [`filter_sql`](super::filter_sql).

use futures::TryStreamExt;
use sqlx::{FromRow, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::{StoreError, WorkspaceTx, groups::GroupRow, users::UserRow};
use crate::scim::{cursor::Position, discovery::LIMITS, schema::ResourceType};

pub use super::filter_sql::{Listing, Source};

const USER: &str = "r.id, r.active, r.document, r.version, r.created_at, r.updated_at";
const GROUP: &str = "r.id, r.document, r.version, r.created_at, r.updated_at";

/// A row of a list.
pub trait Listed: for<'r> FromRow<'r, PgRow> {
    /// The resource's `id`.
    fn id(&self) -> Uuid;
    /// Bytes of its document.
    fn bytes(&self) -> usize;
}

impl Listed for UserRow {
    fn id(&self) -> Uuid {
        self.id.as_uuid()
    }

    fn bytes(&self) -> usize {
        self.document.0.bytes()
    }
}

impl Listed for GroupRow {
    fn id(&self) -> Uuid {
        self.id.as_uuid()
    }

    fn bytes(&self) -> usize {
        self.document.0.bytes()
    }
}

/// How far a list was read.
#[derive(Debug)]
pub struct Read {
    /// Where the last row is; none when there was none.
    pub last: Option<Position>,
    /// Whether others follow.
    pub more: bool,
}

/// Reads at most `count` users after a position, in the list's order, and hands each over with its position while Postgres still
/// sends others; fewer, if they are more than a page may have bytes ([`LIMITS`]).
///
/// # Errors
/// Postgres is busy or away.
pub async fn users(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    source: &Source<'_>,
    after: Option<&Position>,
    count: u64,
    each: impl FnMut(UserRow, Position) + Send,
) -> Result<Read, StoreError> {
    rows(tx, listing, source, USER, after, count, each).await
}

/// The same for groups.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    source: &Source<'_>,
    after: Option<&Position>,
    count: u64,
    each: impl FnMut(GroupRow, Position) + Send,
) -> Result<Read, StoreError> {
    rows(tx, listing, source, GROUP, after, count, each).await
}

async fn rows<R: Listed>(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    source: &Source<'_>,
    columns: &str,
    after: Option<&Position>,
    count: u64,
    mut each: impl FnMut(R, Position) + Send,
) -> Result<Read, StoreError> {
    let mut query = QueryBuilder::new("");
    // One more than asked for tells whether there is one more.
    listing.push_rows(&mut query, tx.workspace(), source, columns, after, count.saturating_add(1));
    let (mut number, mut bytes, mut last) = (0, 0, None);
    let mut sent = query.build().fetch(tx.connection());
    while let Some(row) = sent.try_next().await? {
        if number == count || bytes >= LIMITS.max_page_bytes {
            return Ok(Read { last, more: true });
        }
        let value = if listing.is_unsorted() { None } else { row.try_get("sort_value")? };
        let row = R::from_row(&row)?;
        let position = Position { resource_type: source.resource_type, value, id: row.id() };
        number += 1;
        bytes += row.bytes();
        last = Some(position.clone());
        each(row, position);
    }
    Ok(Read { last, more: false })
}

/// Users by their ids, in no order; those that are gone are left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn users_by_id(tx: &mut WorkspaceTx, ids: &[Uuid]) -> Result<Vec<UserRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, active, document, version, created_at, updated_at from users where workspace_id = $1 and id = any($2)",
    )
    .bind(tx.workspace())
    .bind(ids)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Groups by their ids, in no order; those that are gone are left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups_by_id(tx: &mut WorkspaceTx, ids: &[Uuid]) -> Result<Vec<GroupRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, document, version, created_at, updated_at from groups where workspace_id = $1 and id = any($2)",
    )
    .bind(tx.workspace())
    .bind(ids)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A position as lists of several types, and walks, have it in a row.
#[derive(FromRow)]
pub(super) struct PositionRow {
    place: i16,
    id: Uuid,
    value: Option<String>,
}

impl PositionRow {
    pub(super) fn position(self, listing: &Listing<'_>) -> Option<Position> {
        Some(Position { resource_type: listing.type_at(self.place)?, value: self.value, id: self.id })
    }
}

/// At most `limit` positions after a position, over every type of the list.
///
/// # Errors
/// Postgres is busy or away.
pub async fn positions(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    after: Option<&Position>,
    limit: u64,
) -> Result<Vec<Position>, StoreError> {
    let mut query = QueryBuilder::new("");
    listing.push_positions(&mut query, tx.workspace(), after, limit);
    let rows: Vec<PositionRow> = query.build_query_as().fetch_all(tx.connection()).await?;
    Ok(rows.into_iter().filter_map(|row| row.position(listing)).collect())
}

/// The position of the one that is `number` after another one (or after the beginning), or of the last one when there are fewer; none
/// when there is none at all. Reads as many keys.
///
/// # Errors
/// Postgres is busy or away.
pub async fn passed_by(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    after: Option<&Position>,
    number: u64,
) -> Result<Option<Position>, StoreError> {
    let mut query = QueryBuilder::new("");
    listing.push_last_position(&mut query, tx.workspace(), after, number);
    let row: Option<PositionRow> = query.build_query_as().fetch_optional(tx.connection()).await?;
    Ok(row.and_then(|row| row.position(listing)))
}

/// How many are in the list, counted.
///
/// # Errors
/// Postgres is busy or away.
pub async fn count(tx: &mut WorkspaceTx, listing: &Listing<'_>) -> Result<u64, StoreError> {
    let mut total = 0_u64;
    for source in &listing.sources {
        if source.filter.is_none() {
            total += counted(tx, source.resource_type).await?;
            continue;
        }
        let mut query = QueryBuilder::new("");
        listing.push_count(&mut query, tx.workspace(), source);
        let counted: i64 = query.build_query_scalar().fetch_one(tx.connection()).await?;
        total += counted.unsigned_abs();
    }
    Ok(total)
}

/// How many users or groups the workspace has, from the counter.
///
/// # Errors
/// Postgres is busy or away.
pub async fn counted(tx: &mut WorkspaceTx, resource_type: ResourceType) -> Result<u64, StoreError> {
    let n: i64 =
        sqlx::query_scalar("select coalesce(sum(n), 0)::bigint from directory_counts where workspace_id = $1 and kind = $2")
            .bind(tx.workspace())
            .bind(kind(resource_type))
            .fetch_one(tx.connection())
            .await?;
    Ok(n.unsigned_abs())
}

/// The name under which resources of this type are counted.
pub(super) const fn kind(resource_type: ResourceType) -> &'static str {
    match resource_type {
        ResourceType::User => "user",
        ResourceType::Group => "group",
    }
}
