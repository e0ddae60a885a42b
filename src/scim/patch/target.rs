//! What the `path` of an operation names, RFC 7644 §3.5.2: `attrPath / valuePath [subAttr]`.

use std::fmt;

use super::invalid_path;
use crate::scim::attr::AttrPath;
use crate::scim::error::{ScimError, excerpt, legible};
use crate::scim::filter::{self, Filter};
use crate::scim::schema::{Attribute, Extension, Resolved, ResourceSchema, Type, needs_urn};
use crate::scim::tolerance::Tolerated;
use crate::scim::urn;

/// The attribute, the values of it, and the sub-attribute of these that an operation is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Canonical names; the schema is named for attributes of an extension only.
    pub path: AttrPath,
    /// Which values of the attribute; `None` is all of them. It never stands with a single simple value.
    pub filter: Option<Filter>,
}

impl Target {
    /// As it is named in an error: what is between its brackets came from the client.
    pub(super) fn shown(&self) -> String {
        legible(&self.to_string())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else {
            return self.path.fmt(f);
        };
        let mut attribute = self.path.clone();
        let sub_attribute = attribute.sub_attribute.take();
        write!(f, "{attribute}[{filter}]")?;
        sub_attribute.map_or(Ok(()), |name| write!(f, ".{name}"))
    }
}

/// A path with what the schema says about it.
pub(super) enum Place<'a> {
    /// The URN of the core schema: all of the resource.
    Core,
    /// The URN of an extension: all of its attributes.
    Extension(&'a Extension),
    /// An attribute and perhaps its sub-attribute.
    Attribute { target: Target, attribute: &'a Attribute, sub_attribute: Option<&'a Attribute> },
}

/// How far from the letter an attribute's name may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// As RFC 7644 §3.10 has it.
    Qualified,
    /// An attribute of an extension may lack its URN: older Entra jobs send the path `manager`.
    Loose,
}

impl<'a> Place<'a> {
    /// Reads a path.
    ///
    /// # Errors
    /// 400 `invalidPath` for text outside the grammar, an array index, and a name that the schema does not have;
    /// `invalidFilter` for what is wrong between the brackets; what the workspace refuses to let pass.
    pub(super) fn parse(text: &str, schema: &'a ResourceSchema, names: Names, notes: &mut Tolerated) -> Result<Self, ScimError> {
        let Some((head, rest)) = text.split_once('[') else {
            if urn::same(text, &schema.core.id) {
                return Ok(Place::Core);
            }
            return Self::named(AttrPath::parse(text)?, schema, names, notes);
        };
        let closing = closing_bracket(rest)
            .ok_or_else(|| invalid_path(format!("{} has no closing bracket. Write ] after the filter.", excerpt(text))))?;
        let (inner, tail) = (&rest[..closing], &rest[closing + 1..]);
        if !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid_path(format!(
                "{} selects by position. Values have no order; select by content, as in emails[type eq \"work\"].",
                excerpt(text)
            )));
        }
        let path = AttrPath::parse(&format!("{head}{tail}"))?;
        let tail_is_sub_attribute = tail.is_empty() || tail.starts_with('.');
        if !tail_is_sub_attribute || head.contains(']') || (path.sub_attribute.is_some() && tail.is_empty()) {
            return Err(invalid_path(format!("{} is not a path of the form attribute[filter].subAttribute.", excerpt(text))));
        }
        match Self::named(path, schema, names, notes)? {
            Place::Attribute { mut target, attribute, sub_attribute } => {
                if !attribute.multi_valued && attribute.kind != Type::Complex {
                    return Err(invalid_path(format!(
                        "{} has one value; [...] cannot select from it. Leave the brackets out.",
                        attribute.name
                    )));
                }
                target.filter = Some(filter::parse_value_filter_noting(inner, attribute, notes)?);
                Ok(Place::Attribute { target, attribute, sub_attribute })
            }
            Place::Core | Place::Extension(_) => {
                Err(invalid_path(format!("{} names a schema. Brackets select values of an attribute: name one.", excerpt(text))))
            }
        }
    }

    fn named(path: AttrPath, schema: &'a ResourceSchema, names: Names, notes: &mut Tolerated) -> Result<Self, ScimError> {
        let resolved = match names {
            Names::Qualified => schema.resolve(&path)?,
            Names::Loose => schema.resolve_loosely(&path)?,
        };
        needs_urn(&path, &resolved.path(), notes)?;
        Ok(match resolved {
            Resolved::Extension(extension) => Place::Extension(extension),
            Resolved::Attribute { extension: _, attribute, sub_attribute } => {
                Place::Attribute { target: Target { path: resolved.path(), filter: None }, attribute, sub_attribute }
            }
        })
    }
}

/// Where the bracket closes that was opened before `text`; one in a quoted value does not count.
fn closing_bracket(text: &str) -> Option<usize> {
    let mut offset = 0;
    loop {
        let rest = &text[offset..];
        let found = rest.find(['"', ']'])?;
        offset += found;
        if rest.as_bytes().get(found) == Some(&b']') {
            return Some(offset);
        }
        offset += filter::string_length(&text[offset..])?;
    }
}
