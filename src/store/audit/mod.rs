//! The audit log: append-only, written in the transaction of the change itself.
//!
//! An entry's id is a UUID of version 7 and says when the entry was written, so the order of ids is the order of time.

mod search;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::{
    clock,
    ids::{Actor, AuditId, RequestId},
};

pub use search::{EntryRow, Facets, Order, Span, among, ids};

/// One thing that was done.
pub struct Entry<'a> {
    /// By whom.
    pub actor: &'a Actor,
    /// What, as `noun.verb`.
    pub action: &'static str,
    /// To whom or what.
    pub subject: Uuid,
    /// In which request.
    pub request: Option<RequestId>,
    /// What mattered about it. No secrets.
    pub detail: Option<Value>,
}

/// A new id, and the time that it says.
fn id_and_time() -> (AuditId, DateTime<Utc>) {
    let id = AuditId::new();
    (id, id.made_at().unwrap_or_else(clock::now))
}

/// Writes one entry.
///
/// # Errors
/// Postgres is busy or away.
pub async fn append(tx: &mut WorkspaceTx, entry: Entry<'_>) -> Result<(), StoreError> {
    let (id, at) = id_and_time();
    sqlx::query(
        "insert into audit_log (workspace_id, id, at, actor, action, subject_id, request_id, detail)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(at)
    .bind(entry.actor.to_string())
    .bind(entry.action)
    .bind(entry.subject)
    .bind(entry.request)
    .bind(entry.detail.map(Json))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes several entries in one statement.
///
/// # Errors
/// Postgres is busy or away.
pub async fn append_all(tx: &mut WorkspaceTx, entries: impl IntoIterator<Item = Entry<'_>>) -> Result<(), StoreError> {
    let (mut ids, mut times, mut actors, mut actions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut subjects, mut requests, mut details) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let (id, at) = id_and_time();
        ids.push(id);
        times.push(at);
        actors.push(entry.actor.to_string());
        actions.push(entry.action);
        subjects.push(entry.subject);
        requests.push(entry.request);
        details.push(entry.detail.map(Json));
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into audit_log (workspace_id, id, at, actor, action, subject_id, request_id, detail)
         select $1, id, at, actor, action, subject_id, request_id, detail
         from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::jsonb[])
             as entry (id, at, actor, action, subject_id, request_id, detail)",
    )
    .bind(tx.workspace())
    .bind(ids)
    .bind(times)
    .bind(actors)
    .bind(actions)
    .bind(subjects)
    .bind(requests)
    .bind(details)
    .execute(tx.connection())
    .await?;
    Ok(())
}
