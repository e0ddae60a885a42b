//! What `/webhooks` takes and shows.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use secrecy::ExposeSecret;

use super::events::event_type;
use crate::{
    app::webhooks::{AttemptRow, Change, EndpointRow, Made, Rotated},
    directory::event::EventType,
    http::problem::Problem,
};

/// Where events are sent.
#[derive(Debug, Object)]
#[oai(rename = "Webhook")]
pub(super) struct WebhookAnswer {
    /// The webhook.
    id: String,
    /// Where it is.
    url: String,
    /// The types of events that it gets; every one, when empty.
    types: Vec<String>,
    /// Whether anything is sent.
    enabled: bool,
    /// The number of the last event that was delivered, or not wanted.
    cursor: i64,
    /// How many attempts have failed since the last one that did not.
    failures: i32,
    /// When the next attempt is due, after one that has failed.
    next_attempt_at: Option<DateTime<Utc>>,
    /// Since when it is parked: nothing is sent until it is resumed.
    parked_at: Option<DateTime<Utc>>,
    /// Why it is parked.
    parked_why: Option<String>,
    /// Until when the secret before this one signs too.
    previous_secret_until: Option<DateTime<Utc>>,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<EndpointRow> for WebhookAnswer {
    fn from(row: EndpointRow) -> Self {
        let is_waiting = row.failures > 0 && row.parked_at.is_none();
        Self {
            id: row.id.to_string(),
            url: row.url,
            types: row.types,
            enabled: row.enabled,
            cursor: row.cursor_seq,
            failures: row.failures,
            next_attempt_at: is_waiting.then_some(row.next_attempt_at),
            parked_at: row.parked_at,
            parked_why: row.parked_why,
            previous_secret_until: row.secret_before_until,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A webhook that is to be made.
#[derive(Debug, Object)]
#[oai(rename = "NewWebhook", deny_unknown_fields)]
pub(super) struct NewWebhookBody {
    /// Where it is: an address like `https://example.com/hook` whose host anybody on the internet could call.
    url: String,
    /// The types of events that it gets, as `/events` names them; every one, also those to come, when left out.
    #[oai(default)]
    types: Vec<String>,
}

impl NewWebhookBody {
    /// The wish, read.
    pub(super) fn read(self) -> Result<(String, Vec<EventType>), Problem> {
        Ok((self.url, types(&self.types)?))
    }
}

fn types(names: &[String]) -> Result<Vec<EventType>, Problem> {
    names.iter().map(|name| event_type("types", name)).collect()
}

/// What is to change; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "WebhookChange", deny_unknown_fields)]
pub(super) struct ChangeBody {
    /// Where it is. Another address is tried at once.
    url: Option<String>,
    /// The types of events that it gets; every one, when empty.
    types: Option<Vec<String>>,
    /// Whether anything is sent.
    enabled: Option<bool>,
}

impl ChangeBody {
    /// The wish, read.
    pub(super) fn read(self) -> Result<Change, Problem> {
        Ok(Change { url: self.url, types: self.types.as_deref().map(types).transpose()?, enabled: self.enabled })
    }
}

/// A webhook that was just made.
#[derive(Debug, Object)]
#[oai(rename = "MadeWebhook")]
pub(super) struct MadeWebhookAnswer {
    /// As lists show it.
    webhook: WebhookAnswer,
    /// The secret with which its receiver checks signatures. It is shown this once.
    secret: String,
}

impl From<Made> for MadeWebhookAnswer {
    fn from(made: Made) -> Self {
        Self { webhook: made.endpoint.into(), secret: made.secret.expose_secret().to_owned() }
    }
}

/// How a secret is to be replaced.
#[derive(Debug, Object)]
#[oai(rename = "WebhookRotation", deny_unknown_fields)]
pub(super) struct RotateBody {
    /// For how many hours the secret before it signs too: 24 when left out, 168 at most, 0 for not at all.
    pub(super) overlap_hours: Option<u32>,
}

/// A secret that was just made.
#[derive(Debug, Object)]
#[oai(rename = "RotatedWebhookSecret")]
pub(super) struct RotatedAnswer {
    /// The secret. It is shown this once.
    secret: String,
    /// Until when the one before it signs too.
    previous_secret_until: DateTime<Utc>,
}

impl From<Rotated> for RotatedAnswer {
    fn from(rotated: Rotated) -> Self {
        Self { secret: rotated.secret.expose_secret().to_owned(), previous_secret_until: rotated.before_until }
    }
}

/// From where events are sent again.
#[derive(Debug, Object)]
#[oai(rename = "WebhookReplay", deny_unknown_fields)]
pub(super) struct ReplayBody {
    /// The number of the first event that is to be sent again.
    pub(super) from: i64,
}

/// An attempt to deliver an event.
#[derive(Debug, Object)]
#[oai(rename = "WebhookAttempt")]
pub(super) struct AttemptAnswer {
    /// Its number among those of the webhook.
    number: i64,
    /// The number of the event.
    seq: i64,
    /// When it began.
    at: DateTime<Utc>,
    /// Whether the event was delivered by it.
    delivered: bool,
    /// The HTTP status of the answer, if there was one.
    status: Option<i16>,
    /// Why the event was not delivered.
    error: Option<String>,
    /// How long it took, in milliseconds.
    duration_ms: i32,
}

impl From<AttemptRow> for AttemptAnswer {
    fn from(row: AttemptRow) -> Self {
        Self {
            number: row.number,
            seq: row.seq,
            at: row.at,
            delivered: row.error.is_none(),
            status: row.status,
            error: row.error,
            duration_ms: row.duration_ms,
        }
    }
}
