//! Which values a term looks at, and what none is.

use serde_json::{Value, json};

use crate::{
    conformance::{
        asking::{ACME, define_acme, finds, names, people, person, refuses, search},
        framework::Ground,
    },
    scim::{ENTERPRISE, GROUP, USER, id},
};

/// Somebody whose work address is @a and whose home address is @b.
fn two_addresses() -> Value {
    json!({ "userName": "ab", "emails": [{ "type": "work", "value": "x@a" }, { "type": "home", "value": "y@b" }] })
}

pub async fn one_and_the_same_value_satisfies_all_in_brackets(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    person(workspace, two_addresses()).await;
    for (filter, found) in [
        ("emails[type eq \"work\" and value co \"@b\"]", false),
        ("emails[type eq \"home\" and value co \"@b\"]", true),
        ("emails[type eq \"work\"]", true),
        ("emails[not (type eq \"work\") and value co \"@a\"]", false),
        ("emails[type eq \"work\" or value co \"@b\"] and emails[type eq \"home\"]", true),
    ] {
        finds(workspace, "/Users", filter, if found { &["ab"] } else { &[] }).await;
    }
}

pub async fn without_brackets_any_value_does(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    person(workspace, two_addresses()).await;
    for (filter, found) in [
        ("emails.type eq \"work\" and emails.value co \"@b\"", true),
        ("emails.type eq \"home\" and emails.value co \"@a\"", true),
        ("emails.type eq \"other\" and emails.value co \"@a\"", false),
    ] {
        finds(workspace, "/Users", filter, if found { &["ab"] } else { &[] }).await;
    }
}

pub async fn ne_is_not_the_negation_of_eq(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let with = |name: &str, values: &[&str]| {
        let emails: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
        json!({ "userName": name, "emails": emails })
    };
    people(workspace, [with("both", &["a@x", "b@x"]), with("only-a", &["a@x"]), with("only-b", &["b@x"])]).await;
    finds(workspace, "/Users", "emails.value ne \"a@x\"", &["both", "only-b"]).await;
    finds(workspace, "/Users", "not (emails.value eq \"a@x\")", &["only-b"]).await;
    finds(workspace, "/Users", "emails ne \"a@x\" and emails eq \"a@x\"", &["both"]).await;
}

pub async fn a_complex_attribute_needs_a_part_and_a_list_has_value(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, json!({ "userName": "u", "emails": [{ "value": "x@y" }], "name": { "givenName": "x" } })).await;
    workspace.group("Group", &[&user]).await;
    for filter in ["emails co \"x\"", "emails eq \"X@Y\"", "emails pr", "name.givenName eq \"x\"", "name pr"] {
        finds(workspace, "/Users", filter, &["u"]).await;
    }
    finds(workspace, "/Groups", &format!("members eq \"{}\"", id(&user)), &["Group"]).await;
    for filter in ["name eq \"x\"", "addresses eq \"x\"", "meta gt \"2026-01-01T00:00:00Z\""] {
        refuses(workspace, "/Users", filter).await;
    }
    let detail = refuses(workspace, "/Users", "name eq \"x\"").await;
    assert!(detail.contains("name."), "it says what would do: {detail}");
}

pub async fn present_is_what_is_not_empty(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    define_acme(workspace).await;
    people(
        workspace,
        [
            json!({ "userName": "empty", "title": "", "emails": [], "name": {}, "active": false, "phoneNumbers": [{}] }),
            json!({ "userName": "hollow", "name": { "givenName": "" }, "emails": [{ "value": "", "primary": false }] }),
            json!({
                "userName": "full", "title": "t", "emails": [{ "value": "a@x" }], "name": { "givenName": "g" },
                "phoneNumbers": [{ "type": "work" }], (ACME): { "floor": 0, "remote": false },
            }),
        ],
    )
    .await;
    for (filter, wanted) in [
        ("title pr", &["full"][..]),
        ("not (title pr)", &["empty", "hollow"]),
        ("name pr", &["full"]),
        ("name.givenName pr", &["full"]),
        ("emails.value pr", &["full"]),
        ("phoneNumbers pr", &["full"]),
        ("active pr", &["empty", "full", "hollow"]),
        ("nickName pr", &[]),
        (&format!("{ACME}:floor pr and {ACME}:remote pr"), &["full"]),
        ("id pr and meta pr and schemas pr", &["empty", "full", "hollow"]),
    ] {
        finds(workspace, "/Users", filter, wanted).await;
    }
}

pub async fn null_is_absence_and_the_other_literals_are_read(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    people(
        workspace,
        [
            json!({ "userName": "with", "title": "t", "emails": [{ "value": "a@x" }], "name": { "givenName": "g" } }),
            json!({ "userName": "without", "active": false }),
        ],
    )
    .await;
    for (filter, wanted) in [
        ("title eq null", &["without"][..]),
        ("title ne null", &["with"]),
        ("not (title eq null)", &["with"]),
        ("emails eq null", &["without"]),
        ("emails.value ne null", &["with"]),
        ("name.givenName eq null", &["without"]),
        ("name.familyName eq null", &["with", "without"]),
        ("active eq null", &[]),
        ("active eq true", &["with"]),
        ("active eq false", &["without"]),
        ("emails[display eq null and value ne null]", &["with"]),
    ] {
        finds(workspace, "/Users", filter, wanted).await;
    }
    // Numbers are read too, and then do not fit a text.
    for literal in ["5", "-1", "1.5", "1e3", "-2.5E-3"] {
        let detail = refuses(workspace, "/Users", &format!("title eq {literal}")).await;
        assert!(detail.contains("string"), "{literal}: {detail}");
    }
    define_acme(workspace).await;
    person(workspace, json!({ "userName": "numbered", (ACME): { "floor": -3, "weight": 1500.0 } })).await;
    for filter in ["floor eq -3", "weight eq 1.5e3", "weight eq 1500", "weight eq 1500.0"] {
        finds(workspace, "/Users", &format!("{ACME}:{filter}"), &["numbered"]).await;
    }
    finds(workspace, "/Users", &format!("{ACME}:floor eq null"), &["with", "without"]).await;
}

pub async fn a_default_is_compared_as_it_is_shown(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let [said, silent, null] = people(
        workspace,
        [
            json!({ "userName": "said", "active": true }),
            json!({ "userName": "silent" }),
            json!({ "userName": "null", "active": null }),
        ],
    )
    .await;
    for user in [&said, &silent, &null] {
        assert_eq!(user["active"], true, "the default is in the answer");
    }
    finds(workspace, "/Users", "active eq true", &["null", "said", "silent"]).await;
    finds(workspace, "/Users", "active eq false or active eq null or not (active pr)", &[]).await;
}

pub async fn by_schema(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    people(workspace, [json!({ "userName": "employee", (ENTERPRISE): { "department": "D" } }), json!({ "userName": "plain" })])
        .await;
    workspace.group("Group", &[]).await;
    finds(workspace, "/Users", &format!("schemas eq \"{ENTERPRISE}\""), &["employee"]).await;
    finds(workspace, "/Users", &format!("not (schemas eq \"{ENTERPRISE}\")"), &["plain"]).await;
    finds(workspace, "/Users", &format!("schemas eq \"{USER}\""), &["employee", "plain"]).await;
    finds(workspace, "/Users", "schemas eq \"urn:example:nothing\"", &[]).await;
    finds(workspace, "/Groups", &format!("schemas eq \"{GROUP}\""), &["Group"]).await;
    let page = search(&workspace.scim(), "", json!({ "filter": format!("schemas eq \"{GROUP}\"") })).await.expect(200);
    assert_eq!(names(&page), ["Group"]);
}
