//! What every resource has (RFC 7643 §3).

use serde_json::{Value, json};

use super::{
    asking::SEARCH_REQUEST,
    framework::{Ground, Section, hold, requirements},
};
use crate::scim::{ENTERPRISE, GROUP, USER, id, path};

/// Q023 to Q037.
pub const SECTION: Section = Section {
    title: "Every resource",
    requirements: requirements! {
        23 Must "schemas lists distinct URNs of the resource type; their order means nothing." => schemas_of_a_body;
        24 Must "An answer lists the core schema and the extensions whose attributes are in it." => schemas_of_an_answer;
        25 Must "Attributes of an extension are in its object and nowhere else." => extensions_have_an_object;
        26 Must "The id is ours, never changes and is never used again." => ids_are_ours;
        27 Must "No id has the text bulkId in it." => ids_are_no_bulk_ids;
        28 Must "The id is in every answer, whatever was asked to be shown." => ids_are_always_there;
        29 Must "Case counts in ids." => ids_are_exact;
        30 Must "externalId is the client's: exact, not unique, and of its workspace only." => external_ids;
        31 Must "meta in a body is ignored." => meta_is_ours;
        32 Must "A new resource was changed last when it was created." => created_is_last_modified;
        33 Must "lastModified moves with each change, and only then." => last_modified_moves;
        34 Must "meta.location is the address of the resource, as in Location and Content-Location." => locations;
        35 Must "meta.version is the ETag, byte for byte." => versions;
        36 Must "meta.resourceType is the name of the resource type." => resource_types;
        37 Must "meta is shown by default, and not when other attributes are asked for." => meta_by_default;
    },
};

#[tokio::test]
async fn q023_to_q037_every_resource() {
    hold(&SECTION).await;
}

async fn schemas_of_a_body(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = |schemas: Value| json!({ "schemas": schemas, "userName": "ada@acme.test", (ENTERPRISE): { "division": "x" } });
    for schemas in [
        json!([USER, USER]),
        json!([USER, USER.to_uppercase()]),
        json!([USER, GROUP]),
        json!([USER, "urn:acme:unknown"]),
        json!([]),
        json!({}),
        json!([1]),
        json!([USER, null]),
    ] {
        scim.post("/Users", body(schemas)).await.scim_error(400, Some("invalidSyntax"));
    }
    let ada = scim.post("/Users", body(json!([USER, ENTERPRISE]))).await.expect(201);
    assert_eq!(scim.put(&path(&ada), body(json!([ENTERPRISE, USER]))).await.expect(200), ada);
    scim.put(&path(&ada), body(json!([USER, USER]))).await.scim_error(400, Some("invalidSyntax"));
    let change = json!([{ "op": "replace", "path": "schemas", "value": [USER] }]);
    scim.operations(&path(&ada), change).await.scim_error(400, Some("mutability"));
    let group = json!({ "schemas": [USER], "displayName": "Analysts" });
    scim.post("/Groups", group).await.scim_error(400, Some("invalidSyntax"));
}

async fn schemas_of_an_answer(ground: &Ground<'_>) {
    let scim = ground.scim();
    let plain = scim.post("/Users", json!({ "schemas": [USER, ENTERPRISE], "userName": "ada@acme.test" })).await.expect(201);
    assert_eq!(plain["schemas"], json!([USER]));
    let addition = json!([{ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Notes" }]);
    let with = scim.operations(&path(&plain), addition).await.expect(200);
    assert_eq!(with["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(scim.get("/Users").await.expect(200)["Resources"][0]["schemas"], json!([USER, ENTERPRISE]));
    let part = scim.get(&format!("{}?attributes=userName", path(&plain))).await.expect(200);
    assert_eq!(part["schemas"], json!([USER]));
    let removal = json!([{ "op": "remove", "path": format!("{ENTERPRISE}:department") }]);
    assert_eq!(scim.operations(&path(&plain), removal).await.expect(200)["schemas"], json!([USER]));
    assert_eq!(ground.workspace.group("Analysts", &[]).await["schemas"], json!([GROUP]));
}

async fn extensions_have_an_object(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = json!({ "userName": "ada@acme.test", "department": "Notes", "employeeNumber": "1" });
    let ada = scim.post("/Users", body.clone()).await.expect(201);
    for user in [ada.clone(), scim.put(&path(&ada), body).await.expect(200), scim.get(&path(&ada)).await.expect(200)] {
        assert!(user.get("department").is_none() && user.get(ENTERPRISE).is_none(), "{user}");
    }
    assert_eq!(scim.count("/Users", &format!("{ENTERPRISE}:department pr")).await, 0);
    let body = json!({ "userName": "ada@acme.test", (ENTERPRISE): { "department": "Notes", "title": "Countess" } });
    let ada = scim.put(&path(&ada), body).await.expect(200);
    assert_eq!((&ada[ENTERPRISE], ada.get("title")), (&json!({ "department": "Notes" }), None));
}

async fn ids_are_ours(ground: &Ground<'_>) {
    let scim = ground.scim();
    let user = scim.post("/Users", json!({ "id": "x", "userName": "ada@acme.test" })).await.expect(201);
    let group = scim.post("/Groups", json!({ "id": id(&user), "displayName": "Analysts" })).await.expect(201);
    let mut seen = vec![id(&user).to_owned(), id(&group).to_owned()];
    for (endpoint, resource, body) in [
        ("/Users", &user, json!({ "id": "y", "userName": "ada@acme.test", "title": "x" })),
        ("/Groups", &group, json!({ "id": "y", "displayName": "New" })),
    ] {
        let at = path(resource);
        assert_eq!(scim.put(&at, body.clone()).await.expect(200)["id"], resource["id"]);
        let change = json!([{ "op": "replace", "path": "id", "value": "z" }]);
        scim.operations(&at, change).await.scim_error(400, Some("mutability"));
        assert_eq!(scim.delete(&at).await.status, 204);
        seen.push(id(&scim.post(endpoint, body).await.expect(201)).to_owned());
    }
    assert!(seen.iter().all(|one| !one.is_empty() && one != "x" && one != "y"), "{seen:?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

async fn ids_are_no_bulk_ids(ground: &Ground<'_>) {
    for number in 0..20 {
        let user = ground.workspace.user(&format!("u{number}@acme.test")).await;
        let group = ground.workspace.group(&format!("Group {number}"), &[]).await;
        for id in [id(&user), id(&group)] {
            // A UUID has no letter behind f.
            assert!(id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{id}");
        }
    }
}

async fn ids_are_always_there(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let at = path(&ada);
    for parameters in ["attributes=userName", "excludedAttributes=id", "excludedAttributes=ID,userName", "attributes=nothing"] {
        assert_eq!(scim.get(&format!("{at}?{parameters}")).await.expect(200)["id"], ada["id"], "{parameters}");
        let page = scim.get(&format!("/Users?{parameters}")).await.expect(200);
        assert_eq!(page["Resources"][0]["id"], ada["id"], "{parameters}");
        let change = json!([{ "op": "replace", "path": "title", "value": parameters }]);
        let changed = scim.operations(&format!("{at}?{parameters}"), change).await.expect(200);
        assert_eq!(changed["id"], ada["id"], "{parameters}");
    }
    let search = json!({ "schemas": [SEARCH_REQUEST], "excludedAttributes": ["id"] });
    assert_eq!(scim.post("/Users/.search", search).await.expect(200)["Resources"][0]["id"], ada["id"]);
}

async fn ids_are_exact(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let upper = id(&ada).to_uppercase();
    assert_ne!(upper, id(&ada), "an id without letters shows nothing");
    scim.get(&format!("/Users/{upper}")).await.scim_error(404, None);
    for (value, count) in [(id(&ada), 1), (&upper, 0)] {
        assert_eq!(scim.count("/Users", &format!("id eq \"{value}\"")).await, count, "{value}");
    }
}

async fn external_ids(ground: &Ground<'_>) {
    let scim = ground.scim();
    for name in ["one@acme.test", "two@acme.test"] {
        let user = scim.post("/Users", json!({ "userName": name, "externalId": "Hr-1" })).await.expect(201);
        assert_eq!(user["externalId"], "Hr-1");
    }
    let without = scim.post("/Users", json!({ "userName": "three@acme.test" })).await.expect(201);
    assert!(without.get("externalId").is_none(), "we give none ourselves");
    assert_eq!(scim.count("/Users", "externalId eq \"Hr-1\"").await, 2);
    assert_eq!(scim.count("/Users", "externalId eq \"HR-1\"").await, 0);
    let other = ground.another().await;
    assert_eq!(other.scim().filter("/Users", "externalId eq \"Hr-1\"").await.expect(200)["totalResults"], 0);
    for name in ["One", "Two"] {
        scim.post("/Groups", json!({ "displayName": name, "externalId": "G" })).await.expect(201);
    }
    assert_eq!(scim.count("/Groups", "externalId eq \"G\"").await, 2);
}

async fn meta_is_ours(ground: &Ground<'_>) {
    let scim = ground.scim();
    let forged = json!({
        "resourceType": "Robot", "created": "1999-01-01T00:00:00Z", "lastModified": "1999-01-01T00:00:00Z",
        "location": "https://elsewhere.test/Users/1", "version": "W/\"forged\"",
    });
    let body = json!({ "userName": "ada@acme.test", "meta": forged, "title": "x" });
    let ada = scim.post("/Users", body.clone()).await.expect(201);
    assert_eq!(scim.put(&path(&ada), body).await.expect(200)["meta"], ada["meta"]);
    for (name, value) in forged.as_object().expect("an object") {
        assert_ne!(&ada["meta"][name], value, "{name}");
    }
    let change = json!([{ "op": "replace", "path": "meta.created", "value": "1999-01-01T00:00:00Z" }]);
    scim.operations(&path(&ada), change).await.scim_error(400, Some("mutability"));
}

async fn created_is_last_modified(ground: &Ground<'_>) {
    let user = ground.workspace.user("ada@acme.test").await;
    let nobody = ground.workspace.user("nobody@acme.test").await;
    let group = ground.workspace.group("Analysts", &[&user]).await;
    for resource in [&nobody, &group] {
        assert!(resource["meta"]["created"].as_str().is_some_and(|text| text.ends_with('Z')));
        assert_eq!(resource["meta"]["created"], resource["meta"]["lastModified"]);
        assert_eq!(ground.scim().get(&path(resource)).await.expect(200)["meta"], resource["meta"]);
    }
    // The group is in the user's version, and did not change the user.
    let (before, now) = (&user["meta"], &ground.scim().get(&path(&user)).await.expect(200)["meta"]);
    assert_eq!((&now["created"], &now["lastModified"]), (&before["created"], &before["lastModified"]));
    assert_ne!(now["version"], before["version"]);
}

async fn last_modified_moves(ground: &Ground<'_>) {
    let scim = ground.scim();
    let user = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[]).await;
    let time = |resource: &Value| {
        let text = resource["meta"]["lastModified"].as_str().expect("a time");
        chrono::DateTime::parse_from_rfc3339(text).expect(text)
    };
    for resource in [&user, &group] {
        let change = json!([{ "op": "replace", "path": "displayName", "value": "New" }]);
        let after = scim.operations(&path(resource), change.clone()).await.expect(200);
        assert!(time(&after) > time(resource));
        assert_eq!(after["meta"]["created"], resource["meta"]["created"]);
        let same = scim.operations(&path(resource), change).await.expect(200);
        assert_eq!(same["meta"], after["meta"], "nothing has changed");
    }
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id(&user) }] }]);
    assert!(time(&scim.operations(&path(&group), add).await.expect(200)) > time(&group));
}

async fn locations(ground: &Ground<'_>) {
    let scim = ground.scim();
    for (endpoint, body, other) in [
        ("/Users", json!({ "userName": "ada@acme.test" }), json!({ "userName": "ada@acme.test", "title": "x" })),
        ("/Groups", json!({ "displayName": "Analysts" }), json!({ "displayName": "Others" })),
    ] {
        let made = scim.post(endpoint, body).await;
        let resource = made.json();
        let location = resource["meta"]["location"].as_str().expect("an address").to_owned();
        let at = path(&resource);
        assert!(location.starts_with("http") && location.ends_with(&at), "{location}");
        let change = json!([{ "op": "replace", "path": "externalId", "value": "x" }]);
        for answer in [made, scim.get(&at).await, scim.put(&at, other).await, scim.operations(&at, change).await] {
            assert_eq!(answer.header("location"), location);
            assert_eq!(answer.header("content-location"), location);
            assert_eq!(answer.json()["meta"]["location"], location.as_str());
        }
        assert_eq!(ground.at(&location).await.expect(200)["id"], resource["id"]);
    }
}

async fn versions(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let at = path(&ada);
    let change = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    let mut seen = vec![ada["meta"]["version"].as_str().expect("a version").to_owned()];
    for answer in [scim.operations(&at, change).await, scim.put(&at, json!({ "userName": "ada@acme.test" })).await] {
        assert_eq!(answer.json()["meta"]["version"], answer.header("etag"));
        seen.push(answer.header("etag").to_owned());
    }
    assert!(seen.iter().all(|tag| tag.starts_with("W/\"") && tag.ends_with('"')), "{seen:?}");
    assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2], "{seen:?}");
    let read = scim.get(&at).await;
    assert_eq!((read.header("etag"), &read.json()["meta"]["version"]), (seen[2].as_str(), &json!(seen[2])));
    let listed = scim.get("/Users").await.expect(200);
    assert_eq!(listed["Resources"][0]["meta"]["version"], seen[2].as_str());
}

async fn resource_types(ground: &Ground<'_>) {
    let scim = ground.scim();
    let user = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[]).await;
    assert_eq!((&user["meta"]["resourceType"], &group["meta"]["resourceType"]), (&json!("User"), &json!("Group")));
    let types = scim.get("/ResourceTypes").await.expect(200);
    let names: Vec<&Value> = types["Resources"].as_array().expect("types").iter().map(|kind| &kind["name"]).collect();
    assert_eq!(names, ["User", "Group"]);
    for (path, name) in [("/ServiceProviderConfig", "ServiceProviderConfig"), ("/ResourceTypes/User", "ResourceType")] {
        assert_eq!(scim.get(path).await.expect(200)["meta"]["resourceType"], name);
    }
    assert_eq!(scim.get(&format!("/Schemas/{USER}")).await.expect(200)["meta"]["resourceType"], "Schema");
}

async fn meta_by_default(ground: &Ground<'_>) {
    let scim = ground.scim();
    let at = path(&ground.workspace.user("ada@acme.test").await);
    let meta = scim.get(&at).await.expect(200)["meta"].clone();
    assert_eq!(meta.as_object().expect("meta").len(), 5);
    for (parameters, shown) in [
        ("attributes=userName", None),
        ("excludedAttributes=meta", None),
        ("excludedAttributes=userName", Some(meta.clone())),
        ("attributes=meta.version", Some(json!({ "version": meta["version"] }))),
        ("attributes=meta", Some(meta.clone())),
    ] {
        let user = scim.get(&format!("{at}?{parameters}")).await.expect(200);
        assert_eq!(user.get("meta"), shown.as_ref(), "{parameters}");
    }
}
