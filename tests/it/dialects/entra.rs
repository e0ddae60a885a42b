//! What Entra ID sends without a flag: operations in capitals, filtered paths, booleans as text, members removed by a list of values.

use rollcall::scim::Tolerance::{
    BooleanString, CapitalOp, ComparisonAfterBrackets, ComplexInFilter, CreateOnFilteredReplace, EmptyString, ForeignSchemaUrn,
    ManagerString, RemoveWithValue, SingleElementArray, UnlistedExtension, UnqualifiedExtensionAttribute,
};
use serde_json::{Value, json};

use super::{
    ENTERPRISE, ENTRA_GROUP, GROUP, ROLLCALL, USER, members, nobody, only, operation, patch,
    script::{Script, Step, script, step},
};

pub const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json; charset=utf-8")];

const GUID: &str = "9b0c1f0e-6e2a-4f2d-9c1a-0d7f5a3b2c11";

/// As Entra ID creates a person.
fn eva() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "externalId": "eva", "userName": "Eva@Example.com", "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "Eva@Example.com" }], "meta": { "resourceType": "User" },
        "name": { "formatted": "Eva Entra", "familyName": "Entra", "givenName": "Eva" }, "roles": [],
    })
}

/// An operation in capitals.
fn capital(step: Step, op: &str, path: &str, value: Value) -> Step {
    step.body(operation(op, path, value)).needs(CapitalOp, "invalidSyntax")
}

pub fn scripts() -> Vec<Script> {
    vec![look_ups(), people(), manager(), roles(), groups()]
}

fn look_ups() -> Script {
    let mut boss = eva();
    boss[ENTERPRISE] = json!({ "manager": { "value": "boss-1" } });
    script("Entra ID", "the connection test and look-ups", HEADERS).given("eva", "/Users", boss).group("crew", &["eva"]).then([
        step("tests the connection", "GET", format!("/Users?filter=userName+eq+%22{GUID}%22")).answers(200, nobody()),
        step("tests the connection", "GET", format!("/Users?filter=userName%20eq%20%22{GUID}%22")).answers(200, nobody()),
        step("reads the schemas for its mapping", "GET", "/Schemas").answers(200, json!({ "startIndex": 1 })),
        step("by name, in any case", "GET", "/Users?filter=userName+eq+%22EVA%40example.com%22")
            .answers(200, only(json!({ "id": "$eva" }))),
        step("by externalId", "GET", "/Users?filter=externalId+eq+%22eva%22").answers(200, only(json!({ "id": "$eva" }))),
        step("by its work address", "GET", "/Users?filter=emails[type+eq+%22work%22].value+eq+%22eva%40example.com%22")
            .needs(ComparisonAfterBrackets, "invalidFilter")
            .answers(200, only(json!({ "id": "$eva" }))),
        step(
            "whether she has this manager, in older jobs",
            "GET",
            "/Users?filter=id+eq+%22$eva%22+and+manager+eq+%22boss-1%22&attributes=id",
        )
        .needs(UnqualifiedExtensionAttribute, "invalidFilter")
        .needs(ComplexInFilter, "invalidFilter")
        .answers(200, only(json!({ "id": "$eva", "userName": null }))),
        step("whether she has a role", "GET", "/Users?filter=emails[primary+eq+%22True%22]")
            .needs(BooleanString, "invalidFilter")
            .answers(200, only(json!({ "id": "$eva" }))),
        step("a group by name, in any case", "GET", "/Groups?excludedAttributes=members&filter=displayName+eq+%22CREW%22")
            .answers(200, only(json!({ "id": "$crew", "members": null }))),
        step(
            "whether she is in it, in older jobs",
            "GET",
            "/Groups?filter=id+eq+%22$crew%22+and+members+eq+%22$eva%22&attributes=id",
        )
        .answers(200, only(json!({ "id": "$crew", "displayName": null }))),
    ])
}

fn people() -> Script {
    let user = "/Users/$user";
    let change = |what| step(what, "PATCH", user);
    let mut nulls = eva();
    for name in ["addresses", "phoneNumbers", "title", "displayName"] {
        nulls[name] = Value::Null;
    }
    nulls["userName"] = json!("older@example.com");
    nulls[ENTERPRISE] = json!({ "manager": null, "department": null });
    let mut unlisted = eva();
    unlisted["userName"] = json!("unlisted@example.com");
    unlisted[ROLLCALL] = json!({ "role": "viewer" });
    script("Entra ID", "a person is created, changed, disabled, enabled and deleted", HEADERS).then([
        step("creates", "POST", "/Users")
            .body(eva())
            // Values come back as they were sent.
            .answers(201, json!({ "userName": "Eva@Example.com", "roles": null, "emails": [{ "value": "Eva@Example.com" }] }))
            .saves("user"),
        step("creates with nulls, in older jobs", "POST", "/Users").body(nulls).answers(201, json!({ "title": null })),
        step("creates with an extension that schemas does not list", "POST", "/Users")
            .body(unlisted)
            .needs(UnlistedExtension, "invalidSyntax")
            .answers(201, json!({ (ROLLCALL): { "role": "viewer" } })),
        capital(change("adds a number, for which there is no element yet"), "Add", "phoneNumbers[type eq \"mobile\"].value", json!("+47 1"))
            .before(user, json!({ "phoneNumbers": null }))
            .after(json!({ "phoneNumbers": [{ "type": "mobile", "value": "+47 1" }] })),
        capital(change("replaces an address that is not there"), "Replace", "addresses[type eq \"work\"].locality", json!("Oslo"))
            .before(user, json!({ "addresses": null }))
            .needs(CreateOnFilteredReplace, "noTarget")
            .after(json!({ "addresses": [{ "type": "work", "locality": "Oslo" }] })),
        capital(change("replaces her work address"), "Replace", "emails[type eq \"work\"].value", json!("E@Example.com"))
            .before(user, json!({ "emails": [{ "value": "Eva@Example.com", "primary": true }] }))
            .after(json!({ "emails": [{ "value": "E@Example.com", "primary": true, "type": "work" }] })),
        capital(change("makes the number primary, in a word"), "Add", "phoneNumbers[type eq \"mobile\"].primary", json!("True"))
            .before(user, json!({ "phoneNumbers": [{ "primary": null }] }))
            .needs(BooleanString, "invalidValue")
            .after(json!({ "phoneNumbers": [{ "type": "mobile", "primary": true }] })),
        change("several at once")
            .before(user, json!({ "title": null }))
            .body(patch(json!([
                { "op": "Add", "path": "title", "value": "Pilot" },
                { "op": "Replace", "path": "name.familyName", "value": "Entrada" },
                { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Air" },
            ])))
            .needs(CapitalOp, "invalidSyntax")
            .after(json!({ "title": "Pilot", "name": { "familyName": "Entrada", "givenName": "Eva" }, (ENTERPRISE): { "department": "Air" } })),
        capital(change("takes her number away"), "Replace", "phoneNumbers[type eq \"mobile\"].value", json!(""))
            .before(user, json!({ "phoneNumbers": [{ "value": "+47 1" }] }))
            .needs(EmptyString, "invalidValue")
            .after(json!({ "phoneNumbers": null })),
        change("takes the title away")
            .before(user, json!({ "title": "Pilot" }))
            .body(patch(json!([{ "op": "Remove", "path": "title" }])))
            .needs(CapitalOp, "invalidSyntax")
            .after(json!({ "title": null })),
        capital(change("disables"), "Replace", "active", json!("False"))
            .before(user, json!({ "active": true }))
            .needs(BooleanString, "invalidValue")
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("finds whom it has disabled", "GET", "/Users?filter=userName+eq+%22eva%40example.com%22")
            .answers(200, only(json!({ "id": "$user", "active": false }))),
        capital(change("enables"), "Replace", "active", json!("True"))
            .before(user, json!({ "active": false }))
            .needs(BooleanString, "invalidValue")
            .after(json!({ "active": true })),
        capital(change("disables, as documented"), "Replace", "active", json!(false))
            .before(user, json!({ "active": true }))
            .after(json!({ "active": false })),
        step("deletes, thirty days later", "DELETE", user).before(user, json!({})).answers(204, Value::Null).after(Value::Null),
    ])
}

fn manager() -> Script {
    let (user, path) = ("/Users/$ada", format!("{ENTERPRISE}:manager"));
    let change = |what| step(what, "PATCH", user);
    let is = |manager: Value| json!({ (ENTERPRISE): { "manager": manager } });
    let none = || json!({ (ENTERPRISE): null });
    script("Entra ID", "a manager comes and goes in every form", HEADERS).person("ada").person("bob").then([
        capital(change("as a bare id"), "Add", &path, json!("$bob"))
            .before(user, none())
            .needs(ManagerString, "invalidValue")
            // An object, or it cannot read the answer.
            .answers(200, is(json!({ "value": "$bob" })))
            .after(is(json!({ "value": "$bob" }))),
        capital(change("goes with an empty text"), "Replace", &path, json!(""))
            .before(user, is(json!({ "value": "$bob" })))
            .needs(EmptyString, "invalidValue")
            .after(none()),
        capital(change("as a list, in older jobs"), "Add", "manager", json!([{ "$ref": null, "value": "$bob" }]))
            .before(user, none())
            .needs(UnqualifiedExtensionAttribute, "invalidPath")
            .needs(SingleElementArray, "invalidValue")
            .after(is(json!({ "value": "$bob" }))),
        change("goes by a filter")
            .before(user, is(json!({ "value": "$bob" })))
            .body(patch(json!([{ "op": "Remove", "path": "manager[value eq \"$bob\"]" }])))
            .needs(CapitalOp, "invalidSyntax")
            .needs(UnqualifiedExtensionAttribute, "invalidPath")
            .after(none()),
        capital(change("as an object, whom we do not know yet"), "Replace", &path, json!({ "value": "not-here-yet" }))
            .before(user, none())
            .after(is(json!({ "value": "not-here-yet" }))),
        capital(change("goes with an object of nobody"), "Replace", &path, json!({ "value": "" }))
            .before(user, is(json!({ "value": "not-here-yet" })))
            .needs(EmptyString, "invalidValue")
            .after(none()),
    ])
}

fn roles() -> Script {
    let user = "/Users/$ada";
    let change = |what| step(what, "PATCH", user);
    let json_in_text = r#"{"id":"18d14569","value":"editor","displayName":"Editor"}"#;
    script("Entra ID", "the three expressions for roles", HEADERS).person("ada").then([
        change("SingleAppRoleAssignment")
            .before(user, json!({ "roles": null }))
            .body(patch(json!([
                { "op": "Add", "path": "roles[primary eq \"True\"].display", "value": "Editor" },
                { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "editor" },
                { "op": "Add", "path": "roles[primary eq \"True\"].type", "value": "WindowsAzureActiveDirectoryRole" },
            ])))
            .needs(CapitalOp, "invalidSyntax")
            .needs(BooleanString, "invalidFilter")
            .after(json!({ "roles": [
                { "primary": true, "display": "Editor", "value": "editor", "type": "WindowsAzureActiveDirectoryRole" },
            ] })),
        change("AssertiveAppRoleAssignmentsComplex")
            .before(user, json!({ "roles": [{ "value": "editor" }] }))
            .body(operation(
                "replace",
                "roles",
                json!([
                    { "primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "Viewer", "value": "viewer" },
                ]),
            ))
            .after(json!({ "roles": [
                { "primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "Viewer", "value": "viewer" },
            ] })),
        // JSON in a text is a text: it is kept, and is no role of ours.
        capital(change("AppRoleAssignmentsComplex"), "Add", "roles", json!([{ "value": json_in_text }]))
            .before(user, json!({ "roles": [{ "value": "viewer" }] }))
            .after(json!({ "roles": [{ "value": "viewer" }, { "value": json_in_text }] })),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    let change = |what| step(what, "PATCH", group);
    let listed = |name: &str| json!([{ "$ref": null, "value": name }]);
    let create = || json!({ "schemas": [GROUP, ENTRA_GROUP], "externalId": GUID, "displayName": "Flyers", "meta": { "resourceType": "Group" } });
    script("Entra ID", "a group is created, filled, emptied, renamed and deleted", HEADERS).person("ada").person("bob").then([
        step("creates, with a schema of its own", "POST", "/Groups")
            .body(create())
            .needs(ForeignSchemaUrn, "invalidSyntax")
            .answers(201, json!({ "schemas": [GROUP], "externalId": GUID, "displayName": "Flyers" }))
            .saves("group"),
        step("creates again", "POST", "/Groups").body(create()).needs(ForeignSchemaUrn, "invalidSyntax").answers(409, json!({})),
        step("reads without members", "GET", "/Groups/$group?excludedAttributes=members")
            .answers(200, json!({ "members": null })),
        capital(change("adds one"), "Add", "members", listed("$ada")).before(group, members(&[])).after(members(&["$ada"])),
        capital(change("adds another"), "Add", "members", listed("$bob"))
            .before(group, members(&["$ada"]))
            .after(members(&["$ada", "$bob"])),
        // By the letter this would empty the group.
        capital(change("removes one"), "Remove", "members", listed("$ada"))
            .before(group, members(&["$ada", "$bob"]))
            .needs(RemoveWithValue, "invalidSyntax")
            .after(members(&["$bob"])),
        capital(change("removes who has left already"), "Remove", "members", listed("$ada"))
            .before(group, members(&["$bob"]))
            .needs(RemoveWithValue, "invalidSyntax")
            .after(members(&["$bob"])),
        capital(change("renames"), "Replace", "displayName", json!("Pilots"))
            .before(group, json!({ "displayName": "Flyers" }))
            .after(json!({ "displayName": "Pilots", "members": [{ "value": "$bob" }] })),
        step("deletes", "DELETE", group).before(group, members(&["$bob"])).answers(204, Value::Null).after(Value::Null),
    ])
}
