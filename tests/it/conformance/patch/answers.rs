//! The answer, and values that are not quite right.

use serde_json::{Value, json};

use super::{becomes, full, operation, refused};
use crate::{
    conformance::{
        asking::{finds, person},
        framework::Ground,
    },
    scim::{ENTERPRISE, USER, id, patch, path},
};

pub async fn the_answer_is_the_whole_resource_with_its_version(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let group = workspace.group("Group", &[&user]).await;
    for resource in [&user, &group] {
        for value in ["first", "first"] {
            let operations = json!([operation("replace", "externalId", json!(value))]);
            let answer = workspace.scim().operations(&path(resource), operations).await;
            let read = workspace.scim().get(&path(resource)).await;
            assert_eq!(answer.header("etag"), read.header("etag"), "also when nothing changed");
            match answer.status {
                200 => assert_eq!(answer.expect(200), read.expect(200)),
                204 => assert_eq!(answer.text, ""),
                other => panic!("{other}: {}", answer.text),
            }
        }
        let narrow = format!("{}?attributes=externalId", path(resource));
        let answer = workspace.scim().patch(&narrow, patch(json!([operation("replace", "externalId", json!("second"))]))).await;
        assert_eq!(answer.header("etag"), workspace.scim().get(&path(resource)).await.header("etag"));
        let shown = answer.expect(200);
        let names: Vec<&String> = shown.as_object().expect("an object").keys().collect();
        assert_eq!((names.len(), &shown["id"], &shown["externalId"]), (3, &resource["id"], &json!("second")), "{names:?}");
    }
}

pub async fn a_value_of_the_wrong_type(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    for (at, value) in [
        ("active", json!("maybe")),
        ("active", json!(1)),
        ("active", json!([true, false])),
        ("active", json!({ "value": true })),
        ("title", json!(7)),
        ("title", json!(true)),
        ("title", json!(["a", "b"])),
        ("title", json!({ "value": "x" })),
        ("name", json!("Ada")),
        ("name", json!(1)),
        ("name.givenName", json!({ "x": 1 })),
        ("name.givenName", json!(["a", "b"])),
        ("emails", json!(7)),
        ("emails", json!([7])),
        ("emails", json!([{ "value": 7 }])),
        ("emails", json!([{ "value": "x@y", "primary": "perhaps" }])),
        ("emails[type eq \"work\"].value", json!(7)),
        ("emails[type eq \"work\"].primary", json!("perhaps")),
        ("emails[type eq \"work\"].value", json!({ "value": "x" })),
        ("x509Certificates", json!([{ "value": "***" }])),
        (&format!("{ENTERPRISE}:department"), json!(5)),
        (&format!("{ENTERPRISE}:manager"), json!(5)),
        (ENTERPRISE, json!("x")),
        ("userName", json!({})),
        ("userName", json!("")),
    ] {
        for op in ["add", "replace"] {
            refused(workspace, &user, operation(op, at, value.clone()), &["invalidValue"]).await;
        }
    }
    let group = workspace.group("Group", &[]).await;
    for (at, value) in [
        ("displayName", json!(5)),
        ("displayName", json!(null)),
        ("members", json!(5)),
        ("members", json!([{ "value": 5 }])),
        ("members", json!([{ "display": "nobody" }])),
    ] {
        refused(workspace, &group, operation("replace", at, value), &["invalidValue"]).await;
    }
}

pub async fn booleans_as_text_and_single_values_in_a_list(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (value, wanted) in [
        (json!("False"), json!(false)),
        (json!("false"), json!(false)),
        (json!("FALSE"), json!(false)),
        (json!([false]), json!(false)),
        (json!(["False"]), json!(false)),
        (json!("True"), json!(true)),
    ] {
        for operations in [
            json!([{ "op": "Replace", "path": "active", "value": value }]),
            json!([{ "op": "Add", "path": "active", "value": value }]),
            json!([{ "op": "replace", "value": { "active": value } }]),
        ] {
            let now = becomes(workspace, full(""), operations.clone(), json!({ "active": wanted })).await;
            assert!(now["active"].is_boolean(), "{operations}: {now}");
            let filter = format!("active eq {wanted} and id eq \"{}\"", id(&now));
            finds(workspace, "/Users", &filter, &[now["userName"].as_str().expect("a name")]).await;
        }
    }
    let manager = format!("{ENTERPRISE}:manager");
    for (at, value, after) in [
        ("title", json!(["T"]), json!({ "title": "T" })),
        ("name", json!([{ "givenName": "G" }]), json!({ "name": { "givenName": "G", "familyName": "Byron" } })),
        (&manager, json!([{ "value": "m-2" }]), json!({ (ENTERPRISE): { "manager": { "value": "m-2" } } })),
        (&manager, json!("m-3"), json!({ (ENTERPRISE): { "manager": { "value": "m-3" } } })),
        (
            "roles",
            json!([{ "value": "editor", "primary": "True" }]),
            json!({ "roles": [{ "value": "editor", "primary": true }] }),
        ),
    ] {
        becomes(workspace, full(""), json!([operation("Replace", at, value)]), after).await;
    }
}

pub async fn names_with_dots_and_schemas_in_a_value_without_path(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let department = format!("{ENTERPRISE}:department");
    let manager = format!("{ENTERPRISE}:manager");
    // As Entra sends with aadOptscim062020.
    let value = json!({
        "displayName": "A", "name.givenName": "Augusta", "name.familyName": "King", "active": false,
        "emails[type eq \"work\"].value": "n@x", "phoneNumbers[type eq \"mobile\"].value": "+1",
        (department.clone()): "Engines", (manager): "m-2", (format!("{USER}:nickName")): "N",
    });
    let after = json!({
        "displayName": "A", "name": { "givenName": "Augusta", "familyName": "King" }, "active": false, "nickName": "N",
        "emails": [{ "value": "n@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }],
        "phoneNumbers": [{ "type": "mobile", "value": "+1" }], "title": "Countess",
        (ENTERPRISE): { "department": "Engines", "manager": { "value": "m-2" } },
    });
    for op in ["add", "replace", "Add", "Replace"] {
        becomes(workspace, full(""), json!([{ "op": op, "value": value }]), after.clone()).await;
    }
    let mut body = full("");
    body[ENTERPRISE] = Value::Null;
    let made = json!({ (ENTERPRISE): { "department": "Engines" }, "schemas": [USER, ENTERPRISE] });
    becomes(workspace, body, json!([{ "op": "add", "value": { (department): "Engines" } }]), made).await;
    // Where a workspace asks for it, every operation needs a path.
    workspace.admin().patch("/scim/rules", json!({ "refuse_pathless_patch": true })).await.expect(200);
    let user = person(workspace, full("strict")).await;
    for op in ["add", "replace"] {
        let bad = json!({ "op": op, "value": { "title": "x" } });
        refused(workspace, &user, bad, &["invalidPath", "invalidSyntax", "noTarget"]).await;
    }
}
