//! Metadata of identity providers: given by an administrator, or fetched from an address and looked at again every day.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use super::{
    Connection, ConnectionRow, UNKNOWN, audit, get, keys, may_change,
    settings::{check_identity, settings, untested_if_other},
    shown,
};
use crate::{
    app::{
        App,
        caller::{Caller, SetsUp},
        error::AppError,
    },
    clock,
    ids::{ConnectionId, WorkspaceId},
    saml::{connection::Status, metadata::IdpMetadata},
    store::{
        WorkspaceTx, global,
        saml::{self as connections, certificates as pinned},
    },
};

/// Connections whose metadata one process fetches at a time.
const AT_ONCE: i64 = 8;
/// After a failure the next time is not a day later: a certificate may be changing.
const AFTER_FAILURE: TimeDelta = TimeDelta::hours(1);

/// Where a document has come from.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// An administrator has given it.
    Given,
    /// An administrator has given this address.
    Fetched(&'a str),
    /// It was fetched again from this address, which an administrator has given before. Then nobody has looked at it.
    Refreshed(&'a str),
}

/// Takes over what the metadata of an identity provider says. Of a connection by which people sign in, certificates that are new are staged:
/// an administrator pins them. It is not fetched from anywhere any more.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] says what is wrong with the metadata; [`AppError::Conflict`] when it is another identity
/// provider's than the one by which people sign in.
pub async fn use_metadata(app: &App, caller: &impl SetsUp, id: ConnectionId, text: &str) -> Result<Connection, AppError> {
    let found = read(text).map_err(|wrong| AppError::Invalid(format!("metadata: {wrong}")))?;
    may_change(caller, get(app, caller, id).await?.row.status)?;
    apply(app, caller, id, &found, Origin::Given).await
}

/// Does the same with what is at an address, which is looked at again from then on.
///
/// # Errors
/// As [`use_metadata`]; [`AppError::Invalid`] says also why nothing could be fetched.
pub async fn use_metadata_at(app: &App, caller: &impl SetsUp, id: ConnectionId, url: &str) -> Result<Connection, AppError> {
    // Nothing is called for a connection that is none of theirs.
    may_change(caller, get(app, caller, id).await?.row.status)?;
    let fetched =
        app.fetcher.fetch(app, caller.workspace, url).await.map_err(|error| AppError::Invalid(format!("url: {error}")))?;
    let found = read(&fetched.text).map_err(|wrong| AppError::Invalid(format!("metadata: {wrong}")))?;
    apply(app, caller, id, &found, Origin::Fetched(&fetched.url)).await
}

/// Fetches the metadata of a connection again, now. What it changes is little: see [`refresh_due`].
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it has no address, or says why nothing could be fetched or used, which stands at the
/// connection from then on.
pub async fn refresh(app: &App, caller: &impl SetsUp, id: ConnectionId) -> Result<Connection, AppError> {
    let url = get(app, caller, id).await?.row.metadata_url.ok_or_else(|| {
        AppError::Conflict(
            "The metadata of this connection was not fetched from an address: give one, or the document anew.".into(),
        )
    })?;
    look_again(app, caller, id, &url).await
}

/// Fetches again the metadata of connections whose last time is long enough ago, a few of them. Answers how many.
///
/// A certificate that is new is staged, whatever the connection's state; none that is pinned is removed; another entity ID is not followed.
/// A failure is written down and changes nothing else; it is tried again within the hour.
///
/// # Errors
/// Postgres is busy or away.
pub async fn refresh_due(app: &App) -> Result<usize, AppError> {
    let now = clock::now();
    let Some(before) = now.checked_sub_signed(every(app)) else { return Ok(0) };
    let due = global::claim_metadata(app.db.pool(), before, now, AT_ONCE).await?;
    join_all(due.iter().map(|(workspace, id, url)| refresh_one(app, *workspace, *id, url))).await;
    Ok(due.len())
}

fn every(app: &App) -> TimeDelta {
    TimeDelta::from_std(app.config.metadata_refresh_every).unwrap_or(TimeDelta::MAX)
}

async fn refresh_one(app: &App, workspace: WorkspaceId, id: ConnectionId, url: &str) {
    match look_again(app, &Caller::worker(workspace), id, url).await {
        Ok(_) | Err(AppError::NotFound(_)) => {}
        Err(AppError::Conflict(why)) => {
            tracing::info!(%workspace, connection = %id, why, "the metadata of an identity provider could not be refreshed");
        }
        Err(error) => {
            tracing::warn!(%workspace, connection = %id, error = ?error, "metadata could not be looked at; it is again when it is due the next time");
        }
    }
}

async fn look_again(app: &App, caller: &Caller, id: ConnectionId, url: &str) -> Result<Connection, AppError> {
    let refreshed = match app.fetcher.fetch(app, caller.workspace, url).await {
        Ok(fetched) => match read(&fetched.text) {
            Ok(found) => apply(app, caller, id, &found, Origin::Refreshed(url)).await,
            Err(wrong) => Err(AppError::Conflict(wrong)),
        },
        Err(error) => Err(AppError::Conflict(error.to_string())),
    };
    if let Err(AppError::Conflict(why)) = &refreshed {
        let mut tx = app.db.workspace(caller.workspace).await?;
        let now = clock::now();
        // It is due when this is as long ago as it is fetched anew.
        let tried_at = now.checked_sub_signed(every(app) - AFTER_FAILURE).map_or(now, |at| at.min(now));
        connections::metadata_has_failed(&mut tx, id, url, why, tried_at).await?;
        tx.commit().await?;
    }
    refreshed
}

/// Reads a document that is good today; or says what is wrong with it.
fn read(text: &str) -> Result<IdpMetadata, String> {
    let found = IdpMetadata::read(text).map_err(|error| error.to_string())?;
    if found.valid_until.is_some_and(|end| end <= clock::now()) {
        return Err("The validUntil of the metadata is over: get it from the identity provider again.".into());
    }
    Ok(found)
}

async fn apply(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    found: &IdpMetadata,
    origin: Origin<'_>,
) -> Result<Connection, AppError> {
    let now = clock::now();
    let mut tx = app.db.workspace(caller.workspace).await?;
    let before = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let (url, is_refreshed) = match origin {
        Origin::Given => (None, false),
        Origin::Fetched(url) => (Some(url), false),
        Origin::Refreshed(url) => (Some(url), true),
    };
    let mut after = ConnectionRow {
        idp_entity_id: Some(found.entity_id.clone()),
        idp_sso_url: Some(found.sso_url.clone()),
        signs_requests: before.signs_requests || found.wants_signed_requests,
        metadata_url: url.map(str::to_owned),
        metadata_fetched_at: url.map(|_| now),
        metadata_error: None,
        ..before.clone()
    };
    check_identity(&before, &after)?;
    if is_refreshed {
        check_refreshed(&before, &after)?;
    }
    if after.signs_requests {
        keys::ensure(app, &mut tx, &before).await?;
    }
    let stages = is_refreshed || before.status == Status::Active;
    let certificates = take_over(&mut tx, id, found, stages).await?;
    if certificates == Certificates::SomeGone && !stages {
        after.tested_at = None;
    }
    let after = untested_if_other(&before, after);
    if is_refreshed && certificates == Certificates::Same && settings(&before) == settings(&after) {
        let after = connections::metadata_is_the_same(&mut tx, id, now).await?;
        let shown = shown(app, &mut tx, after).await?;
        tx.commit().await?;
        return Ok(shown);
    }
    let after = connections::update(&mut tx, &after, now).await?;
    let fingerprints: Vec<_> = found.certificates.iter().map(|certificate| certificate.fingerprint.as_str()).collect();
    let detail = json!({ "before": settings(&before), "after": settings(&after), "certificates": fingerprints });
    audit(&mut tx, caller, "connection.metadata_read", id, detail).await?;
    let shown = shown(app, &mut tx, after).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Nobody has looked at what was refreshed: it may not be another identity provider's, nor come from where it came from before.
fn check_refreshed(before: &ConnectionRow, after: &ConnectionRow) -> Result<(), AppError> {
    if before.metadata_url != after.metadata_url {
        return Err(AppError::Conflict("The connection was given other metadata meanwhile: look at what it says now.".into()));
    }
    if before.idp_entity_id != after.idp_entity_id {
        return Err(AppError::Conflict(
            "At the address is the metadata of another identity provider now (its entity ID differs), which is not followed: give the address anew if that one is meant.".into(),
        ));
    }
    Ok(())
}

/// What a document has changed of the certificates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certificates {
    /// Nothing.
    Same,
    /// Some have come.
    SomeNew,
    /// Some are gone; others may have come.
    SomeGone,
}

/// Makes the certificates those of the document. Where new ones are staged, those stay that verify: people sign in by them.
async fn take_over(tx: &mut WorkspaceTx, id: ConnectionId, found: &IdpMetadata, stages: bool) -> Result<Certificates, AppError> {
    let there = pinned::list(tx, Some(id)).await?;
    let is_found = |fingerprint: &str| found.certificates.iter().any(|certificate| certificate.fingerprint == fingerprint);
    let gone = there.iter().filter(|row| !is_found(&row.fingerprint) && (row.staged || !stages));
    let gone: Vec<_> = gone.map(|row| row.fingerprint.clone()).collect();
    let removed = pinned::remove(tx, id, &gone).await?;
    for certificate in &found.certificates {
        pinned::put(tx, id, certificate, stages, clock::now()).await?;
    }
    let is_new = |fingerprint: &String| there.iter().all(|row| row.fingerprint != *fingerprint);
    Ok(match removed {
        0 if found.certificates.iter().any(|certificate| is_new(&certificate.fingerprint)) => Certificates::SomeNew,
        0 => Certificates::Same,
        _ => Certificates::SomeGone,
    })
}
