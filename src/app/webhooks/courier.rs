//! Carries events to endpoints. Each endpoint has one courier at a time; an event that does not arrive is tried again before any that
//! comes after it. At least once: a courier that dies between the answer and its commit has delivered what the next one delivers again,
//! under the same id.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::{AttemptRow, Claim, message::Message, reach, secret};
use crate::{
    app::{App, caller::Caller, effects, error::AppError},
    clock,
    ids::{Actor, RequestId},
    outbound::{Client, Target},
    store::{
        Db, WorkspaceTx,
        events::{self, EventRow, Stretch},
        global,
        webhooks::{
            attempts,
            delivery::{self, Course, Held},
        },
    },
};

/// Connections of its own: however many receivers there are, the clean-up after leavers does not queue with them.
const CONNECTIONS: u32 = 4;
/// An endpoint that has much to get makes way for the others after this time.
const TURN: Duration = Duration::from_secs(5);
/// What a delivery may take beside the call itself.
const MARGIN: Duration = Duration::from_secs(5);
/// An endpoint that we cannot serve, for a reason of ours, is looked at again after this time.
const OUR_FAULT: Duration = Duration::from_secs(30);
/// Numbers that are looked at together for one of the wanted types.
const LOOKED_AT: i64 = 10_000;

/// Delivers, for one process.
#[derive(Clone)]
pub struct Courier {
    app: App,
    db: Db,
    client: Client,
    id: Uuid,
}

/// Whether there is more to do for an endpoint.
#[derive(PartialEq, Eq)]
enum Step {
    More,
    Done,
}

impl Courier {
    /// The courier of this process.
    ///
    /// # Errors
    /// The address of Postgres cannot be read, or TLS cannot be set up.
    pub fn new(app: App) -> anyhow::Result<Self> {
        let db = Db::new(&app.config.database_url, CONNECTIONS).context("DATABASE_URL cannot be used")?;
        let client = Client::new(app.config.webhooks.timeout).context("TLS cannot be set up")?;
        Ok(Self { app, db, client, id: Uuid::now_v7() })
    }

    fn lease(&self) -> Duration {
        self.app.config.webhooks.timeout + MARGIN
    }

    /// Takes endpoints to which something is to be sent and nobody is at it; each wants a [`Courier::turn`].
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub async fn claim(&self, most: usize) -> Result<Vec<Claim>, AppError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        Ok(global::events::claim_webhooks(self.db.pool(), self.id, self.lease(), most).await?)
    }

    /// Lets go of everything that this process holds.
    ///
    /// # Errors
    /// Postgres is busy or away; the leases run out by themselves.
    pub async fn retire(&self) -> Result<(), AppError> {
        Ok(global::events::release_webhooks(self.db.pool(), self.id).await?)
    }

    /// Sends an endpoint what comes next, until nothing does, it does not answer as it should, or its turn is over.
    pub async fn turn(&self, claim: Claim) {
        let until = Instant::now() + TURN;
        let ended = loop {
            match self.step(claim).await {
                Ok(Step::More) if Instant::now() < until => {}
                Ok(Step::More | Step::Done) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let pause = if ended.is_ok() { Duration::ZERO } else { OUR_FAULT };
        if let Err(error) = ended {
            tracing::error!(workspace = %claim.workspace_id, webhook = %claim.id, error = ?error, "a webhook cannot be served");
        }
        if let Err(error) = self.let_go(claim, pause).await {
            tracing::warn!(webhook = %claim.id, error = &error as &dyn std::error::Error, "a webhook is held until its lease runs out");
        }
    }

    async fn let_go(&self, claim: Claim, pause: Duration) -> Result<(), AppError> {
        let mut tx = self.db.workspace(claim.workspace_id).await?;
        delivery::let_go(&mut tx, claim, pause).await?;
        Ok(tx.commit().await?)
    }

    async fn step(&self, claim: Claim) -> Result<Step, AppError> {
        let mut tx = self.db.workspace(claim.workspace_id).await?;
        let Some(held) = delivery::hold(&mut tx, claim, self.lease(), clock::now()).await? else {
            return Ok(Step::Done);
        };
        let stretch = Stretch { after: Some(held.cursor_seq), kinds: &held.types, look_at: LOOKED_AT, limit: 1 };
        let (span, found) = events::read(&mut tx, stretch).await?;
        if held.cursor_seq < span.pruned_seq {
            let why = format!(
                "The events that come next are no longer kept: read how things stand, then replay from {}.",
                span.pruned_seq + 1
            );
            self.park(&mut tx, claim, &held, why).await?;
            tx.commit().await?;
            return Ok(Step::Done);
        }
        let Some(event) = found.first() else {
            let to = span.last_seq.min(held.cursor_seq + LOOKED_AT);
            if to > held.cursor_seq {
                delivery::steer(&mut tx, claim, &held, &Course::Onward(to)).await?;
            }
            tx.commit().await?;
            return Ok(if to < span.last_seq { Step::More } else { Step::Done });
        };
        tx.commit().await?; // nobody's row is locked while the receiver thinks
        let attempt = self.attempt(claim, &held, event).await?;
        self.settle(claim, &held, &attempt).await
    }

    /// Sends an event and says what came of it.
    async fn attempt(&self, claim: Claim, held: &Held, event: &EventRow) -> Result<AttemptRow, AppError> {
        let (at, started) = (clock::now(), Instant::now());
        let secrets = std::iter::once(&held.secret).chain(&held.secret_before);
        let secrets = secrets.map(|sealed| secret::open(&self.app.vault, claim.workspace_id, claim.id, sealed));
        let message = Message::new(claim.workspace_id, event);
        let signatures =
            message.signatures(at, &secrets.collect::<Result<Vec<_>, _>>()?).map_err(|error| AppError::Bug(error.into()))?;
        let timestamp = at.timestamp().to_string();
        let headers =
            [("webhook-id", message.id.as_str()), ("webhook-timestamp", timestamp.as_str()), ("webhook-signature", &signatures)];
        let answer = match Target::parse(&held.url, reach(&self.app)) {
            Ok(target) => self.client.post(&target, &headers, message.body).await,
            Err(refusal) => Err(refusal.into()),
        };
        let (status, error) = match answer {
            Ok(status @ 200..=299) => (Some(status), None),
            Ok(status @ 300..=399) => (Some(status), Some(format!("The answer was {status}: redirects are not followed."))),
            Ok(status) => (Some(status), Some(format!("The answer was {status}."))),
            Err(error) => (None, Some(error.to_string())),
        };
        let status = status.and_then(|status| i16::try_from(status).ok());
        let duration_ms = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
        metrics::histogram!("rollcall_webhook_duration_seconds").record(started.elapsed());
        Ok(AttemptRow { number: 0, seq: event.seq, at, status, error, duration_ms })
    }

    /// Writes down what came of an attempt, and how it goes on.
    async fn settle(&self, claim: Claim, held: &Held, attempt: &AttemptRow) -> Result<Step, AppError> {
        const GONE: Option<i16> = Some(410);
        let count = |outcome| metrics::counter!("rollcall_webhook_attempts_total", "outcome" => outcome).increment(1);
        let mut tx = self.db.workspace(claim.workspace_id).await?;
        attempts::record(&mut tx, claim, attempt).await?;
        let step = match &attempt.error {
            None => {
                count("delivered");
                delivery::steer(&mut tx, claim, held, &Course::Onward(attempt.seq)).await?;
                Step::More
            }
            Some(error) => {
                count("failed");
                let (workspace, webhook) = (claim.workspace_id, claim.id);
                tracing::info!(%workspace, %webhook, seq = attempt.seq, error, "a webhook was not delivered");
                let failed = usize::try_from(held.failures).unwrap_or_default();
                let pauses = &self.app.config.webhooks.pauses;
                match pauses.get(failed).filter(|_| attempt.status != GONE) {
                    Some(pause) => {
                        let pause = pause.mul_f64(0.8 + 0.4 * rand::random::<f64>()); // so that many do not come back at once
                        delivery::steer(&mut tx, claim, held, &Course::Again(pause)).await?;
                    }
                    None => self.park(&mut tx, claim, held, error.clone()).await?,
                }
                Step::Done
            }
        };
        tx.commit().await?;
        Ok(step)
    }

    /// Gives an endpoint up until an administrator resumes it.
    async fn park(&self, tx: &mut WorkspaceTx, claim: Claim, held: &Held, why: String) -> Result<(), AppError> {
        let detail = serde_json::json!({ "why": why, "after": held.cursor_seq });
        if !delivery::steer(tx, claim, held, &Course::Parked(why)).await? {
            return Ok(());
        }
        metrics::counter!("rollcall_webhooks_parked_total").increment(1);
        tracing::warn!(workspace = %claim.workspace_id, webhook = %claim.id, "a webhook is parked");
        let caller = Caller {
            workspace: claim.workspace_id,
            actor: Actor::Worker,
            member: None,
            request: RequestId::new(),
            received: clock::now(),
        };
        effects::audit(tx, &caller, "webhook.parked", claim.id.as_uuid(), Some(detail)).await
    }
}
