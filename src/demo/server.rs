//! The server as the demo sees it: requests, answers, and one clear sentence for everything that stands in the way.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::{Method, Url};
use rollcall::http::{OPS_PREFIX, SCIM_PREFIX, WORKSPACE_PREFIX};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(10);

/// A running Rollcall, and the two secrets that were given to the demo.
pub struct Server {
    pub url: String,
    pub workspace: String,
    client: reqwest::Client,
    scim: SecretString,
    operator: SecretString,
}

/// Who asks; that decides the address and the token.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    /// The identity provider, with the workspace's SCIM token.
    IdentityProvider,
    /// We who run Rollcall.
    Operator,
    /// The workspace's administrator or the application, with a token that the demo has made; or a person with a session.
    Workspace(&'a SecretString),
}

/// What is asked.
pub struct Ask<'a> {
    pub who: Who<'a>,
    pub method: Method,
    pub path: String,
    pub query: Option<(&'static str, String)>,
    pub body: Option<Value>,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    /// Null when there is no body.
    pub body: Value,
    pub took: Duration,
    /// When it had been read.
    pub at: Instant,
}

impl<'a> Ask<'a> {
    pub fn new(who: Who<'a>, method: Method, path: impl Into<String>) -> Self {
        Self { who, method, path: path.into(), query: None, body: None }
    }

    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub fn query(self, name: &'static str, value: impl Into<String>) -> Self {
        Self { query: Some((name, value.into())), ..self }
    }
}

impl Answer {
    /// A text in the body; empty when it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// The status, and what matters of the body: what the server says about a failure, how many were found.
    pub fn shown(&self) -> String {
        match (self.text("detail"), self.body["totalResults"].as_u64()) {
            ("", None) => self.status.to_string(),
            ("", Some(found)) => format!("{}, {found} found", self.status),
            (detail, _) => format!("{} ({detail})", self.status),
        }
    }
}

impl Server {
    pub fn new(url: &str, workspace: &str, scim: SecretString, operator: SecretString) -> anyhow::Result<Self> {
        let is_web = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web {
            bail!("ROLLCALL_URL must be an address like http://127.0.0.1:8080, and is {url}");
        }
        let client = reqwest::Client::builder().timeout(PATIENCE).build().context("no HTTP client can be made")?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), workspace: workspace.to_owned(), client, scim, operator })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub async fn send(&self, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        let (prefix, token) = match ask.who {
            Who::IdentityProvider => (SCIM_PREFIX, &self.scim),
            Who::Operator => (OPS_PREFIX, &self.operator),
            Who::Workspace(token) => (WORKSPACE_PREFIX, token),
        };
        let address = format!("{}{prefix}{}", self.url, ask.path);
        let mut request = self.client.request(ask.method.clone(), address).bearer_auth(token.expose_secret());
        if let Some((name, value)) = &ask.query {
            request = request.query(&[(*name, value)]);
        }
        if let Some(body) = &ask.body {
            let media_type = if prefix == SCIM_PREFIX { "application/scim+json" } else { "application/json" };
            request = request.header("content-type", media_type).body(body.to_string());
        }
        let started = Instant::now();
        let response = request.send().await.map_err(|error| self.explain(error))?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|error| self.explain(error))?;
        let at = Instant::now();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, body, took: at - started, at })
    }

    /// The error of the library is not shown: it may hold an address with a person's name in it.
    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        let url = &self.url;
        if error.is_timeout() {
            anyhow::anyhow!("{url} has not answered within {} seconds; look at the log of `rollcall serve`", PATIENCE.as_secs())
        } else if error.is_connect() {
            anyhow::anyhow!("nobody answers at {url}: start `rollcall serve` (or `deploy/dev up`), or correct ROLLCALL_URL")
        } else {
            anyhow::anyhow!("the connection to {url} has broken off; look at the log of `rollcall serve`")
        }
    }

    /// Looks whether everything is there before anything is made; answers the workspace.
    pub async fn prepare(&self) -> anyhow::Result<Value> {
        let name = &self.workspace;
        let workspace = self.send(&Ask::new(Who::Operator, Method::GET, format!("/workspaces/{name}"))).await?;
        match workspace.status {
            200 if !workspace.text("slug").is_empty() => {}
            200 => bail!("{} is no Rollcall: correct ROLLCALL_URL", self.url),
            401 => {
                bail!("the server refuses ROLLCALL_OPERATOR_TOKEN: it must be the value that `rollcall serve` was started with")
            }
            404 if workspace.text("detail").is_empty() => bail!("{} is no Rollcall: correct ROLLCALL_URL", self.url),
            404 => bail!(
                "there is no workspace {name}: name another one in ROLLCALL_WORKSPACE, or make it with `deploy/dev workspace {name}`"
            ),
            _ => bail!("the server cannot show the workspace {name}: {}", workspace.shown()),
        }
        if workspace.body["gate_open"] != true {
            let missing: Vec<&str> =
                workspace.body["gate_missing"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            bail!("SCIM is closed for the workspace {name}: {}", missing.join("; "));
        }
        let scim = self.send(&Ask::new(Who::IdentityProvider, Method::GET, "/ServiceProviderConfig")).await?;
        match scim.status {
            200 => {}
            401 => bail!(
                "the server refuses ROLLCALL_SCIM_TOKEN: `rollcall token create {name} --name demo --scope scim` makes another one"
            ),
            403 => bail!("ROLLCALL_SCIM_TOKEN may not be used for SCIM: {}", scim.text("detail")),
            _ => bail!("SCIM does not answer as it should: {}", scim.shown()),
        }
        // A token of another workspace would work, and the person would turn up there.
        let tokens = self.send(&Ask::new(Who::Operator, Method::GET, format!("/workspaces/{name}/tokens"))).await?;
        let hints = tokens.body.as_array().into_iter().flatten().filter_map(|token| token["hint"].as_str());
        let known = hints.into_iter().any(|hint| !hint.is_empty() && self.scim.expose_secret().starts_with(hint));
        if !known {
            bail!("ROLLCALL_SCIM_TOKEN is another workspace's, not {name}'s: correct it, or ROLLCALL_WORKSPACE");
        }
        Ok(workspace.body)
    }
}
