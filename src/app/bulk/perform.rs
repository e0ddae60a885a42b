//! An operation by the use case that does it alone.

use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;

use super::Bulk;
use crate::{
    app::{App, caller::ScimCaller, error::AppError, groups, resource::Resource, users},
    scim::{
        Projection, ResourceType,
        bulk::{Action, Done, Identifier, Target, unknown_bulk_id},
    },
};

/// What was done, and to which resource.
#[derive(Debug)]
pub(super) struct Performed {
    pub(super) kind: ResourceType,
    pub(super) id: String,
    pub(super) done: Done,
}

impl Performed {
    pub(super) fn created(resource: Resource) -> Self {
        Self { kind: resource.resource_type, id: resource.id, done: Done::Created { version: resource.version } }
    }

    pub(super) fn changed(resource: Resource) -> Self {
        Self { kind: resource.resource_type, id: resource.id, done: Done::Changed { version: resource.version } }
    }
}

impl Bulk {
    /// Does what is to be done, unless nothing more is.
    pub(super) async fn perform(&mut self, action: Action) -> Result<Performed, AppError> {
        self.go_on().await?;
        guarded(perform(&self.app, &self.caller, action)).await
    }
}

/// The answer has begun by the time an operation is done, so that a panic can become no answer of its own: it is the failure of its
/// operation.
pub(super) async fn guarded<T>(work: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let panicked = |_| Err(AppError::Bug(anyhow::anyhow!("an operation of a bulk request panicked")));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

/// The resource is not shown, so nothing is read for showing it.
const LEAST: Projection = Projection::least();

async fn perform(app: &App, caller: &ScimCaller, action: Action) -> Result<Performed, AppError> {
    match action {
        Action::Create { kind: ResourceType::User, body } => users::create(app, caller, body).await.map(Performed::created),
        Action::Create { kind: ResourceType::Group, body } => {
            groups::create(app, caller, body, &LEAST).await.map(Performed::created)
        }
        Action::Replace { target, body, conditions } => {
            let (kind, id) = named(target)?;
            let replaced = match kind {
                ResourceType::User => users::replace(app, caller, &id, body, &conditions, &LEAST).await,
                ResourceType::Group => groups::replace(app, caller, &id, body, &conditions, &LEAST).await,
            };
            replaced.map(Performed::changed)
        }
        Action::Change { target, body, conditions } => {
            let (kind, id) = named(target)?;
            let changed = match kind {
                ResourceType::User => users::patch(app, caller, &id, body, &conditions, &LEAST).await,
                ResourceType::Group => groups::patch(app, caller, &id, body, &conditions, &LEAST).await,
            };
            changed.map(Performed::changed)
        }
        Action::Delete { target, conditions } => {
            let (kind, id) = named(target)?;
            match kind {
                ResourceType::User => users::delete(app, caller, &id, &conditions).await?,
                ResourceType::Group => groups::delete(app, caller, &id, &conditions).await?,
            }
            Ok(Performed { kind, id, done: Done::Deleted })
        }
    }
}

/// References have been replaced by now.
fn named(target: Target) -> Result<(ResourceType, String), AppError> {
    match target.id {
        Identifier::Id(id) => Ok((target.kind, id)),
        Identifier::BulkId(bulk_id) => Err(unknown_bulk_id(&bulk_id).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_failure_of_its_operation() {
        let panics = async { if Projection::default().is_usual() { panic!("a secret") } else { Ok(()) } };
        let error = guarded(panics).await.expect_err("it panicked");
        assert!(matches!(&error, AppError::Bug(_)), "{error:?}");
        assert_eq!(guarded(async { Ok(1) }).await.ok(), Some(1));
    }
}
