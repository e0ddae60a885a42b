//! References to the members of a group, RFC 7643 §4.2.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::value::{refuse, wrong_type};
use crate::scim::{
    error::{ScimError, ScimType, excerpt},
    schema::ResourceType,
    tolerance::{Tolerance, Tolerated},
};

/// A member as a client names it. Whether there is such a resource is for the store to find out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberRef {
    /// The id of the user or group.
    pub value: String,
    /// What it is, if `type` or `$ref` tells.
    pub kind: Option<ResourceType>,
}

impl MemberRef {
    /// Reads the value of `members`: a list of objects, in lenient forms also one object or bare ids.
    /// A member that is named twice comes once. `display` is ignored, and so is what members do not have.
    ///
    /// # Errors
    /// 400 `invalidValue` when an element names nobody, is of the wrong type, contradicts itself or another one, or has a lenient form
    /// that the workspace refuses.
    pub fn list(value: Value, notes: &mut Tolerated) -> Result<Vec<Self>, ScimError> {
        let elements = match value {
            Value::Null => return Ok(Vec::new()),
            Value::Array(elements) => elements,
            single => {
                notes.pass(Tolerance::ObjectForArray, || {
                    refuse("members", "takes a list. Put the member into brackets: [...].")
                })?;
                vec![single]
            }
        };
        let mut places = HashMap::with_capacity(elements.len());
        let mut members: Vec<Self> = Vec::with_capacity(elements.len());
        for element in elements {
            let Some(member) = Self::one(element, notes)? else { continue };
            let place = *places.entry(member.value.clone()).or_insert(members.len());
            match members.get_mut(place) {
                Some(known) => known.kind = one_kind(known.kind, member.kind, &member.value)?,
                None => members.push(member),
            }
        }
        Ok(members)
    }

    fn one(element: Value, notes: &mut Tolerated) -> Result<Option<Self>, ScimError> {
        let parts = match element {
            Value::Null => return Ok(None),
            Value::Object(parts) => parts,
            Value::String(id) => {
                let what = || format!("must hold objects such as {{\"value\": {}}}.", excerpt(&id));
                notes.pass(Tolerance::MemberString, || refuse("members", &what()))?;
                Map::from_iter([("value".to_owned(), Value::String(id))])
            }
            other => return Err(wrong_type("members", "a list of objects with a value", &other)),
        };
        let known = |name: &str| ["value", "$ref", "type", "display"].iter().any(|known| known.eq_ignore_ascii_case(name));
        if let Some(unknown) = parts.keys().find(|name| !known(name)) {
            let detail = || format!("members has no sub-attribute {}. Remove it.", excerpt(unknown));
            notes.need(Tolerance::UnknownAttribute, ScimType::InvalidSyntax, detail)?;
        }
        let reference = part(&parts, "$ref")?.and_then(of_reference);
        let value = match (part(&parts, "value")?.filter(|id| !id.is_empty()), reference) {
            (Some(id), Some((_, other))) if id != other => {
                let what = format!("names {}, but value is {}. Leave one of them out.", excerpt(other), excerpt(id));
                return Err(refuse("members.$ref", &what));
            }
            (Some(id), _) | (None, Some((_, id))) => id,
            (None, None) => return Err(refuse("members.value", "is missing. Give the id of a user or group.")),
        };
        // Directories put words of their own into `type`; such a word tells nothing.
        let kind_of_type = part(&parts, "type")?.and_then(kind_named);
        Ok(Some(Self { value: value.to_owned(), kind: one_kind(kind_of_type, reference.map(|(kind, _)| kind), value)? }))
    }
}

/// What a member is, by two that say it or say nothing.
fn one_kind(one: Option<ResourceType>, other: Option<ResourceType>, value: &str) -> Result<Option<ResourceType>, ScimError> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => {
            let (one, other) = (one.name(), other.name());
            let what = format!("is named as a {one} and as a {other}. Leave type and $ref out, or let both say what it is.");
            Err(refuse(&format!("members: {}", excerpt(value)), &what))
        }
        (Some(kind), _) | (None, Some(kind)) => Ok(Some(kind)),
        (None, None) => Ok(None),
    }
}

/// The text of that name, without regard to case.
fn part<'a>(parts: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ScimError> {
    match parts.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
        None | Some((_, Value::Null)) => Ok(None),
        Some((_, Value::String(text))) if !text.contains('\0') => Ok(Some(text)),
        Some((_, other)) => Err(wrong_type(&format!("members.{name}"), "a string without U+0000", other)),
    }
}

fn kind_named(name: &str) -> Option<ResourceType> {
    ResourceType::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
}

/// Kind and id of `Users/1`, `../Groups/2`, `https://host/scim/v2/Users/1`. The base does not matter:
/// RFC 7643 §2.4 makes URIs with and without version equal. An address of something else tells nothing.
fn of_reference(reference: &str) -> Option<(ResourceType, &str)> {
    let mut segments = reference.trim_end_matches('/').rsplit('/');
    let id = segments.next().filter(|id| !id.is_empty())?;
    let endpoint = segments.next()?;
    let is_of = |kind: &ResourceType| kind.endpoint().trim_start_matches('/').eq_ignore_ascii_case(endpoint);
    ResourceType::ALL.into_iter().find(is_of).map(|kind| (kind, id))
}
