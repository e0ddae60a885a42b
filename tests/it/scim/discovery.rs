//! What the server says about itself.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, LIST, USER};
use crate::harness::{Instance, assert_includes};

#[tokio::test]
async fn the_configuration_can_be_read_as_identity_providers_read_it() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let config = workspace.scim().get("/ServiceProviderConfig").await.expect(200);
    for flag in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[flag]["supported"].is_boolean(), "{flag}");
    }
    for (flag, number) in [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")] {
        assert!(config[flag][number].is_u64(), "{flag}.{number}");
    }
    let scheme = &config["authenticationSchemes"][0];
    assert_eq!(scheme["type"], "oauthbearertoken");
    assert!(scheme["name"].is_string() && scheme["description"].is_string());
    assert!(!config.to_string().contains("\"\""), "authentik stumbles over empty addresses");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn resource_types_and_schemas_belong_together() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let types = scim.get("/ResourceTypes").await.expect(200);
    assert_includes(&types, &json!({ "schemas": [LIST], "totalResults": 2, "itemsPerPage": 2, "startIndex": 1 }), "types");
    let schemas = scim.get("/Schemas").await.expect(200);
    let ids: Vec<&Value> = schemas["Resources"].as_array().expect("schemas").iter().map(|schema| &schema["id"]).collect();
    assert_eq!(schemas["totalResults"], ids.len());
    for kind in types["Resources"].as_array().expect("types") {
        assert!(ids.contains(&&kind["schema"]));
        for extension in kind["schemaExtensions"].as_array().expect("extensions") {
            assert!(ids.contains(&&extension["schema"]));
        }
        let name = kind["name"].as_str().expect("a name");
        assert_eq!(&scim.get(&format!("/ResourceTypes/{name}")).await.expect(200), kind);
        // The endpoint is where it says.
        scim.get(kind["endpoint"].as_str().expect("an endpoint")).await.expect(200);
    }
    for schema in schemas["Resources"].as_array().expect("schemas") {
        let id = schema["id"].as_str().expect("a URN");
        assert_eq!(&scim.get(&format!("/Schemas/{id}")).await.expect(200), schema);
        assert!(!id.contains(":api:messages:"), "{id}");
        let location = schema["meta"]["location"].as_str().expect("an address");
        let there =
            instance.with_token(&workspace.scim_token).get(location.strip_prefix(&instance.url()).expect("our host")).await;
        assert_eq!(&there.expect(200), schema);
    }
    for urn in [USER, GROUP, ENTERPRISE] {
        assert!(ids.contains(&&json!(urn)), "{urn}");
    }
    assert!(!schemas.to_string().contains("null"), "Entra stumbles over null");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn lists_of_discovery_know_no_pages() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    for endpoint in ["/Schemas", "/ResourceTypes"] {
        let all = workspace.scim().get(endpoint).await.expect(200);
        assert_eq!(workspace.scim().get(&format!("{endpoint}?count=1&startIndex=2&sortBy=id")).await.expect(200), all);
        assert!(!workspace.scim().filter(endpoint, "id pr").await.scim_error(403, None).is_empty());
    }
    instance.abandon("nothing was enqueued");
}

/// What `/Schemas` says of a user's attributes is how they behave.
#[tokio::test]
async fn attributes_behave_as_their_schema_says() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let schema = scim.get(&format!("/Schemas/{USER}")).await.expect(200);
    let user = workspace.user("ada@acme.test").await;
    let at = super::path(&user);
    for attribute in schema["attributes"].as_array().expect("attributes") {
        let name = attribute["name"].as_str().expect("a name");
        let said = |key: &str| attribute[key].as_str().unwrap_or_default().to_owned();
        let plain = attribute["type"] == "string" && attribute["multiValued"] == false;
        if said("mutability") == "readOnly" {
            let change = json!([{ "op": "replace", "path": name, "value": [] }]);
            scim.operations(&at, change).await.scim_error(400, Some("mutability"));
        } else if said("returned") == "never" {
            let change = json!([{ "op": "replace", "path": name, "value": "x" }]);
            assert!(scim.operations(&at, change).await.expect(200).get(name).is_none(), "{name}");
            scim.filter("/Users", &format!("{name} eq \"x\"")).await.scim_error(400, Some("invalidFilter"));
        } else if plain {
            let change = json!([{ "op": "replace", "path": name, "value": "Value of it" }]);
            assert_eq!(scim.operations(&at, change).await.expect(200)[name], "Value of it", "{name}");
            let found = scim.filter("/Users", &format!("{name} eq \"VALUE OF IT\"")).await.expect(200);
            assert_eq!(found["totalResults"] == 1, attribute["caseExact"] == false, "{name}");
        }
        let removal = scim.operations(&at, json!([{ "op": "remove", "path": name }])).await;
        let fixed = attribute["required"] == true || said("mutability") == "readOnly";
        assert_eq!(removal.status, if fixed { 400 } else { 200 }, "{name}: {}", removal.text);
    }
    instance.finish().await;
}

#[tokio::test]
async fn how_to_authenticate_is_told_without_a_token_and_nothing_else() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().create().await; // the gate is closed
    let anonymous = workspace.scim().anonymous();
    let config = anonymous.get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    assert_eq!(config.as_object().map(|parts| parts.len()), Some(3), "{config}");
    for path in ["/Schemas", "/ResourceTypes", "/ResourceTypes/User"] {
        anonymous.get(path).await.scim_error(401, None);
    }
    anonymous.token("nonsense").get("/ServiceProviderConfig").await.scim_error(401, None);
    workspace.scim().get("/ServiceProviderConfig").await.scim_error(403, None);
    instance.abandon("no worker");
}
