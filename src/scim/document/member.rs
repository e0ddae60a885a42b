//! References to the members of a group, RFC 7643 §4.2.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::value::{refuse, wrong_type};
use crate::scim::{
    error::ScimError,
    schema::ResourceType,
    tolerance::{Tolerance, Tolerated},
};

/// A member as a client names it. Whether there is such a resource is for the store to find out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberRef {
    /// The id of the user or group.
    pub value: String,
    /// `User` or `Group`, if `type` or `$ref` tells.
    pub kind: Option<String>,
}

impl MemberRef {
    /// Reads the value of `members`: a list of objects, in lenient forms also one object or bare ids.
    /// A member that is named twice comes once. `display` and everything else is ignored.
    ///
    /// # Errors
    /// 400 `invalidValue` when an element names nobody or is of the wrong type.
    pub fn list(value: Value, notes: &mut Tolerated) -> Result<Vec<Self>, ScimError> {
        let elements = match value {
            Value::Null => return Ok(Vec::new()),
            Value::Array(elements) => elements,
            single => {
                notes.note(Tolerance::ObjectForArray);
                vec![single]
            }
        };
        let mut seen = HashSet::with_capacity(elements.len());
        let mut members = Vec::with_capacity(elements.len());
        for element in elements {
            if let Some(member) = Self::one(element, notes)?
                && seen.insert(member.value.clone())
            {
                members.push(member);
            }
        }
        Ok(members)
    }

    fn one(element: Value, notes: &mut Tolerated) -> Result<Option<Self>, ScimError> {
        let parts = match element {
            Value::Null => return Ok(None),
            Value::Object(parts) => parts,
            Value::String(id) => {
                notes.note(Tolerance::MemberString);
                Map::from_iter([("value".to_owned(), Value::String(id))])
            }
            other => return Err(wrong_type("members", "a list of objects with a value", &other)),
        };
        let reference = part(&parts, "$ref")?;
        let (kind_of_reference, id_of_reference) = reference.map_or((None, None), of_reference);
        let value = match part(&parts, "value")?.filter(|id| !id.is_empty()) {
            Some(id) => id,
            None => id_of_reference.ok_or_else(|| refuse("members.value", "is missing. Give the id of a user or group."))?,
        };
        // Directories put words of their own into `type`; such a word tells nothing.
        let kind_of_type = part(&parts, "type")?.and_then(kind_named);
        Ok(Some(Self { value: value.to_owned(), kind: kind_of_type.or(kind_of_reference).map(str::to_owned) }))
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

fn kind_named(name: &str) -> Option<&'static str> {
    ResourceType::ALL.into_iter().map(ResourceType::name).find(|known| known.eq_ignore_ascii_case(name))
}

/// Kind and id of `Users/1`, `../Groups/2`, `https://host/scim/v2/Users/1`. The base does not matter:
/// RFC 7643 §2.4 makes URIs with and without version equal.
fn of_reference(reference: &str) -> (Option<&'static str>, Option<&str>) {
    let mut segments = reference.trim_end_matches('/').rsplit('/');
    let id = segments.next().filter(|id| !id.is_empty());
    let endpoint = segments.next().unwrap_or_default();
    let is_of = |kind: &ResourceType| kind.endpoint().trim_start_matches('/').eq_ignore_ascii_case(endpoint);
    match ResourceType::ALL.into_iter().find(is_of) {
        Some(kind) => (Some(kind.name()), id),
        None => (None, None),
    }
}
