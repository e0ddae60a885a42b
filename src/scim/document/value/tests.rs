use serde_json::json;

use super::*;
use crate::scim::{
    attr::AttrPath,
    schema::{ResourceSchema, ResourceType},
    tolerance::{Rules, Tolerated},
    urn,
};

/// The attribute of users at a path.
fn attribute(path: &str) -> Attribute {
    let path = AttrPath::parse(path).unwrap();
    match ResourceSchema::builtin(ResourceType::User).resolve(&path).unwrap() {
        crate::scim::schema::Resolved::Attribute { attribute, sub_attribute, .. } => sub_attribute.unwrap_or(attribute).clone(),
        crate::scim::schema::Resolved::Extension(_) => panic!("{path}"),
    }
}

fn manager() -> Attribute {
    attribute(&format!("{}:manager", urn::ENTERPRISE_USER))
}

/// The checked value and the tolerances that it needed.
fn checked(attribute: &Attribute, value: Value) -> (Option<Value>, Vec<&'static str>) {
    let mut notes = Tolerated::default();
    let checked = check(attribute, value, &attribute.name, &mut notes).unwrap();
    (checked, notes.names().to_vec())
}

fn refused(attribute: &Attribute, value: Value) -> String {
    let error = check(attribute, value.clone(), &attribute.name, &mut Tolerated::default()).expect_err(&value.to_string());
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{value}");
    assert!(error.detail.starts_with(&attribute.name), "{}", error.detail);
    error.detail
}

/// The value passes unchanged and without a tolerance.
fn passes(attribute: &Attribute, value: Value) {
    assert_eq!(checked(attribute, value.clone()), (Some(value), vec![]));
}

#[test]
fn null_and_emptiness_are_absence() {
    for (path, value) in [
        ("title", json!(null)),
        ("emails", json!([])),
        ("emails", json!([{}, null])),
        ("emails", json!(null)),
        ("name", json!({})),
        ("name", json!({"givenName": null})),
        ("title", json!([])),
        ("name", json!({"foo": 1})),
    ] {
        assert_eq!(checked(&attribute(path), value.clone()).0, None, "{path} {value}");
    }
}

#[test]
fn text_stays_as_it_came() {
    for text in ["", " x ", "Ünï©ode 😀", "\u{1}", "'; drop table users; --"] {
        passes(&attribute("title"), json!(text));
    }
    assert_eq!(refused(&attribute("title"), json!(7)), "title must be a string, not the number 7.");
    assert_eq!(refused(&attribute("title"), json!({"a": 1})), "title must be a string, not an object.");
    assert_eq!(refused(&attribute("title"), json!(["a", "b"])), "title must be a string, not a list of 2.");
    assert!(refused(&attribute("title"), json!("a\u{0}")).contains("U+0000"));
    passes(&attribute("profileUrl"), json!("aRandomWord"));
    assert_eq!(checked(&attribute("profileUrl"), json!("a word")), (Some(json!("a word")), vec!["text-for-uri"]));
}

#[test]
fn booleans_may_be_words() {
    let active = attribute("active");
    passes(&active, json!(false));
    for (word, truth) in [("True", true), ("False", false), ("true", true), ("FALSE", false)] {
        assert_eq!(checked(&active, json!(word)), (Some(json!(truth)), vec!["boolean-string"]));
    }
    assert_eq!(checked(&active, json!("")), (None, vec!["empty-string"]));
    for value in [json!(1), json!(0), json!("maybe"), json!("yes"), json!({}), json!([true, false]), json!(" true")] {
        assert!(refused(&active, value).contains("true or false"));
    }
}

#[test]
fn numbers_have_their_forms() {
    let integer = Attribute::new("floor", Type::Integer, "x");
    for good in ["0", "-7", "9223372036854775807"] {
        passes(&integer, serde_json::from_str(good).unwrap());
    }
    for bad in ["1.5", "1e3", "1.0", "9223372036854775808", "\"1\"", "true"] {
        refused(&integer, serde_json::from_str(bad).unwrap());
    }
    let decimal = Attribute::new("height", Type::Decimal, "x");
    passes(&decimal, json!(1.5));
    passes(&decimal, json!(7));
    refused(&decimal, json!("1.5"));
}

#[test]
fn times_have_a_date_and_a_time() {
    let since = Attribute::date_time("since", "x");
    for good in ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.123456789+01:00", "2026-01-01T00:00:00", "2026-12-31T23:59:59.5"] {
        passes(&since, json!(good));
    }
    for bad in [
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01t00:00:00Z",
        "now",
        "2026-01-01T8:0:0",
        "é026-01-0T",
    ] {
        assert!(refused(&since, json!(bad)).contains("date and time"), "{bad}");
    }
    assert_eq!(date_time("2026-01-01T01:00:00+01:00"), date_time("2026-01-01T00:00:00"));
    assert!(date_time("2026-01-01T01:00:00Z") > date_time("2026-01-01T01:30:00+01:00"));
}

#[test]
fn binary_is_base64_with_or_without_padding() {
    let bytes = Attribute::binary("bytes", "x");
    for good in ["TUlJ", "TUk=", "TUk"] {
        passes(&bytes, json!(good));
    }
    for bad in ["***", "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----", "TUlJ\n", "T", "TU_-"] {
        assert!(refused(&bytes, json!(bad)).contains("base64"), "{bad}");
    }
}

#[test]
fn a_certificate_is_more_than_base64() {
    let certificate = attribute("x509Certificates.value");
    let good = super::super::certificate::tests::CERTIFICATE;
    passes(&certificate, json!(good));
    passes(&certificate, json!(good.trim_end_matches('=')));
    assert!(refused(&certificate, json!("***")).contains("base64"));
    // A sequence, and PEM: something, and no certificate.
    for other in ["MAA=", "LS0tLS1CRUdJTg=="] {
        assert!(refused(&certificate, json!(other)).contains("one X.509 certificate"), "{other}");
    }
    assert_eq!(checked(&certificate, json!("TUlJ")), (Some(json!("TUlJ")), vec!["bytes-for-certificate"]));
}

#[test]
fn a_closed_attribute_takes_its_canonical_values_only() {
    let role = attribute(&format!("{}:role", urn::ROLLCALL_USER));
    assert_eq!(checked(&role, json!("Admin")), (Some(json!("admin")), vec![]));
    assert_eq!(checked(&role, json!("")), (None, vec!["empty-string"]));
    assert_eq!(refused(&role, json!("owner")), "role must be one of admin, editor, viewer, guest, not \"owner\".");
    // The types of e-mail addresses are suggestions.
    passes(&attribute("emails.type"), json!("zzz"));
}

#[test]
fn complex_values_lose_what_the_schema_does_not_have() {
    assert_eq!(
        checked(&attribute("name"), json!({"GIVENNAME": "Ada", "foo": {"bar": []}, "familyName": null})),
        (Some(json!({"givenName": "Ada"})), vec!["unknown-attribute"])
    );
    assert_eq!(
        checked(&manager(), json!({"value": "7", "displayName": "read-only", "$REF": "../Users/7"})).0,
        Some(json!({"value": "7", "$ref": "../Users/7"}))
    );
    assert!(refused(&attribute("name"), json!("Ada")).contains("must be an object"));
    assert!(refused(&attribute("name"), json!({"givenName": {"deep": 1}})).starts_with("name.givenName must be a string"));
    let twice = check(&attribute("name"), json!({"givenName": null, "GivenName": "b"}), "name", &mut Tolerated::default());
    assert_eq!(twice.unwrap_err().scim_type, Some(ScimType::InvalidSyntax));
}

#[test]
fn a_manager_comes_in_every_form_that_entra_sends() {
    let wanted = Some(json!({"value": "7"}));
    assert_eq!(checked(&manager(), json!({"value": "7"})), (wanted.clone(), vec![]));
    assert_eq!(checked(&manager(), json!("7")), (wanted.clone(), vec!["manager-string"]));
    assert_eq!(checked(&manager(), json!([{"$ref": null, "value": "7"}])), (wanted, vec!["single-element-array"]));
    for nobody in [json!(""), json!({"value": ""}), json!([""]), json!({"value": null})] {
        assert_eq!(checked(&manager(), nobody.clone()).0, None, "{nobody}");
    }
    assert!(refused(&manager(), json!([{"value": "7"}, {"value": "8"}])).contains("a list of 2"));
}

#[test]
fn single_values_may_be_wrapped_and_lists_unwrapped() {
    assert_eq!(checked(&attribute("title"), json!(["x"])), (Some(json!("x")), vec!["single-element-array"]));
    assert_eq!(
        checked(&attribute("emails"), json!({"value": "a@x", "Primary": "True"})),
        (Some(json!([{"value": "a@x", "primary": true}])), vec!["object-for-array", "boolean-string"])
    );
    assert_eq!(checked(&attribute("emails"), json!(["a@x"])), (Some(json!([{"value": "a@x"}])), vec!["string-for-object"]));
    // One level only: this is not a way around the depth of a value.
    refused(&attribute("title"), json!([["x"]]));
    refused(&attribute("emails"), json!([["a@x"]]));
    refused(&attribute("emails"), json!(7));
}

#[test]
fn a_list_of_simple_values_is_checked_element_by_element() {
    let tags = Attribute::string("tags", "x").many();
    assert_eq!(checked(&tags, json!(["a", null, "b", "a"])).0, Some(json!(["a", "b"])));
    refused(&tags, json!(["a", 1]));
}

#[test]
fn the_same_type_and_value_comes_once() {
    let emails = attribute("emails");
    let value = json!([
        {"type": "work", "value": "a@x", "display": "first"},
        {"value": "a@x", "type": "work", "display": "second", "primary": true},
        {"type": "home", "value": "a@x"},
        {"value": "a@x"},
    ]);
    let wanted = json!([
        {"type": "work", "value": "a@x", "display": "first", "primary": true},
        {"type": "home", "value": "a@x"},
        {"value": "a@x"},
    ]);
    assert_eq!(checked(&emails, value).0, Some(wanted));
    // Addresses have no value; they are the same when all of them is.
    let addresses = json!([{"type": "work", "region": "x"}, {"region": "x", "type": "work"}, {"type": "work", "region": "y"}]);
    assert_eq!(checked(&attribute("addresses"), addresses).0.unwrap().as_array().unwrap().len(), 2);
}

#[test]
fn at_most_one_element_is_primary() {
    let emails = attribute("emails");
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]);
    assert!(refused(&emails, two).contains("more than one element"));
    passes(&emails, json!([{"value": "a", "primary": true}, {"value": "b", "primary": false}, {"value": "c"}]));
}

#[test]
fn as_many_values_are_taken_as_there_may_be() {
    let many = |n: usize| Value::Array((0..n).map(|n| json!({"value": format!("{n}@x")})).collect());
    let most = crate::scim::LIMITS.max_attribute_values;
    assert_eq!(checked(&attribute("emails"), many(most)).0.unwrap().as_array().unwrap().len(), most);
    assert!(refused(&attribute("emails"), many(most + 1)).contains("1001 values"));
}

#[test]
fn messages_repeat_little_of_the_input() {
    let long = "x".repeat(10_000);
    for (attribute, value) in [(attribute("active"), json!(long)), (Attribute::date_time("t", "x"), json!(long))] {
        assert!(refused(&attribute, value).len() < 250);
    }
}

#[test]
fn what_a_workspace_refuses_is_refused_with_what_to_change() {
    use Tolerance::{
        BooleanString, CountryName, EmptyString, ManagerString, ObjectForArray, SingleElementArray, StringForObject, TextForUri,
        UnknownAttribute,
    };
    let addresses = || json!([{"type": "work", "country": "Germany"}]);
    for (tolerance, path, value, words) in [
        (SingleElementArray, "title", json!(["x"]), "title takes one value"),
        (EmptyString, "active", json!(""), "active cannot be an empty text. Send null"),
        (EmptyString, "emails", json!(""), "emails cannot be an empty text"),
        (BooleanString, "active", json!("True"), "active must be true or false, without quotes, not \"True\"."),
        (StringForObject, "emails", json!(["a@x"]), "emails must be an object such as {\"value\": \"a@x\"}"),
        (ObjectForArray, "emails", json!({"value": "a@x"}), "emails takes a list"),
        (UnknownAttribute, "name", json!({"givenName": "A", "foo": 1}), "name has no sub-attribute \"foo\". Remove it."),
        (CountryName, "addresses", addresses(), "addresses.country must be a code of two letters"),
        (TextForUri, "photos", json!([{"value": "my photo"}]), "photos.value must be a URI"),
        (ManagerString, &format!("{}:manager", urn::ENTERPRISE_USER), json!("7"), "manager must be an object such as"),
        (
            EmptyString,
            &format!("{}:manager", urn::ENTERPRISE_USER),
            json!({"value": ""}),
            "manager.value cannot be an empty text",
        ),
    ] {
        let attribute = attribute(path);
        assert_eq!(checked(&attribute, value.clone()).1, [tolerance.name()], "{value}");
        let rules = Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() };
        let error = check(&attribute, value.clone(), &attribute.name, &mut Tolerated::under(rules)).expect_err(path);
        let wanted = if tolerance == UnknownAttribute { ScimType::InvalidSyntax } else { ScimType::InvalidValue };
        assert_eq!((error.status, error.scim_type), (400, Some(wanted)), "{value}");
        assert!(error.detail.starts_with(words) && error.detail.contains(tolerance.name()), "{}", error.detail);
    }
}
