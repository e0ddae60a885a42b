//! The elements of a multi-valued attribute, RFC 7643 §2.4.

use std::collections::HashMap;

use serde_json::Value;

use super::value::{nothing, one, refuse};
use crate::scim::{
    decimal::comparable,
    discovery::LIMITS,
    error::ScimError,
    schema::{Attribute, Type},
    tolerance::{Tolerance, Tolerated},
};

/// Each element checked, empty ones gone, repeated ones made one, at most one of them primary.
pub(super) fn check_all(
    attribute: &Attribute,
    value: Value,
    at: &str,
    notes: &mut Tolerated,
) -> Result<Option<Value>, ScimError> {
    let given = match value {
        Value::Array(given) => given,
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() && attribute.kind != Type::String => return nothing(at, notes),
        single => {
            notes.pass(Tolerance::ObjectForArray, || refuse(at, "takes a list. Put the value into brackets: [...]."))?;
            vec![single]
        }
    };
    few_enough(given.len(), at)?;
    let mut elements = Vec::with_capacity(given.len());
    for element in given {
        elements.extend(one(attribute, element, at, notes)?);
    }
    let elements = distinct(elements);
    if elements.iter().filter(|element| is_primary(element)).count() > 1 {
        return Err(refuse(at, "has more than one element with primary true. Mark one of them at most."));
    }
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// An attribute has no more values than [`LIMITS`] allows.
///
/// # Errors
/// 400 `invalidValue` when it does.
pub(in crate::scim) fn few_enough(found: usize, at: &str) -> Result<(), ScimError> {
    let most = LIMITS.max_attribute_values;
    if found > most {
        return Err(refuse(at, &format!("has {found} values; {most} are allowed. Send fewer of them.")));
    }
    Ok(())
}

/// Whether an element has `primary: true`. Absent is false, RFC 7643 §2.4.
pub fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// The elements without those that say again what an earlier one said, RFC 7643 §2.4: of a complex
/// attribute, the same `type` and `value`. The first one stays, and is primary if any of them is.
pub fn distinct(elements: Vec<Value>) -> Vec<Value> {
    let mut place_of = HashMap::with_capacity(elements.len());
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        let identity = identity(&element);
        match place_of.get(&identity).and_then(|&place: &usize| kept.get_mut(place)) {
            Some(Value::Object(earlier)) => {
                if is_primary(&element) {
                    earlier.insert("primary".to_owned(), Value::Bool(true));
                }
            }
            Some(_) => {}
            None => {
                place_of.insert(identity, kept.len());
                kept.push(element);
            }
        }
    }
    kept
}

/// What makes two elements the same: `type` and `value`, or everything for an element without `value`.
fn identity(element: &Value) -> Vec<(String, String)> {
    let Value::Object(parts) = element else { return vec![(String::new(), comparable(element))] };
    let counts = |name: &str| !parts.contains_key("value") || matches!(name, "type" | "value");
    let mut identity: Vec<_> =
        parts.iter().filter(|(name, _)| counts(name)).map(|(name, value)| (name.clone(), comparable(value))).collect();
    identity.sort_unstable();
    identity
}
