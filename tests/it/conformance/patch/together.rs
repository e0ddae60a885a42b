//! What every operation has in common.

use serde_json::{Value, json};

use super::{becomes, full, operation, refused, remove};
use crate::{
    conformance::{
        asking::{ACME, NOBODY, define_acme, finds, people, person},
        framework::Ground,
    },
    harness::Instance,
    scim::{ENTERPRISE, USER, id, members, path},
};

pub async fn all_or_nothing(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let user = person(&workspace, full("ada")).await;
    let friend = person(&workspace, json!({ "userName": "friend" })).await;
    let group = workspace.group("Group", &[&user]).await;
    let user = scim.get(&path(&user)).await.expect(200);
    let traces = "select (select count(*) from audit_log) + (select count(*) from dirty)";
    let before = instance.database.count(traces).await;
    let good = [
        operation("replace", "title", json!("changed")),
        operation("add", "nickName", json!("A")),
        remove("emails[type eq \"home\"]"),
        operation("replace", "name.givenName", json!("Augusta")),
        operation("replace", "active", json!(false)),
        operation("add", "phoneNumbers", json!([{ "value": "1" }])),
        operation("replace", "emails[type eq \"work\"].value", json!("n@x")),
        json!({ "op": "add", "value": { (ENTERPRISE): { "division": "N" }, "locale": "en" } }),
        remove(&format!("{ENTERPRISE}:manager")),
        operation("add", "locale", json!("en-GB")),
    ];
    for bad in [
        operation("replace", "userName", json!("friend")),
        operation("replace", "active", json!("maybe")),
        operation("replace", "id", json!("x")),
        operation("replace", "emails[type eq \"moon\"]", json!({ "display": "x" })),
        operation("replace", "foo", json!("x")),
        remove("userName"),
        json!({ "op": "remove" }),
        json!({ "op": "move" }),
    ] {
        for place in [0, 5, 10] {
            let mut operations = good.to_vec();
            operations.insert(place, bad.clone());
            let answer = scim.operations(&path(&user), json!(operations)).await;
            assert!((400..500).contains(&answer.status), "{bad}: {}", answer.text);
            assert_eq!(scim.get(&path(&user)).await.expect(200), user, "{bad} at {place}");
        }
    }
    let good = [
        operation("add", "members", json!([{ "value": id(&friend) }])),
        remove(&format!("members[value eq \"{}\"]", id(&user))),
        operation("replace", "displayName", json!("Renamed")),
    ];
    for bad in [
        operation("add", "members", json!([{ "value": NOBODY }])),
        remove("displayName"),
        operation("replace", "foo", json!("x")),
    ] {
        for place in 0..=3 {
            let mut operations = good.to_vec();
            operations.insert(place, bad.clone());
            let answer = scim.operations(&path(&group), json!(operations)).await;
            assert_eq!(answer.status, 400, "{bad}: {}", answer.text);
            assert_eq!(scim.get(&path(&group)).await.expect(200), group, "{bad} at {place}");
        }
    }
    assert_eq!(instance.database.count(traces).await, before, "an event was written");
    instance.abandon("nobody works here");
}

pub async fn one_primary_by_whatever_route(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let new = json!({ "value": "n@x", "type": "other", "primary": true });
    for operations in [
        json!([operation("add", "emails", json!([new]))]),
        json!([operation("add", "emails", new.clone())]),
        json!([{ "op": "add", "value": { "emails": [new] } }]),
        json!([operation("replace", "emails[type eq \"home\"]", json!({ "value": "n@x", "primary": true }))]),
        json!([operation("add", "emails[type eq \"home\"].primary", json!(true))]),
        json!([operation("replace", "emails[type eq \"home\"].primary", json!(true))]),
        json!([operation("replace", "emails[type eq \"home\"].primary", json!("True"))]),
        json!([{ "op": "replace", "value": { "emails[type eq \"home\"].primary": true } }]),
        json!([operation("replace", "emails", json!([{ "value": "w@x", "type": "work", "primary": false }, new]))]),
        json!([{ "op": "replace", "value": { "emails": [{ "value": "w@x", "type": "work" }, new] } }]),
        json!([{ "op": "replace", "path": format!("{USER}:emails[type eq \"home\"].primary"), "value": true }]),
    ] {
        let now = becomes(workspace, full(""), operations.clone(), json!({})).await;
        let emails = now["emails"].as_array().expect("emails");
        let primary: Vec<&Value> = emails.iter().filter(|email| email["primary"] == true).collect();
        assert_eq!(primary.len(), 1, "{operations}: {now}");
        assert_ne!(primary[0]["value"], "w@x", "{operations}: the new one is");
        assert_eq!(emails.iter().filter(|email| email["value"] == "w@x").count(), 1, "{operations}: the old one stays");
    }
    let user = person(workspace, full("ada")).await;
    let two = json!([{ "value": "1@x", "primary": true }, { "value": "2@x", "primary": true }]);
    for op in ["add", "replace"] {
        refused(workspace, &user, operation(op, "emails", two.clone()), &["invalidValue"]).await;
    }
}

pub async fn the_schema_of_an_extension_comes_with_its_first_attribute(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let department = format!("{ENTERPRISE}:department");
    for operations in [
        json!([operation("add", &department, json!("D"))]),
        json!([operation("replace", &department.to_uppercase(), json!("D"))]),
        json!([operation("add", ENTERPRISE, json!({ "department": "D" }))]),
        json!([{ "op": "add", "value": { (ENTERPRISE): { "department": "D" } } }]),
        json!([{ "op": "replace", "value": { (department.clone()): "D" } }]),
    ] {
        let now = becomes(workspace, json!({}), operations.clone(), json!({ (ENTERPRISE): { "department": "D" } })).await;
        assert_eq!(now["schemas"], json!([USER, ENTERPRISE]), "{operations}");
        finds(
            workspace,
            "/Users",
            &format!("schemas eq \"{ENTERPRISE}\" and id eq \"{}\"", id(&now)),
            &[now["userName"].as_str().expect("a name")],
        )
        .await;
        // And goes with its last.
        let gone = workspace.scim().operations(&path(&now), json!([remove(&department)])).await.expect(200);
        assert_eq!((&gone["schemas"], gone.get(ENTERPRISE)), (&json!([USER]), None));
    }
}

pub async fn what_is_read_only_is_refused(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let group = workspace.group("Group", &[&user]).await;
    let user = workspace.scim().get(&path(&user)).await.expect(200);
    for (resource, paths) in [
        (
            &user,
            &[
                "id",
                "ID",
                "meta",
                "meta.created",
                "meta.version",
                "schemas",
                "groups",
                "groups.value",
                "groups.display",
                "groups[value pr]",
                "groups[type eq \"direct\"].display",
                &format!("{USER}:groups"),
                &format!("{ENTERPRISE}:manager.displayName"),
            ][..],
        ),
        (&group, &["id", "meta", "meta.lastModified", "schemas"]),
    ] {
        for at in paths {
            for op in ["add", "replace"] {
                refused(workspace, resource, operation(op, at, json!("x")), &["mutability"]).await;
                refused(workspace, resource, operation(op, at, json!([])), &["mutability"]).await;
            }
            refused(workspace, resource, remove(at), &["mutability"]).await;
        }
    }
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), user);
}

pub async fn what_is_immutable_is_set_once(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    define_acme(workspace).await;
    let hired = format!("{ACME}:hired");
    for op in ["add", "replace"] {
        let set = json!({ (ACME): { "hired": "2020" } });
        let user = becomes(workspace, full(""), json!([operation(op, &hired, json!("2020"))]), set).await;
        // The same again is no change.
        let again = workspace.scim().operations(&path(&user), json!([operation(op, &hired, json!("2020"))])).await.expect(200);
        assert_eq!(again, user);
        for op in ["add", "replace"] {
            refused(workspace, &user, operation(op, &hired, json!("2021")), &["mutability"]).await;
            refused(workspace, &user, json!({ "op": op, "value": { (ACME): { "hired": "2021" } } }), &["mutability"]).await;
        }
        refused(workspace, &user, remove(&hired), &["mutability"]).await;
        refused(workspace, &user, operation("replace", &hired, Value::Null), &["mutability"]).await;
    }
    let [a, b] = people(workspace, ["a", "b"].map(|name| json!({ "userName": name }))).await;
    let group = workspace.group("Group", &[&a]).await;
    let member = format!("members[value eq \"{}\"]", id(&a));
    for bad in [
        operation("replace", &format!("{member}.value"), json!(id(&b))),
        operation("replace", &format!("{member}.$ref"), b["meta"]["location"].clone()),
        operation("replace", &format!("{member}.type"), json!("Group")),
        operation("replace", &member, json!({ "value": id(&b) })),
        operation("replace", "members.value", json!(id(&b))),
        operation("add", &format!("{member}.value"), json!(id(&b))),
        remove(&format!("{member}.value")),
        remove("members.value"),
    ] {
        refused(workspace, &group, bad, &["mutability"]).await;
    }
    assert_eq!(members(&workspace.scim().get(&path(&group)).await.expect(200)), [id(&a)]);
}
