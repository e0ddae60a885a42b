//! PUT, RFC 7644 §3.5.1.

use serde_json::{Value, json};

use super::{
    asking::{ACME, counted, define_acme, finds, people, person, stored_id, stored_members, stored_users},
    framework::{Ground, Section, hold, requirements},
};
use crate::{
    harness::{Instance, assert_includes},
    scim::{ENTERPRISE, GROUP, USER, id, members, path},
};

/// Q142 to Q151.
pub const SECTION: Section = Section {
    title: "PUT",
    requirements: requirements! {
        142 Must "Every writable type can be replaced." => every_type_can_be_replaced;
        143 Must "Values that are given replace the old ones, lists as a whole." => given_values_replace_the_old_ones;
        144 May "What is left out is cleared; active is kept. A password never was there." => what_is_left_out_is_cleared_but_not_who_may_be_in;
        145 Must "What is read-only is ignored." => what_is_read_only_is_passed_over;
        146 Should "An immutable value may be given again, set when it was not, and not changed." => what_is_immutable_is_set_once;
        147 Must "A required attribute that is missing is refused with invalidValue." => what_is_required_must_be_there;
        148 Must "The answer is 200 with the whole resource." => the_answer_is_the_whole_resource;
        149 Must "A taken name is refused with 409 uniqueness." => a_taken_name_is_a_conflict;
        150 Hardening "A replacement that changes nothing moves neither version nor time and writes no event." => what_changes_nothing_leaves_no_trace;
        151 Hardening "The members of a group are written as differences." => members_are_written_as_differences;
    },
};

#[tokio::test]
async fn q142_to_q151_put() {
    hold(&SECTION).await;
}

/// A user with something of everything.
fn full() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "userName": "ada@acme.test", "externalId": "E-1", "displayName": "Ada", "title": "Countess",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "w@acme.test", "type": "work", "primary": true }, { "value": "h@acme.test", "type": "home" }],
        (ENTERPRISE): { "department": "Analysis", "manager": { "value": "m-1" } },
    })
}

pub async fn every_type_can_be_replaced(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let types = workspace.scim().get("/ResourceTypes").await.expect(200);
    let mut endpoints: Vec<&str> =
        types["Resources"].as_array().expect("types").iter().map(|kind| kind["endpoint"].as_str().expect("a path")).collect();
    endpoints.sort_unstable();
    assert_eq!(endpoints, ["/Groups", "/Users"], "a type without a row in this test");
    for (endpoint, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let made = workspace.scim().post(endpoint, json!({ name: "before" })).await.expect(201);
        let replaced = workspace.scim().put(&path(&made), json!({ name: "after" })).await.expect(200);
        assert_eq!((&replaced[name], &replaced["id"]), (&json!("after"), &made["id"]));
        assert_eq!(workspace.scim().get(&path(&made)).await.expect(200), replaced);
    }
}

pub async fn given_values_replace_the_old_ones(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full()).await;
    let body = json!({
        "schemas": [USER], "userName": "Ada@Acme.test", "externalId": "E-2", "title": "Baroness", "active": false,
        "name": { "familyName": "Byron" }, "emails": [{ "value": "n@acme.test", "type": "other" }],
        (ENTERPRISE): { "division": "North" }, "password": "new",
    });
    let replaced = workspace.scim().put(&path(&user), body.clone()).await.expect(200);
    for name in ["userName", "externalId", "title", "active", "name", "emails", ENTERPRISE] {
        assert_eq!(replaced[name], body[name], "{name} as a whole");
    }
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), replaced);
    finds(workspace, "/Users", "emails.value eq \"w@acme.test\" or externalId eq \"E-1\"", &[]).await;
    finds(workspace, "/Users", "emails.value eq \"n@acme.test\" and externalId eq \"E-2\"", &["Ada@Acme.test"]).await;
    let [a, b, c] = people(workspace, ["a", "b", "c"].map(|name| json!({ "userName": name }))).await;
    let group = workspace.group("Group", &[&a, &b]).await;
    let body = json!({ "displayName": "Group", "members": [{ "value": id(&b) }, { "value": id(&c) }] });
    assert_eq!(members(&workspace.scim().put(&path(&group), body).await.expect(200)), [id(&b), id(&c)]);
}

pub async fn what_is_left_out_is_cleared_but_not_who_may_be_in(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full()).await;
    let at = path(&user);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    workspace.scim().operations(&at, off).await.expect(200);
    // As Okta replaces a profile: without a word of active.
    let okta = json!({
        "schemas": [USER], "id": id(&user), "userName": "ada@acme.test", "name": { "givenName": "Ada" },
        "emails": [{ "primary": true, "value": "w@acme.test", "type": "work" }], "groups": [],
    });
    let replaced = workspace.scim().put(&at, okta).await.expect(200);
    let cleared = json!({
        "active": false, "title": null, "displayName": null, "externalId": null, (ENTERPRISE): null,
        "name": { "givenName": "Ada", "familyName": null },
    });
    assert_includes(&replaced, &cleared, "what was left out");
    assert_eq!(workspace.scim().get(&at).await.expect(200), replaced);
    // Nobody is let in by the update of a profile, only by the word.
    for body in [json!({ "userName": "ada@acme.test" }), json!({ "userName": "ada@acme.test", "active": null })] {
        assert_eq!(workspace.scim().put(&at, body).await.expect(200)["active"], false);
    }
    let on = json!({ "userName": "ada@acme.test", "active": true });
    assert_eq!(workspace.scim().put(&at, on).await.expect(200)["active"], true);
    let silent = json!({ "userName": "ada@acme.test" });
    assert_eq!(workspace.scim().put(&at, silent).await.expect(200)["active"], true);
}

pub async fn what_is_read_only_is_passed_over(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full()).await;
    let group = workspace.group("Group", &[&user]).await;
    for resource in [&user, &group] {
        // Exactly what was read, with everything that the server has added.
        let read = workspace.scim().get(&path(resource)).await.expect(200);
        assert_eq!(workspace.scim().put(&path(resource), read.clone()).await.expect(200), read);
        let mut lies = read.clone();
        lies["id"] = json!("another");
        lies["meta"] = json!({ "created": "1999-01-01T00:00:00Z", "version": "W/\"77\"", "location": "x", "resourceType": "X" });
        lies["groups"] = json!([{ "value": "admins", "$ref": 7 }]);
        assert_eq!(workspace.scim().put(&path(resource), lies).await.expect(200), read);
    }
    let mut body = full();
    body[ENTERPRISE]["manager"] = json!({ "value": "m-1", "displayName": "made up" });
    let manager = workspace.scim().put(&path(&user), body).await.expect(200)[ENTERPRISE]["manager"].clone();
    assert_eq!((&manager["value"], manager.get("displayName")), (&json!("m-1"), None));
}

pub async fn what_is_immutable_is_set_once(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    define_acme(workspace).await;
    let scim = workspace.scim();
    let with = |hired: Value| json!({ "userName": "ada", (ACME): { "hired": hired, "floor": 1 } });
    let user = person(workspace, with(json!("2020"))).await;
    let at = path(&user);
    // Equal passes.
    assert_eq!(scim.put(&at, with(json!("2020"))).await.expect(200), user);
    // Another one does not, and nothing else of that body happens.
    for other in [json!("2021"), json!("2020 "), json!("")] {
        let mut body = with(other);
        body["title"] = json!("T");
        let detail = scim.put(&at, body).await.scim_error(400, Some("mutability"));
        assert!(detail.contains("hired"), "{detail}");
    }
    assert_eq!(scim.get(&at).await.expect(200), user);
    // Left out it stays: it cannot be changed.
    assert_eq!(scim.put(&at, json!({ "userName": "ada", "title": "T" })).await.expect(200)[ACME], json!({ "hired": "2020" }));
    // Unset, it is set.
    let late = person(workspace, json!({ "userName": "late" })).await;
    let set = scim.put(&path(&late), json!({ "userName": "late", (ACME): { "hired": "2022" } })).await.expect(200);
    assert_eq!(set[ACME]["hired"], "2022");
}

pub async fn what_is_required_must_be_there(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let (user, group) = (person(workspace, full()).await, workspace.group("Group", &[]).await);
    for (resource, name) in [(&user, "userName"), (&group, "displayName")] {
        for body in [json!({ "title": "x" }), json!({ name: null }), json!({ name: "" }), json!({ name: "  " }), json!({})] {
            let answer = workspace.scim().put(&path(resource), body.clone()).await;
            let detail = answer.scim_error(400, Some("invalidValue"));
            assert!(detail.contains(name), "{body}: {detail}");
        }
        assert_eq!(&workspace.scim().get(&path(resource)).await.expect(200), resource, "nothing was changed");
    }
}

pub async fn the_answer_is_the_whole_resource(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full()).await;
    let group = workspace.group("Group", &[&user]).await;
    for (resource, body) in [
        (&user, json!({ "userName": "ada@acme.test", "title": "New" })),
        (&group, json!({ "displayName": "New", "members": [{ "value": id(&user) }] })),
    ] {
        let answer = workspace.scim().put(&path(resource), body).await;
        let (etag, location) = (answer.header("etag").to_owned(), answer.header("location").to_owned());
        let replaced = answer.expect(200);
        let read = workspace.scim().get(&path(resource)).await.expect(200);
        assert_eq!(replaced, read);
        assert_eq!((&replaced["meta"]["version"], &replaced["meta"]["location"]), (&json!(etag), &json!(location)));
    }
    let at = format!("{}?attributes=title", path(&user));
    let narrow = workspace.scim().put(&at, json!({ "userName": "ada@acme.test", "title": "Newer" })).await.expect(200);
    assert_eq!(narrow, json!({ "schemas": [USER], "id": id(&user), "title": "Newer" }));
}

pub async fn a_taken_name_is_a_conflict(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let [ada, bob] = people(workspace, ["ada@acme.test", "bob@acme.test"].map(|name| json!({ "userName": name }))).await;
    for name in ["ada@acme.test", "ADA@acme.TEST", "\u{ff21}da@acme.test"] {
        let answer = workspace.scim().put(&path(&bob), json!({ "userName": name })).await;
        assert!(answer.scim_error(409, Some("uniqueness")).contains("userName"));
    }
    assert_eq!(workspace.scim().get(&path(&bob)).await.expect(200), bob);
    let (_, other) = (workspace.group("One", &[]).await, workspace.group("Other", &[]).await);
    let answer = workspace.scim().put(&path(&other), json!({ "displayName": "ONE" })).await;
    assert!(answer.scim_error(409, Some("uniqueness")).contains("displayName"));
    // One's own name in another spelling is free.
    workspace.scim().put(&path(&ada), json!({ "userName": "Ada@Acme.Test" })).await.expect(200);
    workspace.scim().put(&path(&other), json!({ "displayName": "OTHER" })).await.expect(200);
}

pub async fn what_changes_nothing_leaves_no_trace(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let user = person(&workspace, full()).await;
    let friend = person(&workspace, json!({ "userName": "friend" })).await;
    let group = workspace.group("Group", &[&user, &friend]).await;
    let traces = "select (select count(*) from audit_log) + (select count(*) from dirty)";
    let before = instance.database.count(traces).await;
    for resource in [&user, &group] {
        let read = workspace.scim().get(&path(resource)).await;
        let tag = read.header("etag").to_owned();
        let read = read.expect(200);
        let answer = workspace.scim().put(&path(resource), read.clone()).await;
        assert_eq!(answer.header("etag"), tag);
        assert_eq!(answer.expect(200), read);
        // The same in another order of names and values, with null for what is not there.
        let mut turned = json!({});
        for (name, value) in read.as_object().expect("an object").iter().rev() {
            turned[name] = value.clone();
        }
        turned["nickName"] = Value::Null;
        turned["photos"] = json!([]);
        if let Some(list) = turned["members"].as_array_mut() {
            list.reverse();
        }
        assert_eq!(workspace.scim().put(&path(resource), turned).await.expect(200), read);
    }
    assert_eq!(instance.database.count(traces).await, before, "an event was written");
    let mut changed = workspace.scim().get(&path(&user)).await.expect(200);
    changed["title"] = json!("Baroness");
    let now = workspace.scim().put(&path(&user), changed).await.expect(200);
    assert_ne!(now["meta"]["version"], user["meta"]["version"]);
    assert!(now["meta"]["lastModified"].as_str() > user["meta"]["lastModified"].as_str());
    assert!(instance.database.count(traces).await > before);
    instance.abandon("nobody works here");
}

pub async fn members_are_written_as_differences(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    const MEMBERS: usize = 100_000;
    let workspace = instance.workspace().open().await;
    stored_users(&instance, &workspace, MEMBERS + 1).await;
    let group = workspace.group("Everybody", &[]).await;
    stored_members(&instance, &workspace, &group, MEMBERS).await;
    let written = async || {
        counted(&instance).await;
        let of = "select (n_tup_ins * 1000000 + n_tup_upd * 1000 + n_tup_del)::bigint from pg_stat_user_tables
                  where relname = 'group_members'";
        instance.database.count(of).await
    };
    let before = written().await;
    // One goes, one comes, 99,999 stay.
    let list: Vec<Value> = (2..=MEMBERS + 1).map(|n| json!({ "value": stored_id(n) })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": "Everybody", "members": list });
    let at = format!("{}?excludedAttributes=members", path(&group));
    let answer = workspace.scim().put(&at, body.clone()).await;
    let tag = answer.header("etag").to_owned();
    answer.expect(200);
    assert_eq!(written().await - before, 1_000_001, "one row more and one less, and no other touched");
    for (filter, found) in [(stored_id(1), false), (stored_id(2), true), (stored_id(MEMBERS + 1), true)] {
        let wanted: &[&str] = if found { &["Everybody"] } else { &[] };
        finds(&workspace, "/Groups", &format!("members.value eq \"{filter}\""), wanted).await;
    }
    let again = workspace.scim().put(&at, body).await;
    assert_eq!(again.header("etag"), tag, "nothing to do");
    assert_eq!(again.status, 200);
    instance.abandon("nobody works here");
}
