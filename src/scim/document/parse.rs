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
    /// 400 `invalidValue` when a value has the wrong type; what the workspace refuses to let pass.
    pub fn parse(schema: &ResourceSchema, body: Value, notes: &mut Tolerated) -> Result<Parsed, ScimError> {
        let Value::Object(mut body) = body else {
            return Err(syntax("The body must be a JSON object with the attributes of the resource."));
        };
        let listed = check_schemas(schema, take(&mut body, "schemas")?, notes)?;
        let members = match schema.resource_type {
            ResourceType::Group => take(&mut body, "members")?.map(|members| MemberRef::list(members, notes)).transpose()?,
            ResourceType::User => None,
        };
        let mut parsed = Parsed { document: Self::default(), members, password: false };
        for (name, value) in body {
            if let Some(extension) = schema.extension(&name) {
                let id = &extension.schema.id;
                let object = extension_object(&extension.schema, value, notes)?;
                if object.is_some() && listed.as_ref().is_some_and(|listed| !listed.contains(&id.to_ascii_lowercase())) {
                    let detail = || format!("The body has attributes of {id}, which schemas does not list. Add it there.");
                    notes.need(Tolerance::UnlistedExtension, ScimType::InvalidSyntax, detail)?;
                }
                parsed.keep(id, object, id)?;
                continue;
            }
            let Some(attribute) = schema.attribute(&name) else {
                let detail = || format!("{} is no attribute of this resource. Remove it.", excerpt(&name));
                notes.need(Tolerance::UnknownAttribute, ScimType::InvalidSyntax, detail)?;
                continue;
            };
            if attribute.returned == Returned::Never {
                parsed.password |= attribute.name == "password" && !value.is_null();
                drop_unread(attribute, &value, &attribute.name, notes)?;
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
        let at = format!("{}:{}", schema.id, attribute.name);
        if !is_kept(attribute) {
            drop_unread(attribute, &value, &at, notes)?;
            continue;
        }
        let value = value::check(attribute, value, &at, notes)?.unwrap_or(Value::Null);
        if kept.insert(attribute.name.clone(), value).is_some() {
            return Err(named_twice(&at));
        }
    }
    kept.retain(|_, value| !value.is_null());
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

/// Lets a value go that nobody may read, such as a password. Read-only values are no such thing: they are ignored.
fn drop_unread(attribute: &Attribute, value: &Value, at: &str, notes: &mut Tolerated) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::ReadOnly || value.is_null() {
        return Ok(());
    }
    notes.pass(Tolerance::PasswordDropped, || never_kept(at))
}

/// 400 `mutability`: nothing is kept that nobody may read.
pub(in crate::scim) fn never_kept(at: &str) -> ScimError {
    let detail = if at == "password" {
        "password cannot be set: people sign in through the identity provider. Switch off that it sends passwords.".to_owned()
    } else {
        format!("{at} cannot be set: nothing is kept that nobody may read. Stop sending it.")
    };
    ScimError::bad(ScimType::Mutability, detail)
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
/// Gives what is listed, in lower case; `None` without `schemas`.
fn check_schemas(
    schema: &ResourceSchema,
    schemas: Option<Value>,
    notes: &mut Tolerated,
) -> Result<Option<HashSet<String>>, ScimError> {
    let core = &schema.core.id;
    let listed = match schemas {
        None | Some(Value::Null) => {
            notes.pass(Tolerance::MissingSchemas, || syntax(&format!("schemas is missing. Send a list with {core} in it.")))?;
            return Ok(None);
        }
        Some(Value::Array(listed)) if !listed.is_empty() => listed,
        Some(Value::String(single)) if !single.is_empty() => {
            notes
                .pass(Tolerance::ObjectForArray, || syntax(&format!("schemas must be a list with {core} in it, not a text.")))?;
            vec![Value::String(single)]
        }
        Some(_) => return Err(syntax(&format!("schemas must be a list of URNs with {core} in it."))),
    };
    let mut seen = HashSet::new();
    for id in &listed {
        let Some(id) = id.as_str() else { return Err(syntax("schemas must hold strings only, one URN each.")) };
        if !seen.insert(id.to_ascii_lowercase()) {
            return Err(syntax(&format!("schemas lists {} twice. List it once.", excerpt(id))));
        }
        if urn::same(id, core) || schema.extension(id).is_some() {
            continue;
        }
        let foreign = || {
            let name = schema.resource_type.name();
            syntax(&format!(
                "schemas lists {}, which is no schema of a {name}. Remove it; /ResourceTypes lists those that are.",
                excerpt(id)
            ))
        };
        if !urn::is_tolerated_foreign(id) {
            return Err(foreign());
        }
        notes.pass(Tolerance::ForeignSchemaUrn, foreign)?;
    }
    if !seen.contains(&core.to_ascii_lowercase()) {
        notes.pass(Tolerance::MissingCoreSchema, || syntax(&format!("schemas does not list {core}. Add it.")))?;
    }
    Ok(Some(seen))
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
