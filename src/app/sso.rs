//! Whether people must sign in by SAML. What a session was opened by decides at each check, so that nothing has to be found and ended when
//! this changes.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    App,
    caller::{AdminCaller, Caller},
    effects,
    error::AppError,
    sessions::Holder,
};
use crate::{
    clock,
    saml::connection::Status,
    store::{WorkspaceTx, saml as connections, workspaces},
};

/// Since when SAML SSO is required; none when it is not.
///
/// # Errors
/// Postgres is busy or away.
pub async fn required(app: &App, caller: &AdminCaller) -> Result<Option<DateTime<Utc>>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(workspaces::sso_required(&mut tx).await?)
}

/// Requires it: sessions that the SaaS's backend has opened are refused from the commit on. Only an administrator who has come in by the
/// active connection can do that, so that nobody is locked out by one that does not work.
///
/// # Errors
/// [`AppError::Forbidden`] when the session is no administrator's, or was not opened by the active connection.
pub async fn require(app: &App, holder: &Holder) -> Result<DateTime<Utc>, AppError> {
    let caller = holder.administrator()?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let active = connections::list(&mut tx).await?.into_iter().find(|row| row.status == Status::Active);
    if active.is_none() || active.map(|row| row.id) != holder.connection() {
        return Err(AppError::Forbidden(
            "Only somebody who is signed in by the workspace's active SAML connection can require it: sign in by it first, which shows that it works.".into(),
        ));
    }
    if let Some(since) = workspaces::sso_required(&mut tx).await? {
        return Ok(since);
    }
    let now = clock::now();
    workspaces::set_sso_required(&mut tx, Some(now)).await?;
    effects::audit(&mut tx, caller, "sso.required", caller.workspace.as_uuid(), Some(json!({}))).await?;
    tx.commit().await?;
    Ok(now)
}

/// Requires it no longer.
///
/// # Errors
/// Postgres is busy or away.
pub async fn release(app: &App, caller: &AdminCaller) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    released(&mut tx, caller).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in the transaction of what makes it necessary: nobody can be required to sign in by what is not there.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn released(tx: &mut WorkspaceTx, caller: &Caller) -> Result<(), AppError> {
    if workspaces::sso_required(tx).await?.is_some() {
        workspaces::set_sso_required(tx, None).await?;
        effects::audit(tx, caller, "sso.released", caller.workspace.as_uuid(), Some(json!({}))).await?;
    }
    Ok(())
}
