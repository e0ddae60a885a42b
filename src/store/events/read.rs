//! Reading events in the order of their numbers.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::{
    ids::RequestId,
    store::{StoreError, WorkspaceTx},
};

/// An event as the API shows it.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Its number: 1, 2, 3, ...
    pub seq: i64,
    /// What has happened.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// To whom or what.
    pub subject: Uuid,
    /// In which request.
    pub request: Option<RequestId>,
    /// What mattered about it.
    pub data: Value,
}

/// Which numbers there are. Nothing was numbered yet when both are 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Span {
    /// The newest number.
    pub last_seq: i64,
    /// The newest number whose event is no longer kept; 0 while all are.
    pub pruned_seq: i64,
}

/// Which numbers there are in the workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn span(tx: &mut WorkspaceTx) -> Result<Span, StoreError> {
    let span = sqlx::query_as("select last_seq, pruned_seq from event_counters where workspace_id = $1")
        .bind(tx.workspace())
        .fetch_optional(tx.connection())
        .await?;
    Ok(span.unwrap_or_default())
}

/// What is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// Events after this one; from the oldest that is kept, when none.
    pub after: Option<i64>,
    /// Only these types; every one, when empty.
    pub kinds: &'a [String],
    /// So many numbers are looked at, at most.
    pub look_at: i64,
    /// So many events are answered, at most.
    pub limit: i64,
}

#[derive(FromRow)]
struct Row {
    last_seq: i64,
    pruned_seq: i64,
    // Null in the one row that comes when there is no event.
    seq: Option<i64>,
    r#type: Option<String>,
    at: Option<DateTime<Utc>>,
    subject_id: Option<Uuid>,
    request_id: Option<RequestId>,
    data: Option<Json<Value>>,
}

/// Reads a stretch, and which numbers there are, by one statement: what is removed meanwhile is seen in both or in neither.
///
/// # Errors
/// Postgres is busy or away.
pub async fn read(tx: &mut WorkspaceTx, stretch: Stretch<'_>) -> Result<(Span, Vec<EventRow>), StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select counter.last_seq, counter.pruned_seq, event.*
         from event_counters counter left join lateral (
             select seq, type, at, subject_id, request_id, data from events
             where workspace_id = $1 and seq > coalesce($2, counter.pruned_seq) and seq <= coalesce($2, counter.pruned_seq) + $4
               and (cardinality($3::text[]) = 0 or type = any($3))
             order by seq limit $5
         ) as event on true
         where counter.workspace_id = $1
         order by event.seq",
    )
    .bind(tx.workspace())
    .bind(stretch.after.map(|after| after.min(i64::MAX - stretch.look_at))) // the sum is to stay a number
    .bind(stretch.kinds)
    .bind(stretch.look_at)
    .bind(stretch.limit)
    .fetch_all(tx.connection())
    .await?;
    let span = rows.first().map(|row| Span { last_seq: row.last_seq, pruned_seq: row.pruned_seq }).unwrap_or_default();
    Ok((span, rows.into_iter().filter_map(event).collect()))
}

fn event(row: Row) -> Option<EventRow> {
    Some(EventRow {
        seq: row.seq?,
        kind: row.r#type?,
        at: row.at?,
        subject: row.subject_id?,
        request: row.request_id,
        data: row.data?.0,
    })
}
