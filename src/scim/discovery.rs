//! What we tell clients about ourselves: RFC 7643 §5 to §7, RFC 7644 §4.
//!
//! `base` is the URL in front of `/Users`, without a slash at its end.

use serde_json::{Map, Value, json};

use super::{
    profile::Profile,
    schema::{Attribute, ResourceSchema, Schema, Type, service_schemas},
    urn,
};

/// The bounds that requests meet. The code that enforces a bound reads it here, and so does whatever
/// advertises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most resources on a page.
    pub max_results: u64,
    /// A page ends with the resource with which its documents have as many bytes, so that it is never much more than this.
    pub max_page_bytes: usize,
    /// Groups that are shown with the users of a page, all together, 300 bytes each; a page of one user shows all that it has.
    pub max_page_groups: usize,
    /// Resources on a page when the client does not say.
    pub default_page: u64,
    /// Seconds for which a cursor is good.
    pub cursor_seconds: u32,
    /// Bytes of a request body. A group of 100,000 members in one PUT fits.
    pub max_body_bytes: usize,
    /// Operations of a bulk request.
    pub max_bulk_operations: usize,
    /// Bytes of the body of a bulk request.
    pub max_bulk_bytes: usize,
    /// Levels of objects and arrays in a body.
    pub max_json_depth: usize,
    /// Values in a body, at any depth. Each costs some eighty bytes of memory however few it has in the body: without this bound
    /// the largest body would need more than a gigabyte.
    pub max_json_values: usize,
    /// Values of one attribute of a resource. Not of `members`, which are rows and no part of the resource's document.
    pub max_attribute_values: usize,
    /// Bytes of a resource's document, its names and values together: a page of resources must fit into memory.
    pub max_document_bytes: usize,
    /// Changes of a group's members in one request, after those of one kind that follow each other have become one.
    pub max_member_changes: usize,
    /// Most operations in a PATCH.
    pub max_patch_operations: usize,
    /// Bytes of a filter.
    pub max_filter_bytes: usize,
    /// Comparisons and connectives of a filter.
    pub max_filter_nodes: usize,
    /// Levels of parentheses, brackets and `not` of a filter.
    pub max_filter_depth: usize,
    /// Bytes of a value by which resources are found: `userName`, `externalId`, `displayName`, e-mail
    /// addresses. An index row of Postgres has room for some 2,700.
    pub max_key_bytes: usize,
}

/// The bounds that we set.
pub const LIMITS: Limits = Limits {
    max_results: 1_000,
    max_page_bytes: 4 * 1024 * 1024,
    max_page_groups: 50_000,
    default_page: 100,
    cursor_seconds: 3_600,
    max_body_bytes: 16 * 1024 * 1024,
    max_bulk_operations: 1_000,
    max_bulk_bytes: 8 * 1024 * 1024,
    max_json_depth: 32,
    max_json_values: 1_000_000,
    max_attribute_values: 1_000,
    max_document_bytes: 256 * 1024,
    max_member_changes: 1_000,
    max_patch_operations: 10_000,
    max_filter_bytes: 8 * 1024,
    max_filter_nodes: 200,
    max_filter_depth: 32,
    max_key_bytes: 1_000,
};

/// The resource at `/ServiceProviderConfig`, RFC 7643 §5. A flag is true exactly when the feature works; `bulk` says whether bulk
/// requests do.
pub fn service_provider_config(base: &str, bulk: bool) -> Value {
    // The numbers must be there although bulk is not: clients read them without looking at the flag.
    let (operations, bytes) = if bulk { (LIMITS.max_bulk_operations, LIMITS.max_bulk_bytes) } else { (0, 0) };
    json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": bulk, "maxOperations": operations, "maxPayloadSize": bytes},
        "filter": {"supported": true, "maxResults": LIMITS.max_results},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        // RFC 9865 §4. Who asks for a page without saying how has never heard of cursors.
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": LIMITS.default_page,
            "maxPageSize": LIMITS.max_results,
            "cursorTimeout": LIMITS.cursor_seconds,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The SCIM token of the workspace, in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta("ServiceProviderConfig", format!("{base}/ServiceProviderConfig")),
    })
}

/// What of it is told to everybody: how to authenticate (RFC 7643 §5).
pub fn public_service_provider_config(base: &str) -> Value {
    let mut config = service_provider_config(base, false);
    if let Some(parts) = config.as_object_mut() {
        parts.retain(|name, _| matches!(name.as_str(), "schemas" | "authenticationSchemes" | "meta"));
    }
    config
}

/// The resources at `/ResourceTypes`, RFC 7643 §6, as this workspace has them.
pub fn resource_types(profile: &Profile, base: &str) -> Vec<Value> {
    profile.schemas().map(|schema| resource_type(schema, base)).into()
}

/// One ResourceType. Its `id` is its `name`.
pub fn resource_type(schema: &ResourceSchema, base: &str) -> Value {
    let name = schema.resource_type.name();
    let extensions: Vec<_> = schema
        .extensions
        .iter()
        .map(|extension| json!({"schema": extension.schema.id, "required": extension.required}))
        .collect();
    json!({
        "schemas": [urn::RESOURCE_TYPE],
        "id": name,
        "name": name,
        "description": schema.core.description,
        "endpoint": schema.resource_type.endpoint(),
        "schema": schema.core.id,
        "schemaExtensions": extensions,
        "meta": meta("ResourceType", format!("{base}/ResourceTypes/{name}")),
    })
}

/// The resources at `/Schemas`, RFC 7643 §7, as this workspace has them: those of users and groups
/// first, then those of the discovery resources themselves (§8.7.2).
pub fn schemas(profile: &Profile, base: &str) -> Vec<Value> {
    let resources = profile.schemas();
    let cores = resources.iter().map(|resource| &resource.core);
    let extensions = resources.iter().flat_map(|resource| &resource.extensions).map(|extension| &extension.schema);
    cores.chain(extensions).chain(service_schemas()).map(|schema| schema_resource(schema, base)).collect()
}

/// One Schema resource.
pub fn schema_resource(schema: &Schema, base: &str) -> Value {
    let mut resource = schema_definition(schema);
    resource["schemas"] = json!([urn::SCHEMA]);
    resource["meta"] = meta("Schema", format!("{base}/Schemas/{}", schema.id));
    resource
}

/// What a Schema resource says of the schema itself.
pub fn schema_definition(schema: &Schema) -> Value {
    json!({
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(attribute).collect::<Vec<_>>(),
    })
}

fn attribute(attribute: &Attribute) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("name", attribute.name.as_str().into());
    put("type", attribute.kind.as_str().into());
    put("multiValued", attribute.multi_valued.into());
    put("description", attribute.description.as_str().into());
    put("required", attribute.required.into());
    if !attribute.canonical_values.is_empty() {
        put("canonicalValues", attribute.canonical_values.clone().into());
    }
    // A complex value is never compared as a whole (erratum 6004), and only text has case.
    match attribute.kind {
        Type::String | Type::Reference | Type::Binary => {
            put("caseExact", attribute.case_exact.into());
        }
        Type::Boolean | Type::Decimal | Type::Integer | Type::DateTime | Type::Complex => {}
    }
    put("mutability", attribute.mutability.as_str().into());
    put("returned", attribute.returned.as_str().into());
    if attribute.kind == Type::Complex {
        put("subAttributes", attribute.sub_attributes.iter().map(self::attribute).collect());
    } else {
        put("uniqueness", attribute.uniqueness.as_str().into());
    }
    if !attribute.reference_types.is_empty() {
        put("referenceTypes", attribute.reference_types.clone().into());
    }
    Value::Object(body)
}

fn meta(resource_type: &str, location: String) -> Value {
    json!({"resourceType": resource_type, "location": location})
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::scim::{ResourceType, attr::is_name};

    const BASE: &str = "https://example.com/scim/v2";

    fn by_id(id: &str) -> Value {
        schemas(&Profile::builtin(), BASE).into_iter().find(|schema| schema["id"] == id).unwrap()
    }

    fn named<'a>(attributes: &'a Value, name: &str) -> &'a Value {
        attributes.as_array().unwrap().iter().find(|attribute| attribute["name"] == name).unwrap()
    }

    #[test]
    fn the_configuration_says_what_is_enforced() {
        let config = service_provider_config(BASE, true);
        let flag = |name: &str| config[name]["supported"].as_bool();
        for (name, supported) in
            [("patch", true), ("bulk", true), ("filter", true), ("changePassword", false), ("sort", true), ("etag", true)]
        {
            assert_eq!(flag(name), Some(supported), "{name}");
        }
        assert_eq!(config["filter"]["maxResults"], json!(LIMITS.max_results));
        assert_eq!(config["bulk"]["maxOperations"], json!(LIMITS.max_bulk_operations));
        assert_eq!(config["bulk"]["maxPayloadSize"], json!(LIMITS.max_bulk_bytes));
        let without = service_provider_config(BASE, false);
        assert_eq!(without["bulk"], json!({"supported": false, "maxOperations": 0, "maxPayloadSize": 0}));
        assert_eq!(
            config["pagination"],
            json!({
                "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": LIMITS.default_page,
                "maxPageSize": LIMITS.max_results, "cursorTimeout": LIMITS.cursor_seconds,
            })
        );
        assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
        assert_eq!(config["meta"]["location"], "https://example.com/scim/v2/ServiceProviderConfig");
        assert!(config.get("documentationUri").is_none());
    }

    #[test]
    fn resource_types_point_to_schemas_that_are_served() {
        let served: HashSet<String> =
            schemas(&Profile::builtin(), BASE).iter().map(|schema| schema["id"].as_str().unwrap().to_owned()).collect();
        let types = resource_types(&Profile::builtin(), BASE);
        assert_eq!(types.len(), 2);
        for kind in types {
            assert_eq!(kind["id"], kind["name"]);
            assert!(served.contains(kind["schema"].as_str().unwrap()));
            for extension in kind["schemaExtensions"].as_array().unwrap() {
                assert!(served.contains(extension["schema"].as_str().unwrap()));
                assert_eq!(extension["required"], false);
            }
            assert_eq!(kind["meta"]["location"], format!("{BASE}/ResourceTypes/{}", kind["name"].as_str().unwrap()));
        }
    }

    #[test]
    fn schemas_are_resources_and_no_messages() {
        let all = schemas(&Profile::builtin(), BASE);
        let ids: Vec<_> = all.iter().map(|schema| schema["id"].as_str().unwrap()).collect();
        assert_eq!(
            ids,
            [
                urn::USER,
                urn::GROUP,
                urn::ENTERPRISE_USER,
                urn::ROLLCALL_USER,
                urn::SERVICE_PROVIDER_CONFIG,
                urn::RESOURCE_TYPE,
                urn::SCHEMA
            ]
        );
        for schema in &all {
            assert_eq!(schema["schemas"], json!([urn::SCHEMA]));
            assert_eq!(schema["meta"]["resourceType"], "Schema");
        }
    }

    /// Entra reads `/Schemas` to offer the attributes for mapping and stumbles over null.
    #[test]
    fn every_attribute_has_its_characteristics_and_no_null() {
        fn check(attributes: &Value) {
            for attribute in attributes.as_array().unwrap() {
                let name = attribute["name"].as_str().unwrap();
                assert!(is_name(name), "{name}");
                assert!(attribute.as_object().unwrap().values().all(|value| !value.is_null()), "{name}");
                for key in ["type", "multiValued", "required", "description", "mutability", "returned"] {
                    assert!(attribute.get(key).is_some(), "{name}: {key}");
                }
                let complex = attribute["type"] == "complex";
                assert_eq!(attribute.get("uniqueness").is_none(), complex, "{name}");
                assert_eq!(attribute.get("subAttributes").is_some(), complex, "{name}");
                assert_eq!(attribute.get("referenceTypes").is_some(), attribute["type"] == "reference", "{name}");
                if complex {
                    check(&attribute["subAttributes"]);
                }
            }
        }
        schemas(&Profile::builtin(), BASE).iter().for_each(|schema| check(&schema["attributes"]));
    }

    #[test]
    fn an_attribute_reads_as_in_the_rfc() {
        let user = by_id(urn::USER);
        assert_eq!(
            named(&user["attributes"], "userName"),
            &json!({
                "name": "userName", "type": "string", "multiValued": false,
                "description": ResourceSchema::builtin(ResourceType::User).core.attribute("userName").unwrap().description,
                "required": true, "caseExact": false, "mutability": "readWrite", "returned": "default",
                "uniqueness": "server",
            })
        );
        let emails = named(&user["attributes"], "emails");
        assert_eq!(named(&emails["subAttributes"], "type")["canonicalValues"], json!(["work", "home", "other"]));
        assert_eq!(named(&by_id(urn::GROUP)["attributes"], "displayName")["required"], true);
        let role = &by_id(urn::ROLLCALL_USER)["attributes"][0];
        assert_eq!(role["canonicalValues"], json!(["admin", "editor", "viewer", "guest"]));
    }

    /// The three discovery schemas describe what we serve: each member is in its schema, and what the
    /// schema requires is there.
    #[test]
    fn discovery_resources_keep_to_their_own_schemas() {
        fn check(resource: &Value, attributes: &Value, at: &str) {
            let resource = resource.as_object().unwrap();
            for (name, value) in resource {
                if matches!(name.as_str(), "schemas" | "meta" | "id") {
                    continue;
                }
                let attribute = named(attributes, name);
                assert_eq!(attribute["multiValued"], value.is_array(), "{at}.{name}");
                if attribute["type"] == "complex" {
                    let elements = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                    elements.iter().for_each(|element| check(element, &attribute["subAttributes"], name));
                }
            }
            for attribute in attributes.as_array().unwrap().iter().filter(|attribute| attribute["required"] == true) {
                assert!(resource.contains_key(attribute["name"].as_str().unwrap()), "{at}: {}", attribute["name"]);
            }
        }
        check(&service_provider_config(BASE, true), &by_id(urn::SERVICE_PROVIDER_CONFIG)["attributes"], "config");
        resource_types(&Profile::builtin(), BASE)
            .iter()
            .for_each(|kind| check(kind, &by_id(urn::RESOURCE_TYPE)["attributes"], "type"));
        for id in [urn::USER, urn::GROUP, urn::ENTERPRISE_USER, urn::ROLLCALL_USER] {
            check(&by_id(id), &by_id(urn::SCHEMA)["attributes"], id);
        }
    }
}
