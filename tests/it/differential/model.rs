//! RFC 7644 §3.5.2 on a user, as simply as can be: a resource is JSON, an operation is JSON, and each rule is written down where it
//! applies. It shares no code with the server, knows only the attributes that [`super::operations`] uses, and what identity providers
//! do beside the RFC as far as those use it.

use serde_json::{Map, Value, json};

use super::selector::Selector;
use crate::scim::ENTERPRISE;

pub const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Status and `scimType`.
pub type Refusal = (u16, &'static str);

const SYNTAX: Refusal = (400, "invalidSyntax");
const PATH: Refusal = (400, "invalidPath");
const VALUE: Refusal = (400, "invalidValue");
const MUTABILITY: Refusal = (400, "mutability");
const TARGET: Refusal = (400, "noTarget");

/// What an attribute holds.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Bool,
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
    Parts(&'static [(&'static str, Kind)]),
    List(&'static [(&'static str, Kind)]),
    ReadOnly,
}

const NAME: Kind =
    Kind::Parts(&[("formatted", Kind::Text), ("familyName", Kind::Text), ("givenName", Kind::Text), ("middleName", Kind::Text)]);
const PLURAL: Kind = Kind::List(&[("value", Kind::Text), ("display", Kind::Text), ("type", Kind::Text), ("primary", Kind::Bool)]);
const ADDRESSES: Kind = Kind::List(&[
    ("formatted", Kind::Text),
    ("locality", Kind::Text),
    ("country", Kind::Text),
    ("type", Kind::Text),
    ("primary", Kind::Bool),
]);
const MANAGER: Kind = Kind::Parts(&[("value", Kind::Text), ("$ref", Kind::Text), ("displayName", Kind::ReadOnly)]);

/// Under which URN, by which name, what. No URN is the core.
const ATTRIBUTES: &[(&str, &str, Kind)] = &[
    ("", "id", Kind::ReadOnly),
    ("", "meta", Kind::ReadOnly),
    ("", "groups", Kind::ReadOnly),
    ("", "externalId", Kind::Text),
    ("", "userName", Kind::Text),
    ("", "displayName", Kind::Text),
    ("", "nickName", Kind::Text),
    ("", "title", Kind::Text),
    ("", "active", Kind::Bool),
    ("", "name", NAME),
    ("", "emails", PLURAL),
    ("", "phoneNumbers", PLURAL),
    ("", "roles", PLURAL),
    ("", "addresses", ADDRESSES),
    (ENTERPRISE, "department", Kind::Text),
    (ENTERPRISE, "costCenter", Kind::Text),
    (ENTERPRISE, "manager", MANAGER),
    (ROLLCALL, "role", Kind::OneOf(&["admin", "editor", "viewer", "guest"])),
];

/// One operation, understood.
struct Step {
    op: String,
    urn: &'static str,
    name: &'static str,
    kind: Kind,
    /// With its name and kind.
    part: Option<(&'static str, Kind)>,
    selector: Option<Selector>,
    value: Option<Value>,
}

/// What the operations make of a user, which is given and answered without `schemas`, `id`, `meta` and `groups`.
pub fn patched(before: &Value, operations: &[Value]) -> Result<Value, Refusal> {
    // The whole request is understood before anything is done.
    let mut steps = Vec::new();
    for operation in operations {
        understand(operation, &mut steps)?;
    }
    let mut after = before.as_object().expect("a user").clone();
    for step in &steps {
        let (urn, name) = (step.urn, step.name);
        let mut holder = if urn.is_empty() { after.clone() } else { object(after.get(urn)) };
        let old = holder.shift_remove(name);
        let new = step.perform(old)?;
        if new.is_none() && name == "userName" {
            return Err(VALUE);
        }
        holder.extend(new.map(|new| (name.to_owned(), new)));
        if urn.is_empty() {
            after = holder;
        } else if holder.is_empty() {
            after.shift_remove(urn);
        } else {
            after.insert(urn.to_owned(), Value::Object(holder));
        }
    }
    match after.get("userName").and_then(Value::as_str) {
        Some(name) if !name.trim().is_empty() => Ok(Value::Object(after)),
        _ => Err(VALUE),
    }
}

fn understand(operation: &Value, steps: &mut Vec<Step>) -> Result<(), Refusal> {
    let op = operation["op"].as_str().ok_or(SYNTAX)?.to_lowercase();
    if !["add", "replace", "remove"].contains(&op.as_str()) {
        return Err(SYNTAX);
    }
    let value = operation.get("value").cloned();
    match operation.get("path").and_then(Value::as_str) {
        Some(path) => named(&op, path, value, true, steps),
        None if op == "remove" => Err(TARGET),
        None => each(&op, "", value.as_ref().and_then(Value::as_object).ok_or(VALUE)?, steps),
    }
}

/// The members of an object, each as an operation of its own.
fn each(op: &str, prefix: &str, members: &Map<String, Value>, steps: &mut Vec<Step>) -> Result<(), Refusal> {
    for (key, value) in members {
        let extension = [ENTERPRISE, ROLLCALL].into_iter().find(|urn| urn.eq_ignore_ascii_case(key));
        match (extension, value) {
            (Some(urn), Value::Object(inner)) => each(op, &format!("{urn}:"), inner, steps)?,
            (Some(urn), Value::Null) if op == "replace" => clear(urn, steps),
            (Some(_), Value::Null) => {}
            (Some(_), _) => return Err(VALUE),
            (None, value) => {
                // Unknown names and those that every resource has of itself are passed over.
                let path = format!("{prefix}{key}");
                let is_known = find(&path, false).is_some_and(|(_, name, _)| !["id", "meta", "schemas"].contains(&name));
                if is_known {
                    named(op, &path, Some(value.clone()), false, steps)?;
                }
            }
        }
    }
    Ok(())
}

/// All of an extension is to go.
fn clear(extension: &str, steps: &mut Vec<Step>) {
    for &(urn, name, kind) in ATTRIBUTES.iter().filter(|(urn, ..)| *urn == extension) {
        steps.push(Step { op: "remove".into(), urn, name, kind, part: None, selector: None, value: None });
    }
}

/// The attribute at the beginning of a path; `loosely`, one of an extension needs no URN.
fn find(path: &str, loosely: bool) -> Option<(&'static str, &'static str, Kind)> {
    let head = path.split('[').next().unwrap_or_default();
    let (urn, name) = head.rsplit_once(':').unwrap_or(("", head));
    let name = name.split('.').next().unwrap_or_default();
    let urn = if urn.eq_ignore_ascii_case(USER) { "" } else { urn };
    let is = |attribute: &&(&str, &str, Kind)| attribute.0.eq_ignore_ascii_case(urn) && attribute.1.eq_ignore_ascii_case(name);
    let by_name = |attribute: &&(&str, &str, Kind)| loosely && urn.is_empty() && attribute.1.eq_ignore_ascii_case(name);
    ATTRIBUTES.iter().find(is).or_else(|| ATTRIBUTES.iter().find(by_name)).copied()
}

fn named(op: &str, path: &str, value: Option<Value>, loosely: bool, steps: &mut Vec<Step>) -> Result<(), Refusal> {
    if let Some(urn) = [ENTERPRISE, ROLLCALL].into_iter().find(|urn| urn.eq_ignore_ascii_case(path)) {
        return match (op, value) {
            ("remove", _) | ("replace", Some(Value::Null)) => {
                clear(urn, steps);
                Ok(())
            }
            (_, Some(Value::Object(members))) => each(op, &format!("{urn}:"), &members, steps),
            _ => Err(VALUE),
        };
    }
    let (urn, name, kind) = find(path, loosely).ok_or(PATH)?;
    let (selector, tail) = match path.split_once('[') {
        Some((_, rest)) => {
            let (inner, tail) = rest.rsplit_once(']').ok_or(PATH)?;
            if !matches!(kind, Kind::Parts(_) | Kind::List(_) | Kind::ReadOnly) {
                return Err(PATH);
            }
            (Some(Selector::read(inner)), tail.strip_prefix('.').map(str::to_owned))
        }
        None => {
            let local = path.rsplit(':').next().unwrap_or_default();
            (None, local.split_once('.').map(|(_, part)| part.to_owned()))
        }
    };
    let part = match (tail, kind) {
        (None, _) => None,
        (Some(part), Kind::Parts(parts) | Kind::List(parts)) => {
            Some(*parts.iter().find(|(name, _)| name.eq_ignore_ascii_case(&part)).ok_or(PATH)?)
        }
        (Some(_), Kind::ReadOnly) => None,
        (Some(_), _) => return Err(PATH),
    };
    if kind == Kind::ReadOnly || part.is_some_and(|(_, kind)| kind == Kind::ReadOnly) {
        return Err(MUTABILITY);
    }
    if op == "remove" && name == "userName" {
        return Err(MUTABILITY);
    }
    if op != "remove" && value.is_none() {
        return Err(VALUE);
    }
    steps.push(Step { op: op.to_owned(), urn, name, kind, part, selector, value });
    Ok(())
}

impl Step {
    fn perform(&self, before: Option<Value>) -> Result<Option<Value>, Refusal> {
        let given = self.value.clone().unwrap_or_default();
        if self.selector.is_some() || self.part.is_some() {
            return self.of_elements(before, given);
        }
        match (self.op.as_str(), self.kind) {
            ("remove", Kind::List(_)) if !given.is_null() => {
                let listed = list(typed(self.kind, &given)?);
                let has_all =
                    |element: &Value, of: &Value| object(Some(of)).iter().all(|(name, value)| element.get(name) == Some(value));
                let kept = list(before).into_iter().filter(|element| !listed.iter().any(|of| has_all(element, of))).collect();
                Ok(joined(kept))
            }
            ("remove", _) => Ok(None),
            ("add", Kind::List(_)) => {
                let (mut elements, mut touched) = (list(before), Vec::new());
                for element in list(typed(self.kind, &given)?) {
                    touched.push(added(&mut elements, element));
                }
                one_primary(&mut elements, &touched)?;
                Ok(joined(elements))
            }
            (op, Kind::Parts(parts)) => self.merged(op, parts, before, &given),
            ("add", kind) => Ok(typed(kind, &given)?.or(before)),
            (_, kind) => typed(kind, &given),
        }
    }

    /// `add` and `replace` of an object: what is named changes, the rest stays.
    fn merged(&self, op: &str, parts: &[(&str, Kind)], before: Option<Value>, given: &Value) -> Result<Option<Value>, Refusal> {
        let single = given.as_array().filter(|values| values.len() == 1).map_or(given, |values| &values[0]);
        let new = typed(self.kind, given)?;
        let says_nobody = single.get("value").is_some_and(|value| *value == "");
        if new.is_none() && (!single.is_object() || says_nobody) {
            return Ok(if op == "add" { before } else { None });
        }
        let mut element = object(before.as_ref());
        if op == "replace" {
            for (name, value) in object(Some(single)) {
                let part = parts.iter().find(|(part, kind)| part.eq_ignore_ascii_case(&name) && *kind != Kind::ReadOnly);
                if let (Some((part, _)), true) = (part, value.is_null() || value == json!([])) {
                    without(&mut element, part);
                }
            }
        }
        merge(&mut element, object(new.as_ref()));
        Ok((!element.is_empty()).then_some(Value::Object(element)))
    }

    /// Of some values of the attribute, or of a part of them. A single value is a list of one.
    fn of_elements(&self, before: Option<Value>, given: Value) -> Result<Option<Value>, Refusal> {
        let mut elements = list(before);
        let is_selected = |element: &Value| self.selector.as_ref().is_none_or(|selector| selector.selects(element));
        let mut chosen: Vec<usize> = (0..elements.len()).filter(|&place| is_selected(&elements[place])).collect();
        let new = if self.op == "remove" { None } else { self.element(&given)? };
        let Some(new) = new else {
            if self.op != "add" {
                let mut place = 0;
                elements.retain_mut(|element| {
                    let goes = chosen.contains(&place) && self.taken_from(element);
                    place += 1;
                    !goes
                });
            }
            return Ok(self.whole(elements));
        };
        if chosen.is_empty() {
            chosen.push(elements.len());
            elements.push(self.made(new)?);
        } else {
            let described = self.selector.as_ref().and_then(Selector::describes).unwrap_or_default();
            for &place in &chosen {
                let mut element = object(Some(&elements[place]));
                if self.op == "replace" && self.part.is_none() {
                    element = self.named_parts(described.clone());
                }
                merge(&mut element, new.clone());
                elements[place] = Value::Object(element);
            }
        }
        one_primary(&mut elements, &chosen)?;
        Ok(self.whole(elements))
    }

    fn whole(&self, mut elements: Vec<Value>) -> Option<Value> {
        match self.kind {
            Kind::List(_) => joined(elements),
            _ => elements.pop().filter(|element| *element != json!({})),
        }
    }

    /// The value as an element, or as an element with one part.
    fn element(&self, given: &Value) -> Result<Option<Map<String, Value>>, Refusal> {
        match self.part {
            Some(("value", _)) if *given == "" => Ok(None),
            Some((name, kind)) => Ok(typed(kind, given)?.map(|value| Map::from_iter([(name.to_owned(), value)]))),
            None => {
                let mut elements = list(typed(self.kind, given)?);
                let last = elements.pop();
                if elements.is_empty() { Ok(last.map(|element| object(Some(&element)))) } else { Err(VALUE) }
            }
        }
    }

    /// Takes the part away, or everything; whether the element goes with it.
    fn taken_from(&self, element: &mut Value) -> bool {
        let (Some((part, _)), Some(parts)) = (self.part, element.as_object_mut()) else { return true };
        without(parts, part);
        parts.keys().all(|name| name == "type" || name == "primary")
    }

    /// The element for a path that selects none: what its filter describes, with what is given.
    fn made(&self, new: Map<String, Value>) -> Result<Value, Refusal> {
        let Some(selector) = &self.selector else { return Ok(Value::Object(new)) };
        let Kind::List(parts) = self.kind else { return Err(TARGET) };
        let carries = parts.iter().all(|(name, _)| *name != "value") || self.part.is_some_and(|(name, _)| name == "value");
        if self.op == "replace" && !(self.part.is_some() && carries) {
            return Err(TARGET);
        }
        let mut element = self.named_parts(selector.describes().ok_or(TARGET)?);
        merge(&mut element, new);
        let element = Value::Object(element);
        if selector.selects(&element) { Ok(element) } else { Err(TARGET) }
    }

    /// In the spelling of the schema.
    fn named_parts(&self, parts: Vec<(String, Value)>) -> Map<String, Value> {
        let (Kind::Parts(known) | Kind::List(known)) = self.kind else { return Map::new() };
        let spelled =
            |name: &str| known.iter().find(|(part, _)| part.eq_ignore_ascii_case(name)).map(|(part, _)| (*part).to_owned());
        parts.into_iter().filter_map(|(name, value)| Some((spelled(&name)?, value))).collect()
    }
}

/// A value in the attribute's type; none when it says nothing.
fn typed(kind: Kind, given: &Value) -> Result<Option<Value>, Refusal> {
    match (kind, given) {
        (_, Value::Null) => Ok(None),
        (Kind::List(parts), Value::Array(elements)) => {
            let elements: Result<Vec<_>, _> = elements.iter().map(|element| typed_parts(parts, element, true)).collect();
            let elements = distinct(elements?.into_iter().flatten().collect());
            if elements.iter().filter(|element| element["primary"] == true).count() > 1 {
                Err(VALUE)
            } else {
                Ok(joined(elements))
            }
        }
        (Kind::List(_), single) => typed(kind, &json!([single])),
        // A single value in a list is itself.
        (_, Value::Array(values)) => match values.as_slice() {
            [] => Ok(None),
            [Value::Array(_)] => Err(VALUE),
            [only] => typed(kind, only),
            _ => Err(VALUE),
        },
        (Kind::Text, Value::String(_)) => Ok(Some(given.clone())),
        (Kind::Bool | Kind::OneOf(_) | Kind::Parts(_), Value::String(text)) if text.is_empty() => Ok(None),
        (Kind::Bool, Value::Bool(_)) => Ok(Some(given.clone())),
        (Kind::Bool, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(json!(true))),
        (Kind::Bool, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(json!(false))),
        (Kind::OneOf(words), Value::String(text)) => {
            Ok(Some(json!(words.iter().find(|word| word.eq_ignore_ascii_case(text)).ok_or(VALUE)?)))
        }
        (Kind::Parts(parts), _) => typed_parts(parts, given, false),
        _ => Err(VALUE),
    }
}

fn typed_parts(parts: &[(&str, Kind)], given: &Value, in_list: bool) -> Result<Option<Value>, Refusal> {
    let given = match given {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        // A bare text is the element's value.
        Value::String(_) if parts.iter().any(|(name, _)| *name == "value") => json!({"value": given}),
        Value::Object(_) => given.clone(),
        _ => return Err(VALUE),
    };
    let mut element = Map::new();
    for (name, value) in object(Some(&given)) {
        let Some((part, kind)) = parts.iter().find(|(part, _)| part.eq_ignore_ascii_case(&name)) else { continue };
        if *kind != Kind::ReadOnly {
            element.extend(typed(*kind, &value)?.map(|value| ((*part).to_owned(), value)));
        }
    }
    let is_nobody = !in_list && element.get("value").is_some_and(|value| value == "");
    Ok((!element.is_empty() && !is_nobody).then_some(Value::Object(element)))
}

/// Puts an element into a list: into the one with the same value, or at its end. Answers where it is.
fn added(elements: &mut Vec<Value>, element: Value) -> usize {
    let identity = |element: &Value| match element.get("value") {
        Some(value) => value.to_string().to_lowercase(),
        None => {
            let mut rest = object(Some(element));
            rest.shift_remove("primary");
            let mut rest: Vec<_> = rest.into_iter().map(|(name, value)| format!("{name}:{value}")).collect();
            rest.sort();
            rest.join(",")
        }
    };
    let purpose = |element: &Value| element["type"].as_str().map(str::to_lowercase);
    let is_same = |known: &Value| {
        identity(known) == identity(&element) && (purpose(&element).is_none() || purpose(known) == purpose(&element))
    };
    match elements.iter().position(is_same) {
        Some(place) => {
            let mut known = object(Some(&elements[place]));
            merge(&mut known, object(Some(&element)));
            elements[place] = Value::Object(known);
            place
        }
        None => {
            elements.push(element);
            elements.len() - 1
        }
    }
}

/// The one that was just made primary is the only one.
fn one_primary(elements: &mut [Value], touched: &[usize]) -> Result<(), Refusal> {
    let mut claims: Vec<usize> = touched.iter().copied().filter(|&place| elements[place]["primary"] == true).collect();
    claims.dedup();
    claims.sort_unstable();
    claims.dedup();
    let [winner] = claims.as_slice() else { return if claims.is_empty() { Ok(()) } else { Err(VALUE) } };
    for (place, element) in elements.iter_mut().enumerate() {
        if place != *winner && element["primary"] == true {
            element["primary"] = json!(false);
        }
    }
    Ok(())
}

/// The same type and value is the same element; it is primary if one of them is.
fn distinct(elements: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for element in elements {
        let is_same = |known: &&mut Value| match (known.get("value"), element.get("value")) {
            (Some(a), Some(b)) => a == b && known.get("type") == element.get("type"),
            (None, None) => **known == element,
            _ => false,
        };
        match kept.iter_mut().find(is_same) {
            Some(known) if element["primary"] == true => known["primary"] = json!(true),
            Some(_) => {}
            None => kept.push(element),
        }
    }
    kept
}

fn merge(element: &mut Map<String, Value>, new: Map<String, Value>) {
    // The address of whom it named before is not that of whom it names now.
    if let (Some(old), Some(value)) = (element.get("value"), new.get("value"))
        && old != value
    {
        element.shift_remove("$ref");
    }
    element.extend(new);
}

fn without(element: &mut Map<String, Value>, part: &str) {
    element.shift_remove(part);
    if part == "value" {
        element.shift_remove("$ref");
    }
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(elements)) => elements,
        Some(single) => vec![single],
    }
}

fn joined(elements: Vec<Value>) -> Option<Value> {
    let elements = distinct(elements);
    (!elements.is_empty()).then_some(Value::Array(elements))
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}
