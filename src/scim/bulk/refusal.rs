//! Why an operation of a bulk request is not done although nothing is wrong with it alone.

use crate::scim::error::{ScimError, excerpt};

/// 409 (RFC 7644 §3.7.1): no POST of the request has the `bulkId` that the operation refers to.
pub fn unknown_bulk_id(bulk_id: &str) -> ScimError {
    let named = excerpt(bulk_id);
    ScimError::new(409, format!("The operation refers to bulkId {named}, which no POST of this request has. Nothing was done."))
}

/// 409: the operation refers to a resource whose POST failed.
pub fn not_created(bulk_id: &str) -> ScimError {
    let named = excerpt(bulk_id);
    ScimError::new(409, format!("The operation refers to bulkId {named}, whose POST failed: see its result. Nothing was done."))
}

/// 409: several POSTs have the same `bulkId`, so that it names nothing.
pub(super) fn duplicate(bulk_id: &str) -> ScimError {
    let named = excerpt(bulk_id);
    ScimError::new(409, format!("Several operations of this request have the bulkId {named}. Give each POST one of its own."))
}

/// 409: of several POSTs that refer to each other in a circle another one failed; they are done together or not at all.
pub fn circle_broken(bulk_id: &str) -> ScimError {
    let named = excerpt(bulk_id);
    let why =
        format!("The operation and that with bulkId {named} refer to each other, directly or through others, and the latter");
    ScimError::new(409, format!("{why} failed: see its result. Nothing was done."))
}

/// 503: Postgres could not be reached for the operations before this one.
pub fn not_tried() -> ScimError {
    ScimError::new(
        503,
        "The service cannot be reached at the moment, so this operation was not tried. Send it again in a minute.",
    )
}

/// 503: Postgres went away while this operation was done together with others.
pub fn outcome_unknown() -> ScimError {
    ScimError::new(
        503,
        "The service could not be reached while this operation was done, so whether it was done is not known. Look it up, then send it again.",
    )
}

/// 500: an operation is done once. Nobody sees this.
pub fn done_before() -> ScimError {
    ScimError::new(500, "The operation has been begun before.")
}
