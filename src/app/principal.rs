//! Authentication: from a bearer token to a caller. The gate is part of it, so no SCIM handler can be reached past it.

use std::{fmt, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::{
    App,
    caller::{AdminCaller, Caller, MembersCaller, OperatorCaller, ScimCaller, SessionsCaller, SetUpCaller},
    error::AppError,
    scim_profile,
    tokens::secret,
    trace::Trace,
};
use crate::{
    directory::{
        gate::{self, Conditions, Plan},
        membership::Status,
    },
    ids::{Actor, RequestId, WorkspaceId},
    store::{global, tokens},
};

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// SCIM. The workspace's own: it outlives the admin who made it.
    Scim,
    /// Reading members.
    MembersRead,
    /// Opening and ending sessions.
    Sessions,
    /// Everything a workspace admin may do.
    Admin,
    /// Setting up SAML and SCIM on the pages for it: what a set-up link carries.
    SetUp,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Scim, Self::MembersRead, Self::Sessions, Self::Admin, Self::SetUp];

    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::MembersRead => "members:read",
            Self::Sessions => "sessions",
            Self::Admin => "admin",
            Self::SetUp => "setup",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| "a scope is one of scim, members:read, sessions, admin, setup".into())
    }
}

/// A token that is valid now. What it may do is asked by turning it into a caller.
#[derive(Debug, Clone)]
pub struct Principal {
    caller: Caller,
    digest: [u8; 32],
    scopes: Vec<String>,
    conditions: Conditions,
    scim_profile_version: i64,
}

/// Answers an identity provider that is known to send too much, before it is proven once more who it is; `trace` takes down whose request
/// it was.
///
/// # Errors
/// [`AppError::TooManyRequests`].
pub fn refuse_a_flood(app: &App, bearer: &str, trace: &Trace) -> Result<(), (WorkspaceId, AppError)> {
    let known = secret::digest_of_valid(bearer).and_then(|digest| app.quotas.refuse(&digest, Instant::now()));
    known.map_or(Ok(()), |((workspace, token), answer)| {
        trace.belongs_to(workspace, token);
        Err((workspace, answer))
    })
}

const NO_TOKEN: &str = "No valid token: send the workspace's API token as `Authorization: Bearer <token>`; \
     a workspace admin makes one under Settings, API, and a revoked or expired one must be replaced there.";

impl Principal {
    /// Proves a bearer token.
    ///
    /// # Errors
    /// [`AppError::Unauthorized`] when it is malformed, unknown, expired or revoked, or when the person it belongs to is out.
    pub async fn authenticate(app: &App, bearer: &str, request: RequestId, received: DateTime<Utc>) -> Result<Self, AppError> {
        // A mistyped token is refused before any look-up.
        let digest = secret::digest_of_valid(bearer).ok_or(AppError::Unauthorized(NO_TOKEN))?;
        Self::prove(app, digest, request, received).await
    }

    async fn prove(app: &App, digest: [u8; 32], request: RequestId, received: DateTime<Utc>) -> Result<Self, AppError> {
        let token = global::token_by_digest(app.db.pool(), &digest).await?.ok_or(AppError::Unauthorized(NO_TOKEN))?;
        let expired = token.expires_at.is_some_and(|at| at <= received);
        let person_is_out =
            token.member_status.as_deref().is_some_and(|status| !Status::named(status).is_some_and(Status::is_open));
        if token.revoked_at.is_some() || expired || person_is_out {
            return Err(AppError::Unauthorized(NO_TOKEN));
        }
        let caller =
            Caller { workspace: token.workspace_id, actor: Actor::Token(token.id), member: token.member_id, request, received };
        if token.last_used_at.is_none_or(|at| received - at >= TimeDelta::minutes(1)) {
            let mut tx = app.db.workspace(caller.workspace).await?;
            tokens::used(&mut tx, token.id, received).await?;
            tx.commit().await?;
        }
        let conditions = Conditions {
            plan: token.plan.parse().unwrap_or(Plan::Free),
            saml_enabled: token.saml_enabled,
            scim_enabled: token.scim_enabled,
        };
        Ok(Self { caller, digest, scopes: token.scopes, conditions, scim_profile_version: token.scim_profile_version })
    }

    /// Proves an identity provider again whose request takes longer than a moment: its token may have been revoked meanwhile, or the
    /// gate closed.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate) and [`scim`](Self::scim); it is not counted as a request.
    pub async fn still(app: &App, caller: &ScimCaller, now: DateTime<Utc>) -> Result<(), AppError> {
        Self::prove(app, caller.digest, caller.request, now).await?.past_the_gate().map(drop)
    }

    /// The workspace that the token belongs to.
    pub const fn workspace(&self) -> WorkspaceId {
        self.caller.workspace
    }

    /// Says whose request it is, whatever becomes of it.
    pub fn owns(&self, trace: &Trace) {
        match self.caller.actor {
            Actor::Token(token) => trace.belongs_to(self.caller.workspace, token),
            Actor::Member(_) | Actor::Operator | Actor::Worker => {}
        }
    }

    fn require(&self, any_of: &[Scope]) -> Result<Caller, AppError> {
        if any_of.iter().any(|scope| self.scopes.iter().any(|held| held == scope.as_str())) {
            return Ok(self.caller);
        }
        let wanted: Vec<&str> = any_of.iter().map(|scope| scope.as_str()).collect();
        Err(AppError::Forbidden(format!(
            "This token has not the scope {}: make one that has under Settings, API.",
            wanted.join(" or ")
        )))
    }

    /// As identity provider, which reaches the SCIM root under this address; `trace` takes down what it does.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the scope; [`AppError::Gate`] with each condition that does not hold;
    /// [`AppError::TooManyRequests`] beyond the workspace's quota.
    pub async fn scim(&self, app: &App, trace: &Trace, root: String) -> Result<ScimCaller, AppError> {
        let caller = self.past_the_gate()?;
        if let Actor::Token(token) = caller.actor {
            app.quotas.take(caller.workspace, token, self.digest)?;
        }
        let profile = scim_profile::of(app, caller.workspace, self.scim_profile_version).await?;
        trace.under(profile.clone());
        Ok(ScimCaller { caller, digest: self.digest, profile, root: root.into(), trace: trace.clone() })
    }

    fn past_the_gate(&self) -> Result<Caller, AppError> {
        let caller = self.require(&[Scope::Scim])?;
        let missing = gate::decide(self.conditions);
        if missing.is_empty() { Ok(caller) } else { Err(AppError::Gate(missing)) }
    }

    /// As administrator.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the scope.
    pub fn admin(&self) -> Result<AdminCaller, AppError> {
        self.require(&[Scope::Admin]).map(AdminCaller)
    }

    /// As reader of members.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the scope.
    pub fn members(&self) -> Result<MembersCaller, AppError> {
        self.require(&[Scope::MembersRead, Scope::Admin]).map(MembersCaller)
    }

    /// As whoever sets up SAML and SCIM by a link.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the scope.
    pub fn set_up(&self) -> Result<SetUpCaller, AppError> {
        self.require(&[Scope::SetUp]).map(SetUpCaller)
    }

    /// As the SaaS's own backend.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the scope.
    pub fn sessions(&self) -> Result<SessionsCaller, AppError> {
        self.require(&[Scope::Sessions]).map(SessionsCaller)
    }
}

/// Proves the operators' token, in constant time.
///
/// # Errors
/// [`AppError::Unauthorized`] when it is not the one of the configuration, or none is configured.
pub fn operator(app: &App, bearer: &str, request: RequestId, received: DateTime<Utc>) -> Result<OperatorCaller, AppError> {
    let same = app
        .config
        .operator_token
        .as_ref()
        .is_some_and(|token| secret::digest(token.expose_secret()).ct_eq(&secret::digest(bearer)).into());
    if same {
        Ok(OperatorCaller { request, received })
    } else {
        Err(AppError::Unauthorized(
            "No valid operator token: send the value of ROLLCALL_OPERATOR_TOKEN as `Authorization: Bearer <token>`.",
        ))
    }
}

/// How long an operator stays signed in to the pages.
const OPERATOR_HOURS: i64 = 8;

/// For whom an operator's way in is sealed: no workspace, and only as long as the token is the one of the configuration.
fn operator_seal(app: &App) -> Option<(WorkspaceId, Vec<u8>)> {
    let token = app.config.operator_token.as_ref()?;
    let digest = secret::digest(token.expose_secret());
    Some((WorkspaceId::from_uuid(uuid::Uuid::nil()), [b"operator ".as_slice(), &digest].concat()))
}

/// Signs an operator in to the pages: what their browser keeps instead of the token, and until when it is good. Another token in the
/// configuration ends all of them.
///
/// # Errors
/// As [`operator`].
pub fn operator_signs_in(
    app: &App,
    token: &str,
    request: RequestId,
    received: DateTime<Utc>,
) -> Result<(String, DateTime<Utc>), AppError> {
    operator(app, token.trim(), request, received)?;
    let (nobody, context) = operator_seal(app).ok_or(AppError::Unauthorized("No operator token is configured."))?;
    let ends_at = received + TimeDelta::hours(OPERATOR_HOURS);
    let sealed = app.seal.seal(nobody, &context, ends_at.timestamp().to_string().into_bytes())?;
    Ok((sealed, ends_at))
}

/// Proves what an operator's browser has kept.
///
/// # Errors
/// [`AppError::Unauthorized`] when it is not ours, or not good any more.
pub fn signed_in_operator(
    app: &App,
    kept: &str,
    request: RequestId,
    received: DateTime<Utc>,
) -> Result<OperatorCaller, AppError> {
    let opened = operator_seal(app).and_then(|(nobody, context)| app.seal.open(nobody, &context, kept));
    let ends_at: Option<i64> = opened.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    if ends_at.is_some_and(|at| at > received.timestamp()) {
        Ok(OperatorCaller { request, received })
    } else {
        Err(AppError::Unauthorized("Sign in with the operators' token."))
    }
}
