//! Keeping the log within its bounds.

use uuid::Uuid;

use crate::store::{StoreError, WorkspaceTx};

/// The row of [`prune`] among those by which the size of a log is known.
const SLOT_OF_PRUNING: i16 = -1;

/// What a log may keep.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Entries before this id are too old.
    pub oldest: Uuid,
    /// How many entries.
    pub entries: i64,
    /// How much of them.
    pub bytes: i64,
}

/// Removes the oldest entries of a workspace as far as they are beyond the bounds, `batch` at most. Answers how many it removed.
///
/// # Errors
/// Postgres is busy or away.
pub async fn prune(tx: &mut WorkspaceTx, bounds: Bounds, batch: i64) -> Result<i64, StoreError> {
    let removed = sqlx::query_scalar(
        "with size as (
             select coalesce(sum(entries), 0) as entries, coalesce(sum(bytes), 0) as bytes
             from provisioning_log_sizes where workspace_id = $1
         ), oldest as (
             select id, row_number() over (order by id) as place, sum(bytes) over (order by id) - bytes as before
             from (select id, bytes from provisioning_log where workspace_id = $1 order by id limit $5) as batch
         ), gone as (
             delete from provisioning_log l using oldest, size
             where l.workspace_id = $1 and l.id = oldest.id
               and (oldest.id < $2 or oldest.place <= size.entries - $3 or oldest.before < size.bytes - $4)
             returning l.id, l.bytes, l.people
         ), forgotten as (
             delete from provisioning_log_people p using (select id, unnest(people) as user_id from gone) as named
             where p.workspace_id = $1 and p.user_id = named.user_id and p.entry_id = named.id
         ), counted as (
             insert into provisioning_log_sizes (workspace_id, slot, entries, bytes)
             select $1, $6, -count(*), -sum(bytes) from gone having count(*) > 0
             on conflict (workspace_id, slot) do update
             set entries = provisioning_log_sizes.entries + excluded.entries, bytes = provisioning_log_sizes.bytes + excluded.bytes
         )
         select count(*) from gone",
    )
    .bind(tx.workspace())
    .bind(bounds.oldest)
    .bind(bounds.entries)
    .bind(bounds.bytes)
    .bind(batch)
    .bind(SLOT_OF_PRUNING)
    .fetch_one(tx.connection())
    .await?;
    Ok(removed)
}
