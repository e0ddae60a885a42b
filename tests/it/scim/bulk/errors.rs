//! What fails in a bulk request, and what that means for the rest of it.

use super::*;

#[tokio::test]
async fn processing_stops_after_as_many_failures_as_the_client_says() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let bad = || delete(&format!("/Users/{NOBODY}"));
    for (number, most, done) in [
        (0, Value::Null, &["201", "404", "201", "404", "201"][..]),
        (1, json!(0), &["201", "404", "201", "404", "201"]),
        (2, json!(1), &["201", "404"]),
        (3, json!(2), &["201", "404", "201", "404"]),
        (4, json!(3), &["201", "404", "201", "404", "201"]),
        (5, json!(u64::MAX), &["201", "404", "201", "404", "201"]),
    ] {
        let named = |name: &str| post_user(&format!("{name}{number}"));
        let mut request = bulk(&json!([named("a"), bad(), named("b"), bad(), named("c")]));
        request["failOnErrors"] = most.clone();
        let came = results(&scim.post("/Bulk", request).await);
        assert_eq!(statuses(&came), done, "failOnErrors {most}");
        let there = names(&workspace).await;
        for (place, name) in [(0, "a"), (2, "b"), (4, "c")] {
            assert_eq!(there.contains(&format!("{name}{number}")), place < done.len(), "{name} with failOnErrors {most}");
        }
    }
    instance.finish().await;
}

/// Also an operation that cannot be read is a failure, and one that waits for another is not processed when that one is not.
#[tokio::test]
async fn what_is_not_processed_has_no_result_wherever_it_stands() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let group = post("/Groups", "g", json!({ "displayName": "G", "members": [{ "value": "bulkId:late" }] }));
    let mut request = bulk(&json!([group, post_user("early"), {}, post_user("late"), post_user("later")]));
    request["failOnErrors"] = json!(1);
    let came = results(&workspace.scim().post("/Bulk", request).await);
    assert_eq!(statuses(&came), ["201", "400"]);
    assert_eq!(came[0]["bulkId"], "early");
    assert_eq!(names(&workspace).await, ["early"]);
    assert_eq!(workspace.scim().get("/Groups").await.expect(200)["totalResults"], 0);
    instance.finish().await;
}

#[tokio::test]
async fn a_version_is_what_if_match_is() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let group = workspace.group("Analysts", &[&user]).await;
    for resource in [&group, &user] {
        let at = path(resource);
        let with = |method: &str, version: &str| {
            json!({
                "method": method, "path": at, "version": version,
                "data": {
                    "schemas": if method == "PATCH" { PATCH_OP } else if at.starts_with("/Users") { USER } else { GROUP },
                    "displayName": format!("by {method}"), "userName": "ada@acme.test",
                    "Operations": [{ "op": "replace", "path": "displayName", "value": "by PATCH" }],
                },
            })
        };
        let listed = |method: &str, version: &str| {
            let mut operation = with(method, version);
            operation["data"]["schemas"] = json!([operation["data"]["schemas"]]);
            operation
        };
        for stale in ["W/\"0\"", "\"2\"", "", "nonsense", "W/\"10\""] {
            let operations = json!([listed("PUT", stale), listed("PATCH", stale), listed("DELETE", stale)]);
            assert_eq!(statuses(&send(&scim, &operations).await), ["412"; 3], "{stale}");
        }
        assert_eq!(&scim.get(&at).await.expect(200), resource);
        // Each sees the version that the one before has made.
        let operations = json!([
            listed("PATCH", "W/\"1\""),
            listed("PATCH", "W/\"1\""),
            listed("PUT", "\"2\""),
            listed("PUT", "*"),
            listed("DELETE", "\"3\""),
        ]);
        let came = send(&scim, &operations).await;
        assert_eq!(statuses(&came), ["200", "412", "200", "200", "204"], "{came:?}");
        let versions: Vec<&str> = came.iter().filter_map(|result| result["version"].as_str()).collect();
        assert_eq!(versions, ["W/\"2\"", "W/\"3\"", "W/\"3\""], "what changes nothing keeps the version");
    }
    instance.finish().await;
}

/// RFC 6585 §3, as for a single request.
#[tokio::test]
async fn a_version_is_required_where_the_workspace_says_so() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    workspace.admin().patch("/scim/rules", json!({ "require_if_match": true })).await.expect(200);
    let mut with = title(&path(&user));
    with["version"] = user["meta"]["version"].clone();
    let list = json!({ "method": "PATCH", "path": path(&user), "version": "*", "data": [{ "op": "remove", "path": "title" }] });
    let operations = json!([title(&path(&user)), delete(&path(&user)), with, list, post_user("new")]);
    assert_eq!(statuses(&send(&workspace.scim(), &operations).await), ["428", "428", "200", "200", "201"]);
    let refused = json!({ "refused_tolerances": ["bulk-patch-list"] });
    workspace.admin().patch("/scim/rules", refused).await.expect(200);
    let came = send(&workspace.scim(), &json!([operations[3]])).await;
    assert!(statuses(&came) == ["400"] && detail(&came[0]).contains("bulk-patch-list"), "{came:?}");
    instance.finish().await;
}

/// RFC 7644 §3.7: what one operation does or fails to do is nothing to the others, and none is done by half.
#[tokio::test]
async fn each_operation_is_done_whole_or_not_at_all() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, ada, bob) = (workspace.scim(), workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let group = workspace.group("Analysts", &[&ada]).await;
    let ada = scim.get(&path(&ada)).await.expect(200);
    let operations = json!([
        patch_at(
            &path(&ada),
            json!([{ "op": "add", "path": "title", "value": "T" }, { "op": "replace", "path": "active", "value": 1 }])
        ),
        patch_at(
            &path(&group),
            json!([
                { "op": "add", "path": "members", "value": [{ "value": id(&bob) }] },
                { "op": "add", "path": "members", "value": [{ "value": NOBODY }] },
            ])
        ),
        post("/Groups", "g", json!({ "displayName": "Half", "members": [{ "value": id(&bob) }, { "value": NOBODY }] })),
        post("/Users", "u", json!({ "userName": "u@acme.test", "emails": [{ "value": "x", "primary": 5 }] })),
        title(&path(&bob)),
    ]);
    let came = send(&scim, &operations).await;
    assert_eq!(statuses(&came), ["400", "400", "400", "400", "200"]);
    for result in &came[..4] {
        assert_eq!(result["response"]["scimType"], "invalidValue", "{result}");
    }
    assert_eq!(scim.get(&path(&ada)).await.expect(200)["meta"], ada["meta"]);
    assert_eq!(scim.get(&path(&group)).await.expect(200), group);
    assert_eq!(scim.get("/Groups").await.expect(200)["totalResults"], 1);
    assert_eq!(names(&workspace).await, ["ada", "bob"]);
    instance.finish().await;
}

/// Every operation is written down as if it had been sent alone, under the one request.
#[tokio::test]
async fn the_audit_log_tells_each_operation() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let gone = workspace.user("gone@acme.test").await;
    instance.settle().await;
    let mut operations = vec![post_user("a"), post_user("b"), post_user("gone"), post_user("c")];
    operations.push(post("/Groups", "g", json!({ "displayName": "G", "members": [{ "value": "bulkId:a" }] })));
    operations.push(patch_at("/Users/bulkId:b", json!([{ "op": "replace", "path": "active", "value": false }])));
    operations.push(delete(&path(&gone)));
    operations.push(delete("/Groups/bulkId:g"));
    let answer = scim.post("/Bulk", bulk(&json!(operations))).await;
    assert_eq!(statuses(&results(&answer)), ["201", "201", "409", "201", "201", "200", "204", "204"]);
    let request: uuid::Uuid = answer.header("x-request-id").parse().expect("an id");
    let told: Vec<String> =
        sqlx::query_scalar("select action from audit_log where request_id = $1 and actor like 'token:%' order by action, id")
            .bind(request)
            .fetch_all(&instance.database.pool)
            .await
            .expect("the audit log");
    let closed = told.iter().filter(|action| action.starts_with("member.")).count();
    let mut told: Vec<&str> = told.iter().map(String::as_str).filter(|action| !action.starts_with("member.")).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "group.created",
            "group.deleted",
            "group.members_changed",
            "group.members_changed",
            "user.created",
            "user.created",
            "user.created",
            "user.deactivated",
            "user.deleted",
        ]
    );
    assert!(closed <= 2);
    instance.finish().await;
}

#[tokio::test]
async fn a_reference_to_what_has_failed_fails_as_well() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let taken = workspace.user("taken@acme.test").await;
    let operations = json!([
        post_user("taken"),
        post("/Groups", "g", json!({ "displayName": "G", "members": [{ "value": "bulkId:taken" }] })),
        title("/Users/bulkId:taken"),
        delete("/Groups/bulkId:g"),
        post("/Users", "m", json!({ "userName": "m@acme.test", (ENTERPRISE): { "manager": { "value": "bulkId:forward" } } })),
        { "method": "POST", "path": "/Users", "bulkId": "forward" },
        post_user("fine"),
    ]);
    let came = send(&workspace.scim(), &operations).await;
    assert_eq!(statuses(&came), ["409", "409", "409", "409", "409", "400", "201"]);
    for (result, name) in [(&came[1], "\"taken\""), (&came[2], "\"taken\""), (&came[3], "\"g\""), (&came[4], "\"forward\"")] {
        assert!(detail(result).contains(name) && detail(result).contains("failed"), "{result}");
        assert_eq!((result["response"].get("scimType"), result.get("location")), (None, None), "{result}");
    }
    assert_eq!(workspace.scim().get(&path(&taken)).await.expect(200)["meta"], taken["meta"]);
    assert_eq!(names(&workspace).await, ["fine", "taken"]);
    instance.finish().await;
}
