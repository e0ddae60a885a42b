//! The settings of the brake.

use serde_json::{Value, json};

use crate::{
    app::{App, caller::AdminCaller, effects, error::AppError},
    clock,
    directory::guard::Brake,
    store::brake,
};

/// The settings of the caller's workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn get(app: &App, caller: &AdminCaller) -> Result<Brake, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(brake::settings(&mut tx).await?)
}

/// Changes the settings of the caller's workspace. What is held stays held.
///
/// # Errors
/// [`AppError::Invalid`] names the setting that is wrong.
pub async fn change(app: &App, caller: &AdminCaller, change: impl FnOnce(&mut Brake)) -> Result<Brake, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    brake::lock(&mut tx).await?;
    let before = brake::settings(&mut tx).await?;
    let mut after = before;
    change(&mut after);
    after.check().map_err(AppError::Invalid)?;
    if after != before {
        brake::put(&mut tx, &after, clock::now()).await?;
        let detail = json!({ "before": shown(&before), "after": shown(&after) });
        effects::audit(&mut tx, caller, "brake.changed", caller.workspace.as_uuid(), Some(detail)).await?;
        tx.commit().await?;
    }
    Ok(after)
}

fn shown(brake: &Brake) -> Value {
    json!({
        "engages": brake.engages, "share_percent": brake.share_percent, "most": brake.most, "least": brake.least,
        "window_seconds": brake.window.as_secs(), "hold_seconds": brake.hold.map(|hold| hold.as_secs()),
        "on_expiry": brake.on_expiry.as_str(),
    })
}
