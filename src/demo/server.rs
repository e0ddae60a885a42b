//! The server as the demo sees it: requests, answers, and one clear sentence for everything that stands in the way.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::TimeDelta;
use reqwest::{Method, Url, header, redirect::Policy};
use rollcall::{
    clock,
    http::{OPS_PREFIX, SCIM_PREFIX, WORKSPACE_PREFIX},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

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

/// A token that the demo has made.
pub struct Token {
    pub id: String,
    pub secret: SecretString,
}

/// What a browser was answered.
pub struct Visit {
    pub status: u16,
    /// Where to go next; empty for nowhere.
    pub location: String,
    /// Name and value of the cookie that was set; empty for none.
    pub cookie: String,
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
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .build()
            .context("no HTTP client can be made")?;
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

    /// A token of the workspace, which dies by itself within the hour, should the demo be killed.
    pub async fn make_token(&self, name: &str, scopes: &[&str], member: Option<&str>) -> anyhow::Result<Token> {
        let expires_at = clock::now() + TimeDelta::hours(1);
        let body = json!({ "name": name, "scopes": scopes, "member_id": member, "expires_at": expires_at });
        let path = format!("/workspaces/{}/tokens", self.workspace);
        let made = self.send(&Ask::new(Who::Operator, Method::POST, path).body(body)).await?;
        if made.status != 201 {
            bail!("no API token could be made for the demo: {}", made.shown());
        }
        let id = made.body["token"]["id"].as_str().unwrap_or_default().to_owned();
        Ok(Token { id, secret: made.text("secret").to_owned().into() })
    }

    /// Revokes it.
    pub async fn revoke_token(&self, token: &Token) -> anyhow::Result<()> {
        let path = format!("/workspaces/{}/tokens/{}", self.workspace, token.id);
        let revoked = self.send(&Ask::new(Who::Operator, Method::DELETE, path)).await?;
        if revoked.status != 204 {
            bail!("the token {} that the demo has made could not be revoked: {}", token.id, revoked.shown());
        }
        Ok(())
    }

    /// Goes to an address of the server, or a path, as a browser does; what is in the form is posted.
    pub async fn visit(&self, method: Method, address: &str, cookie: &str, form: &[(&str, &str)]) -> anyhow::Result<Visit> {
        let base = Url::parse(&self.url)?;
        let mut url = base.join(address)?;
        // The server may be known to others by another name than to us.
        let here = base.host_str();
        url.set_host(here)?;
        if url.set_port(base.port()).is_err() || url.set_scheme(base.scheme()).is_err() {
            bail!("{} is no address of a server", self.url);
        }
        let mut request = self.client.request(method, url).header(header::COOKIE, cookie);
        if !form.is_empty() {
            let mut encoded = base.clone();
            encoded.query_pairs_mut().clear().extend_pairs(form);
            let body = encoded.query().unwrap_or_default().to_owned();
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let response = request.send().await.map_err(|error| self.explain(error))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let cookie = header(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
        Ok(Visit { status: response.status().as_u16(), location: header(header::LOCATION).to_owned(), cookie })
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

    /// The workspace as it is.
    pub async fn workspace(&self) -> anyhow::Result<Value> {
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
        Ok(workspace.body)
    }

    /// Looks whether everything is there before anything is made; answers the workspace.
    pub async fn prepare(&self) -> anyhow::Result<Value> {
        let name = &self.workspace;
        let workspace = self.workspace().await?;
        if workspace["gate_open"] != true {
            let missing: Vec<&str> =
                workspace["gate_missing"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
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
        Ok(workspace)
    }
}
