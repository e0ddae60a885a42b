//! Looking into the log: by time, by who and what, by whom it is about, by request. What a search reads does not grow with the log.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::{
    ids::{AuditId, RequestId},
    store::{StoreError, WorkspaceTx, stretch::Stretch},
};

/// Names from `low` to `high`, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first name.
    pub low: String,
    /// The last name.
    pub high: String,
}

impl Span {
    /// This name alone.
    pub fn exactly(name: String) -> Self {
        Self { low: name.clone(), high: name }
    }

    /// Every name that begins with `noun` and `mark`.
    pub fn below(noun: &str, mark: char) -> Self {
        // Nothing is called by the noun and the character after the mark.
        let after = char::from_u32(u32::from(mark) + 1).unwrap_or(char::MAX);
        Self { low: format!("{noun}{mark}"), high: format!("{noun}{after}") }
    }
}

/// Which entries; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// By one of these actors, as they are stored.
    pub actors: Option<Vec<Span>>,
    /// What was done.
    pub actions: Option<Span>,
    /// To whom or what.
    pub subject: Option<Uuid>,
    /// In this request.
    pub request: Option<RequestId>,
}

impl Facets {
    /// Whether [`ids`] finds more than is wanted, so that [`among`] has to leave some out.
    pub fn are_sifted(&self) -> bool {
        let others = self.actors.is_some() || self.actions.is_some();
        (self.request.is_some() && (others || self.subject.is_some())) || (self.subject.is_some() && others)
    }
}

/// Which come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest.
    NewestFirst,
    /// The oldest.
    OldestFirst,
}

/// An entry as it is read.
#[derive(Debug, Clone, FromRow)]
pub struct EntryRow {
    /// The entry.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, as stored.
    pub actor: String,
    /// What, as `noun.verb`.
    pub action: String,
    /// To whom or what.
    pub subject_id: Uuid,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// What mattered about it.
    pub detail: Option<Json<Value>>,
}

/// Entries of a stretch, from one end of it. By request or by subject others of their facets are still to be left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn ids(
    tx: &mut WorkspaceTx,
    facets: &Facets,
    stretch: Stretch,
    order: Order,
    limit: i64,
) -> Result<Vec<AuditId>, StoreError> {
    if let Some(request) = facets.request {
        return keyed(tx, of_request(order), request.as_uuid(), stretch, limit).await;
    }
    if let Some(subject) = facets.subject {
        return keyed(tx, of_subject(order), subject, stretch, limit).await;
    }
    if facets.actors.is_some() || facets.actions.is_some() {
        return of_pairs(tx, facets, stretch, order, limit).await;
    }
    let sql = match order {
        Order::NewestFirst => {
            "select id from audit_log where workspace_id = $1 and id >= $2 and id < $3 order by id desc limit $4"
        }
        Order::OldestFirst => "select id from audit_log where workspace_id = $1 and id >= $2 and id < $3 order by id limit $4",
    };
    let ids = sqlx::query_scalar(sql)
        .bind(tx.workspace())
        .bind(stretch.from)
        .bind(stretch.before)
        .bind(limit)
        .fetch_all(tx.connection())
        .await?;
    Ok(ids)
}

/// As one range and in its order, of which there is one index: by equality the entries could be had from the primary key as well, which
/// Postgres prefers when it takes the key for a common one, and reads the whole log for a rare one.
macro_rules! keyed {
    ($column:literal, $order:literal) => {
        concat!(
            "select id from audit_log where workspace_id = $1 and ",
            $column,
            " is not null and (",
            $column,
            ", id) >= ($5, $2) and (",
            $column,
            ", id) < ($5, $3) order by ",
            $column,
            $order,
            ", id",
            $order,
            " limit $4"
        )
    };
}

fn of_request(order: Order) -> &'static str {
    match order {
        Order::NewestFirst => keyed!("request_id", " desc"),
        Order::OldestFirst => keyed!("request_id", ""),
    }
}

fn of_subject(order: Order) -> &'static str {
    match order {
        Order::NewestFirst => keyed!("subject_id", " desc"),
        Order::OldestFirst => keyed!("subject_id", ""),
    }
}

async fn keyed(
    tx: &mut WorkspaceTx,
    sql: &'static str,
    key: Uuid,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<AuditId>, StoreError> {
    let ids = sqlx::query_scalar(sql)
        .bind(tx.workspace())
        .bind(stretch.from)
        .bind(stretch.before)
        .bind(limit)
        .bind(key)
        .fetch_all(tx.connection())
        .await?;
    Ok(ids)
}

/// Skips through the index from one pair of actor and action to the next, takes the entries of each from the end of the stretch, and
/// merges them. Costs what the pairs and the page cost.
macro_rules! of_pairs {
    ($order:literal) => {
        concat!(
            "with recursive pairs as (
                 select first.actor, first.action, wanted.high
                 from unnest($5::text[], $6::text[]) as wanted (low, high) cross join lateral (
                     select l.actor, l.action from audit_log l
                     where l.workspace_id = $1 and l.actor >= wanted.low and l.actor <= wanted.high
                     order by l.actor, l.action limit 1
                 ) first
                 union all
                 select next.actor, next.action, pairs.high
                 from pairs cross join lateral (
                     select l.actor, l.action from audit_log l
                     where l.workspace_id = $1 and (l.actor, l.action) > (pairs.actor, pairs.action) and l.actor <= pairs.high
                     order by l.actor, l.action limit 1
                 ) next
             )
             select entry.id
             from pairs cross join lateral (
                 select l.id from audit_log l
                 where l.workspace_id = $1 and (l.actor, l.action, l.id) >= (pairs.actor, pairs.action, $2)
                   and (l.actor, l.action, l.id) < (pairs.actor, pairs.action, $3)
                 order by l.actor",
            $order,
            ", l.action",
            $order,
            ", l.id",
            $order,
            " limit $4
             ) entry
             where pairs.action >= $7 and pairs.action <= $8
             order by entry.id",
            $order,
            " limit $4"
        )
    };
}

async fn of_pairs(
    tx: &mut WorkspaceTx,
    facets: &Facets,
    stretch: Stretch,
    order: Order,
    limit: i64,
) -> Result<Vec<AuditId>, StoreError> {
    let sql = match order {
        Order::NewestFirst => of_pairs!(" desc"),
        Order::OldestFirst => of_pairs!(""),
    };
    let every = Span { low: String::new(), high: "~".into() };
    let actions = facets.actions.as_ref().unwrap_or(&every);
    let (lows, highs) = ends(facets.actors.as_deref().unwrap_or(std::slice::from_ref(&every)));
    let ids = sqlx::query_scalar(sql)
        .bind(tx.workspace())
        .bind(stretch.from)
        .bind(stretch.before)
        .bind(limit)
        .bind(lows)
        .bind(highs)
        .bind(&actions.low)
        .bind(&actions.high)
        .fetch_all(tx.connection())
        .await?;
    Ok(ids)
}

fn ends(spans: &[Span]) -> (Vec<&str>, Vec<&str>) {
    spans.iter().map(|span| (span.low.as_str(), span.high.as_str())).unzip()
}

/// Those of these entries that have these facets, in this order.
///
/// # Errors
/// Postgres is busy or away.
pub async fn among(tx: &mut WorkspaceTx, ids: &[AuditId], facets: &Facets, order: Order) -> Result<Vec<EntryRow>, StoreError> {
    let actors = facets.actors.as_deref().map(ends);
    let (lows, highs) = actors.map_or((None, None), |(lows, highs)| (Some(lows), Some(highs)));
    let mut rows: Vec<EntryRow> = sqlx::query_as(
        "select l.*
         from unnest($2::uuid[]) as wanted (id) cross join lateral (
             select id, at, actor, action, subject_id, request_id, detail
             from audit_log where workspace_id = $1 and id = wanted.id limit 1
         ) as l
         where ($3::text[] is null
                or exists (select from unnest($3::text[], $4::text[]) as by (low, high) where l.actor >= by.low and l.actor <= by.high))
           and ($5::text is null or l.action between $5 and $6)
           and ($7::uuid is null or l.subject_id = $7) and ($8::uuid is null or l.request_id = $8)",
    )
    .bind(tx.workspace())
    .bind(ids)
    .bind(lows)
    .bind(highs)
    .bind(facets.actions.as_ref().map(|span| span.low.as_str()))
    .bind(facets.actions.as_ref().map(|span| span.high.as_str()))
    .bind(facets.subject)
    .bind(facets.request)
    .fetch_all(tx.connection())
    .await?;
    match order {
        Order::NewestFirst => rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id)),
        Order::OldestFirst => rows.sort_unstable_by_key(|row| row.id),
    }
    Ok(rows)
}
