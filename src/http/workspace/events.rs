//! `/events`

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Query, payload::Json, types::Any};
use serde_json::Value;

use super::auth::AdminAuth;
use crate::{
    app::{
        App,
        error::AppError,
        events::{self, EventPage, EventRow, Wanted},
    },
    directory::event::EventType,
    http::problem::{Problem, ProblemOrGone},
};

const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 1000;

/// What has happened in the workspace.
pub struct EventsApi;

/// Something that has happened.
#[derive(Debug, Object)]
#[oai(rename = "Event")]
struct EventAnswer {
    /// Its number in this workspace: 1, 2, 3, ... without a gap.
    seq: i64,
    /// What has happened, `member.deactivated` for instance. There will be more types: leave alone those that you do not know.
    #[oai(rename = "type")]
    kind: String,
    /// When. Events that happened at about the same time may have their numbers in another order.
    at: DateTime<Utc>,
    /// To whom or what: the id of a member, group, token, connection or of the workspace.
    subject_id: String,
    /// The request that caused it.
    request_id: Option<String>,
    /// What mattered about it; which members it has depends on the type.
    data: Any<Value>,
}

impl From<EventRow> for EventAnswer {
    fn from(row: EventRow) -> Self {
        Self {
            seq: row.seq,
            kind: row.kind,
            at: row.at,
            subject_id: row.subject.to_string(),
            request_id: row.request.map(|id| id.to_string()),
            data: Any(row.data),
        }
    }
}

/// A page of events.
#[derive(Debug, Object)]
#[oai(rename = "EventPage")]
struct EventPageAnswer {
    /// The page, in the order of the numbers.
    events: Vec<EventAnswer>,
    /// The number up to which was looked: pass it as `after` to get the next page. While it is less than `last`, there is one.
    next: i64,
    /// The number of the oldest event that is kept; one more than `last` when none is.
    oldest: i64,
    /// The number of the newest event; 0 before the first one.
    last: i64,
}

impl From<EventPage> for EventPageAnswer {
    fn from(page: EventPage) -> Self {
        Self {
            events: page.events.into_iter().map(EventAnswer::from).collect(),
            next: page.next,
            oldest: page.span.pruned_seq + 1,
            last: page.span.last_seq,
        }
    }
}

/// The type of this name.
pub(super) fn event_type(name: &str, text: &str) -> Result<EventType, Problem> {
    EventType::named(text).ok_or_else(|| {
        let names = EventType::ALL.map(EventType::as_str).join(", ");
        AppError::Invalid(format!("{name}: must be one of {names}.")).into()
    })
}

fn limit(limit: Option<i64>) -> Result<i64, Problem> {
    match limit.unwrap_or(PAGE) {
        limit if (1..=LARGEST_PAGE).contains(&limit) => Ok(limit),
        _ => Err(Problem::invalid(format!("limit: must be from 1 to {LARGEST_PAGE}."))),
    }
}

#[OpenApi]
impl EventsApi {
    /// Lists events
    ///
    /// In the order in which they happened, each with a number that is one more than that of the one before. Whoever keeps the `next` of
    /// the last page and asks for what comes after it misses nothing and gets nothing twice. Events are kept for a time that the
    /// operator sets, 30 days usually; asked for older ones it answers 410.
    ///
    /// The types, with what their data has: of members `member.invited`, `member.activated`, `member.reactivated` (`status`),
    /// `member.deactivated` (`cause`), `member.sessions_ended` (`sessions`), `member.role_changed` (`before`, `after`), `member.linked` (`user_id`, `by`),
    /// `member.unlinked` (`role`), `member.removed`,
    /// `member.change_held` (`effect`, `reason`); of groups `group.created`
    /// (`display_name`), `group.renamed` (`before`, `after`), `group.deleted`, `group.members_changed` (`added_count`, `removed_count` and the
    /// first hundred of each); `role_mapping.set` (`role`) and `role_mapping.removed`, about the group; of tokens `token.created` (`name`,
    /// `scopes`, `expires_at`) and `token.revoked`; of SAML connections `connection.certificate_expiring` (`fingerprint`, `subject`,
    /// `not_after`, `days`); of the workspace `workspace.gate_changed` (`open`), `brake.engaged`,
    /// `brake.released` (`decision`, `changes`).
    #[oai(path = "/events", method = "get", operation_id = "listEvents")]
    async fn list(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// Events after this number; from the oldest that is kept, when left out
        after: Query<Option<i64>>,
        /// How many at most, from 1 to 1000; 100 when left out
        limit: Query<Option<i64>>,
        /// Only events of this type
        #[oai(name = "type")]
        kind: Query<Option<String>>,
    ) -> Result<Json<EventPageAnswer>, ProblemOrGone> {
        let kind = kind.0.as_deref().map(|kind| event_type("type", kind)).transpose()?;
        let wanted = Wanted { after: after.0, kind, limit: self::limit(limit.0)? };
        Ok(Json(events::list(app, &auth.0, wanted).await?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_tells_every_type() {
        let document = super::super::service().spec();
        for kind in EventType::ALL {
            assert!(document.contains(&format!("`{}`", kind.as_str())), "{}", kind.as_str());
        }
    }
}
