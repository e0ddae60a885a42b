//! Seats: nobody comes in beyond them, and nobody is put out because of them.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{create, patch, text};
use crate::harness::{Instance, Workspace};

async fn limit(instance: &Instance, workspace: &Workspace, seats: Value) {
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "seats": seats })).await.expect(200);
}

async fn taken(workspace: &Workspace) -> i64 {
    workspace.admin().get("/seats").await.expect(200)["taken"].as_i64().expect("a number")
}

fn body(name: &str, active: bool) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": name, "active": active })
}

#[tokio::test]
async fn who_would_be_one_too_many_is_refused_in_every_way_of_coming_in() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    // The first administrator has one.
    limit(&instance, &workspace, json!(3)).await;
    let ada = create(&workspace, "ada", json!({})).await;
    let eve = scim.post("/Users", body("eve", true)).await.expect(201);
    assert_eq!(taken(&workspace).await, 3);
    let refused = scim.post("/Users", body("max", true)).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(refused.text.contains("3 seats") && refused.json()["scimType"].is_null(), "{}", refused.text);
    // Nothing was changed by it; and somebody inactive needs no seat.
    assert_eq!(scim.get("/Users?filter=userName+eq+%22max%22").await.expect(200)["totalResults"], json!(0));
    let max = scim.post("/Users", body("max", false)).await.expect(201);
    let path = format!("/Users/{}", text(&max["id"]));
    let active = json!([{ "op": "replace", "path": "active", "value": true }]);
    assert_eq!(scim.operations(&path, active.clone()).await.status, 403);
    assert_eq!(scim.put(&path, body("max", true)).await.status, 403);
    assert_eq!(scim.post("/Users", body("max", true)).await.status, 403, "who comes back");
    let operations: Vec<Value> = (0..2)
        .map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": body(&format!("b{n}"), true) }))
        .collect();
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    let answer = scim.post("/Bulk", bulk).await.expect(200);
    for result in answer["Operations"].as_array().expect("results") {
        assert_eq!((&result["status"], &result["response"]["status"]), (&json!("403"), &json!("403")), "{result}");
    }
    let by_hand = workspace.admin().post("/members", json!({ "email": "x@acme.test", "role": "viewer" })).await;
    assert!(by_hand.status == 409 && by_hand.text.contains("3 seats"), "{}", by_hand.text);
    assert_eq!(taken(&workspace).await, 3);

    // A seat that becomes free can be taken; changes of people who have one are no matter of seats.
    patch(&workspace, &ada, json!({ "op": "replace", "path": "title", "value": "T" })).await;
    patch(&workspace, &ada, json!({ "op": "replace", "path": "active", "value": false })).await;
    scim.operations(&path, active.clone()).await.expect(200);
    assert_eq!(taken(&workspace).await, 3);
    scim.delete(&format!("/Users/{}", text(&eve["id"]))).await.expect(204);
    assert_eq!(taken(&workspace).await, 2);
    workspace.admin().post("/members", json!({ "email": "x@acme.test", "role": "viewer" })).await.expect(201);
    assert_eq!(scim.post("/Users", body("one more", true)).await.status, 403);

    // Fewer than there are people: nobody is put out, nobody comes in.
    limit(&instance, &workspace, json!(1)).await;
    instance.settle().await;
    let open = workspace.members().await.iter().filter(|member| member["status"] != "deactivated").count();
    assert_eq!((open, taken(&workspace).await), (3, 3));
    patch(&workspace, &max, json!({ "op": "replace", "path": "title", "value": "T" })).await;
    assert_eq!(scim.post("/Users", body("one more", true)).await.status, 403);
    limit(&instance, &workspace, Value::Null).await;
    scim.post("/Users", body("one more", true)).await.expect(201);
    instance.finish().await;
}

#[tokio::test]
async fn of_many_who_want_the_last_seats_at_the_same_time_as_many_get_one_as_there_are() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    limit(&instance, &workspace, json!(6)).await;
    let scim = workspace.scim();
    let calls = (0..24).map(|n| {
        let scim = scim.clone();
        async move {
            loop {
                let answer = scim.post("/Users", body(&format!("u{n}"), true)).await;
                if answer.status != 503 {
                    return answer.status;
                }
            }
        }
    });
    let statuses = join_all(calls).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 403].contains(status)), "{statuses:?}");
    assert_eq!(taken(&workspace).await, 6);
    let counted = instance.database.count("select count(*) from users where active").await;
    assert_eq!(counted, 5);
    instance.finish().await;
}
