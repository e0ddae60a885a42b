//! `remove`, RFC 7644 §3.5.2.2.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{becomes, full, now_in, operation, refused, remove, three};
use crate::{
    conformance::{
        asking::{NOBODY, finds, person},
        framework::Ground,
    },
    scim::{ENTERPRISE, id, path},
};

pub async fn remove_needs_a_path(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let (group, _) = three(workspace).await;
    for resource in [&user, &group] {
        for bad in [
            json!({ "op": "remove" }),
            json!({ "op": "remove", "path": null }),
            json!({ "op": "Remove", "value": { "title": "x" } }),
            json!({ "op": "remove", "value": [{ "path": "members" }] }),
        ] {
            refused(workspace, resource, bad, &["noTarget"]).await;
        }
    }
    assert_eq!(now_in(workspace, &group).await.len(), 3);
}

pub async fn remove_as_a_whole(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (at, name) in [("title", "title"), ("emails", "emails"), ("name", "name"), (ENTERPRISE, ENTERPRISE)] {
        let now = becomes(workspace, full(""), json!([remove(at)]), json!({ name: null })).await;
        assert!(now.get(name).is_none(), "{at}: {now}");
    }
    let now = becomes(workspace, full(""), json!([remove("name.givenName")]), json!({ "name": { "givenName": null } })).await;
    assert_eq!(now["name"], json!({ "familyName": "Byron" }));
    let department = format!("{ENTERPRISE}:department");
    let now = becomes(workspace, full(""), json!([remove(&department)]), json!({})).await;
    assert_eq!(now[ENTERPRISE], json!({ "manager": { "value": "m-1" } }));
    let (group, _) = three(workspace).await;
    workspace.scim().operations(&path(&group), json!([remove("members")])).await.expect(200);
    assert_eq!(now_in(workspace, &group).await, [""; 0]);
}

pub async fn remove_by_a_filter_takes_just_those(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let left = json!({ "emails": [{ "value": "w@x", "type": "work", "primary": true }] });
    for at in ["emails[type eq \"home\"]", "emails[not (primary eq true)]", "emails[value sw \"h\"]"] {
        becomes(workspace, full(""), json!([remove(at)]), left.clone()).await;
    }
    // More than half of a group in one request: by one filter, and by a filter each.
    let users: Vec<Value> = join_all((0..10).map(|n| person(workspace, json!({ "userName": format!("u{n}") })))).await;
    let everybody: Vec<&Value> = users.iter().collect();
    let (gone, stay) = users.split_at(7);
    let mut stay: Vec<&str> = stay.iter().map(id).collect();
    stay.sort_unstable();
    let each: Vec<Value> = gone.iter().map(|user| remove(&format!("members[value eq \"{}\"]", id(user)))).collect();
    let terms: Vec<String> = gone.iter().map(|user| format!("value eq \"{}\"", id(user))).collect();
    let whole: Vec<String> = stay.iter().map(|id| format!("value eq \"{id}\"")).collect();
    for (name, operations) in [
        ("each", json!(each)),
        ("or", json!([remove(&format!("members[{}]", terms.join(" or ")))])),
        ("not", json!([remove(&format!("members[not ({})]", whole.join(" or ")))])),
    ] {
        let group = workspace.group(name, &everybody).await;
        workspace.scim().operations(&path(&group), operations).await.expect(200);
        assert_eq!(now_in(workspace, &group).await, stay, "{name}");
    }
}

pub async fn remove_a_part_of_each_match(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let before = json!({ "emails": [
        { "value": "1@x", "type": "work", "display": "one" }, { "value": "2@x", "type": "work", "display": "two" },
        { "value": "3@x", "type": "home", "display": "three" },
    ] });
    let after = json!({ "emails": [
        { "value": "1@x", "type": "work", "display": null }, { "value": "2@x", "type": "work", "display": null },
        { "value": "3@x", "type": "home", "display": "three" },
    ] });
    becomes(workspace, before.clone(), json!([remove("emails[type eq \"work\"].display")]), after).await;
    let now = becomes(workspace, before, json!([remove("emails.display")]), json!({})).await;
    let emails = now["emails"].as_array().expect("emails");
    assert!(emails.len() == 3 && emails.iter().all(|email| email.get("display").is_none()), "{now}");
}

pub async fn with_the_last_value_the_attribute_goes(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let before = json!({ "emails": [{ "value": "w@x", "type": "work" }], "ims": [{ "value": "a", "type": "xmpp" }] });
    for operations in [
        json!([remove("emails[type eq \"work\"]")]),
        json!([remove("emails[value eq \"w@x\"]")]),
        json!([remove("emails")]),
        json!([operation("replace", "emails", json!([]))]),
        json!([operation("replace", "emails", json!(null))]),
        json!([{ "op": "remove", "path": "emails", "value": [{ "value": "w@x" }] }]),
    ] {
        let now = becomes(workspace, before.clone(), operations.clone(), json!({ "ims": [{ "value": "a" }] })).await;
        assert!(now.get("emails").is_none(), "{operations}: {now}");
        finds(workspace, "/Users", &format!("emails pr and id eq \"{}\"", id(&now)), &[]).await;
        finds(workspace, "/Users", &format!("emails.value eq \"w@x\" and id eq \"{}\"", id(&now)), &[]).await;
    }
    let now = becomes(workspace, json!({ "name": { "givenName": "x" } }), json!([remove("name.givenName")]), json!({})).await;
    assert!(now.get("name").is_none(), "{now}");
}

pub async fn what_is_required_or_read_only_cannot_be_removed(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let (user, group) = (person(workspace, full("ada")).await, workspace.group("Group", &[]).await);
    for at in ["userName", "id", "meta", "meta.created", "schemas", "groups", "groups[value pr]"] {
        refused(workspace, &user, remove(at), &["mutability"]).await;
        refused(workspace, &user, json!({ "op": "Remove", "path": at, "value": "x" }), &["mutability"]).await;
    }
    for at in ["displayName", "id", "meta", "schemas"] {
        refused(workspace, &group, remove(at), &["mutability"]).await;
    }
}

pub async fn removing_what_is_not_there_changes_nothing(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let (group, _) = three(workspace).await;
    let stranger = person(workspace, json!({ "userName": "stranger" })).await;
    for (resource, operations) in [
        (&user, json!([remove("nickName")])),
        (&user, json!([remove("ims")])),
        (&user, json!([remove("emails[type eq \"other\"]")])),
        (&user, json!([remove("emails[type eq \"other\"].display")])),
        (&user, json!([remove("name.middleName")])),
        (&user, json!([remove(&format!("{ENTERPRISE}:division"))])),
        (&group, json!([remove(&format!("members[value eq \"{}\"]", id(&stranger)))])),
        (&group, json!([remove(&format!("members[value eq \"{NOBODY}\"]"))])),
        (&group, json!([remove("members[value eq \"no id\"]")])),
        (&group, json!([{ "op": "remove", "path": "members", "value": [{ "value": id(&stranger) }] }])),
        (&group, json!([remove("externalId")])),
    ] {
        let answer = workspace.scim().operations(&path(resource), operations.clone()).await;
        assert!(matches!(answer.status, 200 | 204), "{operations}: {}", answer.text);
        assert_eq!(workspace.scim().get(&path(resource)).await.expect(200)["meta"], resource["meta"], "{operations}");
    }
    assert_eq!(now_in(workspace, &group).await.len(), 3);
}

pub async fn remove_with_a_list_removes_the_listed(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for value in [
        |a: &Value| json!([{ "value": id(a) }]),
        |a: &Value| json!([{ "$ref": null, "value": id(a) }]),
        |a: &Value| json!({ "value": id(a) }),
        |a: &Value| json!([{ "value": id(a), "display": "somebody", "type": "User" }]),
        |a: &Value| json!([{ "$ref": a["meta"]["location"] }]),
        |a: &Value| json!([id(a)]),
    ] {
        for op in ["remove", "Remove"] {
            let (group, [a, b, c]) = three(workspace).await;
            let operations = json!([{ "op": op, "path": "members", "value": value(&a) }]);
            workspace.scim().operations(&path(&group), operations.clone()).await.expect(200);
            assert_eq!(now_in(workspace, &group).await, [id(&b), id(&c)], "{operations}");
        }
    }
    let (group, [a, b, c]) = three(workspace).await;
    let several = json!([{ "op": "remove", "path": "members", "value": [{ "value": id(&a) }, { "value": id(&c) }] }]);
    workspace.scim().operations(&path(&group), several).await.expect(200);
    assert_eq!(now_in(workspace, &group).await, [id(&b)]);
    // An empty list names nobody.
    let nobody = json!([{ "op": "remove", "path": "members", "value": [] }]);
    workspace.scim().operations(&path(&group), nobody).await.expect(200);
    assert_eq!(now_in(workspace, &group).await, [id(&b)]);
}
