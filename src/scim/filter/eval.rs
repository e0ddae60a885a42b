//! A filter's answer for a resource in memory.
//!
//! The one rule for many values and for none (RFC 7644 §3.4.2.2): a comparison holds if it holds for any value of the
//! attribute. An attribute without a value equals `null`, and differs from everything else. `primary` is false where
//! nobody gave it a value (RFC 7643 §2.4).

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::ast::{Comparison, Filter, Literal, Op, Target};
use crate::scim::decimal::Decimal;
use crate::scim::document::value::date_time;
use crate::scim::schema::Type;

/// Whether `resource`, with its `id`, `schemas` and `meta`, passes a filter made by [`parse`](super::parse()).
pub fn matches(filter: &Filter, resource: &Map<String, Value>) -> bool {
    holds(filter, Scope::Resource(resource))
}

/// Whether one value of a multi-valued attribute passes a filter made by
/// [`parse_value_filter`](super::parse_value_filter).
pub fn matches_value(filter: &Filter, value: &Value) -> bool {
    holds(filter, Scope::Value(value))
}

#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a Map<String, Value>),
    Value(&'a Value),
}

fn holds(filter: &Filter, scope: Scope<'_>) -> bool {
    match filter {
        Filter::And(filters) => filters.iter().all(|filter| holds(filter, scope)),
        Filter::Or(filters) => filters.iter().any(|filter| holds(filter, scope)),
        Filter::Not(filter) => !holds(filter, scope),
        Filter::Compare(comparison) => compare(comparison, &values(&comparison.target, scope)),
        Filter::Present(target) => values(target, scope).into_iter().any(is_present),
        Filter::ValuePath { target, filter } => values(target, scope).into_iter().any(|value| holds(filter, Scope::Value(value))),
    }
}

/// RFC 7643 §2.5, RFC 7644 §3.4.2.2 `pr`: not empty, and somewhere within it something that is not empty.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(map) => map.values().any(is_present),
    }
}

/// All values at `target`, lists opened.
fn values<'a>(target: &Target, scope: Scope<'a>) -> Vec<&'a Value> {
    let path = &target.path;
    let mut found = Vec::new();
    match scope {
        Scope::Resource(resource) => {
            let holder = match &path.schema {
                None => Some(resource),
                Some(urn) => resource.get(urn).and_then(Value::as_object),
            };
            if let Some(value) = holder.and_then(|holder| holder.get(&path.attribute)) {
                open(value, &mut found);
            }
        }
        Scope::Value(Value::Object(map)) => part(map, &path.attribute, target.kind, &mut found),
        // A value without parts is its own `value`.
        Scope::Value(value) => open(value, &mut found),
    }
    let Some(sub_attribute) = &path.sub_attribute else {
        return found;
    };
    let mut parts = Vec::new();
    for map in found.into_iter().filter_map(Value::as_object) {
        part(map, sub_attribute, target.kind, &mut parts);
    }
    parts
}

/// The values of one sub-attribute.
fn part<'a>(map: &'a Map<String, Value>, name: &str, kind: Type, found: &mut Vec<&'a Value>) {
    match map.get(name) {
        Some(value) => open(value, found),
        None if name == "primary" && kind == Type::Boolean => found.push(&Value::Bool(false)),
        None => {}
    }
}

fn open<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Null => {}
        Value::Array(values) => found.extend(values.iter().filter(|value| !value.is_null())),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => found.push(value),
    }
}

fn compare(comparison: &Comparison, values: &[&Value]) -> bool {
    let Comparison { target, op, value: literal } = comparison;
    if *literal == Literal::Null {
        let present = values.iter().copied().any(is_present);
        return present == (*op == Op::Ne);
    }
    if values.is_empty() {
        return *op == Op::Ne;
    }
    match literal {
        Literal::Text(text) => {
            let wanted = target.comparable(text);
            values.iter().any(|value| match value.as_str() {
                Some(found) => text_holds(*op, &target.comparable(found), &wanted),
                None => *op == Op::Ne,
            })
        }
        Literal::Null | Literal::Bool(_) | Literal::Integer(_) | Literal::Decimal(_) | Literal::DateTime(_) => {
            values.iter().any(|value| order_holds(*op, order(value, literal)))
        }
    }
}

fn text_holds(op: Op, found: &str, wanted: &str) -> bool {
    match op {
        Op::Co => found.contains(wanted),
        Op::Sw => found.starts_with(wanted),
        Op::Ew => found.ends_with(wanted),
        Op::Eq | Op::Ne | Op::Gt | Op::Ge | Op::Lt | Op::Le => order_holds(op, Some(found.cmp(wanted))),
    }
}

/// How a stored value stands to a literal; `None` if the two cannot be compared.
fn order(value: &Value, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Null | Literal::Text(_) => None,
        Literal::Bool(wanted) => value.as_bool().map(|found| found.cmp(wanted)),
        Literal::Integer(wanted) => match value.as_i64() {
            Some(found) => Some(found.cmp(wanted)),
            None => Some(Decimal::of(value)?.cmp(&Decimal::from(*wanted))),
        },
        Literal::Decimal(wanted) => Some(Decimal::of(value)?.cmp(wanted)),
        Literal::DateTime(wanted) => date_time(value.as_str()?).map(|found| found.cmp(wanted)),
    }
}

fn order_holds(op: Op, order: Option<Ordering>) -> bool {
    let Some(order) = order else {
        return op == Op::Ne;
    };
    match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        // Only text has these, and text does not come here.
        Op::Co | Op::Sw | Op::Ew => false,
    }
}
