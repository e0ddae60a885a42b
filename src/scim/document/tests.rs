use chrono::DateTime;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;

use super::*;
use crate::scim::{
    error::{ScimError, ScimType},
    etag::version_tag,
    project::{Meta, Projection, render},
    schema::{ResourceSchema, ResourceType},
    tolerance::{Rules, Tolerance, Tolerated},
    urn,
    validate::validate,
};

fn parse(kind: ResourceType, body: Value) -> Result<(Parsed, Vec<&'static str>), ScimError> {
    let mut notes = Tolerated::default();
    let parsed = Document::parse(ResourceSchema::builtin(kind), body, &mut notes)?;
    Ok((parsed, notes.names()))
}

/// The document of a user's body that needs no tolerance.
fn user(body: Value) -> Value {
    let (parsed, notes) = parse(ResourceType::User, body).unwrap();
    assert_eq!(notes, Vec::<&str>::new());
    assert_eq!(parsed.members, None);
    Value::Object(parsed.document.into_map())
}

fn refused(kind: ResourceType, body: Value) -> (ScimType, String) {
    let error = parse(kind, body.clone()).expect_err(&body.to_string());
    assert_eq!(error.status, 400);
    (error.scim_type.unwrap(), error.detail)
}

fn rendered(kind: ResourceType, document: &Document) -> Value {
    let meta = Meta {
        created: DateTime::UNIX_EPOCH,
        last_modified: DateTime::UNIX_EPOCH,
        location: "https://example.com/scim/v2/x/1".to_owned(),
        version: version_tag(1),
    };
    let stored = Stored::from(document);
    let text = render(ResourceSchema::builtin(kind), "1", &stored, Map::new(), &meta, &Projection::default()).to_text();
    serde_json::from_str(&text).unwrap()
}

/// Every attribute that RFC 7643 §8.2 and §8.3 show, with what a client may not write among them.
fn full_user() -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER, urn::ROLLCALL_USER],
        "id": "not-yours",
        "externalId": "701984",
        "userName": "ada@example.com",
        "name": {
            "formatted": "Countess Ada King Lovelace", "familyName": "Lovelace", "givenName": "Ada",
            "middleName": "King", "honorificPrefix": "Countess", "honorificSuffix": "II",
        },
        "displayName": "Ada Lovelace", "nickName": "Ada", "profileUrl": "https://example.com/ada",
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}, {"value": "ada@home.example", "type": "home"}],
        "addresses": [{
            "type": "work", "streetAddress": "12 St James's Square", "locality": "London", "region": "London",
            "postalCode": "SW1Y 4JH", "country": "GB", "formatted": "12 St James's Square\nLondon", "primary": true,
        }],
        "phoneNumbers": [{"value": "tel:+44-20-5550-1843", "type": "work"}, {"value": "55555555555", "type": "mobile"}],
        "ims": [{"value": "ada", "type": "xmpp"}],
        "photos": [{"value": "https://example.com/ada.jpg", "type": "photo"}],
        "userType": "Employee", "title": "Analyst", "preferredLanguage": "en-GB", "locale": "en_GB", "timezone": "Europe/London",
        "active": true,
        "password": "t1meMa$heen",
        "groups": [{"value": "9", "$ref": "../Groups/9", "display": "Analysts"}],
        "roles": [{"value": "editor", "display": "Editor"}],
        "entitlements": [{"value": "engine"}],
        "x509Certificates": [{"value": super::certificate::tests::CERTIFICATE}],
        (urn::ENTERPRISE_USER): {
            "employeeNumber": "1", "costCenter": "4130", "organization": "Engines", "division": "Analytical",
            "department": "Notes",
            "manager": {"value": "7", "$ref": "../Users/7", "displayName": "Charles Babbage"},
        },
        (urn::ROLLCALL_USER): {"role": "editor"},
        "meta": {"resourceType": "User", "created": "1999-01-01T00:00:00Z", "version": "W/\"1\""},
    })
}

#[test]
fn a_full_user_keeps_all_that_is_the_clients_and_nothing_else() {
    let mut wanted = full_user();
    let object = wanted.as_object_mut().unwrap();
    for name in ["schemas", "id", "password", "groups", "meta"] {
        object.shift_remove(name);
    }
    object[urn::ENTERPRISE_USER]["manager"].as_object_mut().unwrap().shift_remove("displayName");
    let (parsed, notes) = parse(ResourceType::User, full_user()).unwrap();
    assert_eq!((Value::Object(parsed.document.as_map().clone()), notes), (wanted, vec!["password-dropped"]));
    assert!(parsed.password);
    assert!(!format!("{parsed:?}").contains("t1meMa"));
    assert_eq!(validate(ResourceSchema::builtin(ResourceType::User), &parsed.document), Ok(()));
}

#[test]
fn what_get_shows_can_be_put_back() {
    let (parsed, _) = parse(ResourceType::User, full_user()).unwrap();
    let (again, notes) = parse(ResourceType::User, rendered(ResourceType::User, &parsed.document)).unwrap();
    assert_eq!((again.document, notes), (parsed.document, vec![]));
}

#[test]
fn names_are_taken_in_any_case_and_stored_in_one() {
    let body = json!({
        "SCHEMAS": [urn::USER.to_lowercase(), urn::ENTERPRISE_USER], "USERNAME": "a", "Name": {"GIVENNAME": "g"}, "EXTERNALID": "E",
        (urn::ENTERPRISE_USER.to_uppercase()): {"DEPARTMENT": "d"},
    });
    let wanted =
        json!({"userName": "a", "name": {"givenName": "g"}, "externalId": "E", (urn::ENTERPRISE_USER): {"department": "d"}});
    assert_eq!(user(body), wanted);
}

#[test]
fn a_name_may_not_be_there_twice() {
    let enterprise = |object: Value| json!({"schemas": [urn::USER], (urn::ENTERPRISE_USER): object});
    for body in [
        json!({"schemas": [urn::USER], "userName": "a", "USERNAME": "b"}),
        json!({"schemas": [urn::USER], "active": null, "Active": false}),
        json!({"schemas": [urn::USER], "Schemas": [urn::USER]}),
        json!({"schemas": [urn::USER], (urn::ENTERPRISE_USER): {}, (urn::ENTERPRISE_USER.to_uppercase()): {"department": "x"}}),
        enterprise(json!({"department": "a", "Department": "b"})),
    ] {
        let (scim_type, detail) = refused(ResourceType::User, body);
        assert!(scim_type == ScimType::InvalidSyntax && detail.contains("twice"), "{detail}");
    }
    assert!(refused(ResourceType::Group, json!({"members": [], "Members": []})).1.contains("twice"));
}

#[test]
fn unknown_attributes_are_dropped() {
    let body = json!({
        "schemas": [urn::USER], "userName": "a", "custom": {"x": [1]}, "department": "not the extension's", "members": [{}],
        "urn:ietf:params:scim:schemas:extension:acme:2.0:User": {"x": 1},
        (urn::ENTERPRISE_USER): {"foo": 1},
    });
    let (parsed, notes) = parse(ResourceType::User, body.clone()).unwrap();
    assert_eq!((Value::Object(parsed.document.into_map()), notes), (json!({"userName": "a"}), vec!["unknown-attribute"]));
    let rules = Rules { refused: [Tolerance::UnknownAttribute].into_iter().collect(), ..Rules::default() };
    let schema = ResourceSchema::builtin(ResourceType::User);
    let error = Document::parse(schema, body, &mut Tolerated::under(rules)).expect_err("strict");
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)));
    assert!(error.detail.starts_with("\"custom\" is no attribute"), "{}", error.detail);
}

#[test]
fn null_and_emptiness_are_absence() {
    let body = json!({
        "schemas": [urn::USER], "userName": "a", "title": null, "emails": [], "addresses": null, "name": {}, "roles": [null],
        "password": null, (urn::ENTERPRISE_USER): null, (urn::ROLLCALL_USER): {"role": null},
    });
    let (parsed, _) = parse(ResourceType::User, body.clone()).unwrap();
    assert!(!parsed.password);
    assert_eq!(user(body), json!({"userName": "a"}));
}

#[test]
fn schemas_may_hold_what_identity_providers_put_there() {
    let notes = |schemas: Value| parse(ResourceType::User, json!({"schemas": schemas, "userName": "a"})).unwrap().1;
    assert_eq!(notes(json!([urn::USER])), Vec::<&str>::new());
    assert_eq!(notes(json!([urn::ENTERPRISE_USER, urn::USER])), Vec::<&str>::new());
    assert_eq!(notes(json!(null)), ["missing-schemas"]);
    assert_eq!(notes(json!(urn::USER)), ["object-for-array"]);
    assert_eq!(notes(json!([urn::ENTERPRISE_USER])), ["missing-core-schema"]);
    let one_login = json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]);
    assert_eq!(notes(one_login), ["foreign-schema-urn", "missing-core-schema"]);
    assert_eq!(parse(ResourceType::User, json!({"userName": "a"})).unwrap().1, ["missing-schemas"]);
    let entra = json!({"schemas": [urn::GROUP, urn::ENTRA_GROUP], "displayName": "g"});
    assert_eq!(parse(ResourceType::Group, entra).unwrap().1, ["foreign-schema-urn"]);
}

#[test]
fn schemas_may_not_hold_anything_else() {
    for schemas in [
        json!([]),
        json!({}),
        json!(1),
        json!([1]),
        json!([urn::GROUP]),
        json!(["urn:x:y"]),
        json!([urn::USER, urn::LIST_RESPONSE]),
        json!([urn::USER, urn::USER.to_uppercase()]),
        json!(""),
    ] {
        let (scim_type, detail) = refused(ResourceType::User, json!({"schemas": schemas, "userName": "a"}));
        assert!(scim_type == ScimType::InvalidSyntax && detail.starts_with("schemas "), "{detail}");
    }
}

#[test]
fn wrong_types_are_refused_by_name() {
    let enterprise = |object: Value| json!({"schemas": [urn::USER], "userName": "a", (urn::ENTERPRISE_USER): object});
    for (body, start) in [
        (json!({"schemas": [urn::USER], "userName": {}}), "userName must be a string"),
        (json!({"schemas": [urn::USER], "active": 1}), "active must be true or false"),
        (json!({"schemas": [urn::USER], "emails": [{"value": 1}]}), "emails.value must be a string"),
        (enterprise(json!([])), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User must be an object"),
        (enterprise(json!({"department": 1})), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department must"),
    ] {
        let (scim_type, detail) = refused(ResourceType::User, body);
        assert_eq!(scim_type, ScimType::InvalidValue);
        assert!(detail.starts_with(start), "{detail}");
    }
    for body in [json!([]), json!(null), json!("x"), json!(1)] {
        assert_eq!(refused(ResourceType::User, body).0, ScimType::InvalidSyntax);
    }
}

#[test]
fn a_body_of_one_login_comes_through() {
    let body = json!({
        "schemas": ["urn:scim:schemas:core:2.0"], "id": null, "userName": "a", "active": "true",
        "emails": {"value": "a@x"}, "custom": 1,
    });
    let (parsed, notes) = parse(ResourceType::User, body).unwrap();
    assert_eq!(notes, ["foreign-schema-urn", "missing-core-schema", "boolean-string", "object-for-array", "unknown-attribute"]);
    assert_eq!(
        parsed.document.into_map(),
        *json!({"userName": "a", "active": true, "emails": [{"value": "a@x"}]}).as_object().unwrap()
    );
}

#[test]
fn what_a_workspace_refuses_is_refused_with_what_to_change() {
    use ResourceType::{Group, User};
    use ScimType::{InvalidSyntax, InvalidValue, Mutability};
    use Tolerance::{
        ForeignSchemaUrn, MemberString, MissingCoreSchema, MissingSchemas, ObjectForArray, PasswordDropped, UnknownAttribute,
        UnlistedExtension,
    };
    let group = |members: Value| json!({"schemas": [urn::GROUP], "displayName": "g", "members": members});
    for (tolerance, kind, body, scim_type, words) in [
        (MissingSchemas, User, json!({"userName": "a"}), InvalidSyntax, "schemas is missing"),
        (ObjectForArray, User, json!({"schemas": urn::USER, "userName": "a"}), InvalidSyntax, "schemas must be a list"),
        (ForeignSchemaUrn, Group, json!({"schemas": [urn::GROUP, urn::ENTRA_GROUP]}), InvalidSyntax, "schemas lists"),
        (MissingCoreSchema, User, json!({"schemas": [urn::ENTERPRISE_USER]}), InvalidSyntax, "schemas does not list"),
        (
            UnlistedExtension,
            User,
            json!({"schemas": [urn::USER], (urn::ENTERPRISE_USER): {"department": "d"}}),
            InvalidSyntax,
            "The body has attributes of urn:ietf:params:scim:schemas:extension:enterprise:2.0:User, which schemas does not list.",
        ),
        (UnknownAttribute, User, json!({"schemas": [urn::USER], "foo": 1}), InvalidSyntax, "\"foo\" is no attribute"),
        (PasswordDropped, User, json!({"schemas": [urn::USER], "password": "x"}), Mutability, "password cannot be set"),
        (ObjectForArray, Group, group(json!({"value": "1"})), InvalidValue, "members takes a list"),
        (MemberString, Group, group(json!(["1"])), InvalidValue, "members must hold objects such as {\"value\": \"1\"}"),
        (UnknownAttribute, Group, group(json!([{"value": "1", "operation": "delete"}])), InvalidSyntax, "members has no"),
    ] {
        let (_, notes) = parse(kind, body.clone()).unwrap();
        assert_eq!(notes, [tolerance.name()], "{body}");
        let rules = Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() };
        let mut notes = Tolerated::under(rules);
        let error = Document::parse(ResourceSchema::builtin(kind), body.clone(), &mut notes).expect_err(&body.to_string());
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{body}");
        assert!(error.detail.starts_with(words) && error.detail.contains(tolerance.name()), "{}", error.detail);
    }
}

fn members(members: Value) -> Result<Vec<(String, Option<ResourceType>)>, ScimError> {
    let body = json!({"schemas": [urn::GROUP], "displayName": "g", "members": members});
    let (parsed, _) = parse(ResourceType::Group, body)?;
    assert_eq!(Value::Object(parsed.document.into_map()), json!({"displayName": "g"}));
    Ok(parsed.members.unwrap().into_iter().map(|member| (member.value, member.kind)).collect())
}

#[test]
fn members_are_kept_apart_from_the_document() {
    let of = |value: &str, kind: Option<ResourceType>| (value.to_owned(), kind);
    let (user, group) = (Some(ResourceType::User), Some(ResourceType::Group));
    assert_eq!(members(json!(null)), Ok(vec![]));
    assert_eq!(members(json!([])), Ok(vec![]));
    let listed = json!([
        {"value": "1", "display": null},
        {"Value": "2", "type": "group", "$ref": "../groups/2"},
        {"value": "3", "$ref": "https://example.com/scim/v2/Groups/3"},
        {"$ref": "Users/4"},
        {"value": "5", "type": "direct", "$ref": null},
        "6", null, {"value": "1", "type": "User"},
    ]);
    let wanted = vec![of("1", user), of("2", group), of("3", group), of("4", user), of("5", None), of("6", None)];
    assert_eq!(members(listed), Ok(wanted));
    assert_eq!(members(json!({"value": "1"})), Ok(vec![of("1", None)]));
    let without = parse(ResourceType::Group, json!({"schemas": [urn::GROUP], "displayName": "g"})).unwrap();
    assert_eq!(without.0.members, None);
}

#[test]
fn members_that_name_nobody_or_two_are_refused() {
    for hostile in [
        json!([{}]),
        json!([{"value": ""}]),
        json!([{"value": 1}]),
        json!([1]),
        json!([[]]),
        json!(7),
        json!([{"value": "a\u{0}"}]),
        json!([{"$ref": "https://example.com/else/4"}]),
        json!([{"$ref": ""}]),
        json!([{"$ref": "Users/"}]),
        json!([{"value": "1", "type": {}}]),
        json!([{"value": "1", "type": "User", "$ref": "../Groups/1"}]),
        json!([{"value": "1", "type": "group", "$ref": "https://example.com/v2/Users/1"}]),
        json!([{"value": "1", "$ref": "../Users/2"}]),
        json!([{"value": "1", "type": "User"}, {"value": "1", "type": "Group"}]),
        json!([{"value": "1", "type": "User"}, {"$ref": "Groups/1"}]),
    ] {
        let error = members(hostile.clone()).expect_err(&hostile.to_string());
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{hostile}");
        assert!(error.detail.starts_with("members"), "{}", error.detail);
    }
}

#[test]
fn equality_is_about_what_is_said() {
    let document = |value: Value| Document::from_stored(value.as_object().unwrap().clone());
    let base = document(json!({"userName": "a", "name": {"givenName": "g", "familyName": "f"}}));
    assert_eq!(base, document(json!({"name": {"familyName": "f", "givenName": "g"}, "userName": "a"})));
    for other in
        [json!({"userName": "a"}), json!({"userName": "a", "name": {"givenName": "g", "familyName": "f"}, "active": false})]
    {
        assert_ne!(base, document(other.clone()));
        assert_ne!(document(other), base);
    }
}

/// JSON that could be the body of a user: the right names, mostly, over values of any type.
fn anything() -> impl Strategy<Value = Value> {
    let names = [
        "schemas",
        "userName",
        "USERNAME",
        "active",
        "name",
        "givenName",
        "emails",
        "value",
        "type",
        "primary",
        "display",
        "roles",
        "role",
        "manager",
        "members",
        "$ref",
        "x509Certificates",
        "department",
        "displayName",
        "foo",
        "",
        urn::ENTERPRISE_USER,
        urn::ROLLCALL_USER,
        urn::USER,
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        select(vec!["True", "work", "admin", "TUk=", "", "a\u{0}", "Users/1"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((select(names.to_vec()), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

/// Bodies that are taken: each attribute, if it is there, has a form that we accept.
fn acceptable() -> impl Strategy<Value = Value> {
    let text = || "[a-zA-Z@é ]{0,4}".prop_map(Value::from);
    let truth = || select(vec![json!(true), json!(false), json!("True"), json!("false"), json!(null), json!("")]);
    let element = (text(), select(vec![json!("work"), json!("home"), json!(null)]))
        .prop_map(|(value, kind)| json!({"value": value, "type": kind}));
    let elements = vec(element, 0..4).prop_map(Value::Array);
    let manager = prop_oneof![text(), text().prop_map(|id| json!({"value": id})), text().prop_map(|id| json!([{"value": id}]))];
    let role = select(vec![json!("admin"), json!("Guest"), json!(""), json!(null)]);
    let fields = (text(), truth(), text(), text(), elements, manager, role);
    fields.prop_map(|(user_name, active, given, family, emails, manager, role)| {
        json!({
            "userName": user_name, "active": active, "name": {"givenName": given, "familyName": family}, "emails": emails,
            (urn::ENTERPRISE_USER): {"manager": manager, "department": given}, (urn::ROLLCALL_USER): {"role": role},
        })
    })
}

/// The same value with the members of every object the other way round.
fn reversed(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(object.into_iter().rev().map(|(name, value)| (name, reversed(value))).collect()),
        Value::Array(elements) => Value::Array(elements.into_iter().map(reversed).collect()),
        simple => simple,
    }
}

proptest! {
    #[test]
    fn parse_never_panics_and_refuses_with_400(body in anything(), kind in select(ResourceType::ALL.to_vec())) {
        match parse(kind, body) {
            Ok((parsed, _)) => { let _ = validate(ResourceSchema::builtin(kind), &parsed.document); }
            Err(error) => {
                prop_assert_eq!(error.status, 400);
                prop_assert!(error.detail.chars().count() < 400, "{}", error.detail);
            }
        }
    }

    #[test]
    fn what_get_shows_is_a_put_that_changes_nothing(body in prop_oneof![acceptable(), anything()]) {
        if let Ok((parsed, _)) = parse(ResourceType::User, body) {
            let (again, mut notes) = parse(ResourceType::User, rendered(ResourceType::User, &parsed.document)).unwrap();
            prop_assert_eq!(again.document, parsed.document);
            // What is kept as it came departs from the letter again.
            notes.retain(|name| !["text-for-uri", "bytes-for-certificate"].contains(name));
            prop_assert_eq!(notes, Vec::<&str>::new());
        }
    }

    #[test]
    fn acceptable_bodies_are_accepted(body in acceptable()) {
        prop_assert!(parse(ResourceType::User, body).is_ok());
    }

    #[test]
    fn the_order_of_names_means_nothing(body in acceptable()) {
        let (parsed, _) = parse(ResourceType::User, body.clone()).unwrap();
        let (other, _) = parse(ResourceType::User, reversed(body)).unwrap();
        prop_assert_eq!(parsed, other);
    }
}
