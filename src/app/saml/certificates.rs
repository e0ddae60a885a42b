//! The certificates with which a connection's signatures are verified.

use data_encoding::BASE64;
use serde_json::json;

use super::{Connection, UNKNOWN, audit, may_change, shown};
use crate::{
    app::{App, caller::SetsUp, error::AppError},
    clock,
    ids::ConnectionId,
    saml::{Certificate, connection::Status, metadata::MAX_CERTIFICATES},
    store::{
        WorkspaceTx,
        saml::{self as connections, ConnectionRow, certificates as pinned},
    },
};

/// Pins a certificate, or makes a staged one count.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] says what is wrong with the certificate; [`AppError::Conflict`] when there are four already.
pub async fn pin(app: &App, caller: &impl SetsUp, id: ConnectionId, text: &str) -> Result<Connection, AppError> {
    let certificate = read(text)?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    may_change(caller, row.status)?;
    put(&mut tx, caller, id, &certificate).await?;
    let shown = shown(app, &mut tx, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// A certificate as administrators give it.
pub(super) fn read(text: &str) -> Result<Certificate, AppError> {
    Certificate::read(text).map_err(|error| AppError::Invalid(format!("certificate: {error}.")))
}

/// Pins it, under the lock on its connection.
pub(super) async fn put(
    tx: &mut WorkspaceTx,
    caller: &impl SetsUp,
    id: ConnectionId,
    certificate: &Certificate,
) -> Result<(), AppError> {
    let counting = counting(tx, id).await?;
    if counting.len() >= MAX_CERTIFICATES && !counting.contains(&certificate.fingerprint) {
        return Err(AppError::Conflict(format!(
            "A connection has {MAX_CERTIFICATES} certificates at most: remove one that is not used any more."
        )));
    }
    pinned::put(tx, id, certificate, false, clock::now()).await?;
    let detail =
        json!({ "fingerprint": certificate.fingerprint, "subject": certificate.subject, "not_after": certificate.not_after });
    audit(tx, caller, "connection.certificate_pinned", id, detail).await
}

/// Makes a staged certificate count.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when there are four already.
pub async fn pin_staged(app: &App, caller: &impl SetsUp, id: ConnectionId, fingerprint: &str) -> Result<Connection, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    connections::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let staged = pinned::staged(&mut tx, id, fingerprint).await?.ok_or(AppError::NotFound("staged certificate"))?;
    drop(tx);
    pin(app, caller, id, &BASE64.encode(&staged)).await
}

/// Takes a certificate away: what it has signed is refused from the commit on.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when an active connection would have none any more.
pub async fn unpin(app: &App, caller: &impl SetsUp, id: ConnectionId, fingerprint: &str) -> Result<Connection, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    may_change(caller, row.status)?;
    if row.status == Status::Active && counting(&mut tx, id).await? == [fingerprint] {
        return Err(AppError::Conflict("Nobody could sign in without its last certificate: pin the next one first.".into()));
    }
    if pinned::remove(&mut tx, id, &[fingerprint.to_owned()]).await? == 0 {
        return Err(AppError::NotFound("certificate"));
    }
    let row = match row.status {
        Status::Active => row,
        // What was tested was tested with it.
        Status::Draft | Status::Testing | Status::Disabled => {
            connections::update(&mut tx, &ConnectionRow { tested_at: None, ..row }, clock::now()).await?
        }
    };
    audit(&mut tx, caller, "connection.certificate_removed", id, json!({ "fingerprint": fingerprint })).await?;
    let shown = shown(app, &mut tx, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Fingerprints of those that verify.
pub(super) async fn counting(tx: &mut WorkspaceTx, id: ConnectionId) -> Result<Vec<String>, AppError> {
    let rows = pinned::list(tx, Some(id)).await?;
    Ok(rows.into_iter().filter(|row| !row.staged).map(|row| row.fingerprint).collect())
}
