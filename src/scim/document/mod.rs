//! A resource as the identity provider described it: only what it may write, in canonical names.
//!
//! [`Document::parse`] reads a body, [`value::check`] checks one attribute's value (PATCH uses it
//! too), and the getters of [`Document`] give what the directory needs. Departures from the RFC that
//! are let pass on the way are taken down in [`Tolerated`](crate::scim::Tolerated).

mod certificate;
pub mod element;
mod form;
mod get;
mod member;
mod parse;
mod replace;
mod stored;
pub mod value;

use serde_json::{Map, Value};

pub use member::MemberRef;
pub use stored::Stored;
pub(super) use {parse::never_kept, stored::Attributes};

/// The part of a resource that clients write.
///
/// Names are those of the schema, extension attributes are in an object under the extension's URN.
/// It never has `id`, `meta`, `schemas`, read-only attributes, `password`, nor a group's `members`
/// (they are rows of their own). `null`, `[]` and absence are one state, RFC 7643 §2.5: nothing is
/// there.
///
/// The order of names means nothing: documents that say the same are equal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document(Map<String, Value>);

/// What a body holds. Made by [`Document::parse`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What is stored as the document.
    pub document: Document,
    /// Of a group, the members, if the body had the attribute; `null` and `[]` are `Some` of none.
    pub members: Option<Vec<MemberRef>>,
    /// Whether the body had a password, which is dropped.
    pub password: bool,
}

impl Document {
    /// A document that was stored before. It is not checked again.
    pub const fn from_stored(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// The attributes.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The attributes, to be changed. Whoever does keeps the promises of the type; PATCH does, with
    /// [`value::check`].
    pub const fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The attributes, to be stored.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Gives a new user the default of `active`, true, so that it is shown and found by filters
    /// (RFC 7644 §3.3).
    pub fn default_active(&mut self) {
        self.0.entry("active").or_insert(Value::Bool(true));
    }
}

#[cfg(test)]
mod tests;
