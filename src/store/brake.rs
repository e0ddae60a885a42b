//! The brake of a workspace: its settings, and how many people have lost something within its window.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::directory::guard::{Brake, OnExpiry};

/// In how many pieces a window moves on.
const PIECES: u64 = 12;

#[derive(FromRow)]
struct SettingsRow {
    engages: bool,
    share_percent: i16,
    most: i32,
    least: i32,
    window_seconds: i32,
    hold_seconds: Option<i32>,
    on_expiry: String,
}

impl From<SettingsRow> for Brake {
    fn from(row: SettingsRow) -> Self {
        // Written by `put` alone, from values that fit.
        let seconds = |seconds: i32| Duration::from_secs(u64::from(seconds.unsigned_abs()));
        Self {
            engages: row.engages,
            share_percent: u8::try_from(row.share_percent).unwrap_or_default(),
            most: row.most.unsigned_abs(),
            least: row.least.unsigned_abs(),
            window: seconds(row.window_seconds),
            hold: row.hold_seconds.map(seconds),
            on_expiry: OnExpiry::named(&row.on_expiry).unwrap_or(Self::default().on_expiry),
        }
    }
}

/// The settings; the defaults where the workspace has said nothing.
///
/// # Errors
/// Postgres is busy or away.
pub async fn settings(tx: &mut WorkspaceTx) -> Result<Brake, StoreError> {
    let row: Option<SettingsRow> = sqlx::query_as(
        "select engages, share_percent, most, least, window_seconds, hold_seconds, on_expiry
         from brake_settings where workspace_id = $1",
    )
    .bind(tx.workspace())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map_or_else(Brake::default, Brake::from))
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

/// Replaces the settings, which have been checked.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put(tx: &mut WorkspaceTx, brake: &Brake, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into brake_settings
             (workspace_id, engages, share_percent, most, least, window_seconds, hold_seconds, on_expiry, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (workspace_id) do update
         set engages = excluded.engages, share_percent = excluded.share_percent, most = excluded.most, least = excluded.least,
             window_seconds = excluded.window_seconds, hold_seconds = excluded.hold_seconds, on_expiry = excluded.on_expiry,
             updated_at = excluded.updated_at",
    )
    .bind(tx.workspace())
    .bind(brake.engages)
    .bind(i16::from(brake.share_percent))
    .bind(i32::try_from(brake.most).unwrap_or(i32::MAX))
    .bind(i32::try_from(brake.least).unwrap_or(i32::MAX))
    .bind(seconds(brake.window))
    .bind(brake.hold.map(seconds))
    .bind(brake.on_expiry.as_str())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What the brake looks at.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The settings.
    pub brake: Brake,
    /// Members who are in.
    pub members: u64,
    /// People who have lost something within the window.
    pub passed: u64,
}

#[derive(FromRow)]
struct CountedRow {
    members: i64,
    passed: i64,
    is_set: bool,
    #[sqlx(flatten)]
    settings: SettingsRow,
}

/// Reads settings and counters: what other transactions have committed, and what this one has counted itself.
///
/// # Errors
/// Postgres is busy or away.
pub async fn counted(tx: &mut WorkspaceTx, now: DateTime<Utc>) -> Result<Counted, StoreError> {
    let defaults = Brake::default();
    let row: CountedRow = sqlx::query_as(
        "select (select coalesce(sum(n), 0)::bigint from directory_counts where workspace_id = $1 and kind = 'member') as members,
                (select coalesce(sum(n), 0)::bigint from brake_counts
                 where workspace_id = $1 and since > $2 - make_interval(secs => coalesce(b.window_seconds, $3))) as passed,
                b.workspace_id is not null as is_set, coalesce(b.engages, true) as engages,
                coalesce(b.share_percent, 0::smallint) as share_percent, coalesce(b.most, 0) as most, coalesce(b.least, 0) as least,
                coalesce(b.window_seconds, $3) as window_seconds, b.hold_seconds, coalesce(b.on_expiry, '') as on_expiry
         from workspaces w left join brake_settings b on b.workspace_id = w.id where w.id = $1",
    )
    .bind(tx.workspace())
    .bind(now)
    .bind(seconds(defaults.window))
    .fetch_one(tx.connection())
    .await?;
    Ok(Counted {
        brake: if row.is_set { row.settings.into() } else { defaults },
        members: u64::try_from(row.members).unwrap_or_default(),
        passed: u64::try_from(row.passed).unwrap_or_default(),
    })
}

/// Waits for whoever else decides near the limit; held until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    tx.lock("brake").await
}

/// Counts people who lose something now.
///
/// # Errors
/// Postgres is busy or away.
pub async fn count(tx: &mut WorkspaceTx, people: u64, window: Duration, now: DateTime<Utc>) -> Result<(), StoreError> {
    let piece = i64::try_from((window.as_secs() / PIECES).max(1)).unwrap_or(i64::MAX);
    let since = DateTime::from_timestamp(now.timestamp() - now.timestamp().rem_euclid(piece), 0).unwrap_or(now);
    sqlx::query(
        "insert into brake_counts (workspace_id, since, slot, n) values ($1, $2, counter_slot(), $3)
         on conflict (workspace_id, since, slot) do update set n = brake_counts.n + excluded.n",
    )
    .bind(tx.workspace())
    .bind(since)
    .bind(i32::try_from(people).unwrap_or(i32::MAX))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Begins to count anew: somebody has looked at what was counted and has found it right.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reset(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    sqlx::query("delete from brake_counts where workspace_id = $1").bind(tx.workspace()).execute(tx.connection()).await?;
    Ok(())
}
