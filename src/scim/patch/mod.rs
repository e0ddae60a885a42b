//! PATCH, RFC 7644 §3.5.2: from a body to a changed document.
//!
//! [`PatchRequest::parse`] turns the many ways to say the same thing (capital letters, values without a path, dotted
//! and URN-qualified names in them) into plain operations: a verb, one attribute, a value. [`apply()`] performs them on a
//! document, all or none. What needs no document to be seen wrong, such as a read-only target, is refused by the former.
//!
//! The members of a group are rows, not part of the document, and a group may have very many. Operations on them
//! become [`MemberChange`]s, which [`PatchRequest::split_members`] hands over in the order of the request.

mod apply;
mod create;
mod effort;
mod members;
mod message;
mod ops;
mod primary;
mod request;
mod target;
#[cfg(test)]
mod tests;
mod values;

pub use apply::apply;
pub use members::MemberChange;
pub use target::Target;

use serde_json::Value;

use super::error::{ScimError, ScimType};

/// The operations of a PATCH, in the order in which they are performed.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchRequest {
    /// Each about one attribute, so that an entry of the request may have become several, or none.
    pub operations: Vec<Operation>,
}

impl PatchRequest {
    /// The operations on the document, and those on the members of a group.
    pub fn split_members(self) -> (PatchRequest, Vec<MemberChange>) {
        let mut operations = Vec::new();
        let mut members = Vec::new();
        for operation in self.operations {
            match operation {
                Operation::Change(_) => operations.push(operation),
                Operation::Members(change) => members.push(change),
            }
        }
        (PatchRequest { operations }, members)
    }
}

/// One operation on one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Of the document.
    Change(Change),
    /// Of the members of a group.
    Members(MemberChange),
}

/// One operation on one attribute of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Which entry of the request's `Operations` it came from, counted from 1; for error messages.
    pub number: usize,
    /// What to do.
    pub verb: Verb,
    /// What to do it to.
    pub target: Target,
    /// What the client sent, unchecked. `null` if there was nothing.
    pub value: Value,
}

/// The `op` of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// RFC 7644 §3.5.2.1.
    Add,
    /// RFC 7644 §3.5.2.2.
    Remove,
    /// RFC 7644 §3.5.2.3.
    Replace,
}

impl Verb {
    /// The word as the RFC writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Add => "add",
            Verb::Remove => "remove",
            Verb::Replace => "replace",
        }
    }

    /// The verb that `word` names, in any case: Entra sends `Add`.
    fn from_word(word: &str) -> Option<Verb> {
        [Verb::Add, Verb::Remove, Verb::Replace].into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(word))
    }
}

/// Says in which operation an error is.
fn in_operation(number: usize, error: ScimError) -> ScimError {
    ScimError { detail: format!("Operation {number}: {}", error.detail), ..error }
}

fn mutability(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::Mutability, detail)
}

fn no_target(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::NoTarget, detail)
}

fn invalid_path(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidPath, detail)
}

fn invalid_value(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, detail)
}

fn invalid_syntax(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}
