//! From a body to a document.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    Document, MemberRef, Parsed,
    value::{self, named_twice, wrong_type},
};
use crate::scim::{
    error::{ScimError, ScimType, excerpt},
    schema::{Attribute, Mutability, ResourceSchema, ResourceType, Returned, Schema},
    tolerance::{Tolerance, Tolerated},
    urn,
};

impl Document {
    /// Reads the body of a POST or PUT, RFC 7644 §3.3 and §3.5.1.
    ///
    /// Names are taken in any case. Unknown attributes are dropped, and so are read-only ones, which the
    /// RFC wants ignored here. Required attributes are not looked for: that is
    /// [`validate`](crate::scim::validate::validate)'s task, which has to do it after a PATCH as well.
    ///
    /// # Errors
    /// 400 `invalidSyntax` when the body is no object, when `schemas` is wrong or a name is there twice;
    /// 400 `invalidValue` when a value has the wrong type.
    pub fn parse(schema: &ResourceSchema, body: Value, notes: &mut Tolerated) -> Result<Parsed, ScimError> {
        let Value::Object(mut body) = body else {
            return Err(syntax("The body must be a JSON object with the attributes of the resource."));
        };
        check_schemas(schema, take(&mut body, "schemas")?, notes)?;
        let members = match schema.resource_type {
            ResourceType::Group => take(&mut body, "members")?.map(|members| MemberRef::list(members, notes)).transpose()?,
            ResourceType::User => None,
        };
        let mut parsed = Parsed { document: Self::default(), members, password: false };
        for (name, value) in body {
            if let Some(extension) = schema.extension(&name) {
                let id = &extension.schema.id;
                parsed.keep(id, extension_object(&extension.schema, value, notes)?, id)?;
                continue;
            }
            let Some(attribute) = schema.attribute(&name) else {
                let detail = || format!("{} is no attribute of this resource. Remove it.", excerpt(&name));
                notes.need(Tolerance::UnknownAttribute, ScimType::InvalidSyntax, detail)?;
                continue;
            };
            if attribute.returned == Returned::Never {
                if attribute.name == "password" && !value.is_null() {
                    notes.note(Tolerance::PasswordDropped);
                    parsed.password = true;
                }
            } else if is_kept(attribute) {
                let at = attribute.name.as_str();
                parsed.keep(at, value::check(attribute, value, at, notes)?, at)?;
            }
        }
        parsed.document.0.retain(|_, value| !value.is_null());
        Ok(parsed)
    }
}

impl Parsed {
    /// Puts a value down. Nothing is put down as `null`, so that a second one is noticed.
    fn keep(&mut self, name: &str, value: Option<Value>, at: &str) -> Result<(), ScimError> {
        match self.document.0.insert(name.to_owned(), value.unwrap_or(Value::Null)) {
            Some(_) => Err(named_twice(at)),
            None => Ok(()),
        }
    }
}

/// The attributes of one extension. `None` when none of them has a value.
fn extension_object(schema: &Schema, value: Value, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
    let given = match value {
        Value::Null => return Ok(None),
        Value::Object(given) => given,
        other => return Err(wrong_type(&schema.id, "an object with the attributes of the extension", &other)),
    };
    let mut kept = Map::new();
    for (name, value) in given {
        let Some(attribute) = schema.attribute(&name) else {
            let detail = || format!("{} is no attribute of {}. Remove it.", excerpt(&name), schema.id);
            notes.need(Tolerance::UnknownAttribute, ScimType::InvalidSyntax, detail)?;
            continue;
        };
        if !is_kept(attribute) {
            continue;
        }
        let at = format!("{}:{}", schema.id, attribute.name);
        let value = value::check(attribute, value, &at, notes)?.unwrap_or(Value::Null);
        if kept.insert(attribute.name.clone(), value).is_some() {
            return Err(named_twice(&at));
        }
    }
    kept.retain(|_, value| !value.is_null());
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

/// Whether a client's value of the attribute is stored.
fn is_kept(attribute: &Attribute) -> bool {
    match attribute.mutability {
        Mutability::ReadWrite | Mutability::Immutable => attribute.returned != Returned::Never,
        Mutability::ReadOnly | Mutability::WriteOnly => false,
    }
}

/// `schemas`, RFC 7643 §3: distinct URNs, all of the resource type. Those that identity providers add
/// without meaning anything by it pass, and so does a body without `schemas`: the endpoint tells the type.
fn check_schemas(schema: &ResourceSchema, schemas: Option<Value>, notes: &mut Tolerated) -> Result<(), ScimError> {
    let listed = match schemas {
        None | Some(Value::Null) => {
            notes.note(Tolerance::MissingSchemas);
            return Ok(());
        }
        Some(Value::Array(listed)) if !listed.is_empty() => listed,
        Some(Value::String(single)) => {
            notes.note(Tolerance::ObjectForArray);
            vec![Value::String(single)]
        }
        Some(_) => return Err(syntax(&format!("schemas must be a list of URNs with {} in it.", schema.core.id))),
    };
    let mut seen = HashSet::new();
    for id in &listed {
        let Some(id) = id.as_str() else { return Err(syntax("schemas must hold strings only, one URN each.")) };
        if !seen.insert(id.to_ascii_lowercase()) {
            return Err(syntax(&format!("schemas lists {} twice.", excerpt(id))));
        }
        let is_ours = urn::same(id, &schema.core.id) || schema.extension(id).is_some();
        if !is_ours && !urn::is_tolerated_foreign(id) {
            let name = schema.resource_type.name();
            let detail = format!(
                "schemas lists {}, which is no schema of a {name}. Remove it; /ResourceTypes lists those that are.",
                excerpt(id)
            );
            return Err(syntax(&detail));
        }
        if !is_ours {
            notes.note(Tolerance::ForeignSchemaUrn);
        }
    }
    if !seen.contains(&schema.core.id.to_ascii_lowercase()) {
        notes.note(Tolerance::MissingCoreSchema);
    }
    Ok(())
}

/// Takes an attribute out of a body, whatever the case of its name.
fn take(body: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    let mut found = None;
    while let Some(key) = body.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() {
        // `shift_remove` keeps the order of the others, so that messages name the first fault.
        if found.replace(body.shift_remove(&key).unwrap_or(Value::Null)).is_some() {
            return Err(named_twice(name));
        }
    }
    Ok(found)
}

fn syntax(detail: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}
