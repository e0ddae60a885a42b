//! Looking into the log: by time, by answer and operation, by person.

use uuid::Uuid;

use super::{EntryRow, columns};
use crate::{
    ids::{RequestId, UserId},
    store::{StoreError, WorkspaceTx, stretch::Stretch},
};

/// Which answers, and to which operation.
#[derive(Debug, Clone, Copy)]
pub struct Facets<'a> {
    /// The lowest status.
    pub lowest: i16,
    /// The highest status.
    pub highest: i16,
    /// The operation; none for any.
    pub operation: Option<&'a str>,
}

impl Facets<'_> {
    /// Whether they leave anything out.
    pub fn narrow(&self) -> bool {
        (self.lowest, self.highest, self.operation) != (0, 999, None)
    }
}

/// The newest entries of a stretch.
///
/// # Errors
/// Postgres is busy or away.
pub async fn newest(tx: &mut WorkspaceTx, stretch: Stretch, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from provisioning_log where workspace_id = $1 and id >= $2 and id < $3 order by id desc limit $4"
    ))
    .bind(tx.workspace())
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The newest entries of a stretch with these facets: skips through the index from one pair of status and operation to the next,
/// takes the newest of each, and merges them. Costs what the pairs and the page cost, however long the log is.
///
/// # Errors
/// Postgres is busy or away.
pub async fn with_facets(
    tx: &mut WorkspaceTx,
    facets: Facets<'_>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "with recursive pairs as (
             (select status, operation from provisioning_log
              where workspace_id = $1 and status >= $2 and status <= $3 order by status, operation limit 1)
             union all
             select next.status, next.operation
             from pairs cross join lateral (
                 select l.status, l.operation from provisioning_log l
                 where l.workspace_id = $1 and (l.status, l.operation) > (pairs.status, pairs.operation) and l.status <= $3
                 order by l.status, l.operation limit 1
             ) next
         ), found as (
             select entry.id
             from pairs cross join lateral (
                 -- As one range and in its order, of which there is one index. By equality the entries could be had from the primary
                 -- key as well, which Postgres prefers when it takes the pair for a common one: for a rare one it reads the whole log.
                 select l.id from provisioning_log l
                 where l.workspace_id = $1 and (l.status, l.operation, l.id) >= (pairs.status, pairs.operation, $5)
                   and (l.status, l.operation, l.id) < (pairs.status, pairs.operation, $6)
                 order by l.status desc, l.operation desc, l.id desc limit $7
             ) entry
             where $4::text is null or pairs.operation = $4
             order by entry.id desc limit $7
         )
         select l.*
         from found cross join lateral (
             select ",
        columns!(),
        " from provisioning_log where workspace_id = $1 and id = found.id limit 1
         ) as l
         order by l.id desc"
    ))
    .bind(tx.workspace())
    .bind(facets.lowest)
    .bind(facets.highest)
    .bind(facets.operation)
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The newest entries of a stretch with these facets that are a request, or failed operations of it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of_request(
    tx: &mut WorkspaceTx,
    request: RequestId,
    facets: Facets<'_>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from (
             select * from provisioning_log where workspace_id = $1 and id = $2
             union all
             select * from provisioning_log where workspace_id = $1 and part_of = $2
         ) as l
         where id >= $3 and id < $4 and status between $5 and $6 and ($7::text is null or operation = $7)
         order by id desc limit $8"
    ))
    .bind(tx.workspace())
    .bind(request)
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(facets.lowest)
    .bind(facets.highest)
    .bind(facets.operation)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The directory's users of this `userName`, prepared for comparison, or this `externalId`.
///
/// # Errors
/// Postgres is busy or away.
pub async fn users_named(tx: &mut WorkspaceTx, user_name_key: &str, external_id: &str) -> Result<Vec<UserId>, StoreError> {
    let ids = sqlx::query_scalar(
        "(select id from users where workspace_id = $1 and user_name_key = $2)
         union
         (select id from users where workspace_id = $1 and external_id = $3 order by id limit 10)",
    )
    .bind(tx.workspace())
    .bind(user_name_key)
    .bind(external_id)
    .fetch_all(tx.connection())
    .await?;
    Ok(ids)
}

/// The newest entries of a stretch that are about a person: whose target they are, who is named in them, or who is put into or out
/// of a group by them. Ids only, newest first; each by a range of its own index, as in [`with_facets`].
///
/// # Errors
/// Postgres is busy or away.
pub async fn about(
    tx: &mut WorkspaceTx,
    users: &[UserId],
    person_key: Option<&str>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let ids = sqlx::query_scalar(
        r#"select id from (
             select target.id
             from unnest($2::uuid[]) as person (id) cross join lateral (
                 select l.id from provisioning_log l
                 where l.workspace_id = $1 and l.target_id is not null
                   and (l.target_id, l.id) >= (person.id::text collate "C", $4) and (l.target_id, l.id) < (person.id::text collate "C", $5)
                 order by l.target_id desc, l.id desc limit $6
             ) target
             union
             select other.id
             from unnest($2::uuid[]) as person (id) cross join lateral (
                 select p.entry_id as id from provisioning_log_people p
                 where p.workspace_id = $1 and p.user_id = person.id and p.entry_id >= $4 and p.entry_id < $5
                 order by p.entry_id desc limit $6
             ) other
             union
             (select l.id from provisioning_log l
              where l.workspace_id = $1 and l.person_key is not null
                and (l.person_key, l.id) >= ($3::text collate "C", $4) and (l.person_key, l.id) < ($3::text collate "C", $5)
              order by l.person_key desc, l.id desc limit $6)
         ) as found
         order by id desc limit $6"#,
    )
    .bind(tx.workspace())
    .bind(users)
    .bind(person_key)
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(ids)
}

/// Those of these entries that have these facets and are of this request, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn among(
    tx: &mut WorkspaceTx,
    ids: &[Uuid],
    facets: Facets<'_>,
    request: Option<RequestId>,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select l.*
         from unnest($2::uuid[]) as wanted (id) cross join lateral (
             select ",
        columns!(),
        " from provisioning_log where workspace_id = $1 and id = wanted.id limit 1
         ) as l
         where l.status between $3 and $4 and ($5::text is null or l.operation = $5) and ($7::uuid is null or $7 in (l.id, l.part_of))
         order by l.id desc limit $6"
    ))
    .bind(tx.workspace())
    .bind(ids)
    .bind(facets.lowest)
    .bind(facets.highest)
    .bind(facets.operation)
    .bind(limit)
    .bind(request)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
