//! What must hold of a resource after every write, however it came about.

use serde_json::{Map, Value};

use super::{
    discovery::LIMITS,
    document::{Document, element::few_enough},
    error::{ScimError, ScimType},
    schema::{Attribute, Extension, Mutability, ResourceSchema, Uniqueness},
};

/// Checks a document that is about to be stored: after POST, PUT and PATCH.
///
/// Required attributes must have a value (RFC 7643 §2.2; an empty text is none), required extensions
/// must be there (§6), the values by which resources are found must fit into an index, and the whole must
/// be of a size that many of them can be shown at once.
///
/// # Errors
/// 400 `invalidValue` that names the attribute.
pub fn validate(schema: &ResourceSchema, document: &Document) -> Result<(), ScimError> {
    let map = document.as_map();
    check_size(map)?;
    for attribute in &schema.core.attributes {
        require(attribute, map.get(&attribute.name), &attribute.name)?;
    }
    for Extension { schema, required } in &schema.extensions {
        let object = map.get(&schema.id);
        if *required && object.is_none() {
            return Err(invalid(format!("The extension {} is required in this workspace. Send its attributes.", schema.id)));
        }
        // The required attributes of an extension bind those who use the extension.
        let Some(object) = object else { continue };
        for attribute in &schema.attributes {
            let (value, at) = (object.get(&attribute.name), format!("{}:{}", schema.id, attribute.name));
            require(attribute, value, &at)?;
            if attribute.uniqueness != Uniqueness::None {
                let each = value
                    .and_then(Value::as_array)
                    .map_or_else(|| value.into_iter().collect(), |each| each.iter().collect::<Vec<_>>());
                each.into_iter().try_for_each(|value| check_length(Some(value), &at))?;
            }
        }
    }
    for name in ["userName", "externalId", "displayName"] {
        check_length(map.get(name), name)?;
    }
    let emails = map.get("emails").and_then(Value::as_array);
    emails.into_iter().flatten().try_for_each(|email| check_length(email.get("value"), "emails.value"))
}

fn require(attribute: &Attribute, value: Option<&Value>, at: &str) -> Result<(), ScimError> {
    let is_clients_task = attribute.required && attribute.mutability != Mutability::ReadOnly;
    if is_clients_task && value.is_none_or(is_empty) {
        return Err(invalid(format!("{at} is required and must not be empty. Map it to something that always has a value.")));
    }
    let elements = match value {
        Some(Value::Array(elements)) => {
            few_enough(elements.len(), at)?;
            elements.as_slice()
        }
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    for sub in &attribute.sub_attributes {
        for element in elements {
            require(sub, element.get(&sub.name), &format!("{at}.{}", sub.name))?;
        }
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn check_size(map: &Map<String, Value>) -> Result<(), ScimError> {
    let most = LIMITS.max_document_bytes;
    let sizes = || map.iter().map(|(name, value)| (name, name.len() + size(value)));
    let found: usize = sizes().map(|(_, size)| size).sum();
    match sizes().max_by_key(|(_, size)| *size) {
        Some((largest, _)) if found > most => {
            let detail = format!(
                "The resource has {found} bytes; {most} are allowed. The largest of its attributes is {largest}: shorten it."
            );
            Err(invalid(detail))
        }
        _ => Ok(()),
    }
}

/// Bytes of names and values. What JSON adds in punctuation is not counted.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len(),
        Value::Array(elements) => elements.iter().map(size).sum(),
        Value::Object(parts) => parts.iter().map(|(name, value)| name.len() + size(value)).sum(),
    }
}

fn check_length(value: Option<&Value>, at: &str) -> Result<(), ScimError> {
    let most = LIMITS.max_key_bytes;
    match value.and_then(Value::as_str) {
        Some(text) if text.len() > most => {
            Err(invalid(format!("{at} has {} bytes; {most} are allowed. Shorten it.", text.len())))
        }
        _ => Ok(()),
    }
}

fn invalid(detail: String) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::{
        schema::{ResourceType, Type},
        urn,
    };

    fn check(schema: &ResourceSchema, body: Value) -> Result<(), String> {
        let document = Document::from_stored(body.as_object().unwrap().clone());
        validate(schema, &document).map_err(|error| {
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
            error.detail
        })
    }

    #[test]
    fn required_attributes_must_have_a_value() {
        let user = ResourceSchema::builtin(ResourceType::User);
        let group = ResourceSchema::builtin(ResourceType::Group);
        assert_eq!(check(user, json!({"userName": "u"})), Ok(()));
        assert_eq!(check(group, json!({"displayName": "g"})), Ok(()));
        for empty in [json!({}), json!({"userName": ""}), json!({"userName": "  "}), json!({"displayName": "g"})] {
            assert_eq!(
                check(user, empty),
                Err("userName is required and must not be empty. Map it to something that always has a value.".to_owned())
            );
        }
        assert_eq!(
            check(group, json!({})),
            Err("displayName is required and must not be empty. Map it to something that always has a value.".to_owned())
        );
    }

    #[test]
    fn required_extensions_and_their_attributes_are_looked_for() {
        let mut schema = ResourceSchema::builtin(ResourceType::User).clone();
        schema.extensions[0].required = true;
        assert!(check(&schema, json!({"userName": "u"})).unwrap_err().contains(urn::ENTERPRISE_USER));

        schema.extensions[0].schema.attributes = vec![
            Attribute::string("badge", "x").required(),
            Attribute::complex("seats", "x", vec![Attribute::new("floor", Type::Integer, "x").required()]).many(),
        ];
        let with = |extension: Value| check(&schema, json!({"userName": "u", (urn::ENTERPRISE_USER): extension}));
        assert!(with(json!({"seats": [{"floor": 0}]})).unwrap_err().contains(":badge is required"));
        assert!(with(json!({"badge": "1", "seats": [{"floor": 0}, {}]})).unwrap_err().contains(":seats.floor is"));
        assert_eq!(with(json!({"badge": "1", "seats": [{"floor": 0}]})), Ok(()));
        assert_eq!(with(json!({"badge": "1"})), Ok(()));
    }

    #[test]
    fn values_by_which_resources_are_found_are_bounded() {
        let user = ResourceSchema::builtin(ResourceType::User);
        let long = "é".repeat(501);
        for name in ["userName", "externalId", "displayName"] {
            let mut body = json!({"userName": "u"});
            body[name] = json!(long);
            assert_eq!(check(user, body), Err(format!("{name} has 1002 bytes; 1000 are allowed. Shorten it.")));
        }
        let emails = json!([{"value": "a@x"}, {"value": long}]);
        assert!(check(user, json!({"userName": "u", "emails": emails})).unwrap_err().starts_with("emails.value"));
        assert_eq!(check(user, json!({"userName": "u", "title": long})), Ok(()));
    }

    #[test]
    fn a_resource_is_bounded() {
        let user = ResourceSchema::builtin(ResourceType::User);
        let many =
            |n: usize| json!({"userName": "u", "roles": (0..n).map(|n| json!({"value": n.to_string()})).collect::<Vec<_>>()});
        assert_eq!(check(user, many(1_000)), Ok(()));
        assert_eq!(check(user, many(1_001)), Err("roles has 1001 values; 1000 are allowed. Send fewer of them.".to_owned()));
        let large = |n: usize| json!({"userName": "u", "title": "x".repeat(n), (urn::ENTERPRISE_USER): {"department": "x".repeat(n / 2)}});
        assert_eq!(check(user, large(170_000)), Ok(()));
        let refused = check(user, large(200_000)).unwrap_err();
        assert!(refused.contains("262144 are allowed") && refused.contains("is title"), "{refused}");
    }
}
