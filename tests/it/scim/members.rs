//! Members of a group as deltas: in every form, all or nothing, and none lost when many come at once.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use super::{id, members, path};
use crate::harness::Instance;

#[tokio::test]
async fn every_form_adds_and_removes_whom_it_names() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (a, b, c) =
        (workspace.user("a@acme.test").await, workspace.user("b@acme.test").await, workspace.user("c@acme.test").await);
    let named = |names: &str| -> Vec<&str> {
        names
            .chars()
            .map(|name| {
                id(match name {
                    'a' => &a,
                    'b' => &b,
                    _ => &c,
                })
            })
            .collect()
    };
    let list = |names: &str| json!(named(names).iter().map(|id| json!({ "value": id })).collect::<Vec<_>>());
    let by_id = |name: &str| format!("members[value eq \"{}\"]", named(name)[0]);
    let references = json!([{ "$ref": c["meta"]["location"], "value": null }]);
    let table: Vec<(&str, &str, Value, &str)> = vec![
        ("Okta and OneLogin add", "ab", json!([{ "op": "add", "path": "members", "value": list("c") }]), "abc"),
        ("one object instead of a list", "a", json!([{ "op": "add", "path": "members", "value": list("b")[0] }]), "ab"),
        ("Entra adds", "a", json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": id(&b) }] }]), "ab"),
        (
            "Microsoft's sample: bare texts",
            "a",
            json!([{ "name": "addMember", "op": "add", "path": "members", "value": [id(&b)] }]),
            "ab",
        ),
        ("by reference", "a", json!([{ "op": "add", "path": "members", "value": references }]), "ac"),
        ("without path", "a", json!([{ "op": "add", "value": { "members": list("b") } }]), "ab"),
        ("a member twice", "a", json!([{ "op": "add", "path": "members", "value": list("bb") }]), "ab"),
        ("Okta removes", "abc", json!([{ "op": "remove", "path": by_id("b") }]), "ac"),
        (
            "Entra removes: the listed ones, not all",
            "abc",
            json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": id(&a) }] }]),
            "bc",
        ),
        (
            "authentik adds and removes at once",
            "ab",
            json!([
                { "op": "add", "path": "members", "value": list("c") },
                { "op": "remove", "path": "members", "value": list("a") },
            ]),
            "bc",
        ),
        ("two filters", "abc", json!([{ "op": "remove", "path": by_id("a") }, { "op": "remove", "path": by_id("c") }]), "b"),
        (
            "one filter for two",
            "abc",
            json!([{ "op": "remove", "path": format!("members[value eq \"{}\" or value eq \"{}\"]", id(&a), id(&b)) }]),
            "c",
        ),
        ("all, by the letter", "abc", json!([{ "op": "remove", "path": "members" }]), ""),
        ("replaced", "ab", json!([{ "op": "replace", "path": "members", "value": list("bc") }]), "bc"),
        ("replaced without path", "ab", json!([{ "op": "replace", "value": { "members": list("c") } }]), "c"),
        ("emptied", "ab", json!([{ "op": "replace", "path": "members", "value": [] }]), ""),
        ("added to an empty group", "", json!([{ "op": "add", "path": "members", "value": list("a") }]), "a"),
        (
            "removed and added again",
            "a",
            json!([{ "op": "remove", "path": by_id("a") }, { "op": "add", "path": "members", "value": list("a") }]),
            "a",
        ),
    ];
    for (what, before, operations, after) in table {
        let group = scim.post("/Groups", json!({ "displayName": what, "members": list(before) })).await.expect(201);
        assert_eq!(members(&group), named(before), "{what}");
        let answer = scim.operations(&path(&group), operations).await.expect(200);
        assert_eq!(members(&answer), named(after), "{what}");
        let now = scim.get(&path(&group)).await.expect(200);
        assert_eq!(now, answer, "{what}");
        assert_eq!(now["meta"]["version"] == group["meta"]["version"], before == after, "{what}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_member_that_does_not_exist_undoes_the_whole_request() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (a, b) = (workspace.user("a@acme.test").await, workspace.user("b@acme.test").await);
    let group = workspace.group("Group", &[&a]).await;
    let stranger = "019f0000-0000-7000-8000-000000000000";
    let rename = json!({ "op": "replace", "path": "displayName", "value": "Renamed" });
    let bad = [
        json!({ "op": "add", "path": "members", "value": [{ "value": id(&b) }, { "value": stranger }] }),
        json!({ "op": "replace", "path": "members", "value": [{ "value": stranger }] }),
        json!({ "op": "add", "path": "members", "value": [{}] }),
        json!({ "op": "add", "path": "members", "value": 7 }),
    ];
    for operation in bad {
        let answer = scim.operations(&path(&group), json!([rename, operation])).await;
        assert!(answer.scim_error(400, Some("invalidValue")).contains("members"), "{operation}: {}", answer.text);
    }
    let member = format!("members[value eq \"{}\"].value", id(&a));
    let change = json!([rename, { "op": "replace", "path": member, "value": id(&b) }]);
    scim.operations(&path(&group), change).await.scim_error(400, Some("mutability"));
    scim.operations(&path(&group), json!([{ "op": "remove", "path": "displayName" }])).await.scim_error(400, Some("mutability"));
    assert_eq!(scim.get(&path(&group)).await.expect(200), group);
    instance.finish().await;
}

#[tokio::test]
async fn fifty_at_once_are_all_in_and_all_out() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let users = join_all((0..50).map(|n| {
        let workspace = workspace.clone();
        async move { workspace.user(&format!("u{n}@acme.test")).await }
    }))
    .await;
    let group = workspace.group("Everybody", &[]).await;
    let at = path(&group);
    let all: BTreeSet<String> = users.iter().map(|user| id(user).to_owned()).collect();
    let each = async |operation: &dyn Fn(&Value) -> Value| {
        let requests = users.iter().map(|user| scim.operations(&at, json!([operation(user)])));
        for answer in join_all(requests).await {
            answer.expect(200);
        }
    };
    each(&|user| json!({ "op": "add", "path": "members", "value": [{ "value": id(user) }] })).await;
    let now = scim.get(&at).await.expect(200);
    assert_eq!(members(&now).into_iter().collect::<BTreeSet<_>>(), all);
    assert_eq!(now["meta"]["version"], "W/\"51\"", "each of them is a version");
    each(&|user| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", id(user)) })).await;
    assert_eq!(scim.get(&at).await.expect(200)["members"], json!([]));
    instance.finish().await;
}

#[tokio::test]
async fn the_answer_leaves_members_out_for_who_does_not_want_them() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (a, b) = (workspace.user("a@acme.test").await, workspace.user("b@acme.test").await);
    let group = workspace.group("Group", &[&a]).await;
    let narrow = format!("{}?excludedAttributes=members", path(&group));
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id(&b) }] }]);
    let answer = scim.operations(&narrow, add).await.expect(200);
    assert!(answer.get("members").is_none(), "{answer}");
    assert_eq!(answer["displayName"], "Group");
    assert!(scim.get(&narrow).await.expect(200).get("members").is_none());
    assert!(scim.get("/Groups?excludedAttributes=members").await.expect(200)["Resources"][0].get("members").is_none());
    assert_eq!(members(&scim.get(&path(&group)).await.expect(200)).len(), 2);
    instance.finish().await;
}
