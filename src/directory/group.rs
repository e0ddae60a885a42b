//! A group as the directory keeps it. Its members are rows of their own.

use crate::scim::{Document, identity};

/// A valid SCIM group, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRecord {
    /// `displayName`, folded for comparison.
    pub display_name_key: String,
    /// `externalId`, opaque and exact.
    pub external_id: Option<String>,
    /// The attributes themselves, without `members`.
    pub document: Document,
}

impl GroupRecord {
    /// Reads the columns from a validated document.
    pub fn new(document: Document) -> Self {
        Self {
            display_name_key: identity::fold(document.display_name().unwrap_or_default()),
            external_id: document.external_id().map(str::to_owned),
            document,
        }
    }
}
