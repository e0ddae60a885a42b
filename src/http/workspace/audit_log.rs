//! `/audit-log`

use chrono::{DateTime, Utc};
use futures::stream;
use poem::{Body, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Query,
    payload::{Binary, Json},
    types::{Any, ToJSON},
};
use serde_json::Value;

use super::{
    auth::AdminAuth,
    parameters::{id, limit, parsed, request_id, time},
};
use crate::{
    app::{
        App,
        audit_log::{self, Entry, Export, Page, Wanted, Who},
    },
    http::{cut, problem::Problem},
    ids::{AuditId, UserId},
};

const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// Who did what to whom.
pub struct AuditLogApi;

/// Who did something.
#[derive(Debug, Object)]
#[oai(rename = "AuditActor")]
struct WhoAnswer {
    /// `token`, `member` (that person: signed in, or by a token of theirs), `operator` (who runs Rollcall) or `system` (Rollcall itself).
    kind: String,
    /// The token, or the member.
    id: Option<String>,
    /// The token; none of somebody who was signed in.
    token_id: Option<String>,
    /// What the token is called.
    token_name: Option<String>,
}

impl From<Who> for WhoAnswer {
    fn from(who: Who) -> Self {
        let (kind, id, token) = match who {
            Who::Token(token) => ("token", Some(token.id.to_string()), Some(token)),
            Who::Member(member, token) => ("member", Some(member.to_string()), token),
            Who::Operator => ("operator", None, None),
            Who::System => ("system", None, None),
        };
        let (token_id, token_name) = token.map(|token| (token.id.to_string(), token.name)).unzip();
        Self { kind: kind.to_owned(), id, token_id, token_name }
    }
}

/// One thing that was done.
#[derive(Debug, Object)]
#[oai(rename = "AuditEntry")]
struct EntryAnswer {
    /// The entry.
    id: String,
    /// When.
    at: DateTime<Utc>,
    /// Who did it.
    actor: WhoAnswer,
    /// What, as `noun.verb`: `user.deactivated` for instance.
    action: String,
    /// To whom or what: the id of the noun.
    subject_id: String,
    /// In which request, or because of which.
    request_id: Option<String>,
    /// What mattered about it: `before` and `after` of a change, the names of the attributes that have `changed`. No secrets.
    detail: Option<Any<Value>>,
}

impl From<Entry> for EntryAnswer {
    fn from(Entry { row, who }: Entry) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.at,
            actor: who.into(),
            action: row.action,
            subject_id: row.subject_id.to_string(),
            request_id: row.request_id.map(|id| id.to_string()),
            detail: row.detail.map(|detail| Any(detail.0)),
        }
    }
}

/// A page of the audit log.
#[derive(Debug, Object)]
#[oai(rename = "AuditPage")]
struct PageAnswer {
    /// The page, newest first.
    entries: Vec<EntryAnswer>,
    /// Pass it as `after` to get the next page; none on the last one. While there is one, a page may have fewer entries than it could.
    next: Option<String>,
}

impl From<Page> for PageAnswer {
    fn from(page: Page) -> Self {
        Self { next: page.next.map(|id| id.to_string()), entries: page.entries.into_iter().map(EntryAnswer::from).collect() }
    }
}

#[derive(ApiResponse)]
enum Exported {
    /// One entry a line, as `GET /audit-log` shows it. When it cannot be read to its end the connection is cut.
    #[oai(status = 200, content_type = "application/x-ndjson")]
    Lines(Binary<Body>),
}

/// An export as lines of JSON.
pub fn lines(export: Export) -> Body {
    cut::body(stream::try_unfold(export, |mut export| async move {
        let line = |entry| EntryAnswer::from(entry).to_json_string() + "\n";
        let entries = export.next().await?;
        Ok(entries.map(|entries| (entries.into_iter().map(line).collect(), export)))
    }))
}

fn wanted(
    actor: Option<&str>,
    action: Option<&str>,
    subject: Option<&str>,
    request: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Wanted, Problem> {
    Ok(Wanted {
        by: parsed("actor", actor)?,
        did: parsed("action", action)?,
        // Of whatever kind it is, it is spelled like every other.
        subject: id("subject_id", UserId::parse, subject)?.map(|id| id.as_uuid()),
        request: request_id("request_id", request)?,
        from: time("from", from)?,
        to: time("to", to)?,
    })
}

#[OpenApi]
impl AuditLogApi {
    /// Lists what was done
    ///
    /// Newest first. Every parameter that is given must hold.
    #[oai(path = "/audit-log", method = "get", operation_id = "listAuditLog")]
    async fn list(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// Who did it: `operator`, `system`, `token` (any token), `token:<id>` or `member:<id>` (that person: signed in, or by any of their tokens)
        actor: Query<Option<String>>,
        /// What was done: `user.updated` for instance, or `user` for everything that is done to users
        action: Query<Option<String>>,
        /// To whom or what
        #[oai(name = "subject_id")]
        subject: Query<Option<String>>,
        /// The `X-Request-Id` of the answer
        #[oai(name = "request_id")]
        request: Query<Option<String>>,
        /// At this time or later
        from: Query<Option<String>>,
        /// Before this time
        to: Query<Option<String>>,
        /// The `next` of the page before
        after: Query<Option<String>>,
        /// Entries of a page, 1,000 at most; 100 when left out
        limit: Query<Option<String>>,
    ) -> Result<Json<PageAnswer>, Problem> {
        let limit = self::limit(limit.as_deref(), PAGE, LARGEST_PAGE)?;
        let after = id("after", AuditId::parse, after.as_deref())?;
        let wanted =
            wanted(actor.as_deref(), action.as_deref(), subject.as_deref(), request.as_deref(), from.as_deref(), to.as_deref())?;
        Ok(Json(audit_log::list(app, &auth.0, &wanted, after, limit).await?.into()))
    }

    /// Exports what was done
    ///
    /// As lines of JSON, oldest first, up to now. Every parameter that is given must hold. A change that is being written at this
    /// moment may be missing: whoever exports piece by piece lets `to` be a minute ago.
    #[oai(path = "/audit-log/export", method = "get", operation_id = "exportAuditLog")]
    async fn export(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// Who did it: `operator`, `system`, `token` (any token), `token:<id>` or `member:<id>` (that person: signed in, or by any of their tokens)
        actor: Query<Option<String>>,
        /// What was done: `user.updated` for instance, or `user` for everything that is done to users
        action: Query<Option<String>>,
        /// To whom or what
        #[oai(name = "subject_id")]
        subject: Query<Option<String>>,
        /// The `X-Request-Id` of the answer
        #[oai(name = "request_id")]
        request: Query<Option<String>>,
        /// At this time or later
        from: Query<Option<String>>,
        /// Before this time
        to: Query<Option<String>>,
    ) -> Result<Exported, Problem> {
        let wanted =
            wanted(actor.as_deref(), action.as_deref(), subject.as_deref(), request.as_deref(), from.as_deref(), to.as_deref())?;
        Ok(Exported::Lines(Binary(lines(audit_log::export(app, &auth.0, &wanted).await?))))
    }
}
