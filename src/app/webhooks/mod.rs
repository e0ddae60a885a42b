//! Webhooks: a workspace's events, sent to where its administrators want them, one after the other.
//!
//! An endpoint's row is all there is of a delivery. [`Courier`], in the worker, takes rows that are behind, and sends what comes next to
//! each until it is not behind any more or does not answer. Nothing is enqueued, so nothing can be lost: whoever looks at the row knows
//! what to do. Why it is so: [`d33`](crate::decisions::d33_webhooks).

mod courier;
mod course;
mod message;
mod secret;

use secrecy::SecretString;
use serde_json::json;

pub use courier::Courier;
pub use course::{replay, resume};
pub use secret::{Rotated, reseal, rotate};

use super::{App, caller::AdminCaller, effects, error::AppError};
use crate::{
    clock,
    directory::event::EventType,
    ids::WebhookId,
    outbound::{Reach, Target},
    store::{
        events,
        webhooks::{self, NewEndpoint, attempts},
        workspaces,
    },
};

pub use crate::store::webhooks::{EndpointRow, attempts::AttemptRow, delivery::Claim};

/// Endpoints of one workspace.
const MOST: usize = 20;
const UNKNOWN: AppError = AppError::NotFound("webhook");

/// An endpoint that was just made; the secret is shown this once.
pub struct Made {
    /// As lists show it.
    pub endpoint: EndpointRow,
    /// The secret itself.
    pub secret: SecretString,
}

/// Makes an endpoint, which gets what happens from now on.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with the address; [`AppError::Conflict`] when there are too many, or no key to seal the secret
/// with.
pub async fn create(app: &App, caller: &AdminCaller, url: &str, types: &[EventType]) -> Result<Made, AppError> {
    let id = WebhookId::new();
    let secret = secret::generate()?;
    let sealed = secret::seal(&app.vault, caller.workspace, id, &secret)?;
    let target = callable(app, url).await?;
    let types = names(types);
    let mut tx = app.db.workspace(caller.workspace).await?;
    // Under the lock on the workspace's row, so that two calls at once do not make one too many.
    workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    if webhooks::list(&mut tx).await?.len() >= MOST {
        return Err(AppError::Conflict(format!("A workspace has {MOST} webhooks at most: delete one that is not needed.")));
    }
    let after = events::span(&mut tx).await?.last_seq;
    let new = NewEndpoint { id, url: target.as_str(), types: &types, secret: &sealed, created_by: caller.actor.to_string() };
    let endpoint = webhooks::insert(&mut tx, &new, after, clock::now()).await?;
    let detail = json!({ "host": target.host(), "types": types });
    effects::audit(&mut tx, caller, "webhook.created", id.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(Made { endpoint, secret })
}

/// What may be called in this installation.
pub(super) fn reach(app: &App) -> Reach {
    if app.config.webhooks.private_addresses { Reach::Anywhere } else { Reach::Public }
}

/// The address, if it may be called now. The courier asks again each time.
async fn callable(app: &App, url: &str) -> Result<Target, AppError> {
    let refused = |refusal| AppError::Invalid(format!("url: {refusal}."));
    let target = Target::parse(url, reach(app)).map_err(refused)?;
    target.addresses().await.map_err(refused)?;
    Ok(target)
}

fn names(types: &[EventType]) -> Vec<String> {
    let mut types = types.to_vec();
    types.sort_unstable();
    types.dedup();
    types.into_iter().map(|kind| kind.as_str().to_owned()).collect()
}

/// Every endpoint of the workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller) -> Result<Vec<EndpointRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(webhooks::list(&mut tx).await?)
}

/// One endpoint.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such endpoint.
pub async fn get(app: &App, caller: &AdminCaller, id: WebhookId) -> Result<EndpointRow, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    webhooks::find(&mut tx, id).await?.ok_or(UNKNOWN)
}

/// The last attempts of an endpoint, newest first.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such endpoint.
pub async fn attempts(app: &App, caller: &AdminCaller, id: WebhookId) -> Result<Vec<AttemptRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    webhooks::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    Ok(attempts::list(&mut tx, id).await?)
}

/// What is to change; none leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Where it is.
    pub url: Option<String>,
    /// The types that it wants; every one, when empty.
    pub types: Option<Vec<EventType>>,
    /// Whether anything is sent. Meanwhile events wait, for as long as they are kept.
    pub enabled: Option<bool>,
}

/// Changes an endpoint.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] says what is wrong with the address.
pub async fn change(app: &App, caller: &AdminCaller, id: WebhookId, change: Change) -> Result<EndpointRow, AppError> {
    let before = get(app, caller, id).await?;
    let target = match &change.url {
        Some(url) => Some(callable(app, url).await?),
        None => None,
    };
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = webhooks::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let url = target.as_ref().map_or(row.url.as_str(), Target::as_str);
    let types = change.types.as_deref().map_or(row.types, names);
    let enabled = change.enabled.unwrap_or(row.enabled);
    let after = webhooks::update(&mut tx, id, url, &types, enabled, clock::now()).await?;
    let detail = json!({
        "host": target.as_ref().map(Target::host), "types_before": before.types, "types": types,
        "enabled_before": before.enabled, "enabled": enabled,
    });
    effects::audit(&mut tx, caller, "webhook.changed", id.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    app.wake.couriers();
    Ok(after)
}

/// Removes an endpoint; what is being sent to it at this moment may still arrive.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such endpoint.
pub async fn delete(app: &App, caller: &AdminCaller, id: WebhookId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    if !webhooks::delete(&mut tx, id).await? {
        return Err(UNKNOWN);
    }
    effects::audit(&mut tx, caller, "webhook.deleted", id.as_uuid(), None).await?;
    tx.commit().await?;
    Ok(())
}
