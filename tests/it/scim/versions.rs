//! ETag, If-Match, If-None-Match.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{id, patch, path};
use crate::harness::{Answer, Api, Instance};

async fn with(api: &Api, method: Method, path: &str, header: (&str, &str), body: &Value) -> Answer {
    let request = api.request(method, path).header(header.0, header.1);
    if body.is_null() {
        return api.send(request).await;
    }
    api.send(request.header("content-type", "application/scim+json").body(body.to_string())).await
}

#[tokio::test]
async fn several_headers_are_one_list_and_an_unreadable_one_fails_the_write() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let tag = user["meta"]["version"].as_str().expect("a version");
    let change = async |headers: &[&[u8]]| {
        let mut request = scim.request(Method::PATCH, &path(&user)).header("content-type", "application/scim+json");
        for value in headers {
            request = request.header("if-match", reqwest::header::HeaderValue::from_bytes(value).expect("a header"));
        }
        scim.send(request.body(patch(json!([{ "op": "replace", "path": "title", "value": "first" }])).to_string())).await.status
    };
    assert_eq!(change(&[b"\xff\xfe"]).await, 412);
    assert_eq!(change(&[b"\"0\"", b"\"9\""]).await, 412);
    assert_eq!(change(&[b"\"0\"", tag.as_bytes()]).await, 200);
    instance.finish().await;
}

#[tokio::test]
async fn a_reader_who_has_the_version_is_told_so() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let group = workspace.group("Analysts", &[&user]).await;
    let user = scim.get(&path(&user)).await.expect(200);
    for resource in [&user, &group] {
        let tag = resource["meta"]["version"].as_str().expect("a version");
        for asked in [tag, &format!("\"0\", {tag}"), "*", tag.trim_start_matches("W/")] {
            let answer = with(&scim, Method::GET, &path(resource), ("If-None-Match", asked), &Value::Null).await;
            assert_eq!((answer.status, answer.text.as_str(), answer.header("etag")), (304, "", tag), "{asked}");
        }
        let answer = with(&scim, Method::GET, &path(resource), ("If-None-Match", "W/\"0\""), &Value::Null).await;
        assert_eq!(answer.header("etag"), tag);
        assert_eq!(answer.expect(200)["id"], resource["id"]);
        let narrow = format!("{}?attributes=id", path(resource));
        assert_eq!(with(&scim, Method::GET, &narrow, ("If-None-Match", tag), &Value::Null).await.status, 304);
    }
    let nowhere = "/Users/019f0000-0000-7000-8000-000000000000";
    with(&scim, Method::GET, nowhere, ("If-None-Match", "*"), &Value::Null).await.scim_error(404, None);
    instance.finish().await;
}

/// A user's groups change without the user.
#[tokio::test]
async fn a_reader_is_told_when_the_groups_of_a_user_have_changed() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let (at, alone) = (path(&user), user["meta"]["version"].as_str().expect("a version").to_owned());
    let bare = format!("{at}?excludedAttributes=groups");
    let analysts = workspace.group("Analysts", &[]).await;
    let everybody = workspace.group("Everybody", &[]).await;
    let whom = |resource: &Value| json!([{ "op": "add", "path": "members", "value": [{ "value": id(resource) }] }]);
    let mut tags = vec![alone.clone()];
    for (group, change) in [
        (&analysts, whom(&user)),
        (&everybody, whom(&analysts)),
        (&everybody, json!([{ "op": "replace", "path": "displayName", "value": "All" }])),
        // Now in it by itself too: the group is no longer shown as an indirect one.
        (&everybody, whom(&user)),
    ] {
        let known = tags.last().expect("a tag").clone();
        let still = with(&scim, Method::GET, &at, ("If-None-Match", &known), &Value::Null).await;
        assert_eq!((still.status, still.header("etag")), (304, known.as_str()), "before {change}");
        scim.operations(&path(group), change.clone()).await.expect(200);
        let answer = with(&scim, Method::GET, &at, ("If-None-Match", &known), &Value::Null).await;
        let tag = answer.header("etag").to_owned();
        let shown = answer.expect(200);
        assert_eq!(shown["meta"]["version"], tag.as_str(), "after {change}");
        assert!(!tags.contains(&tag), "{change}: {tag} was there before");
        assert_eq!(scim.get("/Users").await.expect(200)["Resources"][0]["meta"]["version"], tag.as_str(), "listed");
        // There is one tag, whatever is shown.
        let elsewhere = with(&scim, Method::GET, &bare, ("If-None-Match", &known), &Value::Null).await;
        assert_eq!((elsewhere.status, elsewhere.header("etag")), (200, tag.as_str()), "{change}");
        let listed = scim.get("/Users?excludedAttributes=groups").await.expect(200);
        assert_eq!(listed["Resources"][0]["meta"]["version"], tag.as_str());
        assert_eq!(scim.filter("/Users", &format!("meta.version eq {}", json!(tag))).await.expect(200)["totalResults"], 1);
        assert_eq!(scim.filter("/Users", &format!("meta[version eq {}]", json!(tag))).await.expect(200)["totalResults"], 1);
        tags.push(tag);
    }
    // No write fails because of a group, whichever of these tags it comes with; an older version fails as ever.
    for tag in &tags {
        let nothing = patch(json!([{ "op": "replace", "path": "active", "value": true }]));
        assert_eq!(with(&scim, Method::PATCH, &at, ("If-Match", tag), &nothing).await.status, 200, "{tag}");
    }
    scim.operations(&at, json!([{ "op": "replace", "path": "title", "value": "Countess" }])).await.expect(200);
    for tag in &tags {
        with(&scim, Method::DELETE, &at, ("If-Match", tag), &Value::Null).await.scim_error(412, None);
    }
    for group in [&everybody, &analysts] {
        let known = scim.get(&at).await.header("etag").to_owned();
        scim.delete(&path(group)).await;
        assert_eq!(with(&scim, Method::GET, &at, ("If-None-Match", &known), &Value::Null).await.status, 200);
    }
    assert_eq!(scim.get(&at).await.header("etag"), "W/\"2\"");
    instance.finish().await;
}

#[tokio::test]
async fn a_writer_who_has_an_older_version_is_refused_and_changes_nothing() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let group = workspace.group("Analysts", &[&user]).await;
    let user_body = json!({ "userName": "ada@acme.test", "title": "PUT" });
    for (resource, attribute, body) in [(&group, "displayName", json!({ "displayName": "PUT" })), (&user, "title", user_body)] {
        let old = resource["meta"]["version"].as_str().expect("a version");
        let change = |to: &str| patch(json!([{ "op": "replace", "path": attribute, "value": to }]));
        let changed = with(&scim, Method::PATCH, &path(resource), ("If-Match", old), &change("first")).await;
        let new = changed.header("etag").to_owned();
        assert_ne!(new, old);
        assert_eq!(changed.expect(200)["meta"]["version"], new.as_str());
        for (method, body) in [(Method::PATCH, change("second")), (Method::PUT, body.clone()), (Method::DELETE, Value::Null)] {
            for stale in [old, "\"999\"", "W/\"nonsense\""] {
                let answer = with(&scim, method.clone(), &path(resource), ("If-Match", stale), &body).await;
                assert!(answer.scim_error(412, None).contains(&new), "{method}");
            }
        }
        let now = scim.get(&path(resource)).await.expect(200);
        assert_eq!((&now[attribute], &now["meta"]["version"]), (&json!("first"), &json!(new)));
        for (method, body, status) in
            [(Method::PATCH, change("third"), 200), (Method::PUT, body, 200), (Method::DELETE, Value::Null, 204)]
        {
            let tag = scim.get(&path(resource)).await.header("etag").to_owned();
            let either = format!("\"999\", {tag}");
            assert_eq!(
                with(&scim, method.clone(), &path(resource), ("If-Match", &either), &body).await.status,
                status,
                "{method}"
            );
        }
        with(&scim, Method::DELETE, &path(resource), ("If-Match", "*"), &Value::Null).await.scim_error(404, None);
    }
    instance.finish().await;
}

#[tokio::test]
async fn what_changes_nothing_keeps_version_time_and_audit_log() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let body = json!({
        "userName": "ada@acme.test", "externalId": "E-1", "title": "Countess",
        "emails": [{ "value": "a@acme.test", "type": "work" }],
    });
    let user = scim.post("/Users", body).await.expect(201);
    let friend = workspace.user("bob@acme.test").await;
    let group = workspace.group("Analysts", &[&user, &friend]).await;
    let user = scim.get(&path(&user)).await.expect(200);
    instance.settle().await;
    let audit = "select count(*) from audit_log";
    let before = instance.database.count(audit).await;
    let of_user = [
        json!([{ "op": "replace", "path": "title", "value": "Countess" }]),
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "a@acme.test", "type": "work" }] }]),
        json!([{ "op": "replace", "value": { "active": true, "title": "Countess" } }]),
        json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "replace", "path": "title", "value": "Countess" }]),
        json!([{ "op": "remove", "path": "nickName" }]),
        json!([{ "op": "replace", "path": "password", "value": "secret" }]),
    ];
    for operations in of_user {
        assert_eq!(scim.operations(&path(&user), operations.clone()).await.expect(200), user, "{operations}");
    }
    assert_eq!(scim.put(&path(&user), user.clone()).await.expect(200), user);
    let stranger = "019f0000-0000-7000-8000-000000000000";
    let of_group = [
        json!([{ "op": "add", "path": "members", "value": [{ "value": id(&user) }] }]),
        json!([{ "op": "remove", "path": format!("members[value eq \"{stranger}\"]") }]),
        json!([{ "op": "remove", "path": "members", "value": [{ "value": stranger }] }]),
        json!([{ "op": "replace", "path": "members", "value": [{ "value": id(&friend) }, { "value": id(&user) }] }]),
        json!([
            { "op": "remove", "path": format!("members[value eq \"{}\"]", id(&user)) },
            { "op": "add", "path": "members", "value": [{ "value": id(&user) }] },
        ]),
        json!([{ "op": "replace", "value": { "displayName": "Analysts", "id": id(&group) } }]),
    ];
    for operations in of_group {
        assert_eq!(scim.operations(&path(&group), operations.clone()).await.expect(200)["meta"], group["meta"], "{operations}");
    }
    assert_eq!(scim.put(&path(&group), group.clone()).await.expect(200)["meta"], group["meta"]);
    assert_eq!(instance.database.count(audit).await, before);
    // And what does change something moves all three.
    let changed =
        scim.operations(&path(&user), json!([{ "op": "replace", "path": "title", "value": "Baroness" }])).await.expect(200);
    assert_ne!(changed["meta"]["version"], user["meta"]["version"]);
    assert!(changed["meta"]["lastModified"].as_str() > user["meta"]["lastModified"].as_str());
    assert_eq!(instance.database.count(audit).await, before + 1);
    instance.finish().await;
}

#[tokio::test]
async fn of_fifty_who_replace_one_version_one_succeeds() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let (at, tag) = (path(&user), user["meta"]["version"].as_str().expect("a version").to_owned());
    let answers = join_all((0..50).map(|n| {
        let (scim, at, tag) = (scim.clone(), at.clone(), tag.clone());
        async move {
            let body = json!({ "userName": "ada@acme.test", "title": format!("{n}") });
            with(&scim, Method::PUT, &at, ("If-Match", &tag), &body).await
        }
    }))
    .await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.status == 412).count();
    assert_eq!((won, lost), (1, 49));
    instance.finish().await;
}
