//! What a bulk request and its answer look like.

use rollcall::scim::LIMITS;

use super::*;

const JSON: &str = "application/scim+json";

/// RFC 7644 §3.7.3, its request with the ids and versions that there are.
#[tokio::test]
async fn the_example_of_the_rfc_is_done() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (bob, dave, gone) =
        (workspace.user("bob@acme.test").await, workspace.user("dave@acme.test").await, workspace.user("gone@acme.test").await);
    workspace.scim().operations(&path(&dave), json!([{ "op": "add", "path": "nickName", "value": "D" }])).await.expect(200);
    let request = json!({
        "schemas": [BULK],
        "failOnErrors": 1,
        "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "qwerty", "data": { "schemas": [USER], "userName": "Alice" } },
            {
                "method": "PUT", "path": path(&bob), "version": bob["meta"]["version"],
                "data": { "schemas": [USER], "id": bob["id"], "userName": "Bob" },
            },
            {
                "method": "PATCH", "path": path(&dave), "version": "W/\"2\"",
                "data": [{ "op": "remove", "path": "nickName" }, { "op": "add", "path": "userName", "value": "Dave" }],
            },
            { "method": "DELETE", "path": path(&gone), "version": gone["meta"]["version"] },
        ],
    });
    let done = results(&workspace.scim().post("/Bulk", request).await);
    let alice = read(&workspace, &done[0]).await;
    assert_eq!((&alice["userName"], &alice["active"]), (&json!("Alice"), &json!(true)));
    assert_eq!(
        done,
        [
            json!({
                "location": alice["meta"]["location"], "method": "POST", "bulkId": "qwerty", "version": "W/\"1\"", "status": "201",
            }),
            json!({ "location": bob["meta"]["location"], "method": "PUT", "version": "W/\"2\"", "status": "200" }),
            json!({ "location": dave["meta"]["location"], "method": "PATCH", "version": "W/\"3\"", "status": "200" }),
            json!({ "location": gone["meta"]["location"], "method": "DELETE", "status": "204" }),
        ]
    );
    let now = read(&workspace, &done[2]).await;
    assert_eq!((&now["userName"], now.get("nickName"), &now["meta"]["version"]), (&json!("Dave"), None, &done[2]["version"]));
    workspace.scim().get(&path(&gone)).await.scim_error(404, None);
    instance.finish().await;
}

/// RFC 7644 §3.7.3, its second answer: everything fails, and the answer is 200 all the same.
#[tokio::test]
async fn an_answer_in_which_everything_has_failed_is_200() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let stale = |method: &str| {
        json!({
            "method": method, "path": path(&user), "version": "W/\"77\"",
            "data": {
                "schemas": [if method == "PATCH" { PATCH_OP } else { USER }], "userName": "x",
                "Operations": [{ "op": "remove", "path": "title" }],
            },
        })
    };
    let operations = json!([
        post("/Users", "qwerty", json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:User"], "userName": "Alice" })),
        post("/Users", "again", json!({ "userName": "ADA@acme.test" })),
        stale("PUT"),
        stale("PATCH"),
        stale("DELETE"),
        delete(&format!("/Users/{NOBODY}")),
    ]);
    let failed = send(&workspace.scim(), &operations).await;
    assert_eq!(statuses(&failed), ["400", "409", "412", "412", "412", "404"]);
    assert_eq!(failed[0]["response"]["scimType"], "invalidSyntax");
    assert_eq!(failed[1]["response"]["scimType"], "uniqueness");
    for result in &failed[2..5] {
        assert_eq!((place(result), result.get("version")), (path(&user), None));
        assert!(detail(result).contains("W/\"1\""), "{result}");
    }
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), user);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_missing_in_an_operation_is_its_own_failure() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let at = path(&user);
    let data = json!({ "userName": "new@acme.test" });
    let missing = json!([
        { "path": "/Users", "bulkId": "1", "data": data },
        { "method": "GET", "path": at },
        { "method": "POST", "bulkId": "2", "data": data },
        { "method": "POST", "path": "/Users", "data": data },
        { "method": "POST", "path": "/Users", "bulkId": "3" },
        { "method": "PUT", "path": at },
        { "method": "PATCH", "path": at, "data": null },
        { "method": "DELETE" },
        { "method": "DELETE", "path": at, "bulkId": {} },
        { "method": "DELETE", "path": at, "version": 1 },
        "DELETE", null, [],
    ]);
    let failed = send(&workspace.scim(), &missing).await;
    assert_eq!(failed.len(), 13);
    for result in &failed {
        assert_eq!(
            (result["status"].as_str(), result["response"]["scimType"].as_str()),
            (Some("400"), Some("invalidSyntax")),
            "{result}"
        );
    }
    let echoed: Vec<(&Value, &Value)> = failed[..7].iter().map(|result| (&result["method"], &result["bulkId"])).collect();
    let (post, none) = (json!("POST"), Value::Null);
    assert_eq!(
        echoed,
        [
            (&none, &json!("1")),
            (&none, &none),
            (&post, &json!("2")),
            (&post, &none),
            (&post, &json!("3")),
            (&json!("PUT"), &none),
            (&json!("PATCH"), &none),
        ]
    );
    assert_eq!(place(&failed[5]), at, "the address of what was to be changed is told also when it was not");
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["Resources"], json!([user]));
    instance.finish().await;
}

#[tokio::test]
async fn nothing_but_users_and_groups_has_a_place_in_an_operation() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let (at, query) = (path(&user), format!("{}?attributes=id", path(&user)));
    let absolute = user["meta"]["location"].as_str().expect("an address").to_owned();
    let paths = [
        "/Bulk",
        "/Me",
        "/.search",
        "/Users/.search",
        "/Users?filter=id+pr",
        "/Schemas",
        "Users",
        "/users",
        &query,
        &absolute,
        "/",
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let operation = |path: &&str| {
            json!({
                "method": method, "path": path, "bulkId": "b",
                "data": { "schemas": [BULK, PATCH_OP], "userName": "x", "Operations": [{ "op": "remove", "path": "title" }] },
            })
        };
        for one in paths.iter().map(operation) {
            let failed = send(&workspace.scim(), &json!([one])).await;
            assert_eq!(
                (failed[0]["status"].as_str(), failed[0]["response"]["scimType"].as_str()),
                (Some("400"), Some("invalidPath")),
                "{one}"
            );
        }
    }
    // A bulk in a bulk is what an operation of a group's name would be: data that is read as a group.
    let inner = post("/Groups", "g", bulk(&json!([delete(&at)])));
    assert_eq!(statuses(&send(&workspace.scim(), &json!([inner])).await), ["400"]);
    assert_eq!(workspace.scim().get(&at).await.expect(200), user);
    instance.finish().await;
}

#[tokio::test]
async fn where_bulk_requests_are_not_offered_they_are_501_and_nothing_is_published() {
    let instance = Instance::with_settings(&[("ROLLCALL_SCIM_BULK", "off")]).await;
    let workspace = instance.workspace().open().await;
    let config = workspace.scim().get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["bulk"], json!({ "supported": false, "maxOperations": 0, "maxPayloadSize": 0 }));
    workspace.scim().post("/Bulk", bulk(&json!([post_user("a")]))).await.scim_error(501, None);
    assert!(names(&workspace).await.is_empty());
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_broken_envelope_is_refused_whole() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let good = post_user("good").to_string();
    let with = |extra: &str| format!("{{\"schemas\":[\"{BULK}\"],\"Operations\":[{good}]{extra}}}");
    let deep = format!("{{\"schemas\":[\"{BULK}\"],\"Operations\":[{good},{{\"data\":{}{}}}]}}", "[".repeat(40), "]".repeat(40));
    let mut bodies: Vec<String> =
        ["", "{}", "[]", "null", "1", "\"\"", "{", "<bulk/>", "{\"Operations\":[]}", "{\"schemas\":[],\"Operations\":[]}"]
            .map(str::to_owned)
            .into();
    bodies.extend([
        format!("{{\"schemas\":[\"{BULK}\"]}}"),
        format!("{{\"schemas\":[\"{BULK}\"],\"Operations\":null}}"),
        format!("{{\"schemas\":[\"{BULK}\"],\"Operations\":{{\"0\":{good}}}}}"),
        format!("{{\"schemas\":\"{BULK}\",\"Operations\":[{good}]}}"),
        format!("{{\"schemas\":[\"{PATCH_OP}\"],\"Operations\":[{good}]}}"),
        format!("[{}]", with("")),
        with(",\"Operations\":[]"),
        with(",\"operations\":[]"),
        with(",\"failOnErrors\":\"1\""),
        with(",\"failOnErrors\":-1"),
        with(",\"failOnErrors\":1.5"),
        with(",\"failOnErrors\":1e3"),
        with(",\"failOnErrors\":[1]"),
        with(",\"x\":\"\\u0000\""),
        with(",\"x\":\"\\ud800\""),
        with(",\"x\":{\"a\":1,\"a\":2}"),
        with("").replace("]}", "]"),
        deep,
    ]);
    for body in bodies {
        let answer = scim.raw("POST", "/Bulk").header("Content-Type", JSON).body(body.clone()).send();
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        answer.scim_error(400, Some("invalidSyntax"));
    }
    scim.raw("POST", "/Bulk").header("Content-Type", "text/plain").body(with("")).send().scim_error(415, None);
    scim.anonymous().raw("POST", "/Bulk").header("Content-Type", JSON).body(with("")).send().scim_error(401, None);
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = scim.raw(method, "/Bulk").header("Content-Type", JSON).body(with("")).send();
        answer.scim_error(405, None);
        assert_eq!(answer.header("allow"), "POST", "{method}");
    }
    assert!(names(&workspace).await.is_empty(), "nothing of all this was done");
    // In any case, with what nobody knows, and behind another prefix of the address it is one.
    let odd = with(",\"failonerrors\":null,\"x\":1").replacen("schemas\":[\"urn", "Schemas\":[\"x\",\"URN", 1);
    let answer = scim.raw("POST", "/Bulk/").header("Content-Type", "application/json").body(odd).send();
    assert_eq!(statuses(&results(&answer)), ["201"]);
    instance.finish().await;
}

#[tokio::test]
async fn the_limits_that_are_published_are_enforced() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let config = scim.get("/ServiceProviderConfig").await.expect(200)["bulk"].clone();
    let most = |name: &str| usize::try_from(config[name].as_u64().expect("a number")).expect("a size");
    assert_eq!(
        (config["supported"].as_bool(), most("maxOperations"), most("maxPayloadSize")),
        (Some(true), 1_000, LIMITS.max_bulk_bytes)
    );

    let empty = |n: usize| bulk(&json!(vec![json!({}); n]));
    assert_eq!(results(&scim.post("/Bulk", empty(most("maxOperations"))).await).len(), most("maxOperations"));
    let told = scim.post("/Bulk", empty(most("maxOperations") + 1)).await.scim_error(413, None);
    assert!(told.contains("maxOperations") && told.contains("1001") && told.contains("1000"), "{told}");

    let frame = json!({ "schemas": [BULK], "Operations": [post_user("large")], "x": "" }).to_string();
    let filled =
        |bytes: usize| frame.replace("\"x\":\"\"", &format!("\"x\":\"{}\"", "x".repeat(bytes - frame.len()))).into_bytes();
    let request = || scim.raw("POST", "/Bulk").header("Content-Type", JSON);
    let over = filled(most("maxPayloadSize") + 1);
    for answer in [request().body(over.clone()).send(), request().chunked(&over).send()] {
        let told = answer.scim_error(413, None);
        assert!(told.contains("maxPayloadSize") && told.contains("8 MiB"), "{told}");
    }
    // Whoever never stops is not read to the end.
    let endless = vec![b' '; 64 * 1024 * 1024];
    request().chunked(&endless).send().scim_error(413, None);
    assert!(names(&workspace).await.is_empty());
    assert_eq!(statuses(&results(&request().chunked(&filled(most("maxPayloadSize"))).send())), ["201"]);
    instance.finish().await;
}
