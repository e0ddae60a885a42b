//! Versions and conditional requests, RFC 7644 §3.14, RFC 9110 §13, RFC 6585 §3.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    asking::{NOBODY, person, with},
    framework::{Ground, Section, hold, requirements},
    patch::{full, operation, remove},
};
use crate::{
    harness::{Answer, Workspace},
    scim::{id, patch, path},
};

/// Q209 to Q216.
pub const SECTION: Section = Section {
    title: "Versions and conditions",
    requirements: requirements! {
        209 Must "Every answer with a resource has its ETag." => every_answer_with_a_resource_has_its_version;
        210 Must "A read with the current tag in If-None-Match is answered 304." => who_has_the_version_is_told_so;
        211 Must "A write with an old tag in If-Match is answered 412 and changes nothing." => who_has_an_old_version_is_refused;
        212 Interop "Weak tags match in If-Match by what is in the quotes." => weak_tags_are_compared_by_what_is_in_the_quotes;
        213 Must "* and lists of tags are understood; where nothing is, it is 404." => any_version_and_lists_of_versions;
        214 Must "Every change gives a new version, and nothing else does." => a_version_moves_exactly_with_the_resource;
        215 Hardening "The version is checked and moved in one step." => of_fifty_with_one_version_one_succeeds;
        216 May "A workspace can require If-Match: 428 without it. Off unless asked for." => a_workspace_may_require_a_version;
    },
};

#[tokio::test]
async fn q209_to_q216_versions() {
    hold(&SECTION).await;
}

/// A user and a group with that user in it.
async fn two(workspace: &Workspace) -> [Value; 2] {
    let user = person(workspace, full("ada")).await;
    let group = workspace.group("Group", &[&user]).await;
    [workspace.scim().get(&path(&user)).await.expect(200), group]
}

/// A change that is one whenever `to` is new.
fn change(to: &str) -> Value {
    patch(json!([operation("replace", "externalId", json!(to))]))
}

/// What a PUT of the resource sends.
fn whole(resource: &Value, external: &str) -> Value {
    let name = if resource["meta"]["resourceType"] == "User" { "userName" } else { "displayName" };
    json!({ name: resource[name], "externalId": external })
}

fn version(resource: &Value) -> &str {
    resource["meta"]["version"].as_str().expect("a version")
}

pub async fn every_answer_with_a_resource_has_its_version(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    for (endpoint, body) in [("/Users", json!({ "userName": "u" })), ("/Groups", json!({ "displayName": "g" }))] {
        let made = scim.post(endpoint, body).await;
        let tag = made.header("etag").to_owned();
        let made = made.expect(201);
        assert_eq!(version(&made), tag, "created");
        let at = path(&made);
        let check = |answer: Answer, what: &str| {
            let tag = answer.header("etag").to_owned();
            assert!(tag.starts_with("W/\"") && tag.ends_with('"') && tag.len() > 4, "{what}: {tag}");
            match answer.status {
                200 if answer.json().get("meta").is_some() => assert_eq!(version(&answer.json()), tag, "{what}"),
                200 | 204 | 304 => {}
                other => panic!("{what}: {other}"),
            }
        };
        check(scim.get(&at).await, "read");
        check(scim.get(&format!("{at}?attributes=externalId")).await, "read in part");
        check(scim.patch(&at, change("1")).await, "changed");
        check(scim.patch(&at, change("1")).await, "not changed");
        check(scim.patch(&format!("{at}?attributes=externalId"), change("2")).await, "changed, seen in part");
        check(scim.put(&at, whole(&made, "3")).await, "replaced");
        check(with(&scim, Method::GET, &at, ("if-none-match", "*"), &Value::Null).await, "not modified");
        let listed = scim.get(endpoint).await.expect(200);
        assert_eq!(version(&listed["Resources"][0]), scim.get(&at).await.header("etag"), "listed");
    }
}

pub async fn who_has_the_version_is_told_so(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    for resource in two(workspace).await {
        let tag = version(&resource);
        for query in ["", "?attributes=externalId", "?excludedAttributes=meta"] {
            let at = format!("{}{query}", path(&resource));
            for given in [tag, tag.trim_start_matches("W/"), "*", &format!("\"0\", {tag}, W/\"x\"")] {
                let answer = with(&scim, Method::GET, &at, ("if-none-match", given), &Value::Null).await;
                assert_eq!((answer.status, answer.text.as_str(), answer.header("etag")), (304, "", tag), "{given}");
            }
            for given in ["W/\"0\"", "\"none\"", "", "W/"] {
                let answer = with(&scim, Method::GET, &at, ("if-none-match", given), &Value::Null).await;
                assert_eq!((answer.status, answer.header("etag")), (200, tag), "{given}");
            }
        }
        scim.patch(&path(&resource), change("new")).await.expect(200);
        let answer = with(&scim, Method::GET, &path(&resource), ("if-none-match", tag), &Value::Null).await;
        assert_eq!(answer.expect(200)["externalId"], "new");
    }
    let nowhere = format!("/Users/{NOBODY}");
    with(&scim, Method::GET, &nowhere, ("if-none-match", "*"), &Value::Null).await.scim_error(404, None);
}

pub async fn who_has_an_old_version_is_refused(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    for resource in two(workspace).await {
        let old = version(&resource);
        let now = scim.patch(&path(&resource), change("first")).await;
        let new = now.header("etag").to_owned();
        let now = now.expect(200);
        for stale in [old, "\"999\"", "W/\"\"", "", "nonsense"] {
            for (method, body) in
                [(Method::PUT, whole(&resource, "second")), (Method::PATCH, change("second")), (Method::DELETE, Value::Null)]
            {
                let detail = with(&scim, method, &path(&resource), ("if-match", stale), &body).await.scim_error(412, None);
                assert!(detail.contains(&new), "which version there is: {detail}");
            }
        }
        // Also when the change would be none.
        with(&scim, Method::PATCH, &path(&resource), ("if-match", old), &change("first")).await.scim_error(412, None);
        assert_eq!(scim.get(&path(&resource)).await.expect(200), now);
    }
}

pub async fn weak_tags_are_compared_by_what_is_in_the_quotes(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    for resource in two(workspace).await {
        for (n, form) in ["W/\"%\"", "\"%\"", "w/\"%\"", " W/\"%\" "].into_iter().enumerate() {
            for (method, body) in [(Method::PATCH, change(&format!("{n}"))), (Method::PUT, whole(&resource, &format!("put {n}")))]
            {
                let current = scim.get(&path(&resource)).await;
                let opaque = current.header("etag").trim_start_matches("W/").trim_matches('"').to_owned();
                let given = form.replace('%', &opaque);
                assert_eq!(with(&scim, method, &path(&resource), ("if-match", &given), &body).await.status, 200, "{given}");
            }
        }
        let tag = scim.get(&path(&resource)).await.header("etag").to_owned();
        assert_eq!(with(&scim, Method::DELETE, &path(&resource), ("if-match", &tag), &Value::Null).await.status, 204);
    }
}

pub async fn any_version_and_lists_of_versions(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    for resource in two(workspace).await {
        let at = path(&resource);
        let tag = version(&resource);
        for (n, given) in ["*", " * "].into_iter().enumerate() {
            let answer = with(&scim, Method::PATCH, &at, ("if-match", given), &change(&format!("{n}"))).await;
            assert_eq!(answer.status, 200, "{given}");
        }
        let stale = format!("{tag}, \"a,b\", W/\"999\"");
        with(&scim, Method::PUT, &at, ("if-match", &stale), &whole(&resource, "x")).await.scim_error(412, None);
        let current = scim.get(&at).await.header("etag").to_owned();
        let either = format!("{tag}, \"a,b\",{current}");
        assert_eq!(with(&scim, Method::PUT, &at, ("if-match", &either), &whole(&resource, "x")).await.status, 200);
        // A write that is to go ahead only if there is nothing yet.
        let answer = with(&scim, Method::PATCH, &at, ("if-none-match", "*"), &change("y")).await;
        answer.scim_error(412, None);
    }
    // Where nothing is, no version is: we say that nothing is.
    for endpoint in ["/Users", "/Groups"] {
        let at = format!("{endpoint}/{NOBODY}");
        let name = if endpoint == "/Users" { "userName" } else { "displayName" };
        for given in ["*", "W/\"1\""] {
            for (method, body) in
                [(Method::PATCH, change("x")), (Method::PUT, json!({ name: "x" })), (Method::DELETE, Value::Null)]
            {
                with(&scim, method, &at, ("if-match", given), &body).await.scim_error(404, None);
            }
        }
    }
}

/// What a resource says, without what the server says of it.
fn content(resource: &Value) -> Value {
    let mut content = resource.clone();
    content.as_object_mut().expect("an object").remove("meta");
    content
}

/// Operations over few values, so that many of them change nothing.
fn some_operation(random: &mut u64) -> Value {
    let mut below = |bound: u64| {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*random >> 33) % bound
    };
    let text = ["a", "b", "A"][usize::try_from(below(3)).expect("small")];
    let kind = ["work", "home"][usize::try_from(below(2)).expect("small")];
    match below(12) {
        0 => operation("add", "title", json!(text)),
        1 => operation("replace", "title", json!(text)),
        2 => remove("title"),
        3 => operation("add", "emails", json!([{ "value": format!("{text}@x"), "type": kind }])),
        4 => remove(&format!("emails[type eq \"{kind}\"]")),
        5 => operation("replace", "emails", json!([{ "value": format!("{text}@x"), "type": kind, "primary": true }])),
        6 => operation("add", &format!("emails[type eq \"{kind}\"].value"), json!(format!("{text}@x"))),
        7 => operation("replace", "active", json!(below(2) == 0)),
        8 => operation("replace", "name", json!({ "givenName": text })),
        9 => remove("name.givenName"),
        10 => operation("add", "password", json!(text)),
        _ => json!({ "op": "replace", "value": { "title": text, "nickName": null } }),
    }
}

pub async fn a_version_moves_exactly_with_the_resource(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    let user = person(workspace, json!({ "userName": "ada" })).await;
    let mut before = scim.get(&path(&user)).await.expect(200);
    let mut versions = vec![version(&before).to_owned()];
    let (mut moved, mut kept, mut random) = (0, 0, 5);
    for round in 0..200 {
        let operations: Vec<Value> = (0..=round % 3).map(|_| some_operation(&mut random)).collect();
        let answer = scim.operations(&path(&user), json!(operations)).await;
        assert!(matches!(answer.status, 200 | 204 | 400), "{operations:?}: {}", answer.text);
        let after = scim.get(&path(&user)).await.expect(200);
        if content(&before) == content(&after) {
            assert_eq!(before["meta"], after["meta"], "{operations:?} changed nothing");
            kept += 1;
        } else {
            assert_ne!(version(&before), version(&after), "{operations:?} changed {before} to {after}");
            assert!(before["meta"]["lastModified"].as_str() <= after["meta"]["lastModified"].as_str());
            versions.push(version(&after).to_owned());
            moved += 1;
        }
        before = after;
    }
    assert!(moved > 30 && kept > 30, "{moved} moved, {kept} kept");
    let all = versions.len();
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), all, "no version comes back");
}

pub async fn of_fifty_with_one_version_one_succeeds(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for resource in two(workspace).await {
        let (scim, at, tag) = (workspace.scim(), path(&resource), version(&resource).to_owned());
        let puts = (0..50).map(|n| {
            let (scim, at, tag) = (scim.clone(), at.clone(), tag.clone());
            let body = whole(&resource, &format!("{n}"));
            async move { (n, with(&scim, Method::PUT, &at, ("if-match", &tag), &body).await) }
        });
        let answers = join_all(puts).await;
        let won: Vec<i32> = answers.iter().filter(|(_, answer)| answer.status == 200).map(|(n, _)| *n).collect();
        assert_eq!(won.len(), 1, "exactly one");
        for (_, answer) in answers.iter().filter(|(_, answer)| answer.status != 200) {
            answer.scim_error(412, None);
        }
        let now = scim.get(&at).await.expect(200);
        assert_eq!((&now["externalId"], id(&now)), (&json!(format!("{}", won[0])), id(&resource)));
    }
}

pub async fn a_workspace_may_require_a_version(ground: &Ground<'_>) {
    let instance = ground.instance;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let scim = workspace.scim();
    for (strict, there) in [(false, &other), (true, &workspace)] {
        if strict {
            let rules = json!({ "require_if_match": true });
            assert_eq!(there.admin().patch("/scim/rules", rules).await.expect(200)["require_if_match"], true);
        }
        for resource in two(there).await {
            let at = path(&resource);
            let writes = [(Method::PUT, whole(&resource, "1")), (Method::PATCH, change("2")), (Method::DELETE, Value::Null)];
            for (method, body) in writes {
                let bare = there.scim().request(method.clone(), &at).header("content-type", "application/scim+json");
                let answer = there.scim().send(bare.body(body.to_string())).await;
                if !strict {
                    assert!(matches!(answer.status, 200 | 204), "{method}: off unless it is asked for: {}", answer.text);
                    continue;
                }
                let detail = answer.scim_error(428, None);
                assert!(detail.contains("If-Match"), "{detail}");
                with(&scim, method.clone(), &at, ("if-match", "\"0\""), &body).await.scim_error(412, None);
                let tag = scim.get(&at).await.header("etag").to_owned();
                let answer = with(&scim, method, &at, ("if-match", &tag), &body).await;
                assert!(matches!(answer.status, 200 | 204), "{}", answer.text);
            }
        }
    }
}
