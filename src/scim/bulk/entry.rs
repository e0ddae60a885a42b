//! One entry of `Operations`, from JSON to what is to be done.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    operation::{Action, Identifier, Method, Target},
    reference,
    refusal::done_before,
};
use crate::scim::{
    error::{ScimError, ScimType, excerpt},
    etag::Preconditions,
    message::check_keys,
    schema::ResourceType,
    tolerance::{Tolerance, Tolerated},
    urn,
};

/// One entry of `Operations`, read as far as it can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The method, if it is one.
    pub method: Option<Method>,
    /// The `bulkId`, if it is one.
    pub bulk_id: Option<String>,
    /// Of PUT, PATCH and DELETE the resource, if the path names one: its address is told also when the operation fails.
    pub target: Option<Target>,
    /// Every `bulkId` that it refers to.
    pub references: BTreeSet<String>,
    /// What to do, or why it cannot be done.
    pub action: Result<Action, ScimError>,
}

impl Entry {
    /// Reads an entry. Names count in any case, and so does the method.
    pub(super) fn parse(entry: Value, notes: &mut Tolerated) -> Self {
        let fields = match entry {
            Value::Object(entry) => check_keys(&entry, &KEYS, notes).and_then(|()| Fields::of(entry)),
            _ => Err(syntax("An operation must be a JSON object.")),
        };
        let fields = match fields {
            Ok(fields) => fields,
            Err(error) => return Self::refused(error),
        };
        let (method, bulk_id, place) = (method(fields.method, notes), bulk_id(fields.bulk_id), place(fields.path, notes));
        let (known_method, known_id) = (method.as_ref().ok().copied(), bulk_id.as_ref().ok().cloned().flatten());
        let target = place.as_ref().ok().filter(|_| known_method != Some(Method::Post)).and_then(Place::target);
        let action = method.and_then(|method| action(method, bulk_id?.is_some(), place?, fields.version, fields.data, notes));
        let references = action.as_ref().map(Action::references).unwrap_or_default();
        Self { method: known_method, bulk_id: known_id, target, references, action }
    }

    fn refused(error: ScimError) -> Self {
        Self { method: None, bulk_id: None, target: None, references: BTreeSet::new(), action: Err(error) }
    }

    /// Takes out what is to be done; whoever comes again finds nothing.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn take_action(&mut self) -> Result<Action, ScimError> {
        std::mem::replace(&mut self.action, Err(done_before()))
    }

    /// The `bulkId` by which others refer to what this operation creates.
    pub fn creates(&self) -> Option<&str> {
        self.bulk_id.as_deref().filter(|_| self.method == Some(Method::Post))
    }
}

/// The keys of an entry, as the RFC writes them.
const KEYS: [&str; 5] = ["method", "bulkId", "version", "path", "data"];

/// The members of an entry that mean something.
#[derive(Default)]
struct Fields {
    method: Option<Value>,
    bulk_id: Option<Value>,
    version: Option<Value>,
    path: Option<Value>,
    data: Option<Value>,
}

impl Fields {
    fn of(entry: Map<String, Value>) -> Result<Self, ScimError> {
        let mut fields = Self::default();
        for (name, value) in entry {
            let place = match name.to_ascii_lowercase().as_str() {
                "method" => &mut fields.method,
                "bulkid" => &mut fields.bulk_id,
                "version" => &mut fields.version,
                "path" => &mut fields.path,
                "data" => &mut fields.data,
                _ => continue,
            };
            // null is as good as absent (RFC 7643 §2.5), and still there twice.
            if place.replace(value).is_some() {
                return Err(syntax(format!("The operation has {} twice, in different case. Send it once.", excerpt(&name))));
            }
        }
        for field in [&mut fields.method, &mut fields.bulk_id, &mut fields.version, &mut fields.path, &mut fields.data] {
            *field = field.take().filter(|value| !value.is_null());
        }
        Ok(fields)
    }
}

fn method(value: Option<Value>, notes: &mut Tolerated) -> Result<Method, ScimError> {
    let Some(Value::String(word)) = value else {
        return Err(syntax("method is missing; it is POST, PUT, PATCH or DELETE."));
    };
    let unknown = || syntax(format!("method is {}; there are POST, PUT, PATCH and DELETE.", excerpt(&word)));
    let method = Method::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(&word)).ok_or_else(unknown)?;
    if method.as_str() != word {
        notes.pass(Tolerance::MethodCase, unknown)?;
    }
    Ok(method)
}

fn bulk_id(value: Option<Value>) -> Result<Option<String>, ScimError> {
    match value {
        None => Ok(None),
        Some(Value::String(bulk_id)) if !bulk_id.is_empty() => Ok(Some(bulk_id)),
        Some(_) => Err(syntax("bulkId must be a text that is not empty.")),
    }
}

/// What a path names: an endpoint, or one resource there.
struct Place {
    kind: ResourceType,
    id: Option<Identifier>,
}

impl Place {
    fn target(&self) -> Option<Target> {
        Some(Target { kind: self.kind, id: self.id.clone()? })
    }
}

/// Only users and groups: `/Bulk`, `/Me`, `/.search` and queries have no place in an operation.
fn place(value: Option<Value>, notes: &mut Tolerated) -> Result<Place, ScimError> {
    let Some(Value::String(path)) = value else {
        return Err(syntax(
            "path is missing; it is /Users or /Groups, for PUT, PATCH and DELETE with the id of a resource after it.",
        ));
    };
    let refuse = || {
        invalid_path(format!(
            "path is {}; it must be /Users or /Groups, or one of them with the id of a resource after it, and nothing else.",
            excerpt(&path)
        ))
    };
    let rest = path.strip_prefix('/').ok_or_else(refuse)?;
    if rest.ends_with('/') {
        notes.pass(Tolerance::ExtraSlash, refuse)?;
    }
    let (endpoint, id) = rest.split_once('/').map_or((rest, ""), |(endpoint, id)| (endpoint, id));
    let is_it = |kind: &ResourceType| kind.endpoint().strip_prefix('/') == Some(endpoint);
    let kind = ResourceType::ALL.into_iter().find(is_it).ok_or_else(refuse)?;
    let id = match (reference::bulk_id(id), id.trim_end_matches('/')) {
        (Some(bulk_id), _) => Some(Identifier::BulkId(bulk_id.to_owned())),
        (None, "") => None,
        (None, ".search") => return Err(refuse()),
        (None, id) if id.contains(['/', '?', '#']) => return Err(refuse()),
        (None, id) => Some(Identifier::Id(id.to_owned())),
    };
    Ok(Place { kind, id })
}

fn action(
    method: Method,
    has_bulk_id: bool,
    place: Place,
    version: Option<Value>,
    data: Option<Value>,
    notes: &mut Tolerated,
) -> Result<Action, ScimError> {
    let target = place.target().ok_or_else(|| {
        invalid_path(format!("{} needs the id of a resource in path: {}/<id>.", method.as_str(), place.kind.endpoint()))
    });
    match method {
        Method::Post if target.is_ok() => {
            Err(invalid_path(format!("The path of POST is {}: the id is ours to give.", place.kind.endpoint())))
        }
        Method::Post if !has_bulk_id => Err(syntax("bulkId is missing; POST needs one, and each its own.")),
        // There is no version yet.
        Method::Post => Ok(Action::Create { kind: place.kind, body: object(data)? }),
        Method::Put => Ok(Action::Replace { target: target?, conditions: conditions(version)?, body: object(data)? }),
        Method::Patch => Ok(Action::Change { target: target?, conditions: conditions(version)?, body: patch(data, notes)? }),
        Method::Delete => Ok(Action::Delete { target: target?, conditions: conditions(version)? }),
    }
}

/// `version` is what `If-Match` is for a single request.
fn conditions(version: Option<Value>) -> Result<Preconditions, ScimError> {
    match version {
        None => Ok(Preconditions::default()),
        Some(Value::String(tag)) => Ok(Preconditions::parse(Some(&tag), None)),
        Some(_) => Err(syntax("version must be a text, as it stands in meta.version.")),
    }
}

fn object(data: Option<Value>) -> Result<Value, ScimError> {
    match data {
        Some(data @ Value::Object(_)) => Ok(data),
        Some(_) => Err(syntax("data must be a JSON object: the body of the request as it would be sent alone.")),
        None => Err(syntax("data is missing: the body of the request as it would be sent alone.")),
    }
}

fn patch(data: Option<Value>, notes: &mut Tolerated) -> Result<Value, ScimError> {
    let Some(operations @ Value::Array(_)) = data else { return object(data) };
    notes
        .need(Tolerance::BulkPatchList, ScimType::InvalidSyntax, || "data must be a JSON object: a PATCH message.".to_owned())?;
    Ok(json!({ "schemas": [urn::PATCH_OP], "Operations": operations }))
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}

fn invalid_path(detail: String) -> ScimError {
    ScimError::bad(ScimType::InvalidPath, detail)
}
