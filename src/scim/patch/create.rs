//! The element that an operation makes when the filter of its path selects none.
//!
//! RFC 7644 §3.5.2 is silent on `add` here and refuses `replace`. Entra maps its attributes to such paths and sends
//! either, depending on what it believes to be there, so both make the element that the filter describes.

use serde_json::{Map, Value};

use super::values;
use crate::scim::document::value;
use crate::scim::error::ScimError;
use crate::scim::filter::{Comparison, Filter, Literal, Op, matches_value};
use crate::scim::schema::{Attribute, Mutability};
use crate::scim::tolerance::Tolerated;

/// What `add` makes of `given`; `None` if the filter does not describe an element.
pub(super) fn by_add(
    attribute: &Attribute,
    filter: &Filter,
    given: &Value,
    notes: &mut Tolerated,
) -> Result<Option<Value>, ScimError> {
    let Some(seed) = seed(filter, attribute).filter(|_| attribute.multi_valued) else {
        return Ok(None);
    };
    let mut element = Value::Object(seed);
    values::put(attribute, &mut element, given)?;
    // What the filter does not select would be made anew each time.
    if !matches_value(filter, &element) {
        return Ok(None);
    }
    // The filter's values have not been checked yet.
    let checked = value::check(attribute, Value::Array(vec![element]), &attribute.name, notes)?;
    Ok(checked.and_then(|list| list.as_array().and_then(|list| list.first()).cloned()))
}

/// What `replace` makes of `given`: as [`by_add`], if the path ends in what carries the element, which is `value` where
/// there is one. `replace` of a whole element or of its `display` still needs the element.
pub(super) fn by_replace(
    attribute: &Attribute,
    sub_attribute: Option<&Attribute>,
    filter: &Filter,
    given: &Value,
    notes: &mut Tolerated,
) -> Result<Option<Value>, ScimError> {
    if !sub_attribute.is_some_and(|sub| sub.name == "value" || attribute.sub_attribute("value").is_none()) {
        return Ok(None);
    }
    by_add(attribute, filter, given, notes)
}

/// What a filter says that an element is, if it says nothing else: `eq` terms, all of which must hold.
pub(super) fn seed(filter: &Filter, attribute: &Attribute) -> Option<Map<String, Value>> {
    match filter {
        Filter::Compare(Comparison { target, op: Op::Eq, value }) => {
            let sub = attribute.sub_attribute(&target.path.attribute)?;
            let writable = sub.mutability != Mutability::ReadOnly;
            writable.then(|| json(value).map(|value| (sub.name.clone(), value)).into_iter().collect())
        }
        Filter::And(filters) => {
            let each: Option<Vec<_>> = filters.iter().map(|filter| seed(filter, attribute)).collect();
            each.map(|each| each.into_iter().flatten().collect())
        }
        Filter::Compare(_) | Filter::Or(_) | Filter::Not(_) | Filter::Present(_) | Filter::ValuePath { .. } => None,
    }
}

fn json(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Null => None,
        Literal::Bool(value) => Some(Value::Bool(*value)),
        Literal::Integer(value) => Some(Value::from(*value)),
        Literal::Decimal(value) => value.to_json(),
        Literal::Text(text) => Some(Value::from(text.as_str())),
        Literal::DateTime(instant) => Some(Value::from(value::date_time_text(*instant))),
    }
}
