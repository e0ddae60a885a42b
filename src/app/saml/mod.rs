//! SAML connections: what administrators tell us of their identity providers, and what they have to tell them of us.

mod certificates;
mod fetch;
pub(super) mod keys;
mod lifecycle;
mod metadata;
mod settings;
mod signalling;
pub(super) mod trial;
mod warnings;

pub use certificates::{pin, pin_staged, unpin};
pub use fetch::Fetcher;
pub use keys::{Keys, reseal};
pub(super) use lifecycle::disable_active;
pub use lifecycle::{ItsSessions, activate, disable};
pub use metadata::{refresh, refresh_due, use_metadata, use_metadata_at};
pub use settings::{Change, change};
pub use signalling::SignalsChange;
pub use trial::{Link, link};
pub use warnings::{days_left, tell_expiring, warnings};

use serde_json::json;

use super::{
    App,
    caller::{AdminCaller, Caller, SetsUp},
    effects,
    error::AppError,
};
use crate::{
    clock,
    ids::{AttemptId, ConnectionId, WorkspaceId},
    saml::{Refusal, connection::Status, metadata::SpMetadata},
    signals,
    store::{
        WorkspaceTx, global,
        saml::{self as connections, attempts, certificates as pinned},
        workspaces,
    },
};

pub use crate::store::saml::{
    ConnectionRow,
    attempts::{AttemptRow, CheckRow},
    certificates::CertificateRow,
};

/// Below this, everything that browsers and identity providers call for signing in.
pub const PREFIX: &str = "/sso/saml";
/// Connections of one workspace.
const MOST: usize = 10;
const NAME_CHARACTERS: usize = 100;
const UNKNOWN: AppError = AppError::NotFound("connection");

/// A connection with its certificates and with what its identity provider has to know.
pub struct Connection {
    /// The connection.
    pub row: ConnectionRow,
    /// Its certificates, oldest first.
    pub certificates: Vec<CertificateRow>,
    /// Our side.
    pub service: Service,
}

/// Our side of a connection, as it is entered at the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Our entity ID, which is the address of our metadata too: audience URI, identifier.
    pub entity_id: String,
    /// Where responses are posted to: ACS URL, single sign-on URL, reply URL.
    pub acs: String,
    /// Where people begin to sign in.
    pub start: String,
    /// Where requests of Global Token Revocation are posted to.
    pub revocation: String,
    /// Where security events are pushed to.
    pub signals: String,
}

impl Service {
    /// Of a connection. The addresses come from the configuration and not from a request: whoever could choose them with a `Host` could
    /// have what an identity provider has said to another application taken as said to us.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the installation has no address of its own.
    pub(super) fn of(app: &App, connection: ConnectionId) -> Result<Self, AppError> {
        let Some(url) = &app.config.public_url else {
            return Err(AppError::Conflict(
                "SAML is not set up in this installation: its operator has to set ROLLCALL_PUBLIC_URL, the address under which identity providers know it.".into(),
            ));
        };
        let base = format!("{url}{PREFIX}/{connection}");
        Ok(Self {
            entity_id: format!("{base}/metadata"),
            acs: format!("{base}/acs"),
            start: format!("{base}/start"),
            revocation: format!("{base}/revocation"),
            signals: format!("{base}/signals"),
        })
    }
}

/// Makes a draft.
///
/// # Errors
/// [`AppError::Invalid`] when the name cannot be used; [`AppError::Conflict`] when there are too many, or SAML is not set up here.
pub async fn create(app: &App, caller: &impl SetsUp, name: &str) -> Result<Connection, AppError> {
    let name = checked_name(name)?;
    let id = ConnectionId::new();
    let service = Service::of(app, id)?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    // Under the lock on the workspace's row, so that two calls at once do not make one too many.
    workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    if connections::list(&mut tx).await?.len() >= MOST {
        return Err(AppError::Conflict(format!(
            "A workspace has {MOST} connections at most: delete one that is not used any more."
        )));
    }
    let row = connections::insert(&mut tx, id, name, &caller.actor.to_string(), clock::now()).await?;
    audit(&mut tx, caller, "connection.created", id, json!({ "name": name })).await?;
    tx.commit().await?;
    Ok(Connection { row, certificates: Vec::new(), service })
}

fn checked_name(name: &str) -> Result<&str, AppError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS || name.chars().any(char::is_control) {
        return Err(AppError::Invalid(format!("name: a connection needs a name of at most {NAME_CHARACTERS} characters.")));
    }
    Ok(name)
}

/// Whoever sets things up by a link has no say about how people sign in already.
fn may_change(caller: &impl SetsUp, status: Status) -> Result<(), AppError> {
    if status != Status::Active || caller.may_change_what_is_in_use() {
        return Ok(());
    }
    Err(AppError::Forbidden(
        "People of the workspace sign in by a connection already: only an administrator of the workspace changes it, or puts another one in its place.".into(),
    ))
}

async fn audit(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    action: &'static str,
    connection: ConnectionId,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    effects::audit(tx, caller, action, connection.as_uuid(), Some(detail)).await
}

/// Every connection of the workspace.
///
/// # Errors
/// [`AppError::Conflict`] when SAML is not set up here.
pub async fn list(app: &App, caller: &impl SetsUp) -> Result<Vec<Connection>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let rows = connections::list(&mut tx).await?;
    let mut certificates = pinned::list(&mut tx, None).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let (own, others) = certificates.into_iter().partition(|certificate| certificate.connection_id == row.id);
        certificates = others;
        found.push(Connection { service: Service::of(app, row.id)?, row, certificates: own });
    }
    Ok(found)
}

/// One connection.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such connection.
pub async fn get(app: &App, caller: &impl SetsUp, id: ConnectionId) -> Result<Connection, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = connections::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    shown(app, &mut tx, row).await
}

async fn shown(app: &App, tx: &mut WorkspaceTx, row: ConnectionRow) -> Result<Connection, AppError> {
    let certificates = pinned::list(tx, Some(row.id)).await?;
    Ok(Connection { service: Service::of(app, row.id)?, row, certificates })
}

/// Removes a connection by which nobody signs in.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it is active.
pub async fn delete(app: &App, caller: &AdminCaller, id: ConnectionId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    if row.status == Status::Active {
        return Err(AppError::Conflict("People sign in by this connection: disable it first.".into()));
    }
    connections::delete(&mut tx, id).await?;
    audit(&mut tx, caller, "connection.deleted", id, json!({ "name": row.name, "idp_entity_id": row.idp_entity_id })).await?;
    tx.commit().await?;
    Ok(())
}

/// What an administrator is told of a refusal, of a sign-in or of a signal: what was wrong, and what to do about it.
pub fn explanation(code: &str) -> Option<(&'static str, &'static str)> {
    match code {
        "deactivated" => Some((
            "The person is deactivated in this workspace.",
            "Activate the person at the identity provider that provisions the workspace, or in the list of members.",
        )),
        "not_provisioned" => Some((
            "The person is not a member of this workspace, or is known by another name or address.",
            "Assign the person to the application that provisions the workspace. Somebody who is a member already is recognised by the userName or externalId that SCIM has sent, or by an address in a verified domain.",
        )),
        "signed_out" => Some((
            "While the sign-in was under way, the person or an administrator has ended all sessions of the person.",
            "The person begins again.",
        )),
        "signal_no_keys" => Some((
            "A signal could not be verified, because the keys of its issuer could not be fetched.",
            "Compare signals_jwks_url with the address of the keys of whoever signs the tokens; it is tried again with the next signal.",
        )),
        code => Refusal::named(code)
            .map(|refusal| (refusal.explanation(), refusal.fix()))
            .or_else(|| signals::Refusal::named(code).map(|refusal| (refusal.explanation(), refusal.fix()))),
    }
}

/// The attempts to sign in before this one, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn attempts(
    app: &App,
    caller: &impl SetsUp,
    before: Option<AttemptId>,
    limit: usize,
) -> Result<Vec<AttemptRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(attempts::page(&mut tx, before, i64::try_from(limit).unwrap_or(i64::MAX)).await?)
}

/// Our metadata of a connection, for whoever knows its address: identity providers fetch it.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when SAML is not set up here.
pub async fn metadata(app: &App, id: ConnectionId) -> Result<String, AppError> {
    let workspace = of_workspace(app, id).await?;
    let mut tx = app.db.workspace(workspace).await?;
    let row = connections::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let service = Service::of(app, id)?;
    let certificate = row.certificate.as_deref();
    let document = SpMetadata {
        entity_id: &service.entity_id,
        acs: &service.acs,
        signing: certificate.filter(|_| row.signs_requests),
        encryption: certificate.filter(|_| row.encrypts),
    };
    Ok(document.to_xml())
}

/// Whose connection it is: the address of a sign-in names nothing else.
async fn of_workspace(app: &App, id: ConnectionId) -> Result<WorkspaceId, AppError> {
    global::workspace_of_connection(app.db.pool(), id).await?.ok_or(UNKNOWN)
}
