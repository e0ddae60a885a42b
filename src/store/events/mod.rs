//! Events: appended in the transaction of a change, numbered by the worker, read in the order of their numbers.

mod read;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

pub use read::{EventRow, Span, Stretch, read, span};

use super::{StoreError, WorkspaceTx};
use crate::{directory::event::EventType, ids::RequestId};

/// Something that has just happened.
pub struct NewEvent {
    /// What.
    pub kind: EventType,
    /// When.
    pub at: DateTime<Utc>,
    /// To whom or what.
    pub subject: Uuid,
    /// In which request.
    pub request: Option<RequestId>,
    /// What mattered about it, an object. No secrets.
    pub data: Value,
}

/// Appends events, in this order, to those that wait for their number: in one statement, however many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn append(tx: &mut WorkspaceTx, events: impl IntoIterator<Item = NewEvent>) -> Result<(), StoreError> {
    let (mut kinds, mut times, mut subjects, mut requests, mut data) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for event in events {
        kinds.push(event.kind.as_str());
        times.push(event.at);
        subjects.push(event.subject);
        requests.push(event.request);
        data.push(Json(event.data));
    }
    if kinds.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into event_outbox (workspace_id, type, at, subject_id, request_id, data)
         select $1, type, at, subject_id, request_id, data
         from unnest($2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::jsonb[])
             with ordinality as event (type, at, subject_id, request_id, data, place)
         order by place",
    )
    .bind(tx.workspace())
    .bind(kinds)
    .bind(times)
    .bind(subjects)
    .bind(requests)
    .bind(data)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Gives the events that have waited longest their numbers, at most `limit` of them; answers how many. One transaction of a workspace
/// at a time does this: then numbers are committed in their order, and nobody who reads sees a later one before an earlier one.
///
/// An event that is not yet committed is not seen, and gets a later number. Of two changes one of which has waited for the other, the
/// one that has waited was appended later: cause comes before effect.
///
/// # Errors
/// Postgres is busy or away.
pub async fn number(tx: &mut WorkspaceTx, limit: i64) -> Result<u64, StoreError> {
    let numbered = sqlx::query(
        "with taken as (
             delete from event_outbox where workspace_id = $1 and id in (
                 select id from event_outbox where workspace_id = $1 order by id limit $2
             ) returning id, type, at, subject_id, request_id, data
         ), counted as (
             insert into event_counters as counter (workspace_id, last_seq)
             select $1, count(*) from taken having count(*) > 0
             on conflict (workspace_id) do update set last_seq = counter.last_seq + excluded.last_seq
             returning last_seq
         )
         insert into events (workspace_id, seq, type, at, subject_id, request_id, data)
         select $1, counted.last_seq - count(*) over () + row_number() over (order by taken.id),
                taken.type, taken.at, taken.subject_id, taken.request_id, taken.data
         from taken cross join counted",
    )
    .bind(tx.workspace())
    .bind(limit)
    .execute(tx.connection())
    .await?;
    Ok(numbered.rows_affected())
}

/// Removes the oldest events as far as they happened before `before`, at most `batch` of them; answers how many. The first one that is
/// kept ends it, so that what is kept has no gap.
///
/// # Errors
/// Postgres is busy or away.
pub async fn prune(tx: &mut WorkspaceTx, before: DateTime<Utc>, batch: i64) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "with oldest as materialized (
             select seq, at from events where workspace_id = $1 order by seq limit $3
         ), moved as (
             update event_counters counter set pruned_seq = gone.seq
             from (
                 select max(seq) as seq from oldest
                 where seq < coalesce((select min(seq) from oldest where at >= $2), 9223372036854775807)
             ) as gone
             where counter.workspace_id = $1 and gone.seq > counter.pruned_seq
             returning counter.pruned_seq
         )
         delete from events e using moved where e.workspace_id = $1 and e.seq <= moved.pruned_seq",
    )
    .bind(tx.workspace())
    .bind(before)
    .bind(batch)
    .execute(tx.connection())
    .await?;
    Ok(removed.rows_affected())
}
