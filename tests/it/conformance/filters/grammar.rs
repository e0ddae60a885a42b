//! The language: operators, precedence, literals, names.

use serde_json::json;

use crate::{
    conformance::{
        asking::{finds, names, people, person, refuses, search},
        framework::Ground,
    },
    harness::Workspace,
    scim::{ENTERPRISE, GROUP, USER},
};

/// Four people for questions of precedence: title, and whether active.
async fn four(workspace: &Workspace) {
    people(
        workspace,
        [
            json!({ "userName": "a-on", "title": "a" }),
            json!({ "userName": "b-on", "title": "b" }),
            json!({ "userName": "b-off", "title": "b", "active": false }),
            json!({ "userName": "c-off", "title": "c", "active": false }),
        ],
    )
    .await;
}

pub async fn names_and_operators_in_any_case(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    people(workspace, [json!({ "userName": "a", "title": "x" }), json!({ "userName": "b" })]).await;
    workspace.group("Group", &[]).await;
    for filter in [
        "USERNAME Eq \"a\"",
        "username EQ \"a\" AND TITLE PR",
        "userName eq \"zz\" OR username sW \"A\"",
        "NOT (userName eq \"b\")",
        "Username Ne \"b\"",
        "META.RESOURCETYPE eq \"User\" aNd title Pr",
    ] {
        finds(workspace, "/Users", filter, &["a"]).await;
    }
    finds(workspace, "/Groups", "DISPLAYNAME EQ \"group\"", &["Group"]).await;
}

pub async fn grouping_then_not_then_and_then_or(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    four(workspace).await;
    let (a, b, off) = ("title eq \"a\"", "title eq \"b\"", "active eq false");
    for (filter, wanted) in [
        (format!("{a} or {b} and {off}"), &["a-on", "b-off"][..]),
        (format!("({a} or {b}) and {off}"), &["b-off"]),
        (format!("{off} and {b} or {a}"), &["a-on", "b-off"]),
        (format!("{off} and ({b} or {a})"), &["b-off"]),
        (format!("not ({b}) and {off}"), &["c-off"]),
        (format!("not ({b} and {off})"), &["a-on", "b-on", "c-off"]),
        (format!("not ({a}) or {a} and {off}"), &["b-off", "b-on", "c-off"]),
        (format!("((({a})) or (({b}) and ({off})))"), &["a-on", "b-off"]),
    ] {
        finds(workspace, "/Users", &filter, wanted).await;
    }
}

pub async fn not_with_and_without_a_space(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    four(workspace).await;
    for filter in ["not(title eq \"b\")", "not (title eq \"b\")", "not  (title eq \"b\")", "NOT(title eq \"b\")"] {
        finds(workspace, "/Users", filter, &["a-on", "c-off"]).await;
    }
    finds(workspace, "/Users", "active eq false and not(title eq \"b\")", &["c-off"]).await;
    refuses(workspace, "/Users", "not title eq \"b\"").await;
}

pub async fn values_are_json_literals(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (n, text) in ["O'Malley", "a\"b", "back\\slash", "é", "tab\there", "\u{1f600}"].into_iter().enumerate() {
        person(workspace, json!({ "userName": format!("u{n}"), "displayName": text })).await;
    }
    for (literal, wanted) in [
        ("\"O\\u0027Malley\"", "u0"),
        ("\"O'Malley\"", "u0"),
        ("\"a\\\"b\"", "u1"),
        ("\"back\\\\slash\"", "u2"),
        ("\"\\u00e9\"", "u3"),
        ("\"tab\\there\"", "u4"),
        ("\"\\ud83d\\ude00\"", "u5"),
    ] {
        finds(workspace, "/Users", &format!("displayName eq {literal}"), &[wanted]).await;
    }
    for literal in ["'O'", "bare", "'Group'", "User", "\"a\\x\"", "\"open", "TRUE", "\"\\ud800\"", "01", "1.", "+1", "{}", "[]"] {
        refuses(workspace, "/Users", &format!("displayName eq {literal}")).await;
        refuses(workspace, "/Users", &format!("meta.resourceType eq {literal}")).await;
    }
    refuses(workspace, "/Users", "active eq TRUE").await;
}

pub async fn names_with_their_schema(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let jane = json!({
        "userName": "Jane", "name": { "familyName": "Doe" }, "emails": [{ "type": "work", "value": "j@x" }],
        (ENTERPRISE): { "department": "x", "manager": { "value": "m-1" } },
    });
    people(workspace, [jane, json!({ "userName": "ann", (ENTERPRISE): { "department": "y" } })]).await;
    for filter in [
        format!("{USER}:userName sw \"J\""),
        format!("{}:USERNAME SW \"j\"", USER.to_uppercase()),
        format!("{USER}:name.familyName eq \"Doe\""),
        format!("{USER}:emails[type eq \"work\" and value eq \"j@x\"]"),
        format!("{USER}:emails.value eq \"j@x\""),
        format!("{ENTERPRISE}:department eq \"x\""),
        format!("{}:Department eq \"X\"", ENTERPRISE.to_lowercase()),
        format!("{ENTERPRISE}:manager.value eq \"m-1\""),
        format!("not ({ENTERPRISE}:department eq \"y\") and {USER}:userName pr"),
    ] {
        finds(workspace, "/Users", &filter, &["Jane"]).await;
    }
    workspace.group("Group", &[]).await;
    finds(workspace, "/Groups", &format!("{GROUP}:displayName eq \"group\""), &["Group"]).await;
    for filter in [
        format!("{USER}:department eq \"x\""),
        format!("{GROUP}:displayName eq \"x\""),
        format!("{ENTERPRISE}:userName eq \"x\""),
        "urn:example:1.0:User:userName eq \"x\"".to_owned(),
    ] {
        refuses(workspace, "/Users", &filter).await;
    }
}

pub async fn what_cannot_be_understood_is_refused_with_a_sentence(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    person(workspace, json!({ "userName": "x" })).await;
    for filter in [
        "",
        " ",
        "userName",
        "userName regex \"x\"",
        "userName eq",
        "userName eq \"x\" trailing",
        "userName eq \"x\" userName eq \"x\"",
        "userName pr \"x\"",
        "eq \"x\"",
        "and userName pr",
        "userName pr and",
        "userName pr or or title pr",
        "(userName pr",
        "userName pr)",
        "()",
        "not ()",
        "emails[]",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"].",
        "userName == \"x\"",
        "userName=x",
        "userName eq \"x\";",
        "*",
        "\"x\" eq userName",
        "userName eq userName",
        "1abc eq \"x\"",
        "emails[0].value eq \"x\"",
    ] {
        refuses(workspace, "/Users", filter).await;
        refuses(workspace, "/Groups", filter).await;
        search(&workspace.scim(), "/Users", json!({ "filter": filter })).await.scim_error(400, Some("invalidFilter"));
        search(&workspace.scim(), "", json!({ "filter": filter })).await.scim_error(400, Some("invalidFilter"));
    }
    for target in ["/Users?filter", "/Users?filter=", "/Groups?filter=&count=1"] {
        workspace.scim().get(target).await.scim_error(400, Some("invalidFilter"));
    }
}

pub async fn an_unknown_attribute_is_refused(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for filter in [
        "foo eq \"x\"",
        "foo pr",
        "name.foo eq \"x\"",
        "emails[foo eq \"x\"]",
        "emails.foo pr",
        "userName.foo eq \"x\"",
        "title pr and foo pr",
        "urn:example:2.0:User:title eq \"x\"",
    ] {
        let detail = refuses(workspace, "/Users", filter).await;
        assert!(detail.contains("foo") || detail.contains("urn:example"), "the name is named: {detail}");
        search(&workspace.scim(), "/Users", json!({ "filter": filter })).await.scim_error(400, Some("invalidFilter"));
    }
    // Each type has its own; at the root what one of them has is known (RFC 7644 §3.4.2.1).
    refuses(workspace, "/Groups", "userName eq \"x\"").await;
    refuses(workspace, "/Users", "members.value eq \"x\"").await;
    search(&workspace.scim(), "", json!({ "filter": "userName eq \"x\"" })).await.expect(200);
    search(&workspace.scim(), "", json!({ "filter": "foo eq \"x\"" })).await.scim_error(400, Some("invalidFilter"));
}

pub async fn plus_and_percent_20_are_spaces(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    people(workspace, ["two words", "a+b@x", "100%", "x%41", "é", "a&b=c"].map(|name| json!({ "userName": name }))).await;
    for (target, wanted) in [
        ("userName+eq+%22two+words%22", &["two words"][..]),
        ("userName%20eq%20%22two%20words%22", &["two words"]),
        ("userName+eq%20%22two%20words%22", &["two words"]),
        ("userName+eq+%22a%2Bb@x%22", &["a+b@x"]),
        ("userName+eq+%22a%2bb%40x%22", &["a+b@x"]),
        // A bare plus is a space, and nobody is called so.
        ("userName+eq+%22a+b@x%22", &[]),
        ("userName+eq+%22100%25%22", &["100%"]),
        // Decoded once: %25 is a percent sign, and what follows it is no escape any more.
        ("userName+eq+%22x%2541%22", &["x%41"]),
        ("userName+eq+%22xA%22", &[]),
        ("userName+eq+%22%C3%A9%22", &["é"]),
        ("userName+eq+%22a%26b%3Dc%22", &["a&b=c"]),
    ] {
        let page = workspace.scim().raw("GET", &format!("/Users?filter={target}")).send().expect(200);
        assert_eq!(names(&page), wanted, "{target}");
    }
}
