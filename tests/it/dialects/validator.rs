//! The tests of Microsoft's SCIM Validator by their numbers. Its values are random words, also where a country belongs.

use rollcall::scim::Tolerance::{BooleanString, CountryName, EmptyString, ManagerString, PathInValue};
use serde_json::{Map, Value, json};

use super::{
    ENTERPRISE, GROUP, USER,
    entra::HEADERS,
    members, nobody, only, operation, patch,
    script::{Script, Step, script, step},
};

/// The attributes of its verbose tests, each with the path under which it is set.
fn attributes() -> Vec<(String, Value)> {
    let simple = ["displayName", "title", "preferredLanguage", "userType", "nickName", "locale", "timezone", "profileUrl"];
    let names = ["givenName", "familyName", "formatted", "middleName", "honorificPrefix", "honorificSuffix"];
    let addresses = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];
    let enterprise = ["employeeNumber", "department", "costCenter", "organization", "division"];
    let paths = (simple.map(str::to_owned).into_iter())
        .chain(names.map(|name| format!("name.{name}")))
        .chain(addresses.map(|name| format!("addresses[type eq \"work\"].{name}")))
        .chain(enterprise.map(|name| format!("{ENTERPRISE}:{name}")))
        .chain(["display", "value", "type"].map(|name| format!("roles[primary eq \"True\"].{name}")))
        .chain(["emails[type eq \"work\"].value".to_owned()])
        .chain(["work", "mobile", "fax"].map(|kind| format!("phoneNumbers[type eq \"{kind}\"].value")));
    let word = |place: usize| format!("RANDOMWORD{place}");
    let mut attributes: Vec<_> = paths.enumerate().map(|(place, path)| (path, json!(word(place)))).collect();
    let primaries = ["emails", "addresses", "phoneNumbers"].map(|name| format!("{name}[type eq \"work\"].primary"));
    attributes.extend(primaries.into_iter().map(|path| (path, json!(true))));
    attributes.push(("active".to_owned(), json!(true)));
    attributes
}

fn word(path: &str) -> Value {
    attributes().into_iter().find(|(other, _)| other == path).expect(path).1
}

/// What somebody is like who has all of them.
fn verbose() -> Value {
    let object = |names: &[&str], path: &str| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), word(&format!("{path}{name}")))).collect()
    };
    let mut address = object(
        &["formatted", "streetAddress", "locality", "region", "postalCode", "country", "primary"],
        "addresses[type eq \"work\"].",
    );
    address.insert("type".to_owned(), json!("work"));
    let mut role = object(&["display", "value", "type"], "roles[primary eq \"True\"].");
    role.insert("primary".to_owned(), json!(true));
    let number = |kind: &str| word(&format!("phoneNumbers[type eq \"{kind}\"].value"));
    let mut person = object(
        &["displayName", "title", "preferredLanguage", "userType", "nickName", "locale", "timezone", "profileUrl", "active"],
        "",
    );
    let names = ["givenName", "familyName", "formatted", "middleName", "honorificPrefix", "honorificSuffix"];
    person.insert("name".to_owned(), object(&names, "name.").into());
    person.insert("addresses".to_owned(), json!([address]));
    person.insert("roles".to_owned(), json!([role]));
    person.insert(
        "emails".to_owned(),
        json!([{ "type": "work", "value": word("emails[type eq \"work\"].value"), "primary": true }]),
    );
    person.insert(
        "phoneNumbers".to_owned(),
        json!([
            { "type": "work", "value": number("work"), "primary": true }, { "type": "mobile", "value": number("mobile") },
            { "type": "fax", "value": number("fax") },
        ]),
    );
    let enterprise = ["employeeNumber", "department", "costCenter", "organization", "division"];
    person.insert(ENTERPRISE.to_owned(), object(&enterprise, &format!("{ENTERPRISE}:")).into());
    person.into()
}

/// A whole person, as its first test creates one.
fn whole(user_name: &str) -> Value {
    let mut person = verbose();
    person["schemas"] = json!([USER, ENTERPRISE]);
    person["userName"] = json!(user_name);
    person
}

fn bare(user_name: &str) -> Value {
    json!({ "userName": user_name, "schemas": [USER] })
}

/// A look-up, percent-encoded as it sends it.
fn by_name(user_name: &str) -> String {
    format!("/Users?filter=userName+eq+%22{}%22", user_name.replace('@', "%40"))
}

pub fn scripts() -> Vec<Script> {
    vec![people(), attributes_verbose(), managers(), groups(), members_of_groups()]
}

fn people() -> Script {
    let user = "/Users/$user";
    let posts = |what, user_name: &str| step(what, "POST", "/Users").body(whole(user_name)).needs(CountryName, "invalidValue");
    script("Entra ID", "validator, people", HEADERS).then([
        step("4 filters for nobody", "GET", by_name("nobody@test.example")).answers(200, nobody()),
        posts("1 creates", "ann@test.example").answers(201, verbose()).saves("user"),
        step("1 and looks her up, every attribute", "GET", by_name("ann@test.example")).answers(200, only(verbose())),
        posts("2 creates again", "ann@test.example").answers(409, json!({ "scimType": "uniqueness" })),
        step("3 filters for her", "GET", by_name("ann@test.example"))
            .answers(200, only(json!({ "id": "$user", "schemas": [USER, ENTERPRISE], "meta": { "resourceType": "User" } }))),
        step("5 filters in capitals", "GET", by_name("ANN@TEST.EXAMPLE")).answers(200, only(json!({ "id": "$user" }))),
        step("6 replaces attributes, some by path and some without", "PATCH", user)
            .before(user, json!({ "displayName": word("displayName") }))
            .body(patch(json!([
                { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@test.example" },
                { "op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "NEWTOWN" },
                { "op": "replace", "path": "roles[primary eq \"True\"].value", "value": "NEWROLE" },
                { "op": "replace", "value": {
                    "displayName": "NEWNAME", "name.givenName": "NEWGIVEN", (format!("{ENTERPRISE}:department")): "NEWDEPARTMENT",
                } },
            ])))
            .needs(BooleanString, "invalidFilter")
            .needs(PathInValue, "invalidSyntax")
            .answers(200, json!({ "displayName": "NEWNAME" }))
            .after(json!({
                "displayName": "NEWNAME", "name": { "givenName": "NEWGIVEN", "familyName": word("name.familyName") },
                "emails": [{ "value": "new@test.example", "type": "work", "primary": true }],
                "addresses": [{ "locality": "NEWTOWN" }], "roles": [{ "value": "NEWROLE", "primary": true }],
                (ENTERPRISE): { "department": "NEWDEPARTMENT" },
            })),
        step("8 updates the name", "PATCH", user)
            .before(user, json!({ "userName": "ann@test.example" }))
            .body(patch(json!([{ "op": "replace", "value": { "userName": "eve@test.example" } }])))
            .after(json!({ "userName": "eve@test.example" })),
        step("9 disables", "PATCH", user)
            .before(user, json!({ "active": true }))
            .body(operation("replace", "active", json!(false)))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("13 deletes", "DELETE", user).before(user, json!({ "active": false })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn attributes_verbose() -> Script {
    let operations = |op: &str| -> Value {
        let each: Vec<Value> =
            attributes().into_iter().map(|(path, value)| json!({ "op": op, "path": path, "value": value })).collect();
        assert_eq!(each.len(), 36);
        patch(each.into())
    };
    let verbosely = |step: Step| step.needs(BooleanString, "invalidFilter").needs(CountryName, "invalidValue");
    let mut other = whole("other@test.example");
    other["title"] = json!("OLDTITLE");
    other["addresses"] = json!([{ "type": "work", "locality": "OLDTOWN" }]);
    other["active"] = json!(false);
    script("Entra ID", "validator, attributes verbosely", HEADERS).given("other", "/Users", other).then([
        step("7 creates with a name only", "POST", "/Users")
            .body(bare("bare@test.example"))
            .answers(201, json!({}))
            .saves("user"),
        verbosely(step("7 adds 36 attributes", "PATCH", "/Users/$user").body(operations("add")))
            .before("/Users/$user", json!({ "title": null, "emails": null, "roles": null }))
            .answers(200, verbose())
            .after(verbose()),
        verbosely(step("7 adds them again", "PATCH", "/Users/$user").body(operations("add")))
            .before("/Users/$user", verbose())
            .after(verbose()),
        verbosely(step("6 replaces 36 attributes", "PATCH", "/Users/$other").body(operations("replace")))
            .before("/Users/$other", json!({ "title": "OLDTITLE", "active": false }))
            .after(verbose()),
    ])
}

fn managers() -> Script {
    let (user, path) = ("/Users/$ada", format!("{ENTERPRISE}:manager"));
    let change = |what, op: &str, value: Value| step(what, "PATCH", user).body(operation(op, &path, value));
    let is = |name: &str| json!({ (ENTERPRISE): { "manager": { "value": name } } });
    let none = || json!({ (ENTERPRISE): null });
    script("Entra ID", "validator, managers", HEADERS).person("ada").person("bob").person("cleo").then([
        change("10 adds", "add", json!({ "value": "$bob" })).before(user, none()).after(is("$bob")),
        change("11 replaces", "replace", json!({ "value": "$cleo" })).before(user, is("$bob")).after(is("$cleo")),
        change("12 removes", "replace", json!({ "value": "" }))
            .before(user, is("$cleo"))
            .needs(EmptyString, "invalidValue")
            .after(none()),
        change("10 adds by a bare id", "add", json!("$bob"))
            .before(user, none())
            .needs(ManagerString, "invalidValue")
            .after(is("$bob")),
        change("11 replaces by a bare id", "replace", json!("$cleo"))
            .before(user, is("$bob"))
            .needs(ManagerString, "invalidValue")
            .after(is("$cleo")),
        change("12 removes by nothing", "replace", json!(""))
            .before(user, is("$cleo"))
            .needs(EmptyString, "invalidValue")
            .after(none()),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    let post = |what| {
        step(what, "POST", "/Groups").body(json!({ "schemas": [GROUP], "displayName": "TESTGROUP", "externalId": "11a1-b2c3" }))
    };
    let by_name = |name: &str| format!("/Groups?excludedAttributes=members&filter=displayName+eq+%22{name}%22");
    script("Entra ID", "validator, groups", HEADERS).then([
        step("17 filters for none", "GET", by_name("NOGROUP")).answers(200, nobody()),
        post("19 creates").answers(201, json!({ "displayName": "TESTGROUP", "externalId": "11a1-b2c3" })).saves("group"),
        post("20 creates again").answers(409, json!({ "scimType": "uniqueness" })),
        step("14 reads without members", "GET", "/Groups/$group?excludedAttributes=members")
            .answers(200, json!({ "id": "$group", "displayName": "TESTGROUP", "members": null })),
        step("15 filters without members", "GET", by_name("TESTGROUP"))
            .answers(200, only(json!({ "id": "$group", "members": null }))),
        step("16 filters", "GET", "/Groups?filter=displayName+eq+%22TESTGROUP%22")
            .answers(200, only(json!({ "id": "$group", "schemas": [GROUP], "meta": { "resourceType": "Group" } }))),
        step("18 filters in small letters", "GET", by_name("testgroup")).answers(200, only(json!({ "id": "$group" }))),
        step("21 replaces an attribute", "PATCH", group)
            .before(group, json!({ "externalId": "11a1-b2c3" }))
            .body(patch(json!([{ "op": "replace", "value": { "externalId": "22b2" } }])))
            .after(json!({ "externalId": "22b2", "displayName": "TESTGROUP" })),
        step("22 renames", "PATCH", group)
            .before(group, json!({ "displayName": "TESTGROUP" }))
            .body(patch(json!([{ "op": "replace", "value": { "displayName": "NEWGROUP" } }])))
            .answers(200, json!({ "displayName": "NEWGROUP" }))
            .after(json!({ "displayName": "NEWGROUP" })),
        step("25 deletes", "DELETE", group).before(group, json!({ "id": "$group" })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn members_of_groups() -> Script {
    let crew = "/Groups/$crew";
    script("Entra ID", "validator, members", HEADERS).person("ada").person("bob").group("crew", &[]).then([
        step("23 adds a member", "PATCH", crew)
            .before(crew, members(&[]))
            .body(operation("replace", "members", json!([{ "value": "$ada" }])))
            .after(members(&["$ada"])),
        step("24 sets two", "PATCH", crew)
            .before(crew, members(&["$ada"]))
            .body(operation("replace", "members", json!([{ "value": "$ada" }, { "value": "$bob" }])))
            .after(members(&["$ada", "$bob"])),
        step("24 removes one", "PATCH", crew)
            .before(crew, members(&["$ada", "$bob"]))
            .body(patch(json!([{ "op": "remove", "path": "members[value eq \"$ada\"]" }])))
            .after(members(&["$bob"])),
        // The previews: several operations in one request, and members of an unknown id.
        step("adds and removes in one request", "PATCH", crew)
            .before(crew, members(&["$bob"]))
            .body(patch(json!([
                { "op": "add", "path": "members", "value": [{ "value": "$ada" }] },
                { "op": "remove", "path": "members[value eq \"$bob\"]" },
            ])))
            .after(members(&["$ada"])),
        step("adds somebody unknown", "PATCH", crew)
            .before(crew, members(&["$ada"]))
            .body(operation("add", "members", json!([{ "value": "9b0c1f0e-6e2a-4f2d-9c1a-0d7f5a3b2c11" }])))
            .answers(400, json!({ "scimType": "invalidValue" }))
            .after(members(&["$ada"])),
    ])
}
