//! Test sign-ins: a link with which an administrator tries a connection by which nobody signs in yet.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Service, UNKNOWN, audit};
use crate::{
    app::{App, caller::SetsUp, error::AppError},
    clock,
    ids::{ConnectionId, WorkspaceId},
    saml::connection::Status,
    store::saml as connections,
};

/// A link that is not followed for longer is none.
const LIVES: TimeDelta = TimeDelta::minutes(15);

/// A link to open in a browser.
pub struct Link {
    /// The address.
    pub url: String,
    /// It is good until then.
    pub expires_at: DateTime<Utc>,
}

/// What a link is sealed for.
fn context(connection: ConnectionId) -> Vec<u8> {
    format!("saml test {connection}").into_bytes()
}

/// Makes a link for a test sign-in. A draft is in testing from then on.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the identity provider is not filled in yet.
pub async fn link(app: &App, caller: &impl SetsUp, id: ConnectionId) -> Result<Link, AppError> {
    let service = Service::of(app, id)?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let certificates = super::certificates::counting(&mut tx, id).await?;
    if row.idp_entity_id.is_none() || row.idp_sso_url.is_none() || certificates.is_empty() {
        return Err(AppError::Conflict(
            "Nothing can be tested yet: give the identity provider's metadata first, or its entity ID, address and certificate."
                .into(),
        ));
    }
    let now = clock::now();
    if row.status == Status::Draft {
        connections::set_status(&mut tx, id, Status::Testing, now).await?;
    }
    let expires_at = now + LIVES;
    audit(&mut tx, caller, "connection.test_begun", id, json!({ "expires_at": expires_at })).await?;
    tx.commit().await?;
    let token = app.seal.seal(caller.workspace, &context(id), expires_at.timestamp().to_string().into_bytes())?;
    Ok(Link { url: format!("{}?test={token}", service.start), expires_at })
}

/// Checks a link.
///
/// # Errors
/// [`AppError::Forbidden`] when it is not ours, another connection's, or old.
pub(in crate::app) fn check_link(app: &App, workspace: WorkspaceId, id: ConnectionId, token: &str) -> Result<(), AppError> {
    let opened = app.seal.open(workspace, &context(id), token).and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    let is_good = opened.is_some_and(|expires_at: i64| expires_at > clock::now().timestamp());
    if is_good { Ok(()) } else { Err(AppError::Forbidden("This test link is not good any more: make another one.".into())) }
}
