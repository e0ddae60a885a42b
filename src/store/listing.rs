//! Lists of users and groups: pages by position, positions by number, totals. What is read of a list is put together in
//! [`filter_sql`](super::filter_sql).

use std::marker::PhantomData;

use futures::TryStreamExt;
use sqlx::{FromRow, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::{StoreError, WorkspaceTx, groups::GroupRow, users::UserRow};
use crate::scim::{cursor::Position, discovery::LIMITS, schema::ResourceType};

pub use super::filter_sql::{Listing, Source};

const USER: &str = "r.id, r.active, r.document, r.version, r.created_at, r.updated_at";
const GROUP: &str = "r.id, r.document, r.version, r.created_at, r.updated_at";

/// A row as Postgres has sent it. It is read when its turn comes: as values it needs many times the memory.
#[derive(Debug)]
pub struct Sent<R> {
    /// The resource's.
    pub id: Uuid,
    row: PgRow,
    read: PhantomData<fn() -> R>,
}

impl<R: for<'r> FromRow<'r, PgRow>> Sent<R> {
    fn new(row: PgRow) -> Result<Self, StoreError> {
        Ok(Self { id: row.try_get("id")?, row, read: PhantomData })
    }

    /// The row itself.
    ///
    /// # Errors
    /// It is not what was asked for.
    pub fn read(&self) -> Result<R, StoreError> {
        Ok(R::from_row(&self.row)?)
    }

    /// Bytes of its document.
    pub fn bytes(&self) -> usize {
        let document = self.row.try_get_raw("document");
        document.ok().and_then(|document| document.as_bytes().ok().map(<[u8]>::len)).unwrap_or_default()
    }
}

/// Some rows of a list, one after the other.
#[derive(Debug)]
pub struct Stretch<R> {
    /// The rows.
    pub rows: Vec<Sent<R>>,
    /// Whether others follow.
    pub more: bool,
    resource_type: ResourceType,
    sorted: bool,
}

impl<R> Stretch<R> {
    /// Leaves only the first `most` rows.
    pub fn cut(&mut self, most: usize) {
        self.more |= self.rows.len() > most;
        self.rows.truncate(most);
    }

    /// Where the last row is; none when there are none.
    ///
    /// # Errors
    /// It is not what was asked for.
    pub fn last(&self) -> Result<Option<Position>, StoreError> {
        let Some(Sent { id, row, .. }) = self.rows.last() else { return Ok(None) };
        let value = if self.sorted { row.try_get("sort_value")? } else { None };
        Ok(Some(Position { resource_type: self.resource_type, value, id: *id }))
    }
}

/// At most `count` users after a position, in the list's order; fewer, if they are more than a page may have bytes
/// ([`LIMITS`]).
///
/// # Errors
/// Postgres is busy or away.
pub async fn users(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    source: &Source<'_>,
    after: Option<&Position>,
    count: u64,
) -> Result<Stretch<UserRow>, StoreError> {
    rows(tx, listing, source, USER, after, count).await
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
) -> Result<Stretch<GroupRow>, StoreError> {
    rows(tx, listing, source, GROUP, after, count).await
}

async fn rows<R: for<'r> FromRow<'r, PgRow>>(
    tx: &mut WorkspaceTx,
    listing: &Listing<'_>,
    source: &Source<'_>,
    columns: &str,
    after: Option<&Position>,
    count: u64,
) -> Result<Stretch<R>, StoreError> {
    let mut query = QueryBuilder::new("");
    // One more than asked for tells whether there is one more.
    listing.push_rows(&mut query, tx.workspace(), source, columns, after, count.saturating_add(1));
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let (mut rows, mut bytes, mut more): (Vec<Sent<R>>, _, _) = (Vec::new(), 0, false);
    {
        let mut sent = query.build().fetch(tx.connection());
        while let Some(row) = sent.try_next().await? {
            if rows.len() == most || bytes >= LIMITS.max_page_bytes {
                more = true;
                break;
            }
            let row = Sent::new(row)?;
            bytes += row.bytes();
            rows.push(row);
        }
    }
    Ok(Stretch { rows, more, resource_type: source.resource_type, sorted: !listing.is_unsorted() })
}

/// Users by their ids, in no order; those that are gone are left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn users_by_id(tx: &mut WorkspaceTx, ids: &[Uuid]) -> Result<Vec<Sent<UserRow>>, StoreError> {
    let rows = sqlx::query(
        "select id, active, document, version, created_at, updated_at from users where workspace_id = $1 and id = any($2)",
    )
    .bind(tx.workspace())
    .bind(ids)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(Sent::new).collect()
}

/// Groups by their ids, in no order; those that are gone are left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups_by_id(tx: &mut WorkspaceTx, ids: &[Uuid]) -> Result<Vec<Sent<GroupRow>>, StoreError> {
    let rows =
        sqlx::query("select id, document, version, created_at, updated_at from groups where workspace_id = $1 and id = any($2)")
            .bind(tx.workspace())
            .bind(ids)
            .fetch_all(tx.connection())
            .await?;
    rows.into_iter().map(Sent::new).collect()
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
