//! Resource types, the schemas each is made of, and what a path means in them.

use std::sync::LazyLock;

use super::{
    common, enterprise, group,
    model::{Attribute, Schema},
    rollcall, user,
};
use crate::scim::{
    attr::AttrPath,
    error::{ScimError, ScimType, excerpt},
    tolerance::{Tolerance, Tolerated},
    urn,
};

/// A kind of resource, RFC 7643 §6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceType {
    /// A person.
    User,
    /// A group of people and groups.
    Group,
}

impl ResourceType {
    /// All of them, in the order of `/ResourceTypes`.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// The name, which is also the `id` of the ResourceType and the value of `meta.resourceType`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The type of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The endpoint, below the base URL.
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }
}

/// An extension of a resource type, RFC 7643 §3.3 and §6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its schema.
    pub schema: Schema,
    /// Whether every resource of the type must have it.
    pub required: bool,
}

/// All that resources of one type may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSchema {
    /// The type.
    pub resource_type: ResourceType,
    /// The core schema.
    pub core: Schema,
    /// The extensions.
    pub extensions: Vec<Extension>,
}

/// What a path names. Made by [`ResourceSchema::resolve`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolved<'a> {
    /// All of an extension: the path was its bare URN.
    Extension(&'a Extension),
    /// An attribute or one of its sub-attributes.
    Attribute {
        /// The extension it belongs to; `None` for core and common attributes.
        extension: Option<&'a Extension>,
        /// The attribute.
        attribute: &'a Attribute,
        /// The sub-attribute, if the path has one.
        sub_attribute: Option<&'a Attribute>,
    },
}

impl Resolved<'_> {
    /// The path in canonical names, without the URN for core and common attributes.
    pub fn path(&self) -> AttrPath {
        match self {
            Self::Extension(extension) => AttrPath::extension(&extension.schema.id, ""),
            Self::Attribute { extension, attribute, sub_attribute } => AttrPath {
                schema: extension.map(|extension| extension.schema.id.clone()),
                attribute: attribute.name.clone(),
                sub_attribute: sub_attribute.map(|sub| sub.name.clone()),
            },
        }
    }
}

/// Takes down that a path names an attribute of an extension without its URN (RFC 7644 §3.10); `meant` is what was found by it.
///
/// # Errors
/// 400 `invalidPath` when the workspace refuses that.
pub fn needs_urn(path: &AttrPath, meant: &AttrPath, notes: &mut Tolerated) -> Result<(), ScimError> {
    let (None, Some(urn)) = (&path.schema, &meant.schema) else { return Ok(()) };
    let name = &meant.attribute;
    let detail = || format!("{name} is an attribute of an extension. Write its URN in front: {urn}:{name}.");
    notes.need(Tolerance::UnqualifiedExtensionAttribute, ScimType::InvalidPath, detail)
}

static USER: LazyLock<ResourceSchema> = LazyLock::new(|| ResourceSchema {
    resource_type: ResourceType::User,
    core: user::schema(),
    extensions: [enterprise::schema(), rollcall::schema()].map(|schema| Extension { schema, required: false }).into(),
});

static GROUP: LazyLock<ResourceSchema> =
    LazyLock::new(|| ResourceSchema { resource_type: ResourceType::Group, core: group::schema(), extensions: Vec::new() });

impl ResourceSchema {
    /// The schema of a type as every workspace has it.
    pub fn builtin(resource_type: ResourceType) -> &'static Self {
        match resource_type {
            ResourceType::User => &USER,
            ResourceType::Group => &GROUP,
        }
    }

    /// The core or common attribute of that name, without regard to case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        common::attribute(name).or_else(|| self.core.attribute(name))
    }

    /// The extension of that URN, without regard to case.
    pub fn extension(&self, id: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| urn::same(&extension.schema.id, id))
    }

    /// What `path` names here: an attribute, a sub-attribute, or (by its bare URN) a whole extension.
    ///
    /// Attributes of extensions need their URN, RFC 7644 §3.10.
    ///
    /// # Errors
    /// 400 `invalidPath` when there is no such schema, attribute or sub-attribute.
    pub fn resolve(&self, path: &AttrPath) -> Result<Resolved<'_>, ScimError> {
        let Some(id) = &path.schema else {
            let attribute = self.attribute(&path.attribute).ok_or_else(|| self.unknown(path))?;
            return self.resolved(path, None, attribute);
        };
        if let Some(extension) = self.extension(&path.to_string()) {
            return Ok(Resolved::Extension(extension));
        }
        let extension = self.extension(id);
        let attribute = match extension {
            Some(extension) => extension.schema.attribute(&path.attribute),
            None if urn::same(id, &self.core.id) => self.attribute(&path.attribute),
            None => None,
        };
        self.resolved(path, extension, attribute.ok_or_else(|| self.unknown(path))?)
    }

    /// As [`resolve`](Self::resolve), and where the core has no such attribute also by its name alone
    /// in an extension: older Entra jobs send the path `manager` and the filter `manager eq "…"`.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve); also when two extensions have the name.
    pub fn resolve_loosely(&self, path: &AttrPath) -> Result<Resolved<'_>, ScimError> {
        let strict = self.resolve(path);
        if strict.is_ok() || path.schema.is_some() {
            return strict;
        }
        let mut owners =
            self.extensions.iter().filter_map(|extension| Some((extension, extension.schema.attribute(&path.attribute)?)));
        match (owners.next(), owners.next()) {
            (Some((extension, attribute)), None) => self.resolved(path, Some(extension), attribute),
            _ => strict,
        }
    }

    fn resolved<'a>(
        &self,
        path: &AttrPath,
        extension: Option<&'a Extension>,
        attribute: &'a Attribute,
    ) -> Result<Resolved<'a>, ScimError> {
        let sub_attribute = match &path.sub_attribute {
            Some(name) => Some(attribute.sub_attribute(name).ok_or_else(|| self.unknown(path))?),
            None => None,
        };
        Ok(Resolved::Attribute { extension, attribute, sub_attribute })
    }

    fn unknown(&self, path: &AttrPath) -> ScimError {
        let name = self.resource_type.name();
        let detail = format!(
            "{name} has no attribute {}. /Schemas lists the attributes; those of an extension need its URN in front.",
            excerpt(&path.to_string())
        );
        ScimError::bad(ScimType::InvalidPath, detail)
    }
}

#[cfg(test)]
mod tests;
