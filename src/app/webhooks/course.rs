//! Letting an endpoint begin anew: where it has stopped, or somewhere else.

use serde_json::json;

use super::{EndpointRow, UNKNOWN};
use crate::{
    app::{App, caller::AdminCaller, effects, error::AppError, events::check_kept},
    clock,
    ids::WebhookId,
    store::{events, webhooks},
};

/// Sends an endpoint everything from this number on, what it has had already included; it is no longer parked.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Gone`] when events from there on are no longer kept; [`AppError::Invalid`] when there is no such
/// number yet.
pub async fn replay(app: &App, caller: &AdminCaller, id: WebhookId, from: i64) -> Result<EndpointRow, AppError> {
    begin_anew(app, caller, id, Some(from)).await
}

/// Tries an endpoint again now, parked or waiting, with the event at which it has stopped.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Gone`] when the events that it missed are no longer kept.
pub async fn resume(app: &App, caller: &AdminCaller, id: WebhookId) -> Result<EndpointRow, AppError> {
    begin_anew(app, caller, id, None).await
}

async fn begin_anew(app: &App, caller: &AdminCaller, id: WebhookId, from: Option<i64>) -> Result<EndpointRow, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = webhooks::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let behind = from.map_or(row.cursor_seq, |from| from.saturating_sub(1));
    check_kept(if from.is_some() { "from" } else { "webhook" }, behind, events::span(&mut tx).await?)?;
    let row = webhooks::begin_behind(&mut tx, id, behind, clock::now()).await?;
    let (action, detail) = match from {
        Some(from) => ("webhook.replayed", Some(json!({ "from": from }))),
        None => ("webhook.resumed", None),
    };
    effects::audit(&mut tx, caller, action, id.as_uuid(), detail).await?;
    tx.commit().await?;
    app.wake.couriers();
    Ok(row)
}
