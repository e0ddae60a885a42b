//! Names, characteristics and data types of attributes (RFC 7643 §1.2, §2).

use serde_json::{Value, json};

use super::{
    asking::{ACME, NOBODY},
    framework::{Client, Ground, Section, hold, requirements},
};
use crate::scim::{ENTERPRISE, GROUP, USER, id, members, path};

/// Q001 to Q022.
pub const SECTION: Section = Section {
    title: "Names, characteristics, data types",
    requirements: requirements! {
        1 Must "Names of attributes and URNs count in any case: in bodies, filters, paths, parameters." => names_in_any_case;
        2 Must "A name starts with a letter, then letters, digits, $, - and _; $ref is one too." => names_have_a_form;
        3 Must "A characteristic that a schema leaves out has its default." => defaults_of_characteristics;
        4 May "Values beside the canonical ones are taken and kept; an attribute that takes no others says so." => canonical_values;
        5 Must "A boolean is true or false." => booleans;
        6 Must "An integer has neither fraction nor exponent." => integers;
        7 Must "A decimal is stored and shown without loss." => decimals;
        8 Must "A dateTime has date and time, and is compared as a point in time." => points_in_time;
        9 Must "Binary values are base64, with or without padding, and case counts." => base64;
        10 Must "A reference may be relative; it counts from the SCIM address." => relative_references;
        11 Must "Every $ref that the server gives leads to the resource." => references_lead_somewhere;
        12 May "Who is no user and no group of the workspace cannot be a member: 400, and nothing is stored." => members_exist;
        13 Must "A complex attribute has no complex parts." => two_levels;
        14 Must "A part of a complex attribute may be a list, each element of which is checked." => lists_as_parts;
        15 Must "The order of names in an object means nothing." => order_of_names;
        16 Must "At most one element of a list is primary after every write." => one_primary;
        17 Must "Without primary an element is not primary." => absent_primary;
        18 Should "The same value for the same purpose is shown once." => no_repetitions;
        19 Should "Values are shown as they were sent; only a closed list of values has a spelling of its own." => values_as_sent;
        20 Must "Addresses with and without a version mean the same resource." => versions_in_addresses;
        21 Must "null, an empty list and absence are one state." => absence;
        22 Hardening "Names given twice, deep nesting, lone surrogates and NUL are refused." => hostile_json;
    },
};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

#[tokio::test]
async fn q001_to_q022_attributes() {
    hold(&SECTION).await;
}

/// A user with these values of the extension.
fn with(user_name: &str, values: Value) -> Value {
    json!({ "userName": user_name, (ACME): values })
}

async fn names_in_any_case(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = json!({
        "SCHEMAS": [USER.to_uppercase(), ENTERPRISE.to_uppercase()], "USERNAME": "Ada@acme.test", "NAME": { "GIVENNAME": "Ada" },
        "EMAILS": [{ "VALUE": "ada@acme.test", "TYPE": "work" }], (ENTERPRISE.to_lowercase()): { "DEPARTMENT": "Notes" },
    });
    let ada = scim.post("/Users", body).await.expect(201);
    assert_eq!(ada["userName"], "Ada@acme.test");
    assert_eq!((&ada["name"]["givenName"], &ada["emails"][0]["type"]), (&json!("Ada"), &json!("work")));
    assert_eq!(ada[ENTERPRISE]["department"], "Notes");
    let department = format!("{}:DEPARTMENT", ENTERPRISE.to_uppercase());
    for filter in [
        "USERNAME eq \"ada@acme.test\"",
        "Emails[TYPE eq \"work\"]",
        "nAmE.gIvEnNaMe eq \"Ada\"",
        "META.RESOURCETYPE eq \"User\"",
        &format!("{department} eq \"Notes\""),
    ] {
        assert_eq!(scim.count("/Users", filter).await, 1, "{filter}");
    }
    let changes = json!([
        { "op": "replace", "path": "NAME.FAMILYNAME", "value": "King" },
        { "op": "replace", "path": department, "value": "Engines" },
        { "op": "replace", "value": { "TITLE": "Countess" } },
    ]);
    let ada = scim.operations(&path(&ada), changes).await.expect(200);
    assert_eq!((&ada["name"]["familyName"], &ada["title"]), (&json!("King"), &json!("Countess")));
    assert_eq!(ada[ENTERPRISE]["department"], "Engines");
    let shown = scim.get(&format!("{}?ATTRIBUTES=USERNAME,Name.GIVENname", path(&ada))).await.expect(200);
    assert_eq!((&shown["userName"], &shown["name"]), (&json!("Ada@acme.test"), &json!({ "givenName": "Ada" })));
    let sorted = scim.query("/Users", &[("sortBy", "USERNAME")]).await.expect(200);
    assert_eq!(sorted["Resources"][0]["id"], ada["id"]);
}

async fn names_have_a_form(ground: &Ground<'_>) {
    for name in ["1abc", "-a", "_a", "a b", "a.b", "é", "", "a:b", "a[0]"] {
        assert!(!ground.may_define(json!({ "name": name })).await, "{name}");
    }
    ground.define(json!([{ "name": "a$-_9Z" }])).await;
    let scim = ground.scim();
    let user = scim.post("/Users", with("ada@acme.test", json!({ "a$-_9Z": "x" }))).await.expect(201);
    assert_eq!(user[ACME]["a$-_9Z"], "x");
    assert_eq!(scim.count("/Users", &format!("{ACME}:a$-_9z eq \"x\"")).await, 1);
    let group = ground.workspace.group("Analysts", &[&user]).await;
    let reference = group["members"][0]["$ref"].as_str().expect("an address");
    assert_eq!(scim.count("/Groups", &format!("members.$ref eq \"{reference}\"")).await, 1);
    let removal = json!([{ "op": "remove", "path": format!("members[$ref eq \"{reference}\"]") }]);
    assert_eq!(members(&scim.operations(&path(&group), removal).await.expect(200)), [""; 0]);
}

async fn defaults_of_characteristics(ground: &Ground<'_>) {
    ground.define(json!([{ "name": "badge" }])).await;
    let scim = ground.scim();
    let schema = scim.get(&format!("/Schemas/{ACME}")).await.expect(200);
    let badge = json!({
        "name": "badge", "type": "string", "multiValued": false, "description": "", "required": false, "caseExact": false,
        "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    });
    assert_eq!(schema["attributes"], json!([badge]));
    scim.post("/Users", json!({ "userName": "without@acme.test" })).await.expect(201);
    let one = scim.post("/Users", with("one@acme.test", json!({ "badge": "A-1" }))).await.expect(201);
    scim.post("/Users", with("two@acme.test", json!({ "badge": "a-1" }))).await.expect(201);
    assert_eq!(scim.count("/Users", &format!("{ACME}:badge eq \"A-1\"")).await, 2, "neither exact nor unique");
    let change = json!([{ "op": "replace", "path": format!("{ACME}:badge"), "value": "B-2" }]);
    assert_eq!(scim.operations(&path(&one), change).await.expect(200)[ACME]["badge"], "B-2");
    assert_eq!(scim.get(&path(&one)).await.expect(200)[ACME]["badge"], "B-2");
    scim.post("/Users", with("list@acme.test", json!({ "badge": ["a", "b"] }))).await.scim_error(400, Some("invalidValue"));
}

async fn canonical_values(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = json!({ "userName": "ada@acme.test", "emails": [{ "value": "ada@acme.test", "type": "zzz" }] });
    let ada = scim.post("/Users", body).await.expect(201);
    assert_eq!(scim.get(&path(&ada)).await.expect(200)["emails"][0]["type"], "zzz");
    let body = json!({ "userName": "grace@acme.test", (ROLLCALL): { "role": "owner" } });
    scim.post("/Users", body).await.scim_error(400, Some("invalidValue"));
    let schema = scim.get(&format!("/Schemas/{ROLLCALL}")).await.expect(200);
    assert_eq!(schema["attributes"][0]["canonicalValues"], json!(["admin", "editor", "viewer", "guest"]));
    assert!(schema["attributes"][0]["description"].as_str().is_some_and(|text| text.contains("are refused")));
}

async fn booleans(ground: &Ground<'_>) {
    let scim = ground.scim();
    for value in [json!(1), json!(0), json!("yes"), json!("1"), json!({}), json!({ "value": true }), json!([true, false])] {
        let body = json!({ "userName": "ada@acme.test", "active": value });
        scim.post("/Users", body).await.scim_error(400, Some("invalidValue"));
    }
    let ada = ground.workspace.user("ada@acme.test").await;
    assert_eq!(ada["active"], true);
    let change = json!([{ "op": "replace", "path": "active", "value": 1 }]);
    scim.operations(&path(&ada), change).await.scim_error(400, Some("invalidValue"));
    scim.filter("/Users", "active eq 1").await.scim_error(400, Some("invalidFilter"));
}

/// A user in whose extension a number stands as it is written here, which no library would send.
fn number(name: &str, attribute: &str, number: &str) -> String {
    format!("{{\"userName\":\"{name}\",\"{ACME}\":{{\"{attribute}\":{number}}}}}")
}

async fn integers(ground: &Ground<'_>) {
    ground.define(json!([{ "name": "floor", "type": "integer" }])).await;
    let scim = ground.scim();
    for text in ["1.5", "1e3", "1.0", "1E0", "\"1\"", "true", "9223372036854775808"] {
        scim.bytes("POST", "/Users", number("x@acme.test", "floor", text)).scim_error(400, Some("invalidValue"));
    }
    for text in ["0", "42", "-7", "9223372036854775807"] {
        let user = scim.bytes("POST", "/Users", number(&format!("u{text}"), "floor", text)).expect(201);
        assert_eq!(user[ACME]["floor"].to_string(), text);
        assert_eq!(scim.count("/Users", &format!("{ACME}:floor eq {text}")).await, 1, "{text}");
    }
}

async fn decimals(ground: &Ground<'_>) {
    ground.define(json!([{ "name": "weight", "type": "decimal" }])).await;
    let scim = ground.scim();
    for text in ["\"1\"", "true", "1e999", "-1e400"] {
        assert_eq!(scim.bytes("POST", "/Users", number("x@acme.test", "weight", text)).status, 400, "{text}");
    }
    for (place, text) in ["12345678901234567.25", "0.1", "-2.50", "3", "0.30000000000000004", "99999999999999999999999.125"]
        .into_iter()
        .enumerate()
    {
        let name = format!("u{place}");
        let made = scim.bytes("POST", "/Users", number(&name, "weight", text));
        assert!(made.text.contains(&format!("\"weight\":{text}}}")), "{text}: {}", made.text);
        let at = path(&made.json());
        let read = scim.get(&at).await;
        assert!(read.text.contains(&format!("\"weight\":{text}}}")), "{text}: {}", read.text);
        assert_eq!(
            scim.bytes("PUT", &at, number(&name, "weight", text)).header("etag"),
            read.header("etag"),
            "{text} is no change"
        );
        assert_eq!(scim.count("/Users", &format!("{ACME}:weight eq {text}")).await, 1, "{text}");
    }
    // The nearest double of both is the same.
    let near = "12345678901234567.26";
    assert_eq!(scim.count("/Users", &format!("{ACME}:weight lt {near} and {ACME}:weight ge 12345678901234567.25")).await, 1);
}

async fn points_in_time(ground: &Ground<'_>) {
    ground.define(json!([{ "name": "since", "type": "dateTime" }])).await;
    let scim = ground.scim();
    for value in ["2026-01-01", "10:00:00", "2026-01-01 10:00:00Z", "2026-02-30T10:00:00Z", "yesterday", "1767225600"] {
        scim.post("/Users", with("ada@acme.test", json!({ "since": value }))).await.scim_error(400, Some("invalidValue"));
    }
    let body = with("ada@acme.test", json!({ "since": "2026-01-01T01:00:00+01:00" }));
    assert_eq!(scim.post("/Users", body).await.expect(201)[ACME]["since"], "2026-01-01T01:00:00+01:00");
    for (test, count) in [
        ("eq \"2026-01-01T00:00:00Z\"", 1),
        ("eq \"2026-01-01T01:00:00Z\"", 0),
        ("lt \"2026-01-01T00:30:00Z\"", 1),
        ("gt \"2025-12-31T23:30:00-01:00\"", 0),
    ] {
        assert_eq!(scim.count("/Users", &format!("{ACME}:since {test}")).await, count, "{test}");
    }
}

async fn base64(ground: &Ground<'_>) {
    ground.define(json!([{ "name": "key", "type": "binary" }])).await;
    let scim = ground.scim();
    let body = json!({ "userName": "ada@acme.test", "x509Certificates": [{ "value": "***" }] });
    scim.post("/Users", body).await.scim_error(400, Some("invalidValue"));
    for (place, value) in ["TWFuIQ==", "TWFuIQ", "TWFu"].into_iter().enumerate() {
        let user = scim.post("/Users", with(&format!("u{place}@acme.test"), json!({ "key": value }))).await.expect(201);
        assert_eq!(user[ACME]["key"], value);
    }
    for value in ["TWFuI", "TW Fu", "TW\nFu", "TWFu*"] {
        scim.post("/Users", with("x@acme.test", json!({ "key": value }))).await.scim_error(400, Some("invalidValue"));
    }
    assert_eq!(scim.count("/Users", &format!("{ACME}:key eq \"TWFu\"")).await, 1);
    assert_eq!(scim.count("/Users", &format!("{ACME}:key eq \"twfu\"")).await, 0);
    assert_eq!(scim.get(&format!("/Schemas/{ACME}")).await.expect(200)["attributes"][0]["caseExact"], true);
}

async fn relative_references(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let at = id(&ada);
    let location = ada["meta"]["location"].as_str().expect("an address").to_owned();
    let references = [format!("Users/{at}"), format!("/Users/{at}"), format!("../Users/{at}"), location];
    for (place, reference) in references.into_iter().enumerate() {
        let body = json!({ "displayName": format!("Group {place}"), "members": [{ "$ref": reference }] });
        assert_eq!(members(&scim.post("/Groups", body).await.expect(201)), [at], "{reference}");
    }
    let body = json!({ "displayName": "Others", "members": [{ "$ref": format!("Groups/{at}") }] });
    scim.post("/Groups", body).await.scim_error(400, Some("invalidValue"));
}

async fn references_lead_somewhere(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let inner = ground.workspace.group("Inner", &[&ada]).await;
    ground.workspace.group("Outer", &[&ada, &inner]).await;
    let mut followed = 0;
    for (endpoint, list) in [("/Groups", "members"), ("/Users", "groups")] {
        let page = ground.scim().get(endpoint).await.expect(200);
        let resources = page["Resources"].as_array().expect("resources");
        for element in resources.iter().filter_map(|resource| resource[list].as_array()).flatten() {
            let there = ground.at(element["$ref"].as_str().expect("an address")).await.expect(200);
            assert_eq!(there["id"], element["value"]);
            followed += 1;
        }
    }
    assert_eq!(followed, 5);
}

async fn members_exist(ground: &Ground<'_>) {
    let scim = ground.scim();
    let stranger = ground.another().await.user("stranger@acme.test").await;
    let group = ground.workspace.group("Analysts", &[]).await;
    for nobody in [NOBODY, id(&stranger), "nobody"] {
        let list = json!([{ "value": nobody }]);
        let body = json!({ "displayName": "Strangers", "members": list });
        scim.post("/Groups", body.clone()).await.scim_error(400, Some("invalidValue"));
        scim.put(&path(&group), body).await.scim_error(400, Some("invalidValue"));
        for op in ["add", "replace"] {
            let change = json!([
                { "op": "replace", "path": "displayName", "value": "Changed" },
                { "op": op, "path": "members", "value": list },
            ]);
            scim.operations(&path(&group), change).await.scim_error(400, Some("invalidValue"));
        }
    }
    assert_eq!(scim.get("/Groups").await.expect(200)["Resources"], json!([group]));
}

async fn two_levels(ground: &Ground<'_>) {
    let inner = json!({ "name": "c", "type": "complex", "subAttributes": [{ "name": "d" }] });
    assert!(!ground.may_define(json!({ "name": "a", "type": "complex", "subAttributes": [inner] })).await);
    for (attribute, value) in [
        ("name", json!({ "familyName": { "value": "King" } })),
        ("emails", json!([{ "value": { "value": "ada@acme.test" } }])),
        (ENTERPRISE, json!({ "manager": { "value": { "value": "7" } } })),
    ] {
        let body = json!({ "userName": "ada@acme.test", (attribute): value });
        ground.scim().post("/Users", body).await.scim_error(400, Some("invalidValue"));
    }
}

async fn lists_as_parts(ground: &Ground<'_>) {
    let parts = json!([{ "name": "room" }, { "name": "days", "type": "integer", "multiValued": true }]);
    ground.define(json!([{ "name": "desk", "type": "complex", "subAttributes": parts }])).await;
    let scim = ground.scim();
    let desk = json!({ "desk": { "room": "A", "days": [1, 3] } });
    let user = scim.post("/Users", with("ada@acme.test", desk.clone())).await.expect(201);
    assert_eq!(scim.get(&path(&user)).await.expect(200)[ACME], desk);
    assert_eq!(scim.count("/Users", &format!("{ACME}:desk.days eq 3")).await, 1);
    assert_eq!(scim.count("/Users", &format!("{ACME}:desk.days eq 2")).await, 0);
    assert_eq!(scim.count("/Users", &format!("{ACME}:desk[days eq 3 and room eq \"A\"]")).await, 1);
    scim.post("/Users", with("before@acme.test", json!({ "desk": { "days": [0, 9] } }))).await.expect(201);
    let sorted = scim.query("/Users", &[("sortBy", &format!("{ACME}:desk.days"))]).await.expect(200);
    assert_eq!(sorted["Resources"][0]["userName"], "before@acme.test", "{sorted}");
    for days in [json!([1, "3"]), json!([1.5]), json!([[1]])] {
        let body = with("x@acme.test", json!({ "desk": { "days": days } }));
        scim.post("/Users", body).await.scim_error(400, Some("invalidValue"));
    }
}

async fn order_of_names(ground: &Ground<'_>) {
    let texts = [
        r#"{"userName":"ada@acme.test","name":{"givenName":"Ada","familyName":"King"},"emails":[{"value":"a@acme.test","type":"work"}],"title":"x"}"#,
        r#"{"title":"x","emails":[{"type":"work","value":"a@acme.test"}],"name":{"familyName":"King","givenName":"Ada"},"userName":"ada@acme.test"}"#,
    ];
    let scim = ground.scim();
    let ada = scim.bytes("POST", "/Users", texts[0]).expect(201);
    assert_eq!(scim.bytes("PUT", &path(&ada), texts[1]).expect(200), ada);
}

/// How many elements are primary.
fn primaries(list: &Value) -> usize {
    list.as_array().into_iter().flatten().filter(|element| element["primary"] == true).count()
}

async fn one_primary(ground: &Ground<'_>) {
    let scim = ground.scim();
    let email = |value: &str, primary: bool| json!({ "value": value, "type": value, "primary": primary });
    let two = json!({ "userName": "ada@acme.test", "emails": [email("a", true), email("b", true)] });
    scim.post("/Users", two.clone()).await.scim_error(400, Some("invalidValue"));
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "x", "data": two }],
    });
    assert_eq!(scim.post("/Bulk", bulk).await.expect(200)["Operations"][0]["status"], "400");
    let body = json!({ "userName": "ada@acme.test", "emails": [email("a", true), email("b", false)] });
    let at = path(&scim.post("/Users", body).await.expect(201));
    scim.put(&at, two.clone()).await.scim_error(400, Some("invalidValue"));
    for op in ["add", "replace"] {
        let change = json!([{ "op": op, "path": "emails", "value": [email("c", true), email("d", true)] }]);
        scim.operations(&at, change).await.scim_error(400, Some("invalidValue"));
    }
    for change in [
        json!({ "op": "add", "path": "emails", "value": [email("c", true)] }),
        json!({ "op": "replace", "path": "emails[value eq \"b\"].primary", "value": true }),
        json!({ "op": "replace", "path": "emails[value eq \"a\"]", "value": email("a", true) }),
        json!({ "op": "add", "value": { "emails": [email("d", true)] } }),
    ] {
        let emails = scim.operations(&at, json!([change])).await.expect(200)["emails"].clone();
        assert_eq!(primaries(&emails), 1, "{change}: {emails}");
    }
    assert_eq!(primaries(&scim.get(&at).await.expect(200)["emails"]), 1);
}

async fn absent_primary(ground: &Ground<'_>) {
    let scim = ground.scim();
    let user = |name: &str, email: Value| json!({ "userName": name, "emails": [email] });
    scim.post("/Users", user("without@acme.test", json!({ "value": "a@acme.test" }))).await.expect(201);
    scim.post("/Users", user("false@acme.test", json!({ "value": "b@acme.test", "primary": false }))).await.expect(201);
    scim.post("/Users", user("true@acme.test", json!({ "value": "c@acme.test", "primary": true }))).await.expect(201);
    for (filter, count) in [("emails[primary eq false]", 2), ("emails[primary eq true]", 1), ("emails.primary eq false", 2)] {
        assert_eq!(scim.count("/Users", filter).await, count, "{filter}");
    }
}

async fn no_repetitions(ground: &Ground<'_>) {
    let scim = ground.scim();
    let email = json!({ "value": "ada@acme.test", "type": "work" });
    let ada = scim.post("/Users", json!({ "userName": "ada@acme.test", "emails": [email, email] })).await.expect(201);
    assert_eq!(ada["emails"], json!([email]));
    let add = json!({ "op": "add", "path": "emails", "value": [email] });
    let same = scim.operations(&path(&ada), json!([add, add])).await.expect(200);
    assert_eq!(same, ada, "nothing has changed");
    let home = json!({ "value": "ada@acme.test", "type": "home" });
    let other = json!([{ "op": "add", "path": "emails", "value": [home] }]);
    assert_eq!(scim.operations(&path(&ada), other).await.expect(200)["emails"], json!([email, home]));
}

async fn values_as_sent(ground: &Ground<'_>) {
    let sent = json!({
        "userName": "Ada@ACME.test", "displayName": " Ada ", "preferredLanguage": "EN-gb",
        "phoneNumbers": [{ "value": "55555555555", "type": "WORK" }, { "value": "tel:+44-20-5550-1843" }],
        "emails": [{ "value": "Ada@Acme.Test", "type": "Work" }],
        "addresses": [{ "country": "gb" }],
    });
    let mut body = sent.clone();
    body[ROLLCALL] = json!({ "role": "EDITOR" });
    let ada = ground.scim().post("/Users", body).await.expect(201);
    for (name, value) in sent.as_object().expect("an object") {
        assert_eq!(&ada[name], value, "{name}");
    }
    assert_eq!(ada[ROLLCALL]["role"], "editor", "a closed list of values has one spelling");
}

async fn versions_in_addresses(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[&ada]).await;
    let at = path(&ada);
    let root = ada["meta"]["location"].as_str().and_then(|address| address.strip_suffix(&at)).expect("an address");
    for reference in [format!("/v2{at}"), at.clone(), format!("{root}/v2{at}"), format!("../v2{at}")] {
        let body = json!({ "schemas": [GROUP], "displayName": "Analysts", "members": [{ "$ref": reference }] });
        assert_eq!(scim.put(&path(&group), body).await.expect(200), group, "{reference} is the member that is there");
    }
}

/// Fails unless the one user there is has no title, however one asks.
async fn has_no_title(scim: &Client, at: &str) {
    assert!(scim.get(at).await.expect(200).get("title").is_none());
    for (filter, count) in [("title pr", 0), ("title eq null", 1), ("not (title pr)", 1)] {
        assert_eq!(scim.count("/Users", filter).await, count, "{filter}");
    }
}

async fn absence(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = |title: Value, emails: Value| json!({ "userName": "ada@acme.test", "title": title, "emails": emails });
    let ada = scim.post("/Users", body(Value::Null, json!([]))).await.expect(201);
    let at = path(&ada);
    has_no_title(&scim, &at).await;
    assert!(ada.get("emails").is_none());
    let absent = scim.put(&at, json!({ "userName": "ada@acme.test" })).await.expect(200);
    assert_eq!(absent["meta"], ada["meta"], "absence is what was there");

    let full = body(json!("Countess"), json!([{ "value": "ada@acme.test" }]));
    scim.put(&at, full.clone()).await.expect(200);
    let emptied = scim.put(&at, body(Value::Null, json!([]))).await.expect(200);
    assert!(emptied.get("emails").is_none());
    has_no_title(&scim, &at).await;

    scim.put(&at, full).await.expect(200);
    let changes = json!([
        { "op": "replace", "path": "title", "value": null },
        { "op": "replace", "path": "emails", "value": [] },
    ]);
    assert!(scim.operations(&at, changes).await.expect(200).get("emails").is_none());
    has_no_title(&scim, &at).await;
    assert_eq!(scim.count("/Users", "emails pr").await, 0);
}

async fn hostile_json(ground: &Ground<'_>) {
    let scim = ground.scim();
    let nested = |levels: usize| format!("{{\"userName\":\"x\",\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let bottomless = format!("{{\"userName\":\"x\",\"a\":{}", "{\"a\":".repeat(200_000));
    for body in [
        r#"{"userName":"x","userName":"y"}"#,
        r#"{"userName":"x","name":{"givenName":"a","givenName":"b"}}"#,
        r#"{"userName":"x","USERNAME":"y"}"#,
        r#"{"userName":"\ud800"}"#,
        r#"{"userName":"x","title":"\udc00 "}"#,
        r#"{"userName":"x\u0000"}"#,
        &nested(32),
        &bottomless,
    ] {
        scim.bytes("POST", "/Users", body).scim_error(400, Some("invalidSyntax"));
    }
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 0);
    scim.bytes("POST", "/Users", nested(31)).expect(201);
}
