//! The message, its operations and their paths.

use serde_json::json;

use super::{becomes, full, operation, refused, remove};
use crate::{
    conformance::{
        asking::{people, person},
        framework::Ground,
    },
    scim::{ENTERPRISE, PATCH_OP, USER, id, members, path},
};

pub async fn the_message_needs_its_schema_and_operations(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let group = workspace.group("Group", &[]).await;
    let rename = json!([operation("replace", "externalId", json!("x"))]);
    for body in [
        json!({ "Operations": rename }),
        json!({ "schemas": [], "Operations": rename }),
        json!({ "schemas": [USER], "Operations": rename }),
        json!({ "schemas": [PATCH_OP] }),
        json!({ "schemas": [PATCH_OP], "Operations": [] }),
        json!({ "schemas": [PATCH_OP], "Operations": null }),
        json!({ "schemas": [PATCH_OP], "Operations": rename[0] }),
        json!({ "schemas": [PATCH_OP], "Operations": ["replace"] }),
        json!({ "schemas": [PATCH_OP], "Operations": [null] }),
        json!({ "externalId": "x" }),
    ] {
        for resource in [&user, &group] {
            let detail = workspace.scim().patch(&path(resource), body.clone()).await.scim_error(400, Some("invalidSyntax"));
            assert!(!detail.is_empty(), "{body}");
        }
    }
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), user);
    for (n, name) in ["Operations", "operations", "OPERATIONS"].into_iter().enumerate() {
        let body = json!({ "schemas": [PATCH_OP], name: [operation("replace", "externalId", json!(format!("{n}")))] });
        let changed = workspace.scim().patch(&path(&user), body).await.expect(200);
        assert_eq!(changed["externalId"], format!("{n}"), "{name}");
    }
}

pub async fn add_remove_replace_and_nothing_else(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    for op in [json!("move"), json!("test"), json!("copy"), json!(""), json!(null), json!(1), json!(["add"])] {
        let bad = json!({ "op": op, "path": "title", "value": "x" });
        refused(workspace, &user, bad, &["invalidSyntax"]).await;
    }
    refused(workspace, &user, json!({ "path": "title", "value": "x" }), &["invalidSyntax"]).await;
    // Entra writes them with a capital letter.
    for op in ["add", "Add", "ADD", "replace", "Replace"] {
        becomes(workspace, full(""), json!([operation(op, "title", json!(op))]), json!({ "title": op })).await;
    }
    for op in ["remove", "Remove"] {
        becomes(workspace, full(""), json!([{ "op": op, "path": "title" }]), json!({ "title": null })).await;
    }
}

pub async fn a_path_is_an_attribute_or_values_of_one(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    for at in [
        "emails[0]",
        "emails[0].value",
        "emails/0",
        "/emails",
        "emails[",
        "emails]",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]value",
        "emails[type eq \"work\"].value.x",
        "emails[type eq \"work\"][value pr]",
        "emails.value[type eq \"work\"]",
        "title[value eq \"x\"]",
        "name.",
        ".name",
        "name..givenName",
        "name.givenName.x",
        "title ",
        "1title",
        "title,nickName",
        "urn:",
    ] {
        refused(workspace, &user, operation("replace", at, json!("x")), &["invalidPath"]).await;
    }
    refused(workspace, &user, json!({ "op": "replace", "path": ["title"], "value": "x" }), &["invalidPath"]).await;
    for at in ["emails[type eq]", "emails[type regex \"x\"]", "emails[foo eq \"x\"]", "emails[]", "emails[type eq 'work'].value"]
    {
        refused(workspace, &user, operation("replace", at, json!({ "value": "x" })), &["invalidFilter"]).await;
    }
    for (at, wanted) in [
        ("title", json!({ "title": "x" })),
        ("name.givenName", json!({ "name": { "givenName": "x", "familyName": "Byron" } })),
        (&format!("{USER}:title"), json!({ "title": "x" })),
        (&format!("{ENTERPRISE}:department"), json!({ (ENTERPRISE): { "department": "x" } })),
        (&format!("{ENTERPRISE}:manager.value"), json!({ (ENTERPRISE): { "manager": { "value": "x" } } })),
        ("emails[type eq \"home\"].value", json!({ "emails": [{ "value": "w@x" }, { "value": "x" }] })),
        ("emails[type eq \"home\" and not (value sw \"w\")].display", json!({ "emails": [{}, { "display": "x" }] })),
        ("EMAILS[TYPE EQ \"HOME\"].DISPLAY", json!({ "emails": [{}, { "display": "x" }] })),
        ("emails[value eq \"h@x\" or value eq \"]\"].display", json!({ "emails": [{}, { "display": "x" }] })),
    ] {
        becomes(workspace, full(""), json!([operation("replace", at, json!("x"))]), wanted).await;
    }
}

pub async fn a_path_that_names_nothing_changes_nothing(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let group = workspace.group("Group", &[]).await;
    for at in [
        "foo",
        "foo.bar",
        "name.foo",
        "emails.foo",
        "emails[type eq \"work\"].foo",
        "foo[type eq \"work\"]",
        "title.foo",
        "urn:example:2.0:User:title",
        &format!("{USER}:foo"),
        &format!("{ENTERPRISE}:foo"),
        &format!("{ENTERPRISE}:title"),
    ] {
        for op in ["add", "replace"] {
            refused(workspace, &user, operation(op, at, json!("x")), &["noTarget", "invalidPath"]).await;
        }
        refused(workspace, &user, remove(at), &["noTarget", "invalidPath"]).await;
    }
    for at in ["userName", "foo", "members.foo"] {
        refused(workspace, &group, operation("replace", at, json!("x")), &["noTarget", "invalidPath"]).await;
    }
}

pub async fn each_operation_sees_the_one_before(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (operations, after) in [
        (
            json!([
                operation("add", "ims", json!([{ "type": "xmpp", "value": "a" }])),
                operation("replace", "ims[type eq \"xmpp\"].value", json!("b")),
                operation("add", "ims[value eq \"b\"].display", json!("c")),
            ]),
            json!({ "ims": [{ "type": "xmpp", "value": "b", "display": "c" }] }),
        ),
        (json!([remove("title"), operation("add", "title", json!("x"))]), json!({ "title": "x" })),
        (json!([operation("add", "title", json!("x")), remove("title")]), json!({ "title": null })),
        (
            json!([remove("emails[type eq \"work\"]"), operation("replace", "emails[type eq \"home\"].type", json!("work"))]),
            json!({ "emails": [{ "value": "h@x", "type": "work" }] }),
        ),
        (
            json!([
                operation("replace", "name", json!({ "givenName": "A" })),
                operation("replace", "name.givenName", json!("B"))
            ]),
            json!({ "name": { "givenName": "B", "familyName": "Byron" } }),
        ),
    ] {
        becomes(workspace, full(""), operations, after).await;
    }
    let [a, b] = people(workspace, ["a", "b"].map(|name| json!({ "userName": name }))).await;
    let group = workspace.group("Group", &[&a]).await;
    let operations = json!([
        operation("add", "members", json!([{ "value": id(&b) }])),
        remove(&format!("members[value eq \"{}\"]", id(&b))),
        remove("members"),
        operation("add", "members", json!([{ "value": id(&b) }])),
    ]);
    workspace.scim().operations(&path(&group), operations).await.expect(200);
    assert_eq!(members(&workspace.scim().get(&path(&group)).await.expect(200)), [id(&b)]);
}
