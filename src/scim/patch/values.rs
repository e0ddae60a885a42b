//! The values of an attribute: comparing, merging and emptying them.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::mutability;
use crate::scim::decimal::{comparable, same};
use crate::scim::error::ScimError;
use crate::scim::identity::fold;
use crate::scim::schema::{Attribute, Mutability};

/// Adds `given` to `list`: what is there already is brought up to date, the rest is appended (RFC 7644 §3.5.2.1).
/// Gives the places in the list that it touched.
pub(super) fn append(attribute: &Attribute, list: &mut Vec<Value>, given: Vec<Value>) -> Result<Vec<usize>, ScimError> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, element) in list.iter().enumerate() {
        places.entry(key(attribute, element)).or_default().push(index);
    }
    let mut touched = Vec::with_capacity(given.len());
    for element in given {
        let places = places.entry(key(attribute, &element)).or_default();
        let known = places.iter().copied().find(|&index| list.get(index).is_some_and(|known| same_type(known, &element)));
        let index = known.unwrap_or(list.len());
        match list.get_mut(index) {
            Some(known) => put(attribute, known, &element)?,
            None => {
                places.push(index);
                list.push(element);
            }
        }
        touched.push(index);
    }
    Ok(touched)
}

/// What makes two elements candidates for being the same: their `value`, or without one all they say but `primary`.
fn key(attribute: &Attribute, element: &Value) -> String {
    let Value::Object(parts) = element else { return comparable(element) };
    if let Some(value) = parts.get("value") {
        let exact = attribute.sub_attribute("value").is_some_and(|sub| sub.case_exact);
        return if exact { comparable(value) } else { fold(&comparable(value)) };
    }
    let mut parts: Vec<String> = parts
        .iter()
        .filter(|(name, _)| *name != "primary")
        .map(|(name, value)| format!("{name}:{}", comparable(value)))
        .collect();
    parts.sort_unstable();
    parts.join(",")
}

/// Whether two elements are for the same purpose; one that does not say is for any.
fn same_type(known: &Value, given: &Value) -> bool {
    match (known.get("type").and_then(Value::as_str), given.get("type").and_then(Value::as_str)) {
        (_, None) => true,
        (Some(known), Some(given)) => fold(known) == fold(given),
        (None, Some(_)) => false,
    }
}

/// Whether `element` has all that `given` has.
pub(super) fn includes(element: &Value, given: &Value) -> bool {
    match (element, given) {
        (Value::Object(element), Value::Object(given)) => {
            given.iter().all(|(name, value)| element.get(name).is_some_and(|known| same(known, value)))
        }
        (element, given) => same(element, given),
    }
}

/// Brings an element up to date with what is given; the rest of it stays.
pub(super) fn put(attribute: &Attribute, element: &mut Value, given: &Value) -> Result<(), ScimError> {
    match (element, given) {
        (Value::Object(element), Value::Object(given)) => merge(attribute, element, given.clone()),
        (element, given) => {
            *element = given.clone();
            Ok(())
        }
    }
}

/// Puts `given`, on top of `seed`, in the place of an element.
pub(super) fn replace(
    attribute: &Attribute,
    element: &mut Value,
    seed: Map<String, Value>,
    given: &Value,
) -> Result<(), ScimError> {
    let mut new = Value::Object(seed);
    put(attribute, &mut new, given)?;
    for sub in attribute.sub_attributes.iter().filter(|sub| sub.mutability == Mutability::Immutable) {
        let set = element.get(&sub.name);
        if set.is_some() && set != new.get(&sub.name) {
            return Err(fixed(attribute, sub));
        }
    }
    *element = new;
    Ok(())
}

/// Sets the given sub-attributes, which are in canonical names.
pub(super) fn merge(attribute: &Attribute, element: &mut Map<String, Value>, given: Map<String, Value>) -> Result<(), ScimError> {
    for sub in attribute.sub_attributes.iter().filter(|sub| sub.mutability == Mutability::Immutable) {
        if let (Some(set), Some(new)) = (element.get(&sub.name), given.get(&sub.name))
            && set != new
        {
            return Err(fixed(attribute, sub));
        }
    }
    // The URI of whom the value named before is not the URI of whom it names now.
    if element.get("value").is_some_and(|set| given.get("value").is_some_and(|new| set != new)) {
        element.remove("$ref");
    }
    element.extend(given);
    Ok(())
}

/// Removes one sub-attribute.
pub(super) fn remove_part(attribute: &Attribute, element: &mut Map<String, Value>, sub: &Attribute) -> Result<(), ScimError> {
    if element.contains_key(&sub.name) && sub.mutability == Mutability::Immutable {
        return Err(fixed(attribute, sub));
    }
    element.remove(&sub.name);
    if sub.name == "value" {
        element.remove("$ref");
    }
    Ok(())
}

fn fixed(attribute: &Attribute, sub: &Attribute) -> ScimError {
    mutability(format!("{}.{} is immutable and has a value already. Leave it out.", attribute.name, sub.name))
}

/// Whether an element says only what it would be for.
pub(super) fn is_hollow(element: &Map<String, Value>) -> bool {
    element.keys().all(|name| matches!(name.as_str(), "type" | "primary"))
}

/// Removes the sub-attributes that `given`, as the client sent it, sets to nothing.
pub(super) fn clear(attribute: &Attribute, element: &mut Map<String, Value>, given: &Value) -> Result<(), ScimError> {
    for (name, value) in given.as_object().into_iter().flatten() {
        let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if let Some(sub) = attribute.sub_attribute(name).filter(|sub| is_nothing && sub.mutability != Mutability::ReadOnly) {
            remove_part(attribute, element, sub)?;
        }
    }
    Ok(())
}

/// A value that stands for a list of itself, as that list. `null`, and the empty text that clears, stay what they are.
pub(super) fn listed(given: &Value) -> Value {
    match given {
        Value::Null | Value::Array(_) => given.clone(),
        Value::String(text) if text.is_empty() => given.clone(),
        single => Value::Array(vec![single.clone()]),
    }
}

/// Whether it is an object with `"value": ""`.
pub(super) fn has_empty_value(given: &Value) -> bool {
    let mut parts = given.as_object().into_iter().flatten();
    parts.any(|(name, value)| name.eq_ignore_ascii_case("value") && value == "")
}
