//! What is known of a request besides what it asks.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use poem::{
    FromRequest, Request, RequestBody, Result,
    http::{HeaderMap, header},
};

use url::Url;

use super::SCIM_PREFIX;
use crate::{
    app::{App, caller::ScimCaller, trace::Trace},
    clock,
    ids::{RequestId, WorkspaceId},
};

/// Made by [`super::middleware`] for every request.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Stands in the answer's `X-Request-Id`, in the log, in audit rows and grants.
    pub id: RequestId,
    /// When it was received.
    pub received: DateTime<Utc>,
    /// What use cases take down of it, for the provisioning log.
    pub trace: Trace,
    workspace: Arc<OnceLock<WorkspaceId>>,
    scim: Arc<OnceLock<ScimCaller>>,
}

impl RequestContext {
    /// For a request that has just come in.
    pub fn new() -> Self {
        let id = RequestId::new();
        // One look at the clock for both: whoever looks for requests by time finds them by their ids.
        let received = id.made_at().unwrap_or_else(clock::now);
        Self { id, received, trace: Trace::default(), workspace: Arc::default(), scim: Arc::default() }
    }

    /// The context of this request; every request has one.
    pub fn of(request: &Request) -> Self {
        request.data::<Self>().cloned().unwrap_or_else(Self::new)
    }

    /// Authentication has found out whose request it is; the log line says it.
    pub fn belongs_to(&self, workspace: WorkspaceId) {
        self.workspace.get_or_init(|| workspace);
    }

    /// Whose request it is, as far as known.
    pub fn workspace(&self) -> Option<WorkspaceId> {
        self.workspace.get().copied()
    }

    /// Authentication has let an identity provider in; what is read after it is read by the rules of its workspace.
    pub fn is_by(&self, caller: &ScimCaller) {
        self.scim.get_or_init(|| caller.clone());
    }

    /// The identity provider whose request it is, if it is one's.
    pub fn scim_caller(&self) -> Option<&ScimCaller> {
        self.scim.get()
    }
}

impl Default for RequestContext {
    fn default() -> Self {
        Self::new()
    }
}

/// The address of the SCIM root as this caller reaches it, without a slash at the end: what `location` and `$ref` start with.
#[derive(Debug, Clone)]
pub struct ScimRoot(pub String);

impl<'a> FromRequest<'a> for ScimRoot {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(request))
    }
}

impl ScimRoot {
    /// The configured one, else the one that the client wrote.
    pub fn of(request: &Request) -> Self {
        let configured = request.data::<App>().and_then(|app| app.config.public_url.clone());
        let origin = configured.unwrap_or_else(|| origin(request.headers()));
        Self(format!("{origin}{SCIM_PREFIX}"))
    }
}

/// The origin under which browsers reach us, as they write it: of the configured address, else of the one that this client wrote.
pub fn browser_origin(request: &Request) -> String {
    let configured = request.data::<App>().and_then(|app| app.config.public_url.as_deref()).and_then(|url| Url::parse(url).ok());
    configured.map_or_else(|| origin(request.headers()), |url| url.origin().ascii_serialization())
}

/// Scheme and host as the client wrote them, for installations that are reached under several names.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    let is_host = |host: &&str| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
    };
    let host = text(header::HOST.as_str()).filter(is_host).unwrap_or("localhost");
    format!("{scheme}://{host}")
}
