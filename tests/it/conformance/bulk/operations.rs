//! Each operation and its result.

use serde_json::{Value, json};

use super::{body, change, delete, place, results, statuses, user};
use crate::{
    conformance::{
        asking::{NOBODY, people, person},
        framework::Ground,
    },
    scim::{id, patch, path},
};

/// One operation of every kind, each with its result: those that succeed, then those that fail.
async fn of_every_kind(ground: &Ground<'_>) -> (Vec<Value>, Vec<Value>) {
    let workspace = &ground.workspace;
    let [ada, bob] = people(workspace, ["ada", "bob"].map(|name| json!({ "userName": name }))).await;
    let title = json!({ "op": "add", "path": "title", "value": "T" });
    let mut replacement = json!({ "method": "PUT", "path": path(&ada), "data": { "userName": "ada", "title": "U" } });
    replacement["bulkId"] = json!("mine");
    let nobody = format!("/Users/{NOBODY}");
    let operations = json!([
        user("new"),
        change(&path(&ada), title),
        replacement,
        delete(&path(&bob)),
        user("ada"),
        change(&path(&ada), json!({ "op": "replace", "path": "id", "value": "x" })),
        { "method": "PUT", "path": nobody, "data": { "userName": "x" } },
        delete(&nobody),
    ]);
    let mut good = results(workspace, operations).await;
    let bad = good.split_off(4);
    assert_eq!((statuses(&good), statuses(&bad)), (vec!["201", "200", "200", "204"], vec!["409", "400", "404", "404"]));
    (good, bad)
}

pub async fn parts_of_a_result(ground: &Ground<'_>) {
    let (good, bad) = of_every_kind(ground).await;
    for (result, method) in good.iter().chain(&bad).zip(["POST", "PATCH", "PUT", "DELETE"].into_iter().cycle()) {
        let failed_post = method == "POST" && result.get("response").is_some();
        assert_eq!(result["method"], method, "{result}");
        assert_eq!(result["location"].is_string(), !failed_post, "a location unless a POST failed: {result}");
    }
    let bulk_ids: Vec<&Value> = good.iter().chain(&bad).map(|result| &result["bulkId"]).collect();
    let none = &Value::Null;
    assert_eq!(bulk_ids, [&json!("new"), none, &json!("mine"), none, &json!("ada"), none, none, none]);
    for result in &good {
        let there = ground.workspace.scim().get(&place(result)).await;
        match result["status"].as_str() {
            Some("204") => assert_eq!((there.status, result.get("version")), (404, None), "{result}"),
            Some("201") => assert_eq!(result["version"], there.header("etag"), "{result}"),
            _ => assert!(result["version"].is_string(), "{result}"),
        }
    }
    // The last write of a resource is what it has now.
    let now = ground.workspace.scim().get(&place(&good[2])).await;
    assert_eq!((good[2]["version"].as_str(), good[1]["version"] == good[2]["version"]), (Some(now.header("etag")), false));
}

pub async fn status_is_text(ground: &Ground<'_>) {
    let (good, bad) = of_every_kind(ground).await;
    for result in good.iter().chain(&bad) {
        let status = result["status"].as_str().unwrap_or_else(|| panic!("{result}"));
        assert!(status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()), "{result}");
    }
}

pub async fn errors_are_whole(ground: &Ground<'_>) {
    let (good, bad) = of_every_kind(ground).await;
    for (result, word) in bad.iter().zip([Some("uniqueness"), Some("mutability"), None, None]) {
        let error = &result["response"];
        assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{result}");
        assert_eq!((&error["status"], error["scimType"].as_str()), (&result["status"], word), "{result}");
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(' ')), "{result}");
        assert!(result.get("version").is_none(), "{result}");
    }
    assert!(good.iter().all(|result| result.get("response").is_none()));
}

pub async fn fail_on_errors(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let bad = || delete(&format!("/Users/{NOBODY}"));
    // 0 would stop before anything could fail; programs send it whose users said nothing, and it is as good as absent.
    for (n, (most, done)) in
        [(Value::Null, 6), (json!(0), 6), (json!(1), 2), (json!(2), 4), (json!(3), 5), (json!(4), 6)].into_iter().enumerate()
    {
        let mut request =
            body(&json!([user(&format!("a{n}")), bad(), user(&format!("b{n}")), bad(), bad(), user(&format!("c{n}"))]));
        if !most.is_null() {
            request["failOnErrors"] = most.clone();
        }
        let answer = workspace.scim().post("/Bulk", request).await.expect(200);
        let found = answer["Operations"].as_array().expect("results");
        assert_eq!(statuses(found), ["201", "404", "201", "404", "404", "201"][..done], "failOnErrors {most}");
        // What has no result was not done.
        for (place, name) in [(0, "a"), (2, "b"), (5, "c")] {
            let there = workspace.scim().filter("/Users", &format!("userName eq \"{name}{n}\"")).await.expect(200);
            assert_eq!(there["totalResults"], usize::from(place < done), "{name}{n}, failOnErrors {most}");
        }
    }
    for wrong in [json!(-1), json!("1"), json!(1.5), json!([1])] {
        let mut request = body(&json!([user("never")]));
        request["failOnErrors"] = wrong;
        workspace.scim().post("/Bulk", request).await.scim_error(400, Some("invalidSyntax"));
    }
}

pub async fn like_single_requests(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    let (ada, theirs) = (person(workspace, json!({ "userName": "ada" })).await, ground.another().await.user("theirs").await);
    let group = workspace.group("Group", &[&ada]).await;
    let ada = scim.get(&path(&ada)).await.expect(200);
    // Atomic: what is half wrong is not half done. Validated and authorised: the same refusals as for a request.
    let halves = [
        (
            json!({ "method": "PATCH", "path": path(&ada), "data": patch(json!([
                { "op": "add", "path": "title", "value": "T" }, { "op": "replace", "path": "active", "value": "maybe" },
            ])) }),
            "400",
        ),
        (
            json!({ "method": "PATCH", "path": path(&group), "data": patch(json!([
                { "op": "remove", "path": "members" }, { "op": "add", "path": "members", "value": [{ "value": NOBODY }] },
            ])) }),
            "400",
        ),
        (json!({ "method": "PUT", "path": path(&ada), "data": { "title": "no name" } }), "400"),
        (json!({ "method": "POST", "path": "/Groups", "bulkId": "g", "data": { "displayName": "group" } }), "409"),
        (json!({ "method": "PUT", "path": path(&theirs), "data": { "userName": "taken over" } }), "404"),
        (delete(&path(&theirs)), "404"),
        (change(&path(&group), json!({ "op": "add", "path": "members", "value": [{ "value": id(&theirs) }] })), "400"),
    ];
    let operations: Vec<&Value> = halves.iter().map(|(operation, _)| operation).collect();
    let wanted: Vec<&str> = halves.iter().map(|(_, status)| *status).collect();
    assert_eq!(statuses(&results(workspace, json!(operations)).await), wanted);
    assert_eq!(scim.get(&path(&ada)).await.expect(200), ada);
    assert_eq!(scim.get(&path(&group)).await.expect(200), group);
    // Only users and groups have a place in an operation.
    for target in ["/Bulk", "/Me", "/.search", "/Users/.search", "/Groups/.search", "/Schemas", "/ServiceProviderConfig", "/"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let operation =
                json!({ "method": method, "path": target, "bulkId": "b", "data": body(&json!([delete(&path(&ada))])) });
            let found = results(workspace, json!([operation])).await;
            assert!(found[0]["status"].as_str().is_some_and(|status| status.starts_with('4')), "{method} {target}: {}", found[0]);
        }
    }
    assert_eq!(scim.get(&path(&ada)).await.expect(200), ada);
    scim.anonymous().post("/Bulk", body(&json!([user("x")]))).await.scim_error(401, None);
    scim.token(&workspace.admin_token).post("/Bulk", body(&json!([user("x")]))).await.scim_error(403, None);
    // Audited: a row for each write, as if it had been sent alone, under the id of the one request.
    let operations = json!([
        user("one"),
        user("two"),
        change(&path(&ada), json!({ "op": "replace", "path": "active", "value": false })),
        delete(&path(&group)),
        delete(&format!("/Users/{NOBODY}")),
        change(&path(&ada), json!({ "op": "replace", "path": "active", "value": false })),
    ]);
    let answer = scim.post("/Bulk", body(&operations)).await;
    let request = answer.header("x-request-id").to_owned();
    assert_eq!(
        statuses(answer.expect(200)["Operations"].as_array().expect("results")),
        ["201", "201", "200", "204", "404", "200"]
    );
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select action, actor from audit_log where request_id = $1::uuid and actor like 'token:%' order by action",
    )
    .bind(&request)
    .fetch_all(&ground.instance.database.pool)
    .await
    .expect("the audit log");
    let actions: Vec<&str> = rows.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["group.deleted", "group.members_changed", "user.created", "user.created", "user.deactivated"]);
}

pub async fn versions(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let ada = person(workspace, json!({ "userName": "ada" })).await;
    let version = |mut operation: Value, version: &str| {
        operation["version"] = json!(version);
        operation
    };
    let title = |title: &str| change(&path(&ada), json!({ "op": "replace", "path": "title", "value": title }));
    let put = json!({ "method": "PUT", "path": path(&ada), "data": { "userName": "ada", "title": "by PUT" } });
    let stale = json!([version(title("x"), "W/\"0\""), version(put.clone(), "W/\"0\""), version(delete(&path(&ada)), "\"0\"")]);
    let found = results(workspace, stale).await;
    assert_eq!(statuses(&found), ["412"; 3]);
    assert_eq!(workspace.scim().get(&path(&ada)).await.expect(200), ada);
    // Each sees the version that the one before it has made.
    let old = ada["meta"]["version"].as_str().expect("a version");
    let found = results(workspace, json!([version(title("first"), old), version(title("second"), old), version(put, "*")])).await;
    assert_eq!(statuses(&found), ["200", "412", "200"]);
    let current = found[2]["version"].as_str().expect("a version").to_owned();
    assert_eq!(statuses(&results(workspace, json!([version(delete(&path(&ada)), &current)])).await), ["204"]);
}
