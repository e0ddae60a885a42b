//! All operations of a request, or none.

use super::effort::Effort;
use super::ops::perform;
use super::{Operation, PatchRequest, in_operation};
use crate::scim::document::Document;
use crate::scim::error::ScimError;
use crate::scim::schema::ResourceSchema;
use crate::scim::tolerance::Tolerated;

/// Performs the operations on `document` in their order, each on the result of the one before, and says whether the
/// document differs at the end. Operations on the members of a group are left to others.
///
/// Whether the result is a valid resource is for [`validate`](crate::scim::validate::validate) to say.
///
/// # Errors
/// 400 `noTarget` when a replacement selects no value; `invalidValue` for a value of the wrong type and for more than
/// one primary value; `mutability` when an immutable value would change; 413 when the operations together would look at
/// too many values. The document is then as it was.
pub fn apply(
    schema: &ResourceSchema,
    request: &PatchRequest,
    document: &mut Document,
    notes: &mut Tolerated,
) -> Result<bool, ScimError> {
    let mut attributes = document.as_map().clone();
    let mut effort = Effort::default();
    for operation in &request.operations {
        match operation {
            Operation::Change(change) => perform(schema, change, &mut attributes, &mut effort, notes)
                .map_err(|error| in_operation(change.number, error))?,
            Operation::Members(_) => {}
        }
    }
    let changed = attributes != *document.as_map();
    if changed {
        *document = Document::from_stored(attributes);
    }
    Ok(changed)
}
