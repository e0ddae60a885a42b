//! What leaves an entry, and what stands in it.

use std::{io::Write, net::TcpStream};

use reqwest::Method;
use serde_json::{Value, json};

use super::{all, entry_of, found, search};
use crate::{
    gate,
    harness::{Answer, Instance, Workspace, assert_includes, eventually},
    operations,
};

fn id(resource: &Value) -> String {
    resource["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn every_operation_leaves_one_entry_that_says_what_it_was() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let operations = operations::of(&instance, "scim").await;
    operations::assert_covered(&operations, gate::rows().iter().map(|row| row.0));
    let user = workspace.user("first@acme.test").await;
    let group = workspace.group("First", &[&user]).await;
    let mut sent = 2;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    for (name, target, body, status) in gate::rows() {
        let operation = operations.iter().find(|operation| operation.id == name).expect(name);
        let target = target.replace("$user", &id(&user)).replace("$group", &id(&group));
        let root = instance.with_token(&workspace.scim_token);
        let request = operation.request(&root, &operation.path_with(&target), &body).header("user-agent", "the tests/1.0");
        let answer = root.send(request).await;
        assert_eq!(answer.status, status.as_u16(), "{name}: {}", answer.text);
        sent += 1;
        let detail = entry_of(&workspace, &answer).await;
        let entry = &detail["entry"];
        let path = operation.path_with(&target).replace("/api/v1/auth/scim", "");
        // Resources without `schemas` are let pass, and that is taken down as well; the one in the bulk request has none either.
        let lacks_schemas = name == "bulk" || (!body.is_null() && body.get("schemas").is_none());
        // The document writes the root with a slash, which is one too many.
        let tolerated = match (lacks_schemas, name) {
            (true, _) => json!(["missing-schemas"]),
            (false, "listAll") => json!(["extra-slash"]),
            (false, _) => json!([]),
        };
        let expected = json!({
            "id": answer.header("x-request-id"), "operation": name, "method": operation.method.as_str(), "path": path, "query": null,
            "status": status.as_u16(), "scim_type": null, "detail": null, "tolerated": tolerated, "user_agent": "the tests/1.0",
        });
        assert_includes(entry, &expected, name);
        assert!(entry["duration_ms"].as_f64().expect("a number") > 0.0 && entry["at"].is_string(), "{entry}");
        assert!(tokens.as_array().expect("tokens").iter().any(|token| token["id"] == entry["token_id"]), "{entry}");
        if operation.takes_id() && !name.contains("Schema") && !name.contains("ResourceType") {
            assert_eq!(entry["target_id"], target.as_str(), "{entry}");
        }
        match name {
            "createUser" | "createGroup" => assert_eq!(entry["target_id"], answer.json()["id"], "{entry}"),
            "patchUser" | "replaceUser" | "deleteUser" => assert_eq!(entry["user_name"], "first@acme.test", "{entry}"),
            _ => {}
        }
        let (request, answered) = (&detail["request"], &detail["answer"]);
        if body.is_null() {
            assert!(request.is_null(), "{detail}");
        } else {
            let kept: Value =
                serde_json::from_str(request["text"].as_str().unwrap_or_else(|| panic!("{name}: {detail}"))).expect("JSON");
            assert_eq!(kept, body);
            assert_eq!((&request["bytes"], &request["cut"]), (&json!(body.to_string().len()), &json!(false)));
        }
        if answer.text.is_empty() {
            assert!(answered.is_null(), "{detail}");
        } else {
            assert_eq!(answered["bytes"], answer.text.len(), "{name}");
            let text = answered["text"].as_str().unwrap_or_else(|| panic!("{name}: no text of {} bytes", answer.text.len()));
            // The answer to a read is kept to four kilobytes, and what describes passwords is read and written anew.
            let same =
                if name.contains("Schema") { text.len() == answer.text.len().min(4096) } else { answer.text.starts_with(text) };
            assert!(same && text.len() >= answer.text.len().min(4093), "{name}: {text}");
            assert_eq!(answered["cut"], text.len() < answer.text.len(), "{name}");
        }
    }
    let entries = all(&workspace, sent).await;
    assert!(entries.windows(2).all(|pair| pair[0]["id"].as_str() > pair[1]["id"].as_str()), "newest first");
    assert!(entries.windows(2).all(|pair| pair[0]["at"].as_str() >= pair[1]["at"].as_str()), "{entries:#?}");
    instance.finish().await;
}

/// Sends a body as it is.
fn raw(workspace: &Workspace, method: &str, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    workspace.scim().raw(method, path).header("Content-Type", media_type).body(body).send()
}

const SCIM: &str = "application/scim+json";

#[tokio::test]
async fn every_refusal_leaves_one_entry_that_says_why() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let at = format!("/Users/{}", id(&user));
    let scim = workspace.scim();
    let patch = |media: &str, body: &str| raw(&workspace, "PATCH", &at, media, body);
    let stale = scim.request(Method::DELETE, &at).header("if-match", "W/\"999\"");
    let refusals = [
        ("createUser", 409, Some("uniqueness"), scim.post("/Users", json!({ "userName": "ADA@acme.test" })).await),
        ("createUser", 400, Some("invalidValue"), scim.post("/Users", json!({ "userName": "x", "active": "perhaps" })).await),
        ("createUser", 400, Some("invalidValue"), scim.post("/Users", json!({ "title": "nobody" })).await),
        ("getUser", 404, None, scim.get("/Users/nobody").await),
        ("deleteUser", 412, None, scim.send(stale).await),
        ("patchUser", 400, Some("invalidSyntax"), patch(SCIM, "{\"Operations\": nonsense")),
        ("patchUser", 415, None, patch("text/plain", "{}")),
        ("patchUser", 413, None, patch(SCIM, &"x".repeat(rollcall::scim::LIMITS.max_body_bytes + 1))),
        ("listUsers", 400, Some("invalidFilter"), scim.get("/Users?filter=nonsense").await),
        ("none", 404, None, scim.get("/scim/v2/Users?filter=x").await),
        ("none", 405, None, scim.put("/Users", json!({})).await),
        ("none", 501, None, scim.get("/Me").await),
    ];
    for (operation, status, scim_type, answer) in &refusals {
        let detail = answer.scim_error(*status, *scim_type);
        let entry = entry_of(&workspace, answer).await;
        let expected = json!({ "operation": operation, "status": status, "scim_type": scim_type, "detail": detail });
        assert_includes(&entry["entry"], &expected, operation);
        let answered = entry["answer"]["text"].as_str().expect("a text");
        assert_eq!(serde_json::from_str::<Value>(answered).expect("JSON"), answer.json());
    }
    let unreadable = entry_of(&workspace, &refusals[5].3).await;
    assert_eq!(unreadable["request"], json!({ "text": null, "bytes": 23, "cut": true }), "what is no JSON is not kept");
    let conflict = entry_of(&workspace, &refusals[0].3).await;
    assert_eq!(conflict["entry"]["user_name"], "ada@acme.test");
    assert_eq!(conflict["entry"]["target_id"], user["id"], "who has the name");
    let wrong_address = entry_of(&workspace, &refusals[9].3).await;
    assert_eq!(
        (&wrong_address["entry"]["path"], &wrong_address["entry"]["query"]),
        (&json!("/scim/v2/Users"), &json!("filter=x"))
    );

    // Another scope, a closed gate, and a mistake of ours.
    let admin = workspace.scim().token(&workspace.admin_token).get("/Users").await;
    let set = async |change: Value| instance.ops().patch(&format!("/workspaces/{}", workspace.slug), change).await.expect(200);
    set(json!({ "plan": "team", "managed_people": "keep" })).await;
    let closed = scim.post("/Users", json!({ "userName": "late@acme.test", "password": "hunter2" })).await;
    set(json!({ "plan": "enterprise" })).await;
    instance.database.execute("alter table users rename to users_elsewhere").await;
    let broken = scim.post("/Users", json!({ "userName": "late@acme.test" })).await;
    instance.database.execute("alter table users_elsewhere rename to users").await;
    for (status, answer) in [(403, &admin), (403, &closed), (500, &broken)] {
        let detail = answer.scim_error(status, None);
        assert_includes(&entry_of(&workspace, answer).await["entry"], &json!({ "status": status, "detail": detail }), "refused");
    }
    assert!(entry_of(&workspace, &closed).await["request"].is_null(), "whoever may do nothing is not listened to");

    // What nobody's token came with belongs to nobody.
    for token in ["nonsense", &workspace.scim_token.replace("rollcall_", "rollcall-")] {
        for path in ["/Users", "/nowhere"] {
            let status = workspace.scim().token(token).get(path).await.status;
            assert!(matches!(status, 401 | 404));
        }
    }
    scim.anonymous().post("/Users", json!({ "userName": "x" })).await.scim_error(401, None);
    let entries = all(&workspace, 1 + refusals.len() + 3).await;
    let failed = entries.iter().filter(|entry| entry["status"].as_u64() >= Some(400)).count();
    assert_eq!(failed, refusals.len() + 3);
    assert_eq!(instance.database.count("select count(*) from provisioning_log").await, entries.len() as i64);
    instance.finish().await;
}

#[tokio::test]
async fn a_head_is_an_entry_too_and_a_not_modified_one() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let (scim, at) = (workspace.scim(), format!("/Users/{}", id(&user)));
    let head = scim.send(scim.request(Method::HEAD, &at)).await;
    let tag = head.header("etag").to_owned();
    let unchanged = scim.send(scim.request(Method::GET, &at).header("if-none-match", tag)).await;
    for (answer, method, status) in [(&head, "HEAD", 200), (&unchanged, "GET", 304)] {
        let expected = json!({ "method": method, "status": status, "operation": "getUser", "target_id": user["id"] });
        assert_includes(&entry_of(&workspace, answer).await["entry"], &expected, method);
    }
    assert!(entry_of(&workspace, &unchanged).await["answer"].is_null());
    all(&workspace, 3).await;
    instance.finish().await;
}

#[tokio::test]
async fn long_bodies_are_cut_and_say_so() {
    const MOST: usize = 32 * 1024;
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut people = Vec::new();
    for number in 0..30 {
        people.push(workspace.user(&format!("person{number}@acme.test")).await);
    }
    let named: Vec<&Value> = people.iter().collect();
    let group = workspace.group("Everybody", &named).await;
    let mut body = json!({ "userName": "long@acme.test", "title": "é".repeat(60_000) });
    let answer = workspace.scim().post("/Users", body.clone()).await;
    let detail = entry_of(&workspace, &answer).await;
    for (kept, whole) in [(&detail["request"], body.to_string()), (&detail["answer"], answer.text.clone())] {
        let text = kept["text"].as_str().expect("a text");
        assert!((MOST - 2..=MOST).contains(&text.len()) && whole.starts_with(text), "{}", text.len());
        assert_eq!((&kept["bytes"], &kept["cut"]), (&json!(whole.len()), &json!(true)));
    }
    // What stands behind the cut is not looked at and not kept.
    body["nickName"] = json!("the last word");
    let last = workspace.scim().put(&format!("/Users/{}", id(&answer.json())), body).await;
    let request = entry_of(&workspace, &last).await["request"]["text"].as_str().expect("a text").to_owned();
    assert!(!request.contains("the last word"));
    let read = workspace.scim().get(&format!("/Groups/{}", id(&group))).await;
    let kept = entry_of(&workspace, &read).await["answer"].clone();
    assert_eq!((&kept["bytes"], &kept["cut"]), (&json!(read.text.len()), &json!(true)));
    let text = kept["text"].as_str().expect("a text");
    assert!(text.len() == 4096 && read.text.starts_with(text), "answers to reads are kept to four kilobytes");
    instance.finish().await;
}

#[tokio::test]
async fn whoever_comes_into_a_group_and_out_of_it_is_named() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let group = workspace.group("Engineering", &[&ada]).await;
    let at = format!("/Groups/{}", id(&group));
    let scim = workspace.scim();
    let add = |who: &Value| json!([{ "op": "add", "path": "members", "value": [{ "value": who["id"] }] }]);
    let added = scim.operations(&at, add(&bob)).await;
    let again = scim.operations(&at, add(&bob)).await;
    let removed = scim.operations(&at, json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", id(&ada)) }])).await;
    let replaced = scim.operations(&at, json!([{ "op": "replace", "path": "members", "value": [{ "value": ada["id"] }] }])).await;
    let emptied = scim.operations(&at, json!([{ "op": "remove", "path": "members" }])).await;
    let unknown = scim.operations(&at, add(&json!({ "id": "019f0000-0000-7000-8000-000000000000" }))).await;
    for (answer, who) in [
        (&added, vec![&bob]),
        (&again, vec![&bob]),
        (&removed, vec![&ada]),
        (&replaced, vec![&ada, &bob]),
        (&emptied, vec![&ada]),
    ] {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut ids: Vec<&Value> = who.iter().map(|user| &user["id"]).collect();
        ids.sort_by_key(|id| id.as_str());
        let detail = entry_of(&workspace, answer).await;
        assert_eq!(detail["people"], json!(ids), "{}", answer.text);
        assert_eq!((&detail["entry"]["target_type"], &detail["entry"]["target_id"]), (&json!("Group"), &group["id"]));
    }
    assert_eq!(entry_of(&workspace, &unknown).await["people"], json!(["019f0000-0000-7000-8000-000000000000"]));
    let of_bob = found(&workspace, &[("person", "bob@acme.test"), ("operation", "patchGroup")]).await;
    let expected: Vec<String> = [&replaced, &again, &added].map(super::request_of).into();
    assert_eq!(of_bob, expected);
    instance.finish().await;
}

/// Sends a change that waits for a row, and answers the connection on which its answer would come.
async fn begin_a_change(instance: &Instance, workspace: &Workspace, user: &Value) -> TcpStream {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": "Gone" }] })
    .to_string();
    let address = instance.url().replace("http://", "");
    let request = format!(
        "PATCH /api/v1/auth/scim/Users/{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: {SCIM}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        id(user),
        workspace.scim_token,
        body.len()
    );
    let mut stream = TcpStream::connect(&address).expect("the server listens");
    stream.write_all(request.as_bytes()).expect("a request");
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    eventually("the request waits for the row", async || instance.database.count(waits).await == 1).await;
    stream
}

#[tokio::test]
async fn what_became_of_a_request_is_known_also_when_the_client_hangs_up() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    // The worker has done what it has to do with this person: it does not wait beside the request.
    instance.settle().await;
    let held = instance.database.hold("select from users for update").await;
    drop(begin_a_change(&instance, &workspace, &user).await);
    drop(held);
    eventually("the entry is written", async || found(&workspace, &[("operation", "patchUser")]).await.len() == 1).await;
    let entry = search(&workspace, &[("operation", "patchUser")]).await[0].clone();
    let title = workspace.scim().get(&format!("/Users/{}", id(&user))).await.expect(200)["title"].clone();
    assert_eq!((&entry["status"], title), (&json!(200), json!("Gone")));
    instance.finish().await;
}

#[tokio::test]
async fn a_request_that_the_end_of_the_process_cuts_off_leaves_an_entry() {
    let mut instance = Instance::with_settings(&[("ROLLCALL_SHUTDOWN_SECONDS", "1")]).await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let held = instance.database.hold("select from users for update").await;
    let connection = begin_a_change(&instance, &workspace, &user).await;
    assert!(instance.server().terminate().success());
    drop((held, connection));
    instance.restart_server().await;
    let workspace = workspace.moved_to(instance.url());
    let cut_off = search(&workspace, &[("status", "499")]).await;
    assert_eq!(cut_off.len(), 1);
    assert_includes(&cut_off[0], &json!({ "method": "PATCH", "target_id": user["id"] }), "a request without an answer");
    assert!(workspace.scim().get(&format!("/Users/{}", id(&user))).await.expect(200)["title"].is_null());
    instance.start_worker();
    instance.finish().await;
}

#[tokio::test]
async fn a_bulk_request_names_everybody_and_what_failed_is_found_by_itself() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let ada = workspace.user("ada@acme.test").await;
    let named = |name: &str| json!({ "method": "POST", "bulkId": name, "path": "/Users", "data": { "userName": name, "password": "hunter2" } });
    let title = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "Replace", "path": "title", "value": "x" }] });
    let group = workspace.group("Analysts", &[]).await;
    let strangers = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id(&ada) }, { "value": uuid::Uuid::now_v7() }] }] });
    let operations = json!([
        named("bob@acme.test"),
        named("ADA@acme.test"),
        named("carol@acme.test"),
        { "method": "PATCH", "path": format!("/Users/{}", id(&ada)), "data": title },
        { "method": "DELETE", "path": "/Users/nobody" },
        { "method": "POST", "bulkId": "dora", "path": "/Users", "data": { "userName": "dora@acme.test", "active": "maybe", "password": "hunter2" } },
        { "method": "PATCH", "path": format!("/Groups/{}", id(&group)), "data": strangers },
    ]);
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    let answer = workspace.scim().post("/Bulk", body).await;
    let results = answer.json()["Operations"].as_array().expect("results").clone();
    let statuses: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
    assert_eq!(statuses, ["201", "409", "201", "200", "404", "400", "400"], "{}", answer.text);
    let detail = entry_of(&workspace, &answer).await;
    let expected =
        json!({ "operation": "bulk", "status": 200, "scim_type": "uniqueness", "target_type": null, "user_name": null });
    assert_includes(&detail["entry"], &expected, "the entry");
    let why = detail["entry"]["detail"].as_str().expect("a detail");
    assert!(why.starts_with("4 operations failed, the first one so: "), "{why}");
    let tolerated = detail["entry"]["tolerated"].to_string();
    assert!(tolerated.contains("capital-op") && tolerated.contains("password-dropped"), "{tolerated}");
    for result in [&results[0], &results[2], &results[3]] {
        let id = result["location"].as_str().and_then(|place| place.rsplit('/').next()).expect("a place").to_owned();
        assert!(detail["people"].as_array().expect("people").contains(&json!(id)), "{detail}");
        assert!(found(&workspace, &[("person", &id)]).await.contains(&super::request_of(&answer)));
    }
    assert!(found(&workspace, &[("person", "carol@acme.test")]).await.contains(&super::request_of(&answer)));
    let (request, answered) = (&detail["request"]["text"], &detail["answer"]["text"]);
    assert!(request.as_str().expect("a text").contains("bob@acme.test") && !request.to_string().contains("hunter2"));
    assert_eq!(answered, &answer.text);
    // Whoever looks for why one person failed asks by the person and by the status.
    let request = super::request_of(&answer);
    let conflict = json!({ "operation": "createUser", "method": "POST", "path": "/Users", "status": 409, "scim_type": "uniqueness",
        "user_name": "ada@acme.test", "target_id": id(&ada), "part_of": request });
    let missing =
        json!({ "operation": "deleteUser", "path": "/Users/nobody", "status": 404, "target_id": "nobody", "part_of": request });
    let unreadable =
        json!({ "operation": "createUser", "path": "/Users", "status": 400, "user_name": "dora@acme.test", "target_id": null });
    let strangers =
        json!({ "operation": "patchGroup", "path": format!("/Groups/{}", id(&group)), "status": 400, "target_type": "Group" });
    for (query, wanted) in [
        (vec![("person", "dora@acme.test"), ("status", "failed")], vec![&unreadable]),
        (vec![("person", "ADA@acme.test"), ("status", "failed")], vec![&strangers, &conflict]),
        (vec![("person", ada["id"].as_str().expect("an id")), ("status", "4xx")], vec![&strangers, &conflict]),
        (vec![("person", "carol@acme.test"), ("status", "failed")], vec![]),
        (vec![("operation", "deleteUser"), ("status", "404")], vec![&missing]),
        (vec![("status", "failed")], vec![&strangers, &unreadable, &missing, &conflict]),
        (vec![("request_id", request.as_str()), ("status", "failed")], vec![&strangers, &unreadable, &missing, &conflict]),
        (vec![("request_id", request.as_str()), ("operation", "deleteUser")], vec![&missing]),
        (vec![("request_id", request.as_str()), ("person", "dora@acme.test")], vec![&unreadable]),
    ] {
        let entries = search(&workspace, &query).await;
        assert_eq!(entries.len(), wanted.len(), "{query:?}: {entries:#?}");
        for (entry, wanted) in entries.iter().zip(wanted) {
            assert_includes(entry, wanted, "a failed operation");
            let of_it = results.iter().filter_map(|result| result["response"]["detail"].as_str());
            let shown = entry["detail"].as_str().expect("a detail");
            assert!(of_it.into_iter().any(|detail| detail == shown) || shown.contains("[removed]"), "{shown}");
            let whole = super::entry(&workspace, entry["id"].as_str().expect("an id")).await;
            assert!(whole["request"].is_null() && !whole.to_string().contains("hunter2"), "{whole}");
            assert!(
                whole["answer"]["text"].as_str().is_some_and(|text| text.contains("urn:ietf:params:scim:api:messages:2.0:Error"))
            );
        }
    }
    all(&workspace, 3 + 4).await;
    instance.finish().await;
}

#[tokio::test]
async fn an_answer_that_is_streamed_is_taken_down_as_far_as_it_is_kept() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let group = workspace.group("Everybody", &[]).await;
    instance
        .database
        .execute(&format!(
            "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '{0}', gen_random_uuid(), 'u' || n, true, jsonb_build_object('userName', 'u' || n, 'active', true), now(), now()
             from generate_series(1, 3000) n;
             insert into group_members (workspace_id, group_id, user_id) select workspace_id, '{1}', id from users",
            workspace.id,
            id(&group)
        ))
        .await;
    let at = format!("/Groups/{}", id(&group));
    let read = workspace.scim().get(&at).await;
    assert_eq!(read.json()["members"].as_array().map(Vec::len), Some(3000));
    let kept = entry_of(&workspace, &read).await["answer"].clone();
    assert_eq!((&kept["bytes"], &kept["cut"]), (&json!(read.text.len()), &json!(true)));
    let text = kept["text"].as_str().expect("a text");
    assert!(text.len() == 4096 && read.text.starts_with(text));
    // A change whose answer is streamed.
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "All" }]);
    let changed = workspace.scim().operations(&format!("{at}?attributes=members"), rename).await;
    assert_eq!(changed.json()["members"].as_array().map(Vec::len), Some(3000), "{}", &changed.text[..200]);
    let kept = entry_of(&workspace, &changed).await["answer"].clone();
    assert_eq!((&kept["bytes"], &kept["cut"]), (&json!(changed.text.len()), &json!(true)));
    assert!(changed.text.starts_with(kept["text"].as_str().expect("a text")));
    instance.abandon("nobody works here");
}

#[tokio::test]
async fn of_the_requests_beyond_the_quota_one_a_second_is_kept() {
    let instance = Instance::with_settings(&[("ROLLCALL_SCIM_REQUESTS_PER_SECOND", "1")]).await;
    let workspace = instance.workspace().open().await;
    let mut refused = 0;
    for _ in 0..200 {
        refused += usize::from(workspace.scim().get("/Users").await.status == 429);
    }
    assert!(refused > 10, "{refused}");
    eventually("one is kept", async || !found(&workspace, &[("status", "429")]).await.is_empty()).await;
    let kept = found(&workspace, &[("status", "429")]).await.len();
    assert!(kept < refused, "{kept} of {refused}");
    instance.abandon("nothing was enqueued");
}
