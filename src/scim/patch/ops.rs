//! One operation on one attribute of a document.
//!
//! A single complex value is handled as a list of at most one, so that `manager[value eq "1"]`, which Entra sends, and
//! `emails[type eq "work"]` are the same case.

use serde_json::{Map, Value};

use super::effort::Effort;
use super::{Change, Verb, create, invalid_syntax, invalid_value, mutability, no_target, primary, values};
use crate::scim::document::{element, value};
use crate::scim::error::{ScimError, ScimType};
use crate::scim::filter::{Filter, matches_value};
use crate::scim::schema::{Attribute, Mutability, Resolved, ResourceSchema, Type};
use crate::scim::tolerance::{Tolerance, Tolerated};

/// What an operation is about, looked up.
struct Edit<'a> {
    change: &'a Change,
    attribute: &'a Attribute,
    sub_attribute: Option<&'a Attribute>,
}

/// Performs an operation on the attributes of a document.
///
/// # Errors
/// As [`apply`](super::apply()).
pub(super) fn perform(
    schema: &ResourceSchema,
    change: &Change,
    attributes: &mut Map<String, Value>,
    effort: &mut Effort,
    notes: &mut Tolerated,
) -> Result<(), ScimError> {
    let Resolved::Attribute { extension, attribute, sub_attribute } = schema.resolve(&change.target.path)? else {
        return Err(no_target(format!("{} names no attribute.", change.target.shown())));
    };
    let edit = Edit { change, attribute, sub_attribute };
    let Some(extension) = extension else {
        return edit.perform(attributes, effort, notes);
    };
    let urn = &extension.schema.id;
    let mut inner = match attributes.remove(urn) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    edit.perform(&mut inner, effort, notes)?;
    if !inner.is_empty() {
        attributes.insert(urn.clone(), Value::Object(inner));
    }
    Ok(())
}

impl Edit<'_> {
    /// Changes the attribute in the object that holds it.
    fn perform(&self, holder: &mut Map<String, Value>, effort: &mut Effort, notes: &mut Tolerated) -> Result<(), ScimError> {
        let name = &self.attribute.name;
        let before = holder.remove(name);
        let kept = if self.attribute.mutability == Mutability::Immutable { before.clone() } else { None };
        let after = match (&self.change.target.filter, self.sub_attribute) {
            (None, None) => self.whole(before, effort, notes),
            (filter, _) => self.parts(filter.as_ref(), elements(before), effort, notes).map(|list| self.joined(list)),
        }?;
        if let Some(after) = self.allow(kept, after)? {
            holder.insert(name.clone(), after);
        }
        Ok(())
    }

    /// Whether the attribute may become `after`; what is to be stored. `kept` is what it was, if that matters.
    fn allow(&self, kept: Option<Value>, after: Option<Value>) -> Result<Option<Value>, ScimError> {
        let target = &self.change.target;
        if self.attribute.mutability == Mutability::Immutable && kept.is_some() && kept != after {
            return Err(mutability(format!("{} is immutable and has a value already. Leave it out.", target.shown())));
        }
        if after.is_some() {
            return Ok(after);
        }
        if self.attribute.required {
            return Err(invalid_value(format!("{} is required and cannot be emptied. Send a value.", target.shown())));
        }
        Ok(None)
    }

    /// The attribute as a whole.
    fn whole(&self, before: Option<Value>, effort: &mut Effort, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
        let value = &self.change.value;
        match self.change.verb {
            Verb::Remove if self.attribute.multi_valued && !value.is_null() => self.without_listed(before, effort, notes),
            Verb::Remove => Ok(None),
            Verb::Add if self.attribute.multi_valued => self.appended(before, effort, notes),
            Verb::Add | Verb::Replace if self.is_single_complex() => self.merged(before, notes),
            // To add nothing is not to remove what is there.
            Verb::Add => Ok(self.checked(value.clone(), notes)?.or(before)),
            Verb::Replace => self.checked(value.clone(), notes),
        }
    }

    /// `add` to a list.
    fn appended(&self, before: Option<Value>, effort: &mut Effort, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
        let mut list = elements(before);
        // To a list one value is added or several (RFC 7644 §3.5.2.1).
        let given = elements(self.checked(values::listed(&self.change.value), notes)?);
        effort.spend(list.len() + given.len())?;
        let touched = values::append(self.attribute, &mut list, given)?;
        primary::settle(&self.attribute.name, &mut list, &touched)?;
        Ok(self.joined(list))
    }

    /// `remove` with a list of what to remove: the elements that have all that one of the listed has.
    fn without_listed(
        &self,
        before: Option<Value>,
        effort: &mut Effort,
        notes: &mut Tolerated,
    ) -> Result<Option<Value>, ScimError> {
        let mut list = elements(before);
        notes.pass(Tolerance::RemoveWithValue, || {
            let target = self.change.target.shown();
            invalid_syntax(format!(
                "A remove operation has no value. Select what to remove in the path: {target}[value eq \"...\"]."
            ))
        })?;
        let listed = elements(self.checked(values::listed(&self.change.value), notes)?);
        effort.spend(list.len().saturating_mul(listed.len()))?;
        list.retain(|element| !listed.iter().any(|given| values::includes(element, given)));
        Ok(self.joined(list))
    }

    /// `add` or `replace` of a single complex value: what is given changes, the rest stays (RFC 7644 §3.5.2.3), unless the workspace
    /// wants the whole replaced.
    fn merged(&self, before: Option<Value>, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
        let value = &self.change.value;
        let given = match value {
            Value::Array(values) if values.len() == 1 => values.first().unwrap_or(value),
            _ => value,
        };
        let replaces = self.change.verb == Verb::Replace;
        let removes = !given.is_object() || values::has_empty_value(given);
        let checked = self.checked(value.clone(), notes)?;
        if checked.is_none() && removes {
            return Ok(before.filter(|_| !replaces));
        }
        if replaces && notes.rules().replace_complex_whole {
            let mut element = Value::Object(object(before));
            values::replace(self.attribute, &mut element, Map::new(), &Value::Object(object(checked)))?;
            return Ok(Some(element).filter(|element| element.as_object().is_some_and(|parts| !parts.is_empty())));
        }
        let mut element = object(before);
        if replaces {
            values::clear(self.attribute, &mut element, given)?;
        }
        values::merge(self.attribute, &mut element, object(checked))?;
        Ok((!element.is_empty()).then_some(Value::Object(element)))
    }

    /// The elements that the filter selects, or their sub-attribute.
    fn parts(
        &self,
        filter: Option<&Filter>,
        mut list: Vec<Value>,
        effort: &mut Effort,
        notes: &mut Tolerated,
    ) -> Result<Vec<Value>, ScimError> {
        effort.spend(list.len().saturating_mul(1 + filter.map_or(0, Filter::terms)))?;
        let selected = |element: &Value| filter.is_none_or(|filter| matches_value(filter, element));
        let mut chosen: Vec<usize> =
            list.iter().enumerate().filter(|(_, element)| selected(element)).map(|(index, _)| index).collect();
        let given = match self.change.verb {
            Verb::Remove => None,
            Verb::Add | Verb::Replace => self.given(notes)?,
        };
        match given {
            // To add nothing is not to remove what is there.
            None if self.change.verb == Verb::Add => return Ok(list),
            None => {
                self.take_away(&mut list, &chosen)?;
                return Ok(list);
            }
            Some(given) if chosen.is_empty() => {
                chosen.push(list.len());
                list.push(self.created(filter, given, notes)?);
            }
            Some(given) => self.set(&mut list, &chosen, filter, &given)?,
        }
        primary::settle(&self.attribute.name, &mut list, &chosen)?;
        Ok(list)
    }

    /// Brings the chosen elements up to date, or puts `given` in their place.
    fn set(&self, list: &mut [Value], chosen: &[usize], filter: Option<&Filter>, given: &Value) -> Result<(), ScimError> {
        let replaces = self.change.verb == Verb::Replace && self.sub_attribute.is_none();
        let seed = filter.and_then(|filter| create::seed(filter, self.attribute)).unwrap_or_default();
        for &index in chosen {
            let Some(element) = list.get_mut(index) else { continue };
            if replaces {
                // What the filter says of the value stays true of it unless the new value says otherwise.
                values::replace(self.attribute, element, seed.clone(), given)?;
            } else {
                values::put(self.attribute, element, given)?;
            }
        }
        Ok(())
    }

    /// The element for a path that selects none.
    fn created(&self, filter: Option<&Filter>, given: Value, notes: &mut Tolerated) -> Result<Value, ScimError> {
        let Some(filter) = filter else {
            return Ok(given);
        };
        let nobody = || {
            let target = self.change.target.shown();
            no_target(format!("{target} selects no value of the resource. Add the value first, or correct the filter."))
        };
        let element = match self.change.verb {
            Verb::Add => create::by_add(self.attribute, filter, &given, notes),
            Verb::Replace => create::by_replace(self.attribute, self.sub_attribute, filter, &given, notes),
            Verb::Remove => Ok(None),
        }?
        .ok_or_else(nobody)?;
        if self.change.verb == Verb::Replace {
            notes.pass(Tolerance::CreateOnFilteredReplace, nobody)?;
        }
        Ok(element)
    }

    /// The value of the operation as an element, or as an element with nothing but the sub-attribute.
    fn given(&self, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
        let value = &self.change.value;
        let Some(sub) = self.sub_attribute else {
            let one = || format!("{} takes one value. Send the value itself, not a list.", self.change.target.shown());
            if value.as_array().is_some_and(|list| list.len() == 1) {
                notes.need(Tolerance::SingleElementArray, ScimType::InvalidValue, one)?;
            }
            let value = if self.attribute.multi_valued { values::listed(value) } else { value.clone() };
            let mut elements = elements(self.checked(value, notes)?);
            let element = elements.pop();
            return if elements.is_empty() { Ok(element) } else { Err(invalid_value(one())) };
        };
        let at = self.change.target.path.to_string();
        let part = value::check(sub, value.clone(), &at, notes)?;
        // An element without a value is none; Entra empties one with "".
        if sub.name == "value" && part.as_ref().is_some_and(|part| part == "") {
            return value::nothing(&at, notes);
        }
        Ok(part.map(|part| Value::Object(Map::from_iter([(sub.name.clone(), part)]))))
    }

    /// Removes the chosen elements, or their sub-attribute.
    fn take_away(&self, list: &mut Vec<Value>, chosen: &[usize]) -> Result<(), ScimError> {
        let mut gone = vec![false; list.len()];
        for &index in chosen {
            let (Some(element), Some(gone)) = (list.get_mut(index), gone.get_mut(index)) else { continue };
            *gone = match (self.sub_attribute, element) {
                (Some(sub), Value::Object(parts)) => {
                    values::remove_part(self.attribute, parts, sub)?;
                    values::is_hollow(parts)
                }
                (Some(_), _) => false,
                (None, _) => true,
            };
        }
        let mut gone = gone.into_iter();
        list.retain(|_| gone.next() != Some(true));
        Ok(())
    }

    fn checked(&self, value: Value, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
        let mut path = self.change.target.path.clone();
        path.sub_attribute = None;
        value::check(self.attribute, value, &path.to_string(), notes)
    }

    fn is_single_complex(&self) -> bool {
        self.attribute.kind == Type::Complex && !self.attribute.multi_valued
    }

    /// A list as the attribute's value again; nothing left is no value (RFC 7643 §2.5).
    fn joined(&self, mut list: Vec<Value>) -> Option<Value> {
        if self.attribute.multi_valued {
            let list = element::distinct(list);
            (!list.is_empty()).then_some(Value::Array(list))
        } else {
            list.pop().filter(|value| value.as_object().is_none_or(|parts| !parts.is_empty()))
        }
    }
}

/// The values of an attribute, one by one.
fn elements(value: Option<Value>) -> Vec<Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(elements)) => elements,
        Some(single) => vec![single],
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(parts)) => parts,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => Map::new(),
    }
}
