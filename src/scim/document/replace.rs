//! What a PUT may not change, RFC 7644 §3.5.1.

use serde_json::{Map, Value};

use super::Document;
use crate::scim::{
    error::{ScimError, ScimType},
    schema::{Attribute, Mutability, ResourceSchema},
};

impl Document {
    /// Takes over from the resource that a PUT replaces what the client cannot take away by leaving it out: `active`, because an
    /// identity provider that never mentions it must not let a deactivated person in again, and what is immutable once it is set.
    ///
    /// # Errors
    /// 400 `mutability` when an immutable attribute has another value than before.
    pub fn keep_from(&mut self, schema: &ResourceSchema, before: &Self) -> Result<(), ScimError> {
        if let Some(active) = before.0.get("active")
            && !self.0.contains_key("active")
        {
            self.0.insert("active".to_owned(), active.clone());
        }
        keep_immutable(&schema.core.attributes, "", &before.0, &mut self.0)?;
        for extension in schema.extensions.iter().map(|extension| &extension.schema) {
            let Some(old) = before.0.get(&extension.id).and_then(Value::as_object) else { continue };
            let mut new = match self.0.remove(&extension.id) {
                Some(Value::Object(new)) => new,
                _ => Map::new(),
            };
            keep_immutable(&extension.attributes, &format!("{}:", extension.id), old, &mut new)?;
            if !new.is_empty() {
                self.0.insert(extension.id.clone(), Value::Object(new));
            }
        }
        Ok(())
    }
}

/// The elements of a multi-valued attribute are replaced as a whole, so only single values have parts that stay.
fn keep_immutable(
    attributes: &[Attribute],
    prefix: &str,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    for attribute in attributes {
        let name = &attribute.name;
        let Some(old) = before.get(name) else { continue };
        if attribute.mutability == Mutability::Immutable {
            match after.get(name) {
                Some(new) if new != old => return Err(fixed(&format!("{prefix}{name}"))),
                Some(_) => {}
                None => {
                    after.insert(name.clone(), old.clone());
                }
            }
        } else if !attribute.multi_valued
            && let (Some(old), Some(new)) = (old.as_object(), after.get_mut(name).and_then(Value::as_object_mut))
        {
            keep_immutable(&attribute.sub_attributes, &format!("{prefix}{name}."), old, new)?;
        }
    }
    Ok(())
}

fn fixed(at: &str) -> ScimError {
    let detail = format!("{at} is immutable and has a value already. Send the value that it has, or leave it out.");
    ScimError::bad(ScimType::Mutability, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::{
        Profile, ResourceType, Rules,
        schema::{Extension, Schema},
    };

    const URN: &str = "urn:acme:scim:User";

    fn put(before: Value, after: Value) -> Result<Value, Option<ScimType>> {
        let definition = json!({ "attributes": [
            { "name": "badge", "mutability": "immutable" },
            { "name": "desk", "type": "complex", "subAttributes": [{ "name": "floor", "mutability": "immutable" }, { "name": "row" }] },
        ] });
        let schema = Schema::from_definition(URN, &definition).expect("a schema");
        let profile = Profile::new([(ResourceType::User, Extension { schema, required: false })], Rules::default());
        let document = |value: Value| Document::from_stored(value.as_object().cloned().unwrap_or_default());
        let mut after = document(after);
        after.keep_from(profile.schema(ResourceType::User), &document(before)).map_err(|error| error.scim_type)?;
        Ok(Value::Object(after.into_map()))
    }

    #[test]
    fn what_is_immutable_stays_or_is_refused() {
        let with = |inner: Value| json!({ "userName": "a", (URN): inner });
        assert_eq!(put(with(json!({"badge": "1"})), with(json!({"badge": "1"}))), Ok(with(json!({"badge": "1"}))));
        assert_eq!(put(with(json!({"badge": "1"})), json!({"userName": "a"})), Ok(with(json!({"badge": "1"}))));
        assert_eq!(put(json!({"userName": "a"}), with(json!({"badge": "1"}))), Ok(with(json!({"badge": "1"}))));
        assert_eq!(put(with(json!({"badge": "1"})), with(json!({"badge": "2"}))), Err(Some(ScimType::Mutability)));
        let desk = |floor: u8, row: u8| with(json!({ "desk": { "floor": floor, "row": row } }));
        assert_eq!(put(desk(1, 1), desk(1, 2)), Ok(desk(1, 2)));
        assert_eq!(put(desk(1, 1), desk(2, 1)), Err(Some(ScimType::Mutability)));
        assert_eq!(put(desk(1, 1), json!({"userName": "a"})), Ok(json!({"userName": "a"})));
    }

    #[test]
    fn an_omitted_active_keeps_its_value() {
        assert_eq!(put(json!({"active": false}), json!({"title": "x"})), Ok(json!({"active": false, "title": "x"})));
        assert_eq!(put(json!({"active": false}), json!({"active": true})), Ok(json!({"active": true})));
        assert_eq!(put(json!({}), json!({})), Ok(json!({})));
    }
}
