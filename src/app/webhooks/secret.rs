//! The secrets that sign: made here, shown once, kept sealed.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use secrecy::SecretString;
use serde_json::json;

use crate::{
    app::{App, caller::AdminCaller, effects, error::AppError, vault::Vault},
    clock,
    ids::{WebhookId, WorkspaceId},
    store::{global, webhooks},
};

/// What every secret starts with.
pub(super) const PREFIX: &str = "whsec_";
const RANDOM_BYTES: usize = 32;
/// Hours for which a secret signs beside the next one, unless the caller says otherwise, and at most.
const USUAL_OVERLAP: u32 = 24;
const LONGEST_OVERLAP: u32 = 7 * 24;
/// Secrets that are sealed anew in one turn.
const BATCH: i64 = 500;

/// A new secret from the operating system's random numbers.
pub(super) fn generate() -> Result<SecretString, AppError> {
    let mut random = [0; RANDOM_BYTES];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut random).map_err(|error| AppError::Bug(error.into()))?;
    Ok(format!("{PREFIX}{}", BASE64.encode(&random)).into())
}

/// The vault's context: a secret opens for the endpoint that it was made for.
fn context(endpoint: WebhookId) -> String {
    format!("webhook {endpoint}")
}

pub(super) fn seal(
    vault: &Vault,
    workspace: WorkspaceId,
    endpoint: WebhookId,
    secret: &SecretString,
) -> Result<String, AppError> {
    vault.seal(workspace, &context(endpoint), secret)
}

pub(super) fn open(vault: &Vault, workspace: WorkspaceId, endpoint: WebhookId, sealed: &str) -> Result<SecretString, AppError> {
    vault.open(workspace, &context(endpoint), sealed)
}

/// A secret that was just made in the place of another one.
pub struct Rotated {
    /// The secret itself, shown this once.
    pub secret: SecretString,
    /// Until when the one before it signs too.
    pub before_until: DateTime<Utc>,
}

/// Gives an endpoint another secret. Both sign for some hours, so that its receiver can be told in peace.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] when the hours are too many.
pub async fn rotate(app: &App, caller: &AdminCaller, endpoint: WebhookId, hours: Option<u32>) -> Result<Rotated, AppError> {
    let hours = hours.unwrap_or(USUAL_OVERLAP);
    if hours > LONGEST_OVERLAP {
        return Err(AppError::Invalid(format!("overlap_hours: must be {LONGEST_OVERLAP} at most, which is a week.")));
    }
    let secret = generate()?;
    let sealed = seal(&app.vault, caller.workspace, endpoint, &secret)?;
    let now = clock::now();
    let before_until = now + TimeDelta::hours(hours.into());
    let mut tx = app.db.workspace(caller.workspace).await?;
    if !webhooks::rotate(&mut tx, endpoint, &sealed, before_until, now).await? {
        return Err(AppError::NotFound("webhook"));
    }
    let detail = json!({ "before_until": before_until });
    effects::audit(&mut tx, caller, "webhook.secret_rotated", endpoint.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(Rotated { secret, before_until })
}

/// Seals anew what was sealed under a key that is no longer the first one, so that this key can go. Answers how many endpoints it was.
/// Those whose key is missing already are left as they are, for when it is back.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reseal(app: &App) -> Result<u64, AppError> {
    let Some(key) = app.vault.newest_key() else {
        return Ok(0);
    };
    let mut resealed = 0;
    for before in global::events::secrets_under_other_keys(app.db.pool(), key, BATCH).await? {
        let (workspace, id) = (before.workspace_id, before.id);
        let anew = |sealed: &String| seal(&app.vault, workspace, id, &open(&app.vault, workspace, id, sealed)?);
        let (secret, secret_before) = match (anew(&before.secret), before.secret_before.as_ref().map(anew).transpose()) {
            (Ok(secret), Ok(secret_before)) => (secret, secret_before),
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%workspace, webhook = %id, error = ?error, "the secret of a webhook cannot be read");
                continue;
            }
        };
        let mut tx = app.db.workspace(workspace).await?;
        // Not when an administrator has rotated it meanwhile: that has sealed it anew already.
        let replaced = webhooks::reseal(&mut tx, id, &before.secret, &secret, secret_before.as_deref()).await?;
        tx.commit().await?;
        resealed += u64::from(replaced);
    }
    Ok(resealed)
}
