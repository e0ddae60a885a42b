//! Receipts as evidence: found again, summed up, and timed as they are written.

pub mod timing;

use chrono::{DateTime, Utc};

use super::{App, caller::AdminCaller, error::AppError};
use crate::{ids::ReceiptId, store::receipts};

pub use crate::store::receipts::{ReceiptRow, SummaryRow, Wanted};

/// Receipts that a summary looks at, the newest ones.
const SUMMED_UP: i64 = 10_000;

/// The receipts of the workspace, newest first, older than the last one of the page before.
///
/// # Errors
/// [`AppError::Invalid`] when this workspace has no such receipt as `after` names.
pub async fn list(
    app: &App,
    caller: &AdminCaller,
    wanted: Wanted,
    after: Option<ReceiptId>,
    page: usize,
) -> Result<Vec<ReceiptRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let unknown = || AppError::Invalid("after: must be the id of the last receipt of the page before.".into());
    let after = match after {
        Some(id) => Some(receipts::place(&mut tx, id).await?.ok_or_else(unknown)?),
        None => None,
    };
    Ok(receipts::list(&mut tx, wanted, after, i64::try_from(page).unwrap_or(i64::MAX)).await?)
}

/// How long it took to put people out.
pub struct Summary {
    /// The figures.
    pub row: SummaryRow,
    /// Whether there are more receipts than were looked at.
    pub is_cut: bool,
}

/// Sums up the receipts of a stretch of time, the newest of them if there are very many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn summary(
    app: &App,
    caller: &AdminCaller,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Summary, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = receipts::summary(&mut tx, from, to, SUMMED_UP).await?;
    Ok(Summary { is_cut: row.receipts == SUMMED_UP, row })
}
