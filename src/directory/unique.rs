//! The values of a document that no other resource of the workspace may have, beside those that have columns of their own.

use serde_json::Value;

use crate::scim::{Document, ResourceSchema, identity, schema::Uniqueness};

/// Path of the attribute and value in its comparable form, each pair once. Empty for workspaces without unique extension attributes.
pub fn values(schema: &ResourceSchema, document: &Document) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for extension in schema.extensions.iter().map(|extension| &extension.schema) {
        for attribute in extension.attributes.iter().filter(|attribute| attribute.uniqueness == Uniqueness::Server) {
            let value = document.as_map().get(&extension.id).and_then(|object| object.get(&attribute.name));
            let each = match value {
                Some(Value::Array(each)) => each.as_slice(),
                Some(single) => std::slice::from_ref(single),
                None => &[],
            };
            for value in each {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let key = if attribute.case_exact { text } else { identity::fold(&text) };
                found.push((format!("{}:{}", extension.id, attribute.name), key));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::{
        Profile, ResourceType, Rules,
        schema::{Extension, Schema},
    };

    #[test]
    fn unique_values_are_compared_as_the_attribute_is() {
        let urn = "urn:acme:scim:User";
        let definition = json!({ "attributes": [
            { "name": "badge", "uniqueness": "server" }, { "name": "keys", "uniqueness": "server", "multiValued": true, "caseExact": true },
            { "name": "number", "type": "integer", "uniqueness": "server" }, { "name": "other" },
        ] });
        let schema = Schema::from_definition(urn, &definition).expect("a schema");
        let profile = Profile::new([(ResourceType::User, Extension { schema, required: false })], Rules::default());
        let map = json!({ (urn): { "badge": "A-1", "keys": ["K", "k", "K"], "number": 7, "other": "x" } });
        let document = Document::from_stored(map.as_object().cloned().unwrap_or_default());
        let wanted = [("badge", "a-1"), ("keys", "K"), ("keys", "k"), ("number", "7")];
        let wanted: Vec<_> = wanted.iter().map(|(name, key)| (format!("{urn}:{name}"), (*key).to_owned())).collect();
        assert_eq!(values(profile.schema(ResourceType::User), &document), wanted);
        assert_eq!(values(ResourceSchema::builtin(ResourceType::User), &document), []);
    }
}
