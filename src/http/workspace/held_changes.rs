//! `/held-changes`, `/held-batches`, `/brake`

use std::time::Duration;

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::MaybeUndefined,
};

use super::{auth::AdminAuth, members::member_id, tokens::Done};
use crate::{
    app::{
        App,
        guard::{
            held::{self, BatchRow, HeldRow, State, Wanted},
            settings,
        },
    },
    directory::guard::{Brake, OnExpiry},
    http::problem::Problem,
    ids::BatchId,
};

const PAGE: i64 = 100;

/// What the directory asks for and a guard has held, and the brake that holds mass changes.
pub struct HeldChangesApi;

/// What has been decided about a held change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "HeldState", rename_all = "lowercase")]
enum StateAnswer {
    /// Nothing yet.
    Held,
    /// It takes effect as soon as the worker comes to it.
    Approved,
    /// It takes no effect as long as the directory stays as it is.
    Rejected,
}

impl From<StateAnswer> for State {
    fn from(state: StateAnswer) -> Self {
        match state {
            StateAnswer::Held => Self::Held,
            StateAnswer::Approved => Self::Approved,
            StateAnswer::Rejected => Self::Rejected,
        }
    }
}

/// A change that the directory asks for and that has no effect yet.
#[derive(Debug, Object)]
#[oai(rename = "HeldChange")]
pub(super) struct HeldChangeAnswer {
    /// Whose.
    member_id: String,
    /// What would be taken: `access` (everything) or `role`.
    effect: String,
    /// Why it is held: `mass_change` (approve or reject it), `last_admin` (let go as soon as somebody else is an administrator) or
    /// `break_glass` (let go when the mark is taken away).
    reason: String,
    /// `held`, `approved` (about to take effect) or `rejected` (takes none as long as the directory stays as it is).
    state: String,
    /// The batch, of a mass change.
    batch_id: Option<String>,
    /// The request that asked.
    request_id: Option<String>,
    /// Since when it is held.
    held_at: DateTime<Utc>,
    /// When it was decided about.
    decided_at: Option<DateTime<Utc>>,
    /// By whom: `token:` and its id, `operator`, or `worker` when its time was over.
    decided_by: Option<String>,
}

impl From<HeldRow> for HeldChangeAnswer {
    fn from(row: HeldRow) -> Self {
        Self {
            member_id: row.member_id.to_string(),
            effect: row.effect,
            reason: row.reason,
            state: row.state,
            batch_id: row.batch_id.map(|id| id.to_string()),
            request_id: row.request_id.map(|id| id.to_string()),
            held_at: row.held_at,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
        }
    }
}

/// A page of held changes.
#[derive(Debug, Object)]
#[oai(rename = "HeldChangePage")]
struct HeldChangePage {
    /// The page.
    changes: Vec<HeldChangeAnswer>,
    /// Pass it as `after` to get the next page; none on the last one.
    next: Option<String>,
}

/// A mass change that the brake has held.
#[derive(Debug, Object)]
#[oai(rename = "HeldBatch")]
pub struct HeldBatchAnswer {
    /// The batch.
    id: String,
    /// When the brake engaged.
    opened_at: DateTime<Utc>,
    /// When it is decided by itself, if ever.
    expires_at: Option<DateTime<Utc>>,
    /// How, then: `approve` or `reject`.
    on_expiry: Option<String>,
    /// `approved` or `rejected`; none as long as it is open.
    decision: Option<String>,
    /// When it was decided about.
    decided_at: Option<DateTime<Utc>>,
    /// By whom.
    decided_by: Option<String>,
    /// How many people the directory wants out by it who are still in.
    access_changes: i64,
    /// How many people are to lose a role by it and have it still.
    role_changes: i64,
}

impl From<BatchRow> for HeldBatchAnswer {
    fn from(row: BatchRow) -> Self {
        Self {
            id: row.id.to_string(),
            opened_at: row.opened_at,
            expires_at: row.expires_at,
            on_expiry: row.on_expiry,
            decision: row.decision,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            access_changes: row.access_changes,
            role_changes: row.role_changes,
        }
    }
}

/// How many changes were decided about.
#[derive(Debug, Object)]
#[oai(rename = "Decided")]
struct DecidedAnswer {
    /// Changes, without those that had been decided about one by one.
    changes: u64,
}

/// What becomes of a batch that nobody has decided about in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "OnExpiry", rename_all = "lowercase")]
enum OnExpiryAnswer {
    /// It takes effect.
    Approve,
    /// People keep what they have until the directory says otherwise anew.
    Reject,
}

/// When mass changes are held.
#[derive(Debug, Object)]
#[oai(rename = "Brake")]
struct BrakeAnswer {
    /// Whether they ever are.
    engages: bool,
    /// Percent of the members that may lose access or role within the window.
    share_percent: u8,
    /// As many at most, however large the workspace.
    most: u32,
    /// As many in any case, however small the workspace.
    least: u32,
    /// Over which time it is counted.
    window_seconds: u64,
    /// After which time a batch that nobody has decided about is decided by `on_expiry`; none for never.
    hold_seconds: Option<u64>,
    /// How.
    on_expiry: OnExpiryAnswer,
}

impl From<Brake> for BrakeAnswer {
    fn from(brake: Brake) -> Self {
        Self {
            engages: brake.engages,
            share_percent: brake.share_percent,
            most: brake.most,
            least: brake.least,
            window_seconds: brake.window.as_secs(),
            hold_seconds: brake.hold.map(|hold| hold.as_secs()),
            on_expiry: match brake.on_expiry {
                OnExpiry::Approve => OnExpiryAnswer::Approve,
                OnExpiry::Reject => OnExpiryAnswer::Reject,
            },
        }
    }
}

/// What is to change; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "BrakeChange", deny_unknown_fields)]
struct BrakeBody {
    /// Whether mass changes are ever held.
    engages: Option<bool>,
    /// Percent of the members that may lose access or role within the window.
    share_percent: Option<u8>,
    /// As many at most, however large the workspace.
    most: Option<u32>,
    /// As many in any case, however small the workspace.
    least: Option<u32>,
    /// Over which time it is counted: from a minute to a day.
    window_seconds: Option<u64>,
    /// After which time a batch is decided by `on_expiry`; null for never.
    hold_seconds: MaybeUndefined<u64>,
    /// How.
    on_expiry: Option<OnExpiryAnswer>,
}

impl BrakeBody {
    fn apply(self, brake: &mut Brake) {
        brake.engages = self.engages.unwrap_or(brake.engages);
        brake.share_percent = self.share_percent.unwrap_or(brake.share_percent);
        brake.most = self.most.unwrap_or(brake.most);
        brake.least = self.least.unwrap_or(brake.least);
        brake.window = self.window_seconds.map_or(brake.window, Duration::from_secs);
        match self.hold_seconds {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => brake.hold = None,
            MaybeUndefined::Value(seconds) => brake.hold = Some(Duration::from_secs(seconds)),
        }
        match self.on_expiry {
            None => {}
            Some(OnExpiryAnswer::Approve) => brake.on_expiry = OnExpiry::Approve,
            Some(OnExpiryAnswer::Reject) => brake.on_expiry = OnExpiry::Reject,
        }
    }
}

fn batch_id(text: &str) -> Result<BatchId, Problem> {
    BatchId::parse(text).ok_or_else(|| Problem::not_found("open batch"))
}

#[OpenApi]
impl HeldChangesApi {
    /// Lists held changes
    ///
    /// What the directory asks for and has not happened, because somebody must look first. At least a hundred a page where there are as
    /// many.
    #[oai(path = "/held-changes", method = "get", operation_id = "listHeldChanges")]
    async fn list(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        batch_id: Query<Option<String>>,
        state: Query<Option<StateAnswer>>,
        after: Query<Option<String>>,
    ) -> Result<Json<HeldChangePage>, Problem> {
        let wanted = Wanted {
            batch: batch_id.0.as_deref().map(self::batch_id).transpose()?,
            state: state.0.map(State::from),
            after: after.0.as_deref().map(member_id).transpose()?,
        };
        let changes = held::list(app, &auth.0, wanted, PAGE).await?;
        let next = (changes.len() as i64 >= PAGE).then(|| changes.last().map(|row| row.member_id.to_string())).flatten();
        Ok(Json(HeldChangePage { changes: changes.into_iter().map(HeldChangeAnswer::from).collect(), next }))
    }

    /// Approves what is held of a member
    ///
    /// Only mass changes are a matter of approval. The change takes effect at once.
    #[oai(path = "/held-changes/:member_id/approve", method = "post", operation_id = "approveHeldChange")]
    async fn approve(&self, auth: AdminAuth, Data(app): Data<&App>, member_id: Path<String>) -> Result<Done, Problem> {
        held::decide_member(app, &auth.0, self::member_id(&member_id)?, State::Approved).await?;
        Ok(Done::Done)
    }

    /// Rejects what is held of a member
    ///
    /// The person keeps what they have until the directory says otherwise anew: put it right in the identity provider.
    #[oai(path = "/held-changes/:member_id/reject", method = "post", operation_id = "rejectHeldChange")]
    async fn reject(&self, auth: AdminAuth, Data(app): Data<&App>, member_id: Path<String>) -> Result<Done, Problem> {
        held::decide_member(app, &auth.0, self::member_id(&member_id)?, State::Rejected).await?;
        Ok(Done::Done)
    }

    /// Lists batches of held changes
    ///
    /// The newest hundred times that the brake has engaged.
    #[oai(path = "/held-batches", method = "get", operation_id = "listHeldBatches")]
    async fn batches(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<HeldBatchAnswer>>, Problem> {
        Ok(Json(held::batches(app, &auth.0).await?.into_iter().map(HeldBatchAnswer::from).collect()))
    }

    /// Approves a batch
    ///
    /// Everything in it that has not been decided about one by one takes effect, and the brake begins to count anew.
    #[oai(path = "/held-batches/:id/approve", method = "post", operation_id = "approveHeldBatch")]
    async fn approve_batch(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<DecidedAnswer>, Problem> {
        Ok(Json(DecidedAnswer { changes: held::decide_batch(app, &auth.0, batch_id(&id)?, State::Approved).await? }))
    }

    /// Rejects a batch
    ///
    /// People keep what they have until the directory says otherwise anew: put it right in the identity provider.
    #[oai(path = "/held-batches/:id/reject", method = "post", operation_id = "rejectHeldBatch")]
    async fn reject_batch(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<DecidedAnswer>, Problem> {
        Ok(Json(DecidedAnswer { changes: held::decide_batch(app, &auth.0, batch_id(&id)?, State::Rejected).await? }))
    }

    /// Reads the brake
    #[oai(path = "/brake", method = "get", operation_id = "getBrake")]
    async fn brake(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<BrakeAnswer>, Problem> {
        Ok(Json(settings::get(app, &auth.0).await?.into()))
    }

    /// Changes the brake
    ///
    /// For changes that come from then on; what is held stays held.
    #[oai(path = "/brake", method = "patch", operation_id = "changeBrake")]
    async fn change_brake(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        body: Json<BrakeBody>,
    ) -> Result<Json<BrakeAnswer>, Problem> {
        Ok(Json(settings::change(app, &auth.0, |brake| body.0.apply(brake)).await?.into()))
    }
}
