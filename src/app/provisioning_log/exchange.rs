//! A request and its answer, and the entry that is made of them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    app::trace::{BODY_BYTES, FailedOperation, Noted, Trace, kept},
    ids::RequestId,
    scim::{
        Profile, ResourceType, ScimError, Secrets,
        bulk::Method,
        identity,
        redact::{Redacted, prefix},
    },
    store::provisioning_log::{Entry, KeptBody},
};

/// As much is kept of the answer to a read: what is read most says least.
const READ_BYTES: usize = 4 * 1024;
/// As much is kept of a path, a query, and a text that a client calls itself or somebody else by.
const PATH_BYTES: usize = 1024;
const QUERY_BYTES: usize = 4 * 1024;
const NAME_BYTES: usize = 512;
/// The status of an entry whose client hung up before it was answered. No answer has it.
pub const CLIENT_GONE: u16 = 499;

/// What the edge knows of a request and its answer.
#[derive(Debug)]
pub struct Exchange {
    /// The request.
    pub request: RequestId,
    /// When it was received.
    pub received: DateTime<Utc>,
    /// Its `operationId`.
    pub operation: &'static str,
    /// Its method.
    pub method: String,
    /// Its path below the SCIM address.
    pub path: String,
    /// Its query.
    pub query: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// The answer's status.
    pub status: u16,
    /// The answer, when it is an error.
    pub error: Option<ScimError>,
    /// The answer, when it is none.
    pub answer: Answered,
    /// How long it took.
    pub took: Duration,
}

/// The body of an answer.
#[derive(Debug, Default)]
pub struct Answered {
    /// The beginning of it, or all.
    pub start: Vec<u8>,
    /// How long it is.
    pub bytes: usize,
}

impl Answered {
    /// More than is kept of any answer: one that speaks of a secret can only be cleaned as a whole, and the list of schemas is one.
    pub const ENOUGH: usize = 2 * BODY_BYTES;

    /// What comes next of it.
    pub fn push(&mut self, part: &[u8]) {
        let room = Self::ENOUGH.saturating_sub(self.start.len()).min(part.len());
        self.start.extend_from_slice(part.get(..room).unwrap_or_default());
        self.bytes += part.len();
    }
}

impl Exchange {
    /// Whether it asked for nothing but to be told something, and was.
    fn is_a_read(&self) -> bool {
        let reads = matches!(self.method.as_str(), "GET" | "HEAD") || self.path.ends_with("/.search");
        reads && self.status < 400
    }

    /// Whether the answer has to wait until the entry is safe: it tells of a change, or of a refusal that somebody will look for. While
    /// Postgres is away there is nothing to wait for, and what is one too many is not to cost us more.
    pub(super) fn is_worth_waiting_for(&self) -> bool {
        !self.is_a_read() && !matches!(self.status, 429 | 503)
    }

    /// The entries: of each operation of a bulk request that failed, and last of the request. None when nobody knows whose it is.
    /// Takes what the trace has.
    pub(super) fn entries(self, trace: &Trace) -> Vec<Entry> {
        let mut noted = trace.take();
        let Some((workspace, token)) = noted.owner else { return Vec::new() };
        let profile = noted.profile.take().unwrap_or_else(Profile::builtin);
        let secrets = profile.secrets();
        let limit = if self.is_a_read() { READ_BYTES } else { BODY_BYTES };
        let path = secrets.text(&self.path, PATH_BYTES);
        let query = self.query.as_deref().filter(|query| !query.is_empty()).map(|query| secrets.text(query, QUERY_BYTES));
        let had_a_secret = noted.had_a_secret || path.removed || query.as_ref().is_some_and(|query| query.removed);
        let error = self.error.map(|error| ScimError { detail: secrets.sentence(&error.detail, had_a_secret), ..error });
        let answer = match &error {
            Some(error) => whole(error.to_json().to_string()),
            None => answer(secrets, &self.answer, limit),
        };
        let failure = noted.failed.first().map(|FailedOperation { error, .. }| ScimError {
            detail: format!(
                "{} failed, the first one so: {}",
                operations(noted.failed.len()),
                secrets.sentence(&error.detail, had_a_secret)
            ),
            ..error.clone()
        });
        let told = error.or(failure);
        let (target_type, target_id) = target(&noted, &self.path, secrets);
        let whole = Entry {
            workspace,
            part_of: None,
            id: self.request,
            at: self.received,
            token,
            operation: self.operation,
            method: self.method,
            path: path.text,
            query: query.map(|query| query.text),
            target_type,
            target_id,
            person_key: noted.user_name.as_deref().and_then(|name| person_key(name, secrets)),
            people: noted.people,
            status: self.status,
            scim_type: told.as_ref().and_then(|error| error.scim_type).map(|scim_type| scim_type.as_str()),
            detail: told.map(|error| error.detail),
            tolerated: noted.tolerated.iter().map(|tolerance| tolerance.name()).collect(),
            duration_us: i64::try_from(self.took.as_micros()).unwrap_or(i64::MAX),
            user_agent: self.user_agent.as_deref().map(|name| secrets.text(name, NAME_BYTES).text),
            request: noted.request,
            answer,
        };
        let failed = noted.failed.into_iter().map(|failed| of_failed(failed, &whole, secrets, had_a_secret));
        let mut entries: Vec<Entry> = failed.collect();
        entries.push(whole);
        entries
    }
}

/// The entry of an operation that failed, as that of a single request would be. What was sent is in the entry of the bulk request.
fn of_failed(failed: FailedOperation, whole: &Entry, secrets: &Secrets, had_a_secret: bool) -> Entry {
    let FailedOperation { id, method, kind, resource, target, user_name, people, took, error } = failed;
    let error = ScimError { detail: secrets.sentence(&error.detail, had_a_secret), ..error };
    let known = resource.map(|id| secrets.text(&id, NAME_BYTES).text);
    let endpoint = kind.map_or("/Bulk", ResourceType::endpoint);
    let path = known.as_ref().map_or_else(|| endpoint.to_owned(), |id| format!("{endpoint}/{id}"));
    let (target_kind, target_id) = target.map_or((kind, known), |(kind, id)| (Some(kind), Some(id)));
    Entry {
        workspace: whole.workspace,
        part_of: Some(whole.id),
        id,
        at: id.made_at().unwrap_or(whole.at),
        token: whole.token,
        operation: operation(method, kind),
        method: method.map_or("none", Method::as_str).to_owned(),
        path,
        query: None,
        target_type: target_kind.map(ResourceType::name),
        target_id,
        person_key: user_name.as_deref().and_then(|name| person_key(name, secrets)),
        people,
        status: error.status,
        scim_type: error.scim_type.map(|scim_type| scim_type.as_str()),
        tolerated: Vec::new(),
        duration_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
        user_agent: whole.user_agent.clone(),
        request: KeptBody::default(),
        answer: self::whole(error.to_json().to_string()),
        detail: Some(error.detail),
    }
}

/// The `operationId` of the request that an operation stands for.
const fn operation(method: Option<Method>, kind: Option<ResourceType>) -> &'static str {
    match (method, kind) {
        (Some(Method::Post), Some(ResourceType::User)) => "createUser",
        (Some(Method::Put), Some(ResourceType::User)) => "replaceUser",
        (Some(Method::Patch), Some(ResourceType::User)) => "patchUser",
        (Some(Method::Delete), Some(ResourceType::User)) => "deleteUser",
        (Some(Method::Post), Some(ResourceType::Group)) => "createGroup",
        (Some(Method::Put), Some(ResourceType::Group)) => "replaceGroup",
        (Some(Method::Patch), Some(ResourceType::Group)) => "patchGroup",
        (Some(Method::Delete), Some(ResourceType::Group)) => "deleteGroup",
        (None, _) | (_, None) => "none",
    }
}

/// The `userName` as it is looked for: prepared for comparison, or folded where the preparation refuses it.
pub(super) fn person_key(name: &str, secrets: &Secrets) -> Option<String> {
    // Postgres takes no U+0000, and an index no endless key.
    let name = prefix(name, NAME_BYTES);
    if name.is_empty() || name.contains('\0') || secrets.are_given_away_by(name) {
        return None;
    }
    Some(identity::user_name_key(name).unwrap_or_else(|_| identity::fold(name)))
}

/// What the request is about: use cases know, else the path says it.
fn target(noted: &Noted, path: &str, secrets: &Secrets) -> (Option<&'static str>, Option<String>) {
    let named = |kind: ResourceType| Some(kind.name());
    if let Some((kind, id)) = &noted.target {
        return (named(*kind), Some(id.clone()));
    }
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let endpoint = parts.next().unwrap_or_default();
    let kind = ResourceType::ALL.into_iter().find(|kind| kind.endpoint().trim_start_matches('/') == endpoint);
    let id = parts.next().filter(|id| !id.starts_with('.')).map(|id| secrets.text(id, NAME_BYTES).text);
    (kind.and_then(named), kind.and(id))
}

fn operations(number: usize) -> String {
    if number == 1 { "1 operation".to_owned() } else { format!("{number} operations") }
}

fn whole(text: String) -> KeptBody {
    let bytes = text.len();
    kept(bytes, Some(Redacted { text, cut: false, removed: false }))
}

/// What we answer holds no secret, for none is stored. Should one be spoken of all the same, the answer is read and cleaned as a
/// request is; one of which only the beginning is at hand is not kept then.
fn answer(secrets: &Secrets, answered: &Answered, limit: usize) -> KeptBody {
    let Answered { start, bytes } = answered;
    if *bytes == 0 {
        return KeptBody::default();
    }
    let text = prefix(beginning(start), limit);
    if !secrets.are_in(text) {
        let redacted = Redacted { text: text.to_owned(), cut: text.len() < *bytes, removed: false };
        return kept(*bytes, Some(redacted));
    }
    let whole = (start.len() == *bytes).then(|| serde_json::from_slice(start).ok()).flatten();
    kept(*bytes, whole.map(|body| secrets.body(&body, limit)))
}

/// As much of it as is whole characters.
fn beginning(bytes: &[u8]) -> &str {
    let whole = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    bytes.get(..whole).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        app::trace::Part,
        clock,
        ids::{TokenId, WorkspaceId},
        scim::ScimType,
    };

    fn exchange(method: &str, path: &str, status: u16) -> Exchange {
        Exchange {
            request: RequestId::new(),
            received: clock::now(),
            operation: "anything",
            method: method.into(),
            path: path.into(),
            query: None,
            user_agent: None,
            status,
            error: None,
            answer: Answered::default(),
            took: Duration::from_micros(1500),
        }
    }

    impl Exchange {
        fn entry(self, trace: &Trace) -> Option<Entry> {
            self.entries(trace).pop()
        }
    }

    fn trace() -> Trace {
        let trace = Trace::default();
        trace.belongs_to(WorkspaceId::new(), TokenId::new());
        trace
    }

    #[test]
    fn nobodys_request_leaves_nothing() {
        assert!(exchange("GET", "/Users", 200).entry(&Trace::default()).is_none());
    }

    #[test]
    fn the_path_says_what_it_is_about_unless_a_use_case_does() {
        for (path, kind, id) in [
            ("/Users", Some("User"), None),
            ("/Users/.search", Some("User"), None),
            ("/Users/x", Some("User"), Some("x")),
            ("/Groups/x/y", Some("Group"), Some("x")),
            ("/Schemas/x", None, None),
            ("/", None, None),
        ] {
            let entry = exchange("GET", path, 200).entry(&trace()).expect(path);
            assert_eq!((entry.target_type, entry.target_id.as_deref()), (kind, id), "{path}");
        }
        let trace = trace();
        trace.target(ResourceType::Group, "g");
        let entry = exchange("POST", "/Users", 201).entry(&trace).expect("an entry");
        assert_eq!((entry.target_type, entry.target_id.as_deref(), entry.duration_us), (Some("Group"), Some("g"), 1500));
    }

    #[test]
    fn answers_to_reads_are_cut_sooner_and_wait_for_nothing() {
        for (method, path, status, kept, waits) in [
            ("GET", "/Users", 200, READ_BYTES, false),
            ("POST", "/Users/.search", 200, READ_BYTES, false),
            ("POST", "/Users", 201, BODY_BYTES, true),
            ("GET", "/Users", 404, BODY_BYTES, true),
            ("PATCH", "/Users/x", 503, BODY_BYTES, false),
            ("GET", "/Users", 429, BODY_BYTES, false),
        ] {
            let mut exchange = exchange(method, path, status);
            for _ in 0..100 {
                exchange.answer.push("ä".repeat(500).as_bytes());
            }
            assert_eq!(exchange.is_worth_waiting_for(), waits, "{method} {path}");
            let entry = exchange.entry(&trace()).expect(path);
            assert_eq!(entry.answer.text.as_deref().map(str::len), Some(kept), "{method} {path}");
            assert_eq!((entry.answer.bytes, entry.answer.cut), (Some(100_000), true));
            assert!(entry.bytes() > kept);
        }
    }

    #[test]
    fn an_error_loses_what_it_repeats_of_a_secret() {
        let trace = trace();
        trace.request_body(9, Some(&json!({ "Operations": [{ "op": "hunter2", "path": "password", "value": "hunter2" }] })));
        let error = ScimError::bad(ScimType::InvalidSyntax, "Operation 1: op is \"hunter2\"; there are add, remove and replace.");
        let mut exchange = Exchange { error: Some(error), ..exchange("PATCH", "/Users/x", 400) };
        exchange.query = Some("filter=password%20eq%20%22hunter2%22".into());
        exchange.user_agent = Some("secret=hunter2".into());
        let entry = exchange.entry(&trace).expect("an entry");
        assert!(!format!("{entry:?}").contains("hunter2"), "{entry:?}");
        assert_eq!(entry.detail.as_deref(), Some("Operation 1: op is [removed]; there are add, remove and replace."));
        assert_eq!(entry.scim_type, Some("invalidSyntax"));
    }

    #[test]
    fn a_bulk_request_tells_how_many_operations_failed_and_why_the_first_one() {
        let trace = trace();
        let part = Part::default();
        let failed = |method, kind, detail: &str| {
            part.clone().failed(Some(method), (Some(kind), Some("x".into())), Some("Ada".into()), ScimError::conflict(detail))
        };
        trace.operation_failed(failed(Method::Put, ResourceType::User, "userName \"ada\" is taken."));
        trace.operation_failed(failed(Method::Delete, ResourceType::Group, "something else"));
        let mut entries = exchange("POST", "/Bulk", 200).entries(&trace);
        let entry = entries.pop().expect("an entry");
        let told: Vec<_> =
            entries.iter().map(|part| (part.operation, part.path.as_str(), part.status, part.target_type)).collect();
        assert_eq!(told, [("replaceUser", "/Users/x", 409, Some("User")), ("deleteGroup", "/Groups/x", 409, Some("Group"))]);
        assert!(entries.iter().all(|part| part.part_of == Some(entry.id) && part.person_key.as_deref() == Some("ada")));
        assert_eq!(entries[1].detail.as_deref(), Some("something else"));
        // As after a body that had a secret.
        trace.belongs_to(entry.workspace, entry.token);
        trace.request_body(9, Some(&json!({ "password": "hunter2" })));
        trace.operation_failed(failed(Method::Post, ResourceType::User, "title is \"hunter2\"."));
        let entries = exchange("POST", "/Bulk", 200).entries(&trace);
        assert!(entries.len() == 2 && !format!("{entries:?}").contains("hunter2"), "{entries:?}");
        assert_eq!(entry.detail.as_deref(), Some("2 operations failed, the first one so: userName \"ada\" is taken."));
        assert_eq!((entry.status, entry.scim_type), (200, Some("uniqueness")));
    }

    #[test]
    fn an_answer_that_speaks_of_a_secret_is_cleaned_or_not_kept() {
        let body = json!({ "name": "password", "type": "string", "password": "hunter2" }).to_string();
        let mut whole = exchange("GET", "/Schemas", 200);
        whole.answer.push(body.as_bytes());
        let text = whole.entry(&trace()).expect("an entry").answer.text.expect("a text");
        assert!(text.contains("\"name\":\"password\"") && !text.contains("hunter2"), "{text}");
        let mut part = exchange("GET", "/Schemas", 200);
        part.answer.push(body.as_bytes());
        part.answer.bytes += 1;
        let kept = part.entry(&trace()).expect("an entry").answer;
        assert_eq!(kept, KeptBody { text: None, bytes: i64::try_from(body.len() + 1).ok(), cut: true });
    }

    #[test]
    fn names_are_looked_for_in_one_form() {
        let secrets = Secrets::default();
        assert_eq!(person_key("Ada@ACME.test", &secrets).as_deref(), Some("ada@acme.test"));
        assert_eq!(person_key(" \u{202e}X", &secrets).as_deref(), Some(" \u{202e}x"));
        assert_eq!(person_key("a\0b", &secrets), None);
        assert_eq!(person_key(&"n".repeat(4000), &secrets).map(|key| key.len()), Some(NAME_BYTES));
    }
}
