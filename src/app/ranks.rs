//! Keeps places in lists cheap to find: see [`crate::store::ranks`].

use super::{App, error::AppError};
use crate::{
    ids::WorkspaceId,
    scim::ResourceType,
    store::{StoreError, ranks},
};

/// Seals at most so often in one run: the next one goes on.
const STEPS: usize = 8;

/// Seals what has become long in a workspace. Where its writers do not make way, it is for another time: until then a place is found
/// all the same, by reading more keys.
///
/// # Errors
/// Postgres is away.
pub async fn seal(app: &App, workspace: WorkspaceId) -> Result<(), AppError> {
    for resource_type in ResourceType::ALL {
        for _ in 0..STEPS {
            let mut tx = app.db.workspace(workspace).await?;
            if !ranks::is_due(&mut tx, resource_type).await? {
                break;
            }
            match ranks::seal(&mut tx, resource_type).await {
                Ok(()) => tx.commit().await?,
                Err(StoreError::Busy(_)) => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
