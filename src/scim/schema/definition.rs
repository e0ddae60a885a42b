//! Extension schemas that a workspace defines, in the notation of RFC 7643 §7.
//!
//! A definition is read as strictly as possible: what is read is what `/Schemas` shows, and a mistake in it would be found by every
//! request afterwards.

use serde_json::{Map, Value};

use super::model::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
use crate::scim::{attr::is_name, error::excerpt, urn};

/// Attributes and sub-attributes of one schema.
const MOST_ATTRIBUTES: usize = 100;
/// Bytes of a URN.
const LONGEST_URN: usize = 200;
/// Characters of a description, and of a canonical value.
const LONGEST_TEXT: usize = 1_000;

/// Reads the URN of a schema that a workspace may define.
///
/// # Errors
/// A sentence for the administrator when it is no URN, or is ours to define.
pub fn custom_urn(id: &str) -> Result<&str, String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    let is_urn = id.len() <= LONGEST_URN
        && id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
        && id.bytes().all(legal)
        && id.split(':').count() >= 3
        && id.split(':').all(|part| !part.is_empty());
    if !is_urn {
        return Err(format!(
            "{} is no URN for a schema. Use letters, digits, '-', '.' and '_' between colons, such as \
             urn:ietf:params:scim:schemas:extension:acme:2.0:User, with at most {LONGEST_URN} characters.",
            excerpt(id)
        ));
    }
    let lower = id.to_ascii_lowercase();
    let reserved = [
        "urn:ietf:params:scim:schemas:core:",
        "urn:ietf:params:scim:api:",
        "urn:ietf:params:scim:schemas:extension:enterprise:",
        "urn:ietf:params:scim:schemas:extension:rollcall:",
    ];
    if reserved.iter().any(|prefix| lower.starts_with(prefix)) || urn::is_tolerated_foreign(id) {
        return Err(format!("{} is not yours to define. Choose a URN with the name of your organisation in it.", excerpt(id)));
    }
    Ok(id)
}

impl Schema {
    /// Reads a definition: `name`, `description` and `attributes`, each with the characteristics of RFC 7643 §7; those that are left
    /// out have the defaults of §2.2.
    ///
    /// # Errors
    /// A sentence for the administrator that names the attribute.
    pub fn from_definition(id: &str, definition: &Value) -> Result<Self, String> {
        let object = definition.as_object().ok_or("The definition must be a JSON object.")?;
        let attributes = match object.get("attributes") {
            Some(Value::Array(attributes)) if !attributes.is_empty() => attributes,
            _ => return Err("attributes must be a list with at least one attribute.".to_owned()),
        };
        let schema = Self {
            id: id.to_owned(),
            name: text(object, "name", "The schema")?.unwrap_or_else(|| id.to_owned()),
            description: text(object, "description", "The schema")?.unwrap_or_default(),
            attributes: read_all(attributes, "", true)?,
        };
        let all: usize = schema.attributes.iter().map(|attribute| 1 + attribute.sub_attributes.len()).sum();
        if all > MOST_ATTRIBUTES {
            return Err(format!("A schema may have {MOST_ATTRIBUTES} attributes and sub-attributes; this one has {all}."));
        }
        Ok(schema)
    }
}

fn read_all(given: &[Value], parent: &str, complex_allowed: bool) -> Result<Vec<Attribute>, String> {
    let mut attributes: Vec<Attribute> = Vec::with_capacity(given.len());
    for value in given {
        let attribute = read(value, parent, complex_allowed)?;
        if attributes.iter().any(|other| other.name.eq_ignore_ascii_case(&attribute.name)) {
            return Err(format!("{parent}{} is there twice; names are compared without regard to case.", attribute.name));
        }
        attributes.push(attribute);
    }
    Ok(attributes)
}

const CHARACTERISTICS: [&str; 12] = [
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

fn read(value: &Value, parent: &str, complex_allowed: bool) -> Result<Attribute, String> {
    let object = value.as_object().ok_or("Each attribute must be a JSON object.")?;
    let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
    let at = format!("{parent}{name}");
    // `$ref` is ours to add; a name begins with a letter (RFC 7643 §2.1).
    if !is_name(name) || name.starts_with('$') || name.len() > 100 {
        return Err(format!(
            "{} is no name for an attribute. It starts with a letter, then letters, digits, '$', '-' and '_'.",
            excerpt(name)
        ));
    }
    if let Some(unknown) = object.keys().find(|key| !CHARACTERISTICS.contains(&key.as_str())) {
        return Err(format!("{at}: {} is no characteristic of an attribute (RFC 7643 §7).", excerpt(unknown)));
    }
    let kind = word(object, "type", &at, &Type::ALL, Type::as_str)?.unwrap_or(Type::String);
    if kind == Type::Complex && !complex_allowed {
        return Err(format!("{at}: a complex attribute has no complex parts (RFC 7643 §2.3.8)."));
    }
    let mut attribute = Attribute::new(name, kind, &text(object, "description", &at)?.unwrap_or_default());
    attribute.multi_valued = flag(object, "multiValued", &at)?.unwrap_or(false);
    attribute.required = flag(object, "required", &at)?.unwrap_or(false);
    attribute.case_exact = flag(object, "caseExact", &at)?.unwrap_or(attribute.case_exact);
    let mutability = [Mutability::ReadOnly, Mutability::ReadWrite, Mutability::Immutable, Mutability::WriteOnly];
    attribute.mutability = word(object, "mutability", &at, &mutability, Mutability::as_str)?.unwrap_or(Mutability::ReadWrite);
    let returned = [Returned::Always, Returned::Never, Returned::Default, Returned::Request];
    attribute.returned = word(object, "returned", &at, &returned, Returned::as_str)?.unwrap_or(Returned::Default);
    let uniqueness = [Uniqueness::None, Uniqueness::Server];
    attribute.uniqueness = word(object, "uniqueness", &at, &uniqueness, Uniqueness::as_str)?.unwrap_or(Uniqueness::None);
    attribute.canonical_values = texts(object, "canonicalValues", &at)?;
    attribute.reference_types = texts(object, "referenceTypes", &at)?;
    match (kind, object.get("subAttributes")) {
        (Type::Complex, Some(Value::Array(parts))) if !parts.is_empty() => {
            attribute.sub_attributes = read_all(parts, &format!("{at}."), false)?;
        }
        (Type::Complex, _) => return Err(format!("{at}: a complex attribute needs subAttributes.")),
        (_, None | Some(Value::Null)) => {}
        (_, Some(_)) => return Err(format!("{at}: only a complex attribute has subAttributes.")),
    }
    agree(&mut attribute, &at, parent.is_empty())?;
    Ok(attribute)
}

/// Whether the characteristics go together.
fn agree(attribute: &mut Attribute, at: &str, is_top: bool) -> Result<(), String> {
    let secret = attribute.mutability == Mutability::WriteOnly || attribute.returned == Returned::Never;
    if secret {
        // Nobody could ever read it, so it is taken and dropped, as a password is.
        (attribute.mutability, attribute.returned) = (Mutability::WriteOnly, Returned::Never);
    }
    if (secret || attribute.mutability == Mutability::ReadOnly) && attribute.required {
        return Err(format!(
            "{at}: nobody can send what is readOnly, and nothing is kept of what is writeOnly or never returned, so it cannot be required."
        ));
    }
    if attribute.uniqueness != Uniqueness::None {
        let comparable = matches!(attribute.kind, Type::String | Type::Reference | Type::Integer);
        if !is_top || !comparable || secret {
            return Err(format!(
                "{at}: only string, reference and integer attributes that are returned, and no sub-attributes, can be unique."
            ));
        }
    }
    if attribute.kind == Type::Reference && attribute.reference_types.is_empty() {
        attribute.reference_types = vec!["uri".to_owned()];
    }
    if attribute.kind != Type::Reference && !attribute.reference_types.is_empty() {
        return Err(format!("{at}: only a reference has referenceTypes."));
    }
    if attribute.kind != Type::String && !attribute.canonical_values.is_empty() {
        return Err(format!("{at}: only a string has canonicalValues."));
    }
    Ok(())
}

fn text(object: &Map<String, Value>, name: &str, at: &str) -> Result<Option<String>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= LONGEST_TEXT && !text.contains('\0') => Ok(Some(text.clone())),
        Some(_) => Err(format!("{at}: {name} must be a text of at most {LONGEST_TEXT} characters.")),
    }
}

fn texts(object: &Map<String, Value>, name: &str, at: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("{at}: {name} must be a list of texts of at most {LONGEST_TEXT} characters.");
    let values = match object.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(values)) if values.len() <= MOST_ATTRIBUTES => values,
        Some(_) => return Err(wrong()),
    };
    let read = |value: &Value| {
        let text = value.as_str().filter(|text| text.chars().count() <= LONGEST_TEXT && !text.contains('\0'));
        text.map(str::to_owned).ok_or_else(wrong)
    };
    values.iter().map(read).collect()
}

fn flag(object: &Map<String, Value>, name: &str, at: &str) -> Result<Option<bool>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(format!("{at}: {name} must be true or false.")),
    }
}

fn word<T: Copy>(
    object: &Map<String, Value>,
    name: &str,
    at: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<Option<T>, String> {
    let given = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(given) => given.as_str().unwrap_or_default(),
    };
    let found = all.iter().copied().find(|value| as_str(*value) == given);
    let words = || all.iter().map(|value| as_str(*value)).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| format!("{at}: {name} must be one of {}.", words()))
}

/// What may not change between two versions of a schema while resources have values of it: the meaning of stored values.
///
/// # Errors
/// A sentence for the administrator that names the attribute.
pub fn compatible(before: &Schema, after: &Schema) -> Result<(), String> {
    pairs(&before.attributes, &after.attributes, "")
}

fn pairs(before: &[Attribute], after: &[Attribute], parent: &str) -> Result<(), String> {
    for old in before {
        let at = format!("{parent}{}", old.name);
        let Some(new) = after.iter().find(|new| new.name == old.name) else {
            return Err(format!(
                "{at} has values and cannot be removed or spelt anew. Delete the schema, or keep the attribute."
            ));
        };
        let same = old.kind == new.kind
            && old.multi_valued == new.multi_valued
            && old.case_exact == new.case_exact
            && old.uniqueness == new.uniqueness
            && (old.returned == Returned::Never) == (new.returned == Returned::Never);
        if !same {
            return Err(format!(
                "{at}: type, multiValued, caseExact, uniqueness and whether it is kept cannot change once the schema is defined. Define another attribute."
            ));
        }
        pairs(&old.sub_attributes, &new.sub_attributes, &format!("{at}."))?;
    }
    // A new attribute has no values yet, so it can be anything.
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::discovery::schema_resource;

    const URN: &str = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";

    fn one(attribute: Value) -> Result<Attribute, String> {
        Schema::from_definition(URN, &json!({ "attributes": [attribute] })).map(|schema| schema.attributes[0].clone())
    }

    #[test]
    fn a_name_alone_has_the_defaults_of_the_rfc() {
        assert_eq!(one(json!({ "name": "badge" })), Ok(Attribute::string("badge", "")));
    }

    #[test]
    fn what_is_defined_is_what_is_shown() {
        let definition = json!({
            "name": "Acme", "description": "Ours",
            "attributes": [
                { "name": "badge", "type": "integer", "uniqueness": "server", "required": true, "description": "b" },
                { "name": "sites", "type": "complex", "multiValued": true, "subAttributes": [
                    { "name": "value", "type": "reference", "referenceTypes": ["external"] },
                    { "name": "since", "type": "dateTime", "mutability": "immutable" },
                ] },
                { "name": "colours", "multiValued": true, "canonicalValues": ["red"], "caseExact": true, "returned": "request" },
            ],
        });
        let schema = Schema::from_definition(URN, &definition).expect("a schema");
        let shown = schema_resource(&schema, "https://example.com");
        assert_eq!(
            Schema::from_definition(URN, &json!({"name": "Acme", "description": "Ours", "attributes": shown["attributes"]})),
            Ok(schema)
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (attribute, words) in [
            (json!({ "name": "1abc" }), "no name"),
            (json!({ "name": "$ref" }), "no name"),
            (json!({}), "no name"),
            (json!({ "name": "a", "type": "text" }), "a: type must be one of string"),
            (json!({ "name": "a", "type": 1 }), "a: type must be one of"),
            (json!({ "name": "a", "multivalued": true }), "no characteristic"),
            (json!({ "name": "a", "required": "yes" }), "a: required must be true or false"),
            (json!({ "name": "a", "uniqueness": "global" }), "a: uniqueness must be one of none, server"),
            (json!({ "name": "a", "type": "boolean", "uniqueness": "server" }), "can be unique"),
            (json!({ "name": "a", "mutability": "readOnly", "required": true }), "cannot be required"),
            (json!({ "name": "a", "type": "complex" }), "needs subAttributes"),
            (json!({ "name": "a", "subAttributes": [{ "name": "b" }] }), "only a complex"),
            (
                json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex", "subAttributes": [{"name": "c"}] }] }),
                "a.b: a complex attribute has no complex parts",
            ),
            (
                json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b" }, { "name": "B" }] }),
                "a.B is there twice",
            ),
            (json!("a"), "must be a JSON object"),
        ] {
            let error = one(attribute.clone()).expect_err(&attribute.to_string());
            assert!(error.contains(words), "{attribute}: {error}");
        }
        let many: Vec<Value> = (0..101).map(|number| json!({ "name": format!("a{number}") })).collect();
        assert!(Schema::from_definition(URN, &json!({ "attributes": many })).unwrap_err().contains("101"));
    }

    #[test]
    fn what_nobody_can_read_is_write_only() {
        for attribute in [json!({ "name": "a", "returned": "never" }), json!({ "name": "a", "mutability": "writeOnly" })] {
            let attribute = one(attribute).expect("an attribute");
            assert_eq!((attribute.mutability, attribute.returned), (Mutability::WriteOnly, Returned::Never));
        }
    }

    #[test]
    fn urns_that_are_not_theirs_are_refused() {
        assert_eq!(custom_urn(URN), Ok(URN));
        for id in [
            urn::USER,
            urn::ENTERPRISE_USER,
            urn::ROLLCALL_USER,
            urn::PATCH_OP,
            "urn:x",
            "acme",
            "urn:a b:c",
            "urn:a::b",
            "urn:acme:é:x",
            "",
        ] {
            assert!(custom_urn(id).is_err(), "{id}");
        }
        assert!(custom_urn(&format!("urn:acme:{}", "x".repeat(300))).is_err());
    }

    #[test]
    fn stored_values_keep_their_meaning() {
        let schema = |attributes: Value| Schema::from_definition(URN, &json!({ "attributes": attributes })).expect("a schema");
        let before = schema(json!([{ "name": "a" }]));
        assert_eq!(compatible(&before, &schema(json!([{ "name": "a", "required": true }, { "name": "b" }]))), Ok(()));
        for after in
            [json!([{ "name": "b" }]), json!([{ "name": "a", "type": "integer" }]), json!([{ "name": "a", "multiValued": true }])]
        {
            assert!(compatible(&before, &schema(after.clone())).is_err(), "{after}");
        }
    }
}
