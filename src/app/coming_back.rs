//! A POST for a `userName` that is taken: somebody comes back, or it is an error that says what to do.

use super::{App, caller::ScimCaller, error::AppError, resource::Resource, users};
use crate::{
    directory::user::UserRecord,
    scim::{ResourceType, ScimError, project::Projection},
    store::users as stored,
};

/// Reactivates the inactive user that has both `userName` and `externalId` of this record, under the id that it had: its attributes
/// are those of the record, as after a PUT.
///
/// # Errors
/// `uniqueness`, with what to do, when the user is active, or is inactive under another `externalId` or none: a recycled address may be
/// another person.
pub(super) async fn reactivate(app: &App, caller: &ScimCaller, mut record: UserRecord) -> Result<Resource, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let Some(row) = stored::lock_named(&mut tx, &record.user_name_key).await? else {
        return Err(taken("had this userName a moment ago; send the request again").into());
    };
    caller.trace().target(ResourceType::User, row.id);
    let before = row.document.read()?;
    if row.active {
        return Err(taken(
            "has this userName: look it up with the filter userName eq and change that user instead of creating a second one",
        )
        .into());
    }
    if record.external_id.is_none() || record.external_id.as_deref() != before.external_id() {
        return Err(taken(
            "has this userName and is inactive, with another externalId or without one. If it is the same person, set active to true \
             on that user (the filter userName eq finds it); if the address now belongs to somebody else, delete that user or give it \
             another userName first",
        )
        .into());
    }
    if !record.active {
        return Err(
            taken("has this userName and externalId and is inactive: change that user, or create it with active true").into()
        );
    }
    record.document.keep_from(caller.schema(ResourceType::User), &before)?;
    users::rewrite(app, caller, tx, row, &before, &record, &Projection::default()).await
}

fn taken(what: &str) -> ScimError {
    ScimError::conflict(format!("Another user of this workspace {what}."))
}
