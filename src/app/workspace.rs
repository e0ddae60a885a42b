//! What everybody who works in a workspace is told of it.

use super::{
    App,
    caller::{Caller, SetsUp},
    error::AppError,
    sessions::Holder,
};
use crate::{
    directory::{
        gate::{self, Conditions, Missing},
        provisioning::Provisioning,
    },
    store::workspaces,
};

/// A workspace as its people see it.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What the gate looks at.
    pub conditions: Conditions,
    /// What keeps the gate closed.
    pub missing: Vec<Missing>,
    /// Whether anything follows from the directory.
    pub provisioning: Provisioning,
}

/// For somebody who is signed in.
///
/// # Errors
/// Postgres is busy or away.
pub async fn overview(app: &App, holder: &Holder) -> Result<Overview, AppError> {
    read(app, holder.caller()).await
}

/// For whoever sets it up.
///
/// # Errors
/// Postgres is busy or away.
pub async fn overview_for(app: &App, caller: &impl SetsUp) -> Result<Overview, AppError> {
    read(app, caller).await
}

async fn read(app: &App, caller: &Caller) -> Result<Overview, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = workspaces::read(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let provisioning = workspaces::provisioning(&mut tx).await?;
    let conditions = row.conditions();
    Ok(Overview { slug: row.slug, name: row.name, conditions, missing: gate::decide(conditions), provisioning })
}
