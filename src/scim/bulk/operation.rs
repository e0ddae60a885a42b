//! What one operation of a bulk request is to do.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reference;
use crate::scim::{etag::Preconditions, schema::ResourceType};

/// The method of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The word as the RFC writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// By what a resource is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// Its `id`.
    Id(String),
    /// The `bulkId` of the POST that creates it.
    BulkId(String),
}

/// A resource that an operation is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Its type.
    pub kind: ResourceType,
    /// Which one.
    pub id: Identifier,
}

/// What is to be done. Bodies are as they came: the use case reads them as it reads those of single requests.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// POST.
    Create {
        /// Of which type.
        kind: ResourceType,
        /// The resource.
        body: Value,
    },
    /// PUT.
    Replace {
        /// Which resource.
        target: Target,
        /// What it is to be.
        body: Value,
        /// `version` as `If-Match`.
        conditions: Preconditions,
    },
    /// PATCH.
    Change {
        /// Which resource.
        target: Target,
        /// The PATCH message.
        body: Value,
        /// `version` as `If-Match`.
        conditions: Preconditions,
    },
    /// DELETE.
    Delete {
        /// Which resource.
        target: Target,
        /// `version` as `If-Match`.
        conditions: Preconditions,
    },
}

impl Action {
    /// Every `bulkId` in body and path.
    pub(super) fn references(&self) -> BTreeSet<String> {
        let mut found = self.body().map(reference::find).unwrap_or_default();
        match self.target().map(|target| &target.id) {
            Some(Identifier::BulkId(bulk_id)) => drop(found.insert(bulk_id.clone())),
            Some(Identifier::Id(_)) | None => {}
        }
        found
    }

    /// The resource that it is about, unless it creates it.
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::Create { .. } => None,
            Self::Replace { target, .. } | Self::Change { target, .. } | Self::Delete { target, .. } => Some(target),
        }
    }

    /// The body, of those that have one.
    pub const fn body(&self) -> Option<&Value> {
        match self {
            Self::Create { body, .. } | Self::Replace { body, .. } | Self::Change { body, .. } => Some(body),
            Self::Delete { .. } => None,
        }
    }

    /// Takes the body out; null stays, and is also that of a DELETE.
    pub fn take_body(&mut self) -> Value {
        match self {
            Self::Create { body, .. } | Self::Replace { body, .. } | Self::Change { body, .. } => body.take(),
            Self::Delete { .. } => Value::Null,
        }
    }

    /// Puts ids in the place of all references, in body and path.
    ///
    /// # Errors
    /// What `resolve` says of the first that it has no id for.
    pub fn replace_references<E>(&mut self, mut resolve: impl FnMut(&str) -> Result<String, E>) -> Result<(), E> {
        let (target, body) = match self {
            Self::Create { body, .. } => (None, Some(body)),
            Self::Replace { target, body, .. } | Self::Change { target, body, .. } => (Some(target), Some(body)),
            Self::Delete { target, .. } => (Some(target), None),
        };
        if let Some(target) = target
            && let Identifier::BulkId(bulk_id) = &target.id
        {
            target.id = Identifier::Id(resolve(bulk_id)?);
        }
        body.map_or(Ok(()), |body| reference::replace(body, &mut resolve))
    }
}
