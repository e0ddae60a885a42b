//! The request and the answer as a whole.

use rollcall::scim::LIMITS;
use serde_json::{Value, json};

use super::{REQUEST, RESPONSE, body, change, delete, results, sent, statuses, user};
use crate::{
    conformance::{
        asking::{NOBODY, names, person},
        framework::Ground,
    },
    harness::{Instance, Workspace},
    scim::{USER, path},
};

/// Who is there.
async fn everybody(workspace: &Workspace) -> Vec<String> {
    let mut all = names(&workspace.scim().get("/Users?count=1000").await.expect(200));
    all.sort();
    all
}

pub async fn limits(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    let config = scim.get("/ServiceProviderConfig").await.expect(200)["bulk"].clone();
    let limit = |name: &str| usize::try_from(config[name].as_u64().expect("a number")).expect("a size");
    let (operations, bytes) = (limit("maxOperations"), limit("maxPayloadSize"));
    assert!(config["supported"] == true && operations > 0 && bytes > 0, "{config}");
    let many = |n: usize| json!(vec![delete(&format!("/Users/{NOBODY}")); n]);
    assert_eq!(results(workspace, many(operations)).await.len(), operations);
    let detail = sent(workspace, many(operations + 1)).await.scim_error(413, None);
    assert!(detail.contains(&operations.to_string()), "{detail}");
    let frame = body(&json!([user("large")])).to_string();
    let filled = |length: usize| frame.clone() + &" ".repeat(length - frame.len());
    let post = || scim.raw("POST", "/Bulk").header("Content-Type", "application/scim+json");
    let over = filled(bytes + 1);
    for answer in [post().body(over.clone()).send(), post().chunked(over.as_bytes()).send()] {
        let detail = answer.scim_error(413, None);
        assert!(detail.contains("MiB") || detail.contains(&bytes.to_string()), "{detail}");
    }
    // Whoever says that much more is coming is told before it comes, and whoever does not say so is not read to the end.
    let before = ground.instance.peak_kilobytes();
    post().chunked(&vec![b' '; 10 * LIMITS.max_bulk_bytes]).send().scim_error(413, None);
    let grown = ground.instance.peak_kilobytes() - before;
    assert!(grown < 40 * 1024, "{grown} KiB for 80 MiB that were not taken");
    assert_eq!(everybody(workspace).await, [""; 0]);
    assert_eq!(statuses(post().body(filled(bytes)).send().expect(200)["Operations"].as_array().expect("results")), ["201"]);
}

pub async fn what_is_missing(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let there = person(workspace, json!({ "userName": "there" })).await;
    let at = path(&there);
    // Without the message or its operations there is nothing to do at all.
    for bad in [
        json!({ "Operations": [user("x")] }),
        json!({ "schemas": [USER], "Operations": [user("x")] }),
        json!({ "schemas": [], "Operations": [user("x")] }),
        json!({ "schemas": [REQUEST] }),
        json!({ "schemas": [REQUEST], "Operations": {} }),
        json!({ "schemas": [REQUEST], "Operations": null }),
    ] {
        workspace.scim().post("/Bulk", bad).await.scim_error(400, Some("invalidSyntax"));
    }
    let data = || json!({ "userName": "x" });
    for bad in [
        json!({ "path": "/Users", "bulkId": "1", "data": data() }),
        json!({ "method": "GET", "path": at }),
        json!({ "method": "POST", "path": "/Users", "data": data() }),
        json!({ "method": "POST", "path": "/Users", "bulkId": "", "data": data() }),
        json!({ "method": "POST", "path": "/Users", "bulkId": "1" }),
        json!({ "method": "POST", "bulkId": "1", "data": data() }),
        json!({ "method": "PUT", "path": at }),
        json!({ "method": "PATCH", "path": at }),
        json!({ "method": "PUT", "data": data() }),
        json!({ "method": "DELETE" }),
        json!("DELETE"),
        json!(null),
    ] {
        let name = format!("u{}", uuid::Uuid::new_v4().simple());
        let found = results(workspace, json!([user(&format!("{name}a")), bad, user(&format!("{name}b"))])).await;
        assert_eq!(statuses(&found), ["201", "400", "201"], "{bad}: the others are done");
        assert_eq!(found[1]["response"]["scimType"], "invalidSyntax", "{bad}: {}", found[1]);
    }
    // A path is /Users or /Users/<id>, relative and nothing else.
    let location = there["meta"]["location"].as_str().expect("an address");
    for bad in [location, "Users", &at[1..], "/Users/", &format!("{at}/x"), "/users/x", "/Devices", "/Users/x?y=z"] {
        let operation = json!({ "method": "PUT", "path": bad, "data": data() });
        let found = results(workspace, json!([operation])).await;
        assert!(found[0]["status"].as_str().is_some_and(|status| status.starts_with('4')), "{bad}: {}", found[0]);
    }
    assert_eq!(workspace.scim().get(&at).await.expect(200), there);
}

pub async fn all_fail(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let nobody = format!("/Users/{NOBODY}");
    let operations = json!([
        delete(&nobody),
        change(&nobody, json!({ "op": "remove", "path": "title" })),
        { "method": "PUT", "path": nobody, "data": { "userName": "x" } },
        { "method": "POST", "path": "/Users", "bulkId": "1", "data": {} },
        {},
    ]);
    let answer = sent(workspace, operations).await;
    assert!(answer.header("content-type").starts_with("application/scim+json"), "{}", answer.header("content-type"));
    let answer = answer.expect(200);
    assert_eq!(answer["schemas"], json!([RESPONSE]));
    let found: &Vec<Value> = answer["Operations"].as_array().expect("results");
    assert_eq!(statuses(found), ["404", "404", "404", "400", "400"]);
    assert_eq!(results(workspace, json!([])).await, [Value::Null; 0], "nothing to do is done");
}

pub async fn off(_: &Ground<'_>) {
    let instance = Instance::with_settings(&[("ROLLCALL_SCIM_BULK", "off")]).await;
    let workspace = instance.workspace().open().await;
    let config = workspace.scim().get("/ServiceProviderConfig").await.expect(200)["bulk"].clone();
    assert_eq!((&config["supported"], &config["maxOperations"]), (&json!(false), &json!(0)));
    sent(&workspace, json!([user("x")])).await.scim_error(501, None);
    assert_eq!(everybody(&workspace).await, [""; 0]);
    instance.abandon("nobody works here");
}
