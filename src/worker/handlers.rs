//! One function per queue: from the job to its use case.

use super::outcome::Failure;
use crate::{
    app::App,
    jobs::{Deprovision, Reconcile},
};

/// Ends everything that a person who has left still has.
pub(super) async fn deprovision(app: App, job: Deprovision) -> Result<(), Failure> {
    Ok(crate::app::revoke::deprovision(&app, &job).await?)
}

/// Brings a workspace one bounded step nearer to what its directory says. When more is left, the dispatcher queues the
/// workspace again, behind the others.
pub(super) async fn reconcile(app: App, job: Reconcile) -> Result<(), Failure> {
    Ok(crate::app::reconcile::run(&app, job.workspace_id).await?)
}
