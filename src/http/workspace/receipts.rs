//! `/receipts`

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Query, payload::Json};

use super::{
    answers::ReceiptAnswer,
    auth::AdminAuth,
    parameters::{id, limit, time},
};
use crate::{
    app::{
        App,
        proof::{self, ProofRow},
        receipts::{self, Summary, Wanted},
    },
    http::problem::Problem,
    ids::ReceiptId,
};

const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// Evidence of departures.
pub struct ReceiptsApi;

/// Whether everything was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase", rename = "ReceiptState")]
enum State {
    /// Something is still to come.
    Open,
    /// Everything was done.
    Complete,
}

/// Milliseconds from the request on.
#[derive(Debug, Object)]
#[oai(rename = "ReceiptTimes")]
struct TimesAnswer {
    /// Half of them took this long at most.
    p50_ms: f64,
    /// 99 of a hundred took this long at most.
    p99_ms: f64,
    /// The longest took this long.
    max_ms: f64,
}

/// How long it took to put people out.
#[derive(Debug, Object)]
#[oai(rename = "ReceiptSummary")]
struct SummaryAnswer {
    /// How many receipts were looked at.
    receipts: i64,
    /// How many of them are complete.
    complete: i64,
    /// How many are not.
    open: i64,
    /// Whether there are more in this time: the newest 10,000 are looked at.
    is_cut: bool,
    /// Until the member's row was closed, from when on nobody accepts the person; none without receipts.
    row_closed: Option<TimesAnswer>,
    /// Until everything was done, of those that are complete; none when there are none.
    completed: Option<TimesAnswer>,
}

fn times(percentiles: Option<Vec<f64>>, max: Option<f64>) -> Option<TimesAnswer> {
    match (percentiles?.as_slice(), max) {
        (&[p50_ms, p99_ms], Some(max_ms)) => Some(TimesAnswer { p50_ms, p99_ms, max_ms }),
        _ => None,
    }
}

impl From<Summary> for SummaryAnswer {
    fn from(Summary { row, is_cut }: Summary) -> Self {
        Self {
            receipts: row.receipts,
            complete: row.complete,
            open: row.receipts - row.complete,
            is_cut,
            row_closed: times(row.row_closed, row.row_closed_max),
            completed: times(row.completed, row.completed_max),
        }
    }
}

/// What was found, and ended.
#[derive(Debug, Object)]
#[oai(rename = "ProofFindings")]
struct FoundAnswer {
    /// Sessions.
    sessions: i64,
    /// API tokens that were not revoked.
    tokens: i64,
    /// Roles, or the grants behind them.
    roles: i64,
    /// Workspace groups that they were in.
    groups: i64,
    /// Receipts that were open for more than five minutes.
    receipts: i64,
}

/// The proof that nobody who is out has a live credential.
#[derive(Debug, Object)]
#[oai(rename = "Proof")]
struct ProofAnswer {
    /// When the last one began; none when none has ended yet.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// How many seconds ago that was.
    age_seconds: Option<i64>,
    /// How many people who are out were looked at.
    looked_at: i64,
    /// How many of them still had something. It was ended.
    violations: i64,
    /// What it was.
    found: FoundAnswer,
}

impl From<Option<(ProofRow, i64)>> for ProofAnswer {
    fn from(last: Option<(ProofRow, i64)>) -> Self {
        let (row, age_seconds) = last.unzip();
        let found = row.as_ref().map(|row| row.found).unwrap_or_default();
        Self {
            started_at: row.as_ref().map(|row| row.started_at),
            ended_at: row.map(|row| row.ended_at),
            age_seconds,
            looked_at: found.looked_at,
            violations: found.violations,
            found: FoundAnswer {
                sessions: found.sessions,
                tokens: found.tokens,
                roles: found.roles,
                groups: found.groups,
                receipts: found.receipts,
            },
        }
    }
}

#[OpenApi]
impl ReceiptsApi {
    /// Lists the receipts of the workspace
    ///
    /// Newest first, by when the request was received. Every parameter that is given must hold.
    #[oai(path = "/receipts", method = "get", operation_id = "listReceipts")]
    async fn list(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// `open` or `complete`
        state: Query<Option<State>>,
        /// Received at this time or later
        from: Query<Option<String>>,
        /// Received before this time
        to: Query<Option<String>>,
        /// The id of the last receipt of the page before
        after: Query<Option<String>>,
        /// Receipts of a page, 1,000 at most; 100 when left out
        limit: Query<Option<String>>,
    ) -> Result<Json<Vec<ReceiptAnswer>>, Problem> {
        let wanted = Wanted {
            complete: state.0.map(|state| state == State::Complete),
            from: time("from", from.as_deref())?,
            to: time("to", to.as_deref())?,
        };
        let after = id("after", ReceiptId::parse, after.as_deref())?;
        let limit = self::limit(limit.as_deref(), PAGE, LARGEST_PAGE)?;
        let receipts = receipts::list(app, &auth.0, wanted, after, limit).await?;
        Ok(Json(receipts.into_iter().map(ReceiptAnswer::from).collect()))
    }

    /// Sums up receipts
    ///
    /// How many people were put out, and how long it took from the request on.
    #[oai(path = "/receipts/summary", method = "get", operation_id = "summarizeReceipts")]
    async fn summary(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// Received at this time or later
        from: Query<Option<String>>,
        /// Received before this time
        to: Query<Option<String>>,
    ) -> Result<Json<SummaryAnswer>, Problem> {
        let (from, to) = (time("from", from.as_deref())?, time("to", to.as_deref())?);
        Ok(Json(receipts::summary(app, &auth.0, from, to).await?.into()))
    }

    /// The last proof that nobody who is out has a live credential
    ///
    /// The worker looks at everybody who is out again and again: sessions, tokens, roles, groups, open receipts. What it finds it ends,
    /// and writes into the audit log as `member.leftovers_ended`.
    #[oai(path = "/receipts/proof", method = "get", operation_id = "getProof")]
    async fn proof(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<ProofAnswer>, Problem> {
        Ok(Json(proof::last(app, &auth.0).await?.into()))
    }
}
