//! What the server says about itself (RFC 7643 §5 to §7, RFC 7644 §4).

use serde_json::{Value, json};

use super::{
    asking::ACME,
    framework::{Client, Ground, Section, hold, requirements},
    schema_walk::{described_by, every_attribute_behaves},
};
use crate::scim::{ENTERPRISE, GROUP, LIST, USER, id, path};

/// Q060 to Q070.
pub const SECTION: Section = Section {
    title: "Discovery",
    requirements: requirements! {
        60 Must "ServiceProviderConfig has every flag and number that the RFC names." => configuration;
        61 Must "A flag is true exactly when the feature works." => flags_are_true;
        62 Should "How to authenticate is told without a token; the rest needs one." => public_part;
        63 Must "A resource type has an endpoint that answers and schemas that are served." => types_and_schemas;
        64 Must "A required extension must be in each resource, with its required attributes." => required_extensions;
        65 Must "Every schema in use is served, and every attribute behaves as its schema says." => schemas_tell_the_truth;
        66 Must "URNs of messages are no schemas." => messages_are_no_schemas;
        67 Must "Many are a ListResponse, one is itself." => lists_and_single_ones;
        68 Must "Parameters of pages and sorting are ignored." => no_pages;
        69 Should "A filter is refused with 403." => no_filters;
        70 Must "None of it can be written: 405 with Allow." => read_only;
    },
};

const CONFIG: &str = "/ServiceProviderConfig";

#[tokio::test]
async fn q060_to_q070_discovery() {
    hold(&SECTION).await;
}

async fn configuration(ground: &Ground<'_>) {
    let config = ground.scim().get(CONFIG).await.expect(200);
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    for flag in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[flag]["supported"].is_boolean(), "{flag}");
    }
    for (flag, number) in [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")] {
        assert!(config[flag][number].is_u64(), "{flag}.{number}");
    }
    let schemes = config["authenticationSchemes"].as_array().expect("schemes");
    assert!(!schemes.is_empty());
    for scheme in schemes {
        for part in ["type", "name", "description"] {
            assert!(scheme[part].as_str().is_some_and(|text| !text.is_empty()), "{part}");
        }
    }
}

/// The names of the users in a list, in its order.
async fn names(scim: &Client, query: &str) -> Vec<String> {
    let page = scim.get(&format!("/Users?{query}")).await.expect(200);
    let users = page["Resources"].as_array().into_iter().flatten();
    users.map(|user| user["userName"].as_str().expect("a name").to_owned()).collect()
}

async fn flags_are_true(ground: &Ground<'_>) {
    let scim = ground.scim();
    let config = scim.get(CONFIG).await.expect(200);
    let ada = ground.workspace.user("ada@acme.test").await;
    ground.workspace.user("grace@acme.test").await;
    let flag = |name: &str| config[name]["supported"] == true;

    let change = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    let patched = scim.operations(&path(&ada), change).await;
    assert_eq!(flag("patch"), patched.status == 200);

    bulk_is_as_published(&scim, &config["bulk"]).await;

    let found = scim.filter("/Users", "userName eq \"ada@acme.test\"").await;
    assert_eq!(flag("filter"), found.status == 200 && found.json()["totalResults"] == 1);
    let most = config["filter"]["maxResults"].as_u64().expect("a number");
    let page = scim.get("/Users?count=100000").await.expect(200);
    assert!(page["itemsPerPage"].as_u64().is_some_and(|size| size <= most));

    let before = scim.get(&path(&ada)).await.expect(200);
    let change = json!([{ "op": "replace", "path": "password", "value": "another" }]);
    let after = scim.operations(&path(&ada), change).await.expect(200);
    assert_eq!(flag("changePassword"), before["meta"] != after["meta"]);

    let up = names(&scim, "sortBy=userName").await;
    let mut down = names(&scim, "sortBy=userName&sortOrder=descending").await;
    down.reverse();
    assert_eq!(flag("sort"), up == down && up.is_sorted(), "{up:?}");

    let tag = patched.header("etag").to_owned();
    let known = scim.get_with(&path(&ada), "if-none-match", &tag).await;
    assert_eq!(flag("etag"), !tag.is_empty() && known.status == 304);

    let pages = &config["pagination"];
    let page = scim.get("/Users?cursor&count=1").await;
    assert_eq!(pages["cursor"] == true, page.status == 200 && page.json()["nextCursor"].is_string());
    let page = scim.get("/Users?startIndex=2&count=1").await;
    assert_eq!(pages["index"] == true, page.status == 200 && page.json()["startIndex"] == 2);
    assert!(config.get("securityEvents").is_none(), "events are not offered");
}

async fn bulk_is_as_published(scim: &Client, bulk: &Value) {
    let operation = json!({ "method": "POST", "path": "/Users", "bulkId": "b", "data": { "userName": "bulk@acme.test" } });
    let request = |operations: Vec<Value>| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    let answer = scim.post("/Bulk", request(vec![operation.clone()])).await;
    let works = answer.status == 200 && answer.json()["Operations"][0]["status"] == "201";
    assert_eq!(bulk["supported"], works, "{}", answer.text);
    let most = usize::try_from(bulk["maxOperations"].as_u64().expect("a number")).expect("a size");
    if works {
        scim.post("/Bulk", request(vec![operation; most + 1])).await.scim_error(413, None);
    } else {
        assert_eq!(most, 0);
    }
}

async fn public_part(ground: &Ground<'_>) {
    let all = ground.scim().get(CONFIG).await.expect(200);
    let public = ground.scim().anonymous().get(CONFIG).await.expect(200);
    assert_eq!(public["authenticationSchemes"], all["authenticationSchemes"]);
    for name in public.as_object().expect("an object").keys() {
        assert!(matches!(name.as_str(), "schemas" | "authenticationSchemes" | "meta"), "{name} is told to everybody");
    }
    for path in ["/Schemas", "/ResourceTypes", "/ResourceTypes/User", &format!("/Schemas/{USER}")] {
        ground.scim().anonymous().get(path).await.scim_error(401, None);
    }
}

async fn types_and_schemas(ground: &Ground<'_>) {
    ground.define(json!([{ "name": "badge" }])).await;
    let scim = ground.scim();
    let schemas = scim.get("/Schemas").await.expect(200);
    let served: Vec<&str> = schemas["Resources"].as_array().expect("schemas").iter().map(id).collect();
    let types = scim.get("/ResourceTypes").await.expect(200);
    let mut extensions = Vec::new();
    for kind in types["Resources"].as_array().expect("types") {
        assert_eq!(kind["id"], kind["name"]);
        assert!(served.contains(&kind["schema"].as_str().expect("a URN")), "{kind}");
        for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
            assert!(extension["required"].is_boolean(), "{extension}");
            extensions.push(extension["schema"].as_str().expect("a URN"));
        }
        let endpoint = kind["endpoint"].as_str().expect("an endpoint");
        assert_eq!(scim.get(endpoint).await.expect(200)["schemas"], json!([LIST]));
    }
    assert!(extensions.contains(&ACME) && extensions.iter().all(|urn| served.contains(urn)), "{extensions:?}");
}

async fn required_extensions(ground: &Ground<'_>) {
    let scim = ground.scim();
    let attributes = json!([{ "name": "site", "required": true }, { "name": "floor" }]);
    let define = async |required: bool| {
        let body = json!({ "resource_type": "User", "required": required, "attributes": attributes });
        ground.workspace.admin().put(&format!("/scim/schemas/{ACME}"), body).await.expect(200);
        let kind = scim.get("/ResourceTypes/User").await.expect(200);
        let extension = kind["schemaExtensions"].as_array().into_iter().flatten().find(|one| one["schema"] == ACME).cloned();
        assert_eq!(extension.expect("the extension")["required"], required);
    };
    let with = |name: &str, values: Value| json!({ "userName": name, (ACME): values });
    define(false).await;
    let ada = scim.post("/Users", json!({ "userName": "ada@acme.test" })).await.expect(201);
    scim.post("/Users", with("x@acme.test", json!({ "floor": "1" }))).await.scim_error(400, Some("invalidValue"));
    define(true).await;
    scim.post("/Users", json!({ "userName": "x@acme.test" })).await.scim_error(400, Some("invalidValue"));
    scim.put(&path(&ada), json!({ "userName": "ada@acme.test" })).await.scim_error(400, Some("invalidValue"));
    let grace = scim.post("/Users", with("grace@acme.test", json!({ "site": "Lund" }))).await.expect(201);
    let removal = json!([{ "op": "remove", "path": format!("{ACME}:site") }]);
    assert_eq!(scim.operations(&path(&grace), removal).await.status, 400);
    define(false).await;
    scim.post("/Users", json!({ "userName": "x@acme.test" })).await.expect(201);
}

async fn schemas_tell_the_truth(ground: &Ground<'_>) {
    every_attribute_behaves(ground).await;
    let scim = ground.scim();
    let user = json!({
        "userName": "ada@acme.test", "externalId": "1", "name": { "givenName": "Ada" },
        "emails": [{ "value": "ada@acme.test", "primary": true }], (ENTERPRISE): { "manager": { "value": "1" } },
        (ACME): { "one-integer": 1, "many-decimal": [0.5, 1] },
    });
    let user = scim.post("/Users", user).await.expect(201);
    ground.workspace.group("Analysts", &[&user]).await;
    let all = scim.get("/Schemas").await.expect(200);
    let schemas = all["Resources"].as_array().expect("schemas");
    for schema in schemas {
        assert_eq!(schema["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        let location = schema["meta"]["location"].as_str().expect("an address");
        assert!(location.ends_with(id(schema)), "{location}");
        described_by(schemas, schema);
    }
    described_by(schemas, &scim.get(CONFIG).await.expect(200));
    for endpoint in ["/ResourceTypes", "/Users", "/Groups"] {
        let page = scim.get(endpoint).await.expect(200);
        let resources = page["Resources"].as_array().expect("resources");
        assert!(!resources.is_empty(), "{endpoint}");
        resources.iter().for_each(|resource| described_by(schemas, resource));
    }
}

async fn messages_are_no_schemas(ground: &Ground<'_>) {
    let schemas = ground.scim().get("/Schemas").await.expect(200);
    for schema in schemas["Resources"].as_array().expect("schemas") {
        assert!(!id(schema).to_lowercase().contains(":api:messages:"), "{}", id(schema));
    }
    ground.scim().get(&format!("/Schemas/{LIST}")).await.scim_error(404, None);
}

async fn lists_and_single_ones(ground: &Ground<'_>) {
    let scim = ground.scim();
    for endpoint in ["/Schemas", "/ResourceTypes"] {
        let list = scim.get(endpoint).await.expect(200);
        assert_eq!(list["schemas"], json!([LIST]));
        let resources = list["Resources"].as_array().expect("resources");
        assert_eq!(list["totalResults"], resources.len());
        for resource in resources {
            assert_eq!(&scim.get(&format!("{endpoint}/{}", id(resource))).await.expect(200), resource);
            assert_eq!(&ground.at(resource["meta"]["location"].as_str().expect("an address")).await.expect(200), resource);
        }
        scim.get(&format!("{endpoint}/urn:nothing:at:all")).await.scim_error(404, None);
    }
    assert_eq!(scim.get(&format!("/Schemas/{GROUP}")).await.expect(200)["id"], GROUP);
    let config = scim.get(CONFIG).await.expect(200);
    assert!(config.get("Resources").is_none() && config.get("totalResults").is_none());
}

async fn no_pages(ground: &Ground<'_>) {
    let scim = ground.scim();
    for endpoint in ["/Schemas", "/ResourceTypes", CONFIG] {
        let all = scim.get(endpoint).await.expect(200);
        for parameters in ["count=1", "count=0", "startIndex=2", "sortBy=id&sortOrder=descending", "cursor=x", "count=x"] {
            assert_eq!(scim.get(&format!("{endpoint}?{parameters}")).await.expect(200), all, "{endpoint}?{parameters}");
        }
    }
}

async fn no_filters(ground: &Ground<'_>) {
    for endpoint in ["/Schemas", "/ResourceTypes", CONFIG] {
        for filter in ["id eq \"x\"", "id pr", "nonsense"] {
            ground.scim().filter(endpoint, filter).await.scim_error(403, None);
        }
    }
}

async fn read_only(ground: &Ground<'_>) {
    let scim = ground.scim();
    for at in ["/Schemas", "/ResourceTypes", CONFIG, "/ResourceTypes/User", &format!("/Schemas/{USER}")] {
        let before = scim.get(at).await.expect(200);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = scim.bytes(method, at, "{}");
            assert!(answer.header("allow").contains("GET"), "{method} {at}");
            answer.scim_error(405, None);
        }
        assert_eq!(scim.get(at).await.expect(200), before);
    }
}
