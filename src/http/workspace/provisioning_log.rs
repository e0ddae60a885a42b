//! `/provisioning-log`

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::ToJSON,
};

use super::{
    auth::AdminAuth,
    parameters::{parsed, request_id, time, word},
};
use crate::{
    app::{
        App,
        provisioning_log::{
            EntryBodies, EntryRow,
            read::{self, EntryPage, Wanted},
        },
    },
    http::problem::Problem,
    ids::RequestId,
};

const PAGE: usize = 100;

/// What identity providers asked, and what they were answered.
pub struct ProvisioningLogApi;

/// One SCIM request and its answer.
#[derive(Debug, Object)]
#[oai(rename = "ProvisioningLogEntry")]
struct EntryAnswer {
    /// The entry; of a request the same as the `X-Request-Id` of the answer.
    id: String,
    /// Of an operation of a bulk request that failed, the entry of the request, which has what was sent.
    part_of: Option<String>,
    /// When the request was received.
    at: DateTime<Utc>,
    /// The API token that it came with.
    token_id: String,
    /// The operation of the SCIM document, `createUser` for instance; `none` when the address or the method is none of them.
    operation: String,
    /// The HTTP method.
    method: String,
    /// The path below the SCIM address.
    path: String,
    /// The query as it was sent; `[removed]` when it speaks of a secret.
    query: Option<String>,
    /// `User` or `Group`.
    target_type: Option<String>,
    /// The SCIM `id` of the resource, as far as there is one.
    target_id: Option<String>,
    /// The `userName` of the person in question, in the form in which names are compared.
    user_name: Option<String>,
    /// The HTTP status of the answer; 499 when the client hung up before there was one.
    status: i16,
    /// The `scimType` of a refusal.
    scim_type: Option<String>,
    /// The `detail` of a refusal: what is wrong and what to do.
    detail: Option<String>,
    /// The departures from the RFC that were let pass, by name.
    tolerated: Vec<String>,
    /// How long it took, in milliseconds.
    duration_ms: f64,
    /// Who called, in its own words.
    user_agent: Option<String>,
}

impl From<EntryRow> for EntryAnswer {
    fn from(row: EntryRow) -> Self {
        let tolerated = row.tolerated.as_deref().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "no request takes 2^52 microseconds")]
        let duration_ms = row.duration_us as f64 / 1000.0;
        Self {
            id: row.id.to_string(),
            part_of: row.part_of.map(|id| id.to_string()),
            at: row.at,
            token_id: row.token_id.to_string(),
            tolerated: tolerated.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            operation: row.operation,
            method: row.method,
            path: row.path,
            query: row.query,
            target_type: row.target_type,
            target_id: row.target_id,
            user_name: row.person_key,
            status: row.status,
            scim_type: row.scim_type,
            detail: row.detail,
            duration_ms,
            user_agent: row.user_agent,
        }
    }
}

/// An entry as a line of JSON.
pub fn line(row: EntryRow) -> String {
    EntryAnswer::from(row).to_json_string() + "\n"
}

/// A page of the provisioning log.
#[derive(Debug, Object)]
#[oai(rename = "ProvisioningLogPage")]
struct EntryPageAnswer {
    /// The page, newest first.
    entries: Vec<EntryAnswer>,
    /// Pass it as `after` to get the next page; none on the last one. While there is one, a page may have fewer entries than it could.
    next: Option<String>,
}

impl From<EntryPage> for EntryPageAnswer {
    fn from(page: EntryPage) -> Self {
        Self { next: page.next.map(|id| id.to_string()), entries: page.entries.into_iter().map(EntryAnswer::from).collect() }
    }
}

/// A body as it is kept.
#[derive(Debug, Object)]
#[oai(rename = "ProvisioningLogBody")]
struct BodyAnswer {
    /// The body as text, secrets removed; none when it was no JSON, which is not kept.
    text: Option<String>,
    /// How many bytes it had.
    bytes: i64,
    /// Whether less is kept than there was.
    cut: bool,
}

/// One SCIM request and its answer, with the bodies.
#[derive(Debug, Object)]
#[oai(rename = "ProvisioningLogDetail")]
struct DetailAnswer {
    /// The entry.
    entry: EntryAnswer,
    /// Other users that it was about, by SCIM `id`: those who were put into a group or taken out, for instance. A thousand at most.
    people: Vec<String>,
    /// What was sent.
    request: Option<BodyAnswer>,
    /// What was answered.
    answer: Option<BodyAnswer>,
}

impl From<(EntryRow, EntryBodies)> for DetailAnswer {
    fn from((row, bodies): (EntryRow, EntryBodies)) -> Self {
        let body = |text, bytes: Option<i64>, cut| bytes.map(|bytes| BodyAnswer { text, bytes, cut });
        Self {
            entry: row.into(),
            people: bodies.people.iter().map(ToString::to_string).collect(),
            request: body(bodies.request_body, bodies.request_bytes, bodies.request_cut),
            answer: body(bodies.answer_body, bodies.answer_bytes, bodies.answer_cut),
        }
    }
}

#[OpenApi]
impl ProvisioningLogApi {
    /// Lists SCIM requests
    ///
    /// A hundred a page, newest first. An operation of a bulk request that failed has an entry of its own. Every parameter that is given must hold.
    #[oai(path = "/provisioning-log", method = "get", operation_id = "listProvisioningLog")]
    async fn list(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// A status like `404`, a class like `4xx`, `failed` or `succeeded`
        status: Query<Option<String>>,
        /// The SCIM `id` of a user, a `userName` or an `externalId`
        person: Query<Option<String>>,
        /// An operation of the SCIM document, `createUser` for instance
        operation: Query<Option<String>>,
        /// Received at this time or later
        from: Query<Option<String>>,
        /// Received before this time
        to: Query<Option<String>>,
        /// The `X-Request-Id` of an answer; of a bulk request its failed operations come as well
        #[oai(name = "request_id")]
        request: Query<Option<String>>,
        /// The `next` of the page before
        after: Query<Option<String>>,
    ) -> Result<Json<EntryPageAnswer>, Problem> {
        let wanted = Wanted {
            status: parsed("status", status.as_deref())?,
            person: word("person", person.0)?,
            operation: word("operation", operation.0)?,
            from: time("from", from.as_deref())?,
            to: time("to", to.as_deref())?,
            request: request_id("request_id", request.as_deref())?,
            after: request_id("after", after.as_deref())?,
        };
        Ok(Json(read::list(app, &auth.0, &wanted, PAGE).await?.into()))
    }

    /// Reads a SCIM request
    ///
    /// With what was sent and what was answered, as far as kept: without passwords and other secrets, and 32 KiB of each at most.
    #[oai(path = "/provisioning-log/:id", method = "get", operation_id = "getProvisioningLogEntry")]
    async fn get(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<DetailAnswer>, Problem> {
        let id = RequestId::parse(&id).ok_or_else(|| Problem::not_found("entry of the provisioning log"))?;
        Ok(Json(read::get(app, &auth.0, id).await?.into()))
    }
}
