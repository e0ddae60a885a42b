//! Users, groups and the enterprise extension (RFC 7643 §4).

use std::collections::BTreeSet;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{
    asking::{CERTIFICATE, SEARCH_REQUEST},
    framework::{Ground, Section, hold, requirements},
    traces::traces_of,
};
use crate::scim::{ENTERPRISE, GROUP, USER, id, members, patch, path};

/// Q038 to Q059.
pub const SECTION: Section = Section {
    title: "Users, groups, the enterprise extension",
    requirements: requirements! {
        38 Must "A user has a userName that is not empty." => user_names_are_required;
        39 Must "A userName is there once in a workspace, in whatever case; in the next one it is free." => user_names_are_unique;
        40 Must "A userName is kept as it was spelt and compared without regard to that." => user_names_keep_their_spelling;
        41 Must "A password is in no answer, no log and no table." => passwords_are_never_shown;
        42 Must "A password is stored as a hash only: it is not stored at all." => passwords_are_not_stored;
        43 May "Nothing can be asked of a password: not even eq is offered." => passwords_cannot_be_asked;
        44 Should "E-mail addresses are compared without regard to case." => emails_in_any_case;
        45 Must "A country is a code of two letters; others are kept, or refused if the workspace wants it." => countries;
        46 Must "A user's groups are read-only: ignored in POST and PUT, refused in PATCH." => groups_are_read_only;
        47 Must "A user's groups have id, address and name of the group, and say direct or indirect." => groups_of_a_user;
        48 Hardening "The next read of the user shows a changed membership." => groups_at_once;
        49 Must "Each certificate is one, in DER and base64." => certificates;
        50 May "A locale may have an underscore; a time zone that nobody knows is kept as it was sent." => locales_and_time_zones;
        51 May "active false refuses every session of the person, from the answer on." => inactive_means_out;
        52 Interop "An inactive user is still shown; only a deletion hides." => inactive_is_shown;
        53 Must "A group has a displayName that is not empty." => display_names_are_required;
        54 Must "Members come and go; what a member is cannot be changed." => members_come_and_go;
        55 Must "A member has the id of a resource and its address." => members_are_resources;
        56 Interop "A group can be made without members and can be emptied." => empty_groups;
        57 Hardening "Groups that contain each other are taken, and every walk through them ends." => circles_of_groups;
        58 Must "The manager's name is read-only, and case counts in the manager's id." => managers;
        59 Interop "A manager may be sent as a bare id." => managers_as_text;
    },
};

/// A request for a certificate, and a key: sequences in DER, too.
const NO_CERTIFICATES: [&str; 2] = [
    "MIGNMEECAQAwDjEMMAoGA1UEAwwDYWRhMCowBQYDK2VwAyEARBipCxi4WAkVkT0Z2gASJBuQqTbngDu5dXvunmtPgEWgADAFBgMrZXADQQCDz2edehGoRokdn1B/6feBUtpL+EIgi9Povp6wg7B0OcZEZTG81IMbeqlMVXsE9U0KsW+bur1U202q6y91XUMF",
    "MC4CAQAwBQYDK2VwBCIEIATBAexxzbv8tK9RcGO2/YHqOjZPct9d+oSPAEsaXNda",
];

#[tokio::test]
async fn q038_to_q059_users_and_groups() {
    hold(&SECTION).await;
}

async fn user_names_are_required(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    for body in [json!({}), json!({ "userName": "" }), json!({ "userName": "  " }), json!({ "userName": null })] {
        scim.post("/Users", body.clone()).await.scim_error(400, Some("invalidValue"));
        scim.put(&path(&ada), body).await.scim_error(400, Some("invalidValue"));
    }
    for value in [json!(""), json!(" "), Value::Null] {
        let change = json!([{ "op": "replace", "path": "userName", "value": value }]);
        scim.operations(&path(&ada), change).await.scim_error(400, Some("invalidValue"));
    }
    assert_eq!(scim.get(&path(&ada)).await.expect(200), ada);
}

async fn user_names_are_unique(ground: &Ground<'_>) {
    let scim = ground.scim();
    let bob = scim.post("/Users", json!({ "userName": "Bob@x.test" })).await.expect(201);
    for name in ["bob@X.test", "BOB@x.test", "Bob@x.test"] {
        scim.post("/Users", json!({ "userName": name })).await.scim_error(409, Some("uniqueness"));
    }
    let other = ground.workspace.user("other@x.test").await;
    scim.put(&path(&other), json!({ "userName": "BOB@X.TEST" })).await.scim_error(409, Some("uniqueness"));
    let change = json!([{ "op": "replace", "path": "userName", "value": "bob@x.test" }]);
    scim.operations(&path(&other), change).await.scim_error(409, Some("uniqueness"));
    assert_eq!(scim.count("/Users", "userName eq \"bob@x.test\"").await, 1);
    let elsewhere = ground.another().await.user("bob@X.test").await;
    assert_ne!(id(&elsewhere), id(&bob));
}

async fn user_names_keep_their_spelling(ground: &Ground<'_>) {
    let scim = ground.scim();
    let bob = scim.post("/Users", json!({ "userName": "Bob" })).await.expect(201);
    assert_eq!(bob["userName"], "Bob");
    for filter in ["userName eq \"BOB\"", "userName eq \"bob\"", "userName sw \"bO\"", "userName co \"OB\""] {
        let page = scim.filter("/Users", filter).await.expect(200);
        assert_eq!((&page["totalResults"], &page["Resources"][0]["userName"]), (&json!(1), &json!("Bob")), "{filter}");
    }
    let renamed = scim.put(&path(&bob), json!({ "userName": "BOB" })).await.expect(200);
    assert_eq!(renamed["userName"], "BOB");
    assert_ne!(renamed["meta"]["version"], bob["meta"]["version"]);
}

/// Sends this password by every way there is; gives every answer.
async fn send_password(ground: &Ground<'_>, password: &str) -> Vec<String> {
    let scim = ground.scim();
    let user = |name: &str| json!({ "schemas": [USER], "userName": name, "password": password, "emails": [{ "value": name }] });
    let made = scim.post("/Users", user("ada@acme.test")).await;
    let at = path(&made.json());
    let operations = json!([
        { "op": "replace", "path": "password", "value": password },
        { "op": "add", "value": { "password": password, "title": "x" } },
    ]);
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "b", "data": user("grace@acme.test") },
            { "method": "PATCH", "path": at, "data": patch(operations.clone()) },
        ],
    });
    let mut answers = vec![made, scim.put(&at, user("ada@acme.test")).await, scim.operations(&at, operations).await];
    answers.push(scim.post("/Users", user("ada@acme.test")).await);
    answers.push(scim.post("/Bulk", bulk).await);
    let shown = format!("{at}?attributes=password");
    for query in [at.as_str(), &shown, "/Users", "/Users?attributes=password,userName"] {
        answers.push(scim.get(query).await);
    }
    answers.push(scim.post("/.search", json!({ "schemas": [SEARCH_REQUEST], "attributes": ["password"] })).await);
    assert_eq!(answers.iter().filter(|answer| answer.status < 300).count(), 9, "all but the second of the same name");
    answers.into_iter().map(|answer| answer.text).collect()
}

async fn passwords_are_never_shown(ground: &Ground<'_>) {
    let password = format!("marker-{}", uuid::Uuid::new_v4().simple());
    for answer in send_password(ground, &password).await {
        assert!(!answer.contains(&password), "{answer}");
        assert!(!answer.contains("\"password\""), "{answer}");
    }
    ground.instance.settle().await;
    assert!(!ground.instance.logs().contains(&password));
    assert_eq!(traces_of(ground.instance, &password).await, [""; 0]);
}

async fn passwords_are_not_stored(ground: &Ground<'_>) {
    let password = "correct horse battery staple 42";
    let ada = ground.scim().post("/Users", json!({ "userName": "ada@acme.test", "password": password })).await.expect(201);
    ground.instance.settle().await;
    assert_eq!(traces_of(ground.instance, password).await, [""; 0]);
    // What is stored is found, so what is not found is not stored.
    assert!(!traces_of(ground.instance, id(&ada)).await.is_empty());
    let change = json!([{ "op": "replace", "path": "password", "value": "another" }]);
    assert_eq!(ground.scim().operations(&path(&ada), change).await.expect(200), ada, "nothing has changed");
    let config = ground.scim().get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["changePassword"]["supported"], false);
}

async fn passwords_cannot_be_asked(ground: &Ground<'_>) {
    let scim = ground.scim();
    scim.post("/Users", json!({ "userName": "ada@acme.test", "password": "secret" })).await.expect(201);
    for op in ["eq \"secret\"", "ne \"x\"", "sw \"s\"", "co \"e\"", "ew \"t\"", "gt \"a\"", "pr", "eq null"] {
        for filter in [format!("password {op}"), format!("not (password {op})"), format!("{USER}:password {op}")] {
            scim.filter("/Users", &filter).await.scim_error(400, Some("invalidFilter"));
        }
    }
}

async fn emails_in_any_case(ground: &Ground<'_>) {
    let scim = ground.scim();
    let email = json!({ "value": "Ada.King@Acme.TEST", "type": "work" });
    let ada = scim.post("/Users", json!({ "userName": "ada", "emails": [email] })).await.expect(201);
    assert_eq!(ada["emails"], json!([email]));
    for filter in [
        "emails.value eq \"Ada.King@acme.test\"",
        "emails.value eq \"ada.king@ACME.test\"",
        "emails[type eq \"WORK\" and value eq \"ada.king@acme.test\"]",
        "emails.value ew \"@acme.TEST\"",
    ] {
        assert_eq!(scim.count("/Users", filter).await, 1, "{filter}");
    }
}

/// The description of an attribute of users, or of one part of it, in lower case.
async fn description(ground: &Ground<'_>, attribute: &str, part: Option<&str>) -> String {
    let schema = ground.scim().get(&format!("/Schemas/{USER}")).await.expect(200);
    let named = |list: &Value, name: &str| list.as_array().into_iter().flatten().find(|one| one["name"] == name).cloned();
    let found = named(&schema["attributes"], attribute).expect(attribute);
    let found = part.map_or(Some(found.clone()), |part| named(&found["subAttributes"], part));
    found.expect("a part")["description"].as_str().expect("a description").to_lowercase()
}

async fn countries(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = |country: &str| json!({ "userName": format!("{country}@acme.test"), "addresses": [{ "country": country }] });
    for country in ["GB", "USA", "Sverige"] {
        let user = scim.post("/Users", body(country)).await.expect(201);
        assert_eq!(scim.get(&path(&user)).await.expect(200)["addresses"], json!([{ "country": country }]));
    }
    let says = description(ground, "addresses", Some("country")).await;
    assert!(says.contains("iso 3166-1 alpha-2") && says.contains("kept as"), "{says}");
    ground.workspace.admin().patch("/scim/rules", json!({ "refused_tolerances": ["country-name"] })).await.expect(200);
    scim.post("/Users", body("Norge")).await.scim_error(400, Some("invalidValue"));
    scim.post("/Users", body("NO")).await.expect(201);
}

async fn groups_are_read_only(ground: &Ground<'_>) {
    let scim = ground.scim();
    let group = ground.workspace.group("Analysts", &[]).await;
    let groups = json!([{ "value": id(&group) }]);
    let body = json!({ "userName": "ada@acme.test", "groups": groups });
    let ada = scim.post("/Users", body.clone()).await.expect(201);
    assert!(ada.get("groups").is_none());
    assert_eq!(scim.put(&path(&ada), body).await.expect(200), ada);
    for op in ["add", "replace", "remove"] {
        let change = json!([{ "op": op, "path": "groups", "value": groups }]);
        scim.operations(&path(&ada), change).await.scim_error(400, Some("mutability"));
    }
    assert_eq!(members(&scim.get(&path(&group)).await.expect(200)), [""; 0]);
}

/// What is shown of a user's groups: name and kind.
fn shown(user: &Value) -> BTreeSet<(&str, &str)> {
    let groups = user["groups"].as_array().into_iter().flatten();
    groups.map(|group| (group["display"].as_str().expect("a name"), group["type"].as_str().expect("a kind"))).collect()
}

async fn groups_of_a_user(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let inner = ground.workspace.group("Inner", &[&ada]).await;
    let outer = ground.workspace.group("Outer", &[&inner]).await;
    let user = ground.scim().get(&path(&ada)).await.expect(200);
    assert_eq!(shown(&user), BTreeSet::from([("Inner", "direct"), ("Outer", "indirect")]));
    for group in user["groups"].as_array().expect("groups") {
        let there = if group["type"] == "direct" { &inner } else { &outer };
        assert_eq!((&group["value"], &group["$ref"]), (&there["id"], &there["meta"]["location"]));
    }
    assert_eq!(ground.scim().count("/Users", &format!("groups.value eq \"{}\"", id(&outer))).await, 1);
}

async fn groups_at_once(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[]).await;
    for _ in 0..5 {
        for (op, groups) in [("add", BTreeSet::from([("Analysts", "direct")])), ("remove", BTreeSet::new())] {
            let change = json!([{ "op": op, "path": "members", "value": [{ "value": id(&ada) }] }]);
            scim.operations(&path(&group), change).await.expect(200);
            assert_eq!(shown(&scim.get(&path(&ada)).await.expect(200)), groups, "{op}");
        }
    }
}

async fn certificates(ground: &Ground<'_>) {
    let scim = ground.scim();
    let with = |value: &str| json!({ "userName": "ada@acme.test", "x509Certificates": [{ "value": value }] });
    let der = BASE64.decode(CERTIFICATE.as_bytes()).expect("base64");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n");
    let bundle = format!("{pem}{pem}");
    let (two, encoded) = (BASE64.encode(&[der.clone(), der].concat()), BASE64.encode(bundle.as_bytes()));
    for value in [&pem, &bundle, &encoded, &two, NO_CERTIFICATES[0], NO_CERTIFICATES[1]] {
        scim.post("/Users", with(value)).await.scim_error(400, Some("invalidValue"));
    }
    let ada = scim.post("/Users", with(CERTIFICATE)).await.expect(201);
    assert_eq!(ada["x509Certificates"], json!([{ "value": CERTIFICATE }]));
    let bare = CERTIFICATE.trim_end_matches('=');
    let put = scim.put(&path(&ada), with(bare)).await.expect(200);
    assert_eq!(put["x509Certificates"], json!([{ "value": bare }]), "the padding may be left out");
    let change = json!([{ "op": "add", "path": "x509Certificates", "value": [{ "value": two }] }]);
    scim.operations(&path(&ada), change).await.scim_error(400, Some("invalidValue"));
    // What is nothing at all is let pass, unless the workspace refuses that too.
    let nothings = ["TUlJ", &CERTIFICATE[..40]];
    for value in nothings {
        scim.put(&path(&ada), with(value)).await.expect(200);
    }
    let rules = json!({ "refused_tolerances": ["bytes-for-certificate"] });
    ground.workspace.admin().patch("/scim/rules", rules).await.expect(200);
    for value in nothings {
        scim.put(&path(&ada), with(value)).await.scim_error(400, Some("invalidValue"));
    }
    scim.put(&path(&ada), with(CERTIFICATE)).await.expect(200);
}

async fn locales_and_time_zones(ground: &Ground<'_>) {
    for (locale, zone) in [("en_GB", "Europe/London"), ("en-GB", "America/Argentina/Buenos_Aires"), ("sv", "Mars/Olympus")] {
        let body = json!({ "userName": format!("{locale}@acme.test"), "locale": locale, "timezone": zone });
        let user = ground.scim().post("/Users", body).await.expect(201);
        assert_eq!((&user["locale"], &user["timezone"]), (&json!(locale), &json!(zone)));
    }
    for name in ["locale", "timezone"] {
        let says = description(ground, name, None).await;
        assert!(says.contains("kept as"), "{name}: {says}");
    }
}

async fn inactive_means_out(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let member = ground.workspace.member_of(&ada).await;
    let session = ground.workspace.sign_in(&member["id"]).await;
    assert_eq!(ground.workspace.check(&session).await, 200);
    let change = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(ground.scim().operations(&path(&ada), change).await.expect(200)["active"], false);
    assert_eq!(ground.workspace.check(&session).await, 401);
}

async fn inactive_is_shown(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let change = json!([{ "op": "replace", "path": "active", "value": false }]);
    scim.operations(&path(&ada), change).await.expect(200);
    assert_eq!(scim.get(&path(&ada)).await.expect(200)["active"], false);
    assert_eq!(scim.get("/Users").await.expect(200)["Resources"][0]["active"], false);
    for filter in ["userName eq \"ada@acme.test\"", "active eq false", "emails.value eq \"ada@acme.test\""] {
        assert_eq!(scim.count("/Users", filter).await, 1, "{filter}");
    }
    scim.delete(&path(&ada)).await.expect(204);
    scim.get(&path(&ada)).await.scim_error(404, None);
    assert_eq!(scim.count("/Users", "userName eq \"ada@acme.test\"").await, 0);
}

async fn display_names_are_required(ground: &Ground<'_>) {
    let scim = ground.scim();
    let group = ground.workspace.group("Analysts", &[]).await;
    for body in [json!({}), json!({ "displayName": "" }), json!({ "displayName": null }), json!({ "members": [] })] {
        scim.post("/Groups", body.clone()).await.scim_error(400, Some("invalidValue"));
        scim.put(&path(&group), body).await.scim_error(400, Some("invalidValue"));
    }
    let schema = scim.get(&format!("/Schemas/{GROUP}")).await.expect(200);
    let name = &schema["attributes"][0];
    assert_eq!((&name["name"], &name["required"]), (&json!("displayName"), &json!(true)));
}

async fn members_come_and_go(ground: &Ground<'_>) {
    let scim = ground.scim();
    let (ada, grace) = (ground.workspace.user("ada@acme.test").await, ground.workspace.user("grace@acme.test").await);
    let at = path(&ground.workspace.group("Analysts", &[&ada]).await);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id(&grace) }] }]);
    let both = scim.operations(&at, add).await.expect(200);
    let mut ids = [id(&ada), id(&grace)];
    ids.sort_unstable();
    assert_eq!(members(&both), ids);
    let by_id = format!("members[value eq \"{}\"]", id(&ada));
    for (part, value) in [("value", &grace["id"]), ("type", &json!("Group")), ("$ref", &grace["meta"]["location"])] {
        let change = json!([{ "op": "replace", "path": format!("{by_id}.{part}"), "value": value }]);
        scim.operations(&at, change).await.scim_error(400, Some("mutability"));
    }
    assert_eq!(scim.get(&at).await.expect(200), both);
    let removal = json!([{ "op": "remove", "path": by_id }]);
    assert_eq!(members(&scim.operations(&at, removal).await.expect(200)), [id(&grace)]);
}

async fn members_are_resources(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let inner = ground.workspace.group("Inner", &[]).await;
    let outer = ground.workspace.group("Outer", &[&ada, &inner]).await;
    for group in [outer.clone(), ground.scim().get(&path(&outer)).await.expect(200)] {
        let list = group["members"].as_array().expect("members");
        assert_eq!(list.len(), 2);
        for member in list {
            let there = ground.at(member["$ref"].as_str().expect("an address")).await.expect(200);
            assert_eq!((&there["id"], &there["meta"]["resourceType"]), (&member["value"], &member["type"]));
        }
    }
}

async fn empty_groups(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    for body in [
        json!({ "displayName": "One" }),
        json!({ "displayName": "Two", "members": [] }),
        json!({ "displayName": "Three", "members": null }),
    ] {
        assert_eq!(members(&scim.post("/Groups", body).await.expect(201)), [""; 0]);
    }
    for change in [
        json!({ "op": "replace", "path": "members", "value": [] }),
        json!({ "op": "remove", "path": "members" }),
        json!({ "op": "replace", "value": { "members": [] } }),
    ] {
        let group = ground.workspace.group(&change.to_string(), &[&ada]).await;
        let emptied = scim.operations(&path(&group), json!([change])).await.expect(200);
        assert_eq!(members(&emptied), [""; 0], "{change}");
        assert_eq!(scim.count("/Groups", &format!("id eq \"{}\" and members pr", id(&group))).await, 0);
    }
    let group = ground.workspace.group("Put", &[&ada]).await;
    let emptied = scim.put(&path(&group), json!({ "displayName": "Put", "members": [] })).await.expect(200);
    assert_eq!(members(&emptied), [""; 0]);
}

async fn circles_of_groups(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let a = ground.workspace.group("A", &[&ada]).await;
    let b = ground.workspace.group("B", &[&a]).await;
    let add = |group: &Value| json!([{ "op": "add", "path": "members", "value": [{ "value": id(group) }] }]);
    scim.operations(&path(&a), add(&b)).await.expect(200);
    let user = scim.get(&path(&ada)).await.expect(200);
    assert_eq!(shown(&user), BTreeSet::from([("A", "direct"), ("B", "indirect")]));
    for group in [&a, &b] {
        assert_eq!(scim.count("/Users", &format!("groups.value eq \"{}\"", id(group))).await, 1);
        scim.operations(&path(group), add(group)).await.scim_error(400, Some("invalidValue"));
    }
    ground.instance.settle().await;
    scim.delete(&path(&b)).await.expect(204);
    assert_eq!(shown(&scim.get(&path(&ada)).await.expect(200)), BTreeSet::from([("A", "direct")]));
}

async fn managers(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = |manager: Value| json!({ "userName": "ada@acme.test", (ENTERPRISE): { "manager": manager } });
    let ada = scim.post("/Users", body(json!({ "value": "Boss-1", "displayName": "Forged" }))).await.expect(201);
    assert_eq!(ada[ENTERPRISE]["manager"], json!({ "value": "Boss-1" }));
    assert_eq!(scim.put(&path(&ada), body(json!({ "value": "Boss-1", "displayName": "Other" }))).await.expect(200), ada);
    let change = json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "Forged" }]);
    scim.operations(&path(&ada), change).await.scim_error(400, Some("mutability"));
    for (value, count) in [("Boss-1", 1), ("boss-1", 0)] {
        let filter = format!("{ENTERPRISE}:manager.value eq \"{value}\"");
        assert_eq!(scim.count("/Users", &filter).await, count, "{value}");
    }
}

async fn managers_as_text(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = json!({ "userName": "ada@acme.test", (ENTERPRISE): { "manager": "boss-1" } });
    let ada = scim.post("/Users", body).await.expect(201);
    assert_eq!(ada[ENTERPRISE]["manager"], json!({ "value": "boss-1" }));
    let change = json!([{ "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "boss-2" }]);
    let ada = scim.operations(&path(&ada), change).await.expect(200);
    assert_eq!(ada[ENTERPRISE]["manager"], json!({ "value": "boss-2" }));
}
