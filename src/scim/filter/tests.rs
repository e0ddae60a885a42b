//! The language as a whole, requirement by requirement (Q101 to Q124), then properties and hostile texts.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::scim::attr::AttrPath;
use crate::scim::schema::{ResourceType, Type};
use crate::scim::tolerance::{Rules, Tolerance};
use crate::scim::urn;

fn users() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::User)
}

fn groups() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::Group)
}

/// The schema of users with an extension of a workspace's own that has one attribute of each remaining type.
fn with_custom() -> ResourceSchema {
    let mut schema = users().clone();
    let mut custom = schema.extensions[0].clone();
    custom.schema.id = "urn:example:acme:1.0:User".into();
    custom.schema.attributes = vec![
        Attribute::new("floor", Type::Integer, ""),
        Attribute::new("load", Type::Decimal, ""),
        Attribute::date_time("hired", ""),
        Attribute::string("badges", "").many(),
        Attribute::string("secret", "").write_only(),
    ];
    schema.extensions.push(custom);
    schema
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

fn jane() -> Map<String, Value> {
    map(json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER],
        "id": "2819c223-aa",
        "externalId": "Ext-7",
        "userName": "Jane.Doe@Example.com",
        "active": true,
        "name": {"familyName": "O'Malley", "givenName": "Jane \"J\""},
        "displayName": "",
        "title": "100% \\_Manager",
        "emails": [
            {"type": "work", "value": "jane@A.example", "primary": true},
            {"type": "home", "value": "jd@b.example"},
        ],
        "addresses": [{"type": "work", "locality": "Bern"}],
        "photos": [],
        urn::ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "Boss-1"}},
        "urn:example:acme:1.0:User": {
            "floor": 10, "load": 2.5, "hired": "2020-01-01T01:00:00+01:00", "badges": ["red", "Blue"],
        },
        "meta": {"resourceType": "User", "lastModified": "2026-03-01T12:00:00Z", "version": "W/\"1\""},
    }))
}

fn crew() -> Map<String, Value> {
    map(json!({
        "schemas": [urn::GROUP],
        "id": "g1",
        "displayName": "Crew",
        "members": [{"value": "u1", "type": "User", "$ref": "https://x/Users/u1"}, {"value": "g2", "type": "Group"}],
    }))
}

#[test]
fn requirements() {
    let custom = with_custom();
    let table: &[(&str, &str, bool)] = &[
        ("Q101", r#"USERNAME Eq "jane.doe@example.com""#, true),
        ("Q101", r#"name.FAMILYNAME SW "o'" AND title PR"#, true),
        ("Q102 or binds weakest", r#"active eq true or title eq "x" and title eq "y""#, true),
        ("Q102", r#"(active eq true or title eq "x") and title eq "y""#, false),
        ("Q102 not before and", r#"not (title eq "x") and title eq "y""#, false),
        ("Q102", r#"not (title eq "x" and title eq "y")"#, true),
        ("Q103", r#"not(title eq "x")"#, true),
        ("Q103", r#"NOT (title eq "x")"#, true),
        ("Q103", r#"not (not (title pr))"#, true),
        ("Q104", r#"name.familyName eq "O\u0027Malley""#, true),
        ("Q104", r#"name.givenName eq "Jane \"J\"""#, true),
        ("Q105", r#"emails[type eq "work" and value co "@b"]"#, false),
        ("Q105", r#"emails[type eq "work" and value co "@a"]"#, true),
        ("Q105 not inside", r#"emails[not (type eq "work")]"#, true),
        ("Q105 any element", r#"not (emails[type eq "work"])"#, false),
        ("Q106", r#"emails.type eq "work" and emails.value co "@b""#, true),
        ("Q107", r#"emails.value ne "jane@a.example""#, true),
        ("Q107", r#"not (emails.value eq "jane@a.example")"#, false),
        ("Q107 single value", r#"userName ne "JANE.doe@example.com""#, false),
        ("Q108", r#"emails co "@b.""#, true),
        ("Q108", r#"emails pr and name pr and addresses pr"#, true),
        ("Q109", r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, true),
        ("Q109", r#"URN:ietf:params:scim:schemas:core:2.0:USER:name.familyName sw "O""#, true),
        ("Q109", r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d""#, true),
        ("Q109", r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "Boss-1""#, true),
        ("Q109", r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "home"]"#, true),
        ("Q110 empty text", "displayName pr", false),
        ("Q110 empty list", "photos pr", false),
        ("Q110 absent", "nickName pr", false),
        ("Q110 false is a value", "emails[type eq \"home\" and primary pr]", true),
        ("Q110 zero is a value", "urn:example:acme:1.0:User:floor pr", true),
        ("Q112 text", r#"userName gt "jane" and userName lt "JANF""#, true),
        ("Q112 instant", r#"meta.lastModified ge "2026-03-01T14:00:00+02:00""#, true),
        ("Q112 instant", r#"meta.lastModified gt "2026-03-01T14:00:00+02:00""#, false),
        ("Q112 instant", r#"meta.lastModified le "2026-03-01T12:00:00.001""#, true),
        ("Q112 number", "urn:example:acme:1.0:User:floor gt 9", true),
        ("Q112 number", "urn:example:acme:1.0:User:floor le 9", false),
        ("Q112 decimal", "urn:example:acme:1.0:User:load ge 2.5 and urn:example:acme:1.0:User:load lt 3", true),
        ("Q008", r#"urn:example:acme:1.0:User:hired eq "2020-01-01T00:00:00Z""#, true),
        ("Q114 externalId", r#"externalId eq "ext-7" or externalId co "ext" or externalId sw "ext""#, false),
        ("Q114 externalId", r#"externalId eq "Ext-7" and externalId ew "-7" and externalId lt "ext""#, true),
        ("Q114 id", r#"id eq "2819C223-AA""#, false),
        ("Q114 userName", r#"userName co "DOE" and userName ew ".COM" and userName sw "jANE""#, true),
        ("Q114 version", r#"meta.version eq "w/\"1\"""#, false),
        ("Q114 emails", r#"emails.value eq "JANE@a.EXAMPLE""#, true),
        ("Q117", "title eq null", false),
        ("Q117", "nickName eq null and displayName eq null and photos eq null", true),
        ("Q117", "title ne null and active ne null", true),
        ("Q117 element", "emails[display eq null]", true),
        ("Q118", "active eq true", true),
        ("Q118", "active eq false", false),
        ("Q017", "emails[type eq \"home\" and primary eq false]", true),
        ("Q017", "emails[type eq \"work\" and primary eq false]", false),
        ("Q017", "emails.primary eq false and emails.primary eq true", true),
        ("Q119", r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, true),
        ("Q119", r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group""#, false),
        ("Q120", r#"emails[type eq "work"].value eq "jane@a.example""#, true),
        ("Q120", r#"emails[type eq "work"].value eq "jd@b.example""#, false),
        ("Q120 an older Entra job", r#"id eq "2819c223-aa" and manager eq "Boss-1""#, true),
        ("Q120 text for a boolean", r#"emails[primary eq "True"].value sw "jane""#, true),
        ("Q122", r#"userName sw "%""#, false),
        ("Q122", r#"userName sw "_ane""#, false),
        ("Q122", r#"title co "0% \\_m""#, true),
        ("absent differs from everything", r#"nickName ne "x" and photos.value ne "x""#, true),
        ("absent is nothing else", r#"nickName co "" or nickName le "z" or photos.value eq """#, false),
        ("values that are not objects", r#"urn:example:acme:1.0:User:badges eq "blue""#, true),
        ("values that are not objects", r#"urn:example:acme:1.0:User:badges[value sw "r" and value ew "d"]"#, true),
        ("values that are not objects", r#"urn:example:acme:1.0:User:badges[value sw "r" and value ew "e"]"#, false),
        ("spaces", "\t( ( title pr ) )\n", true),
    ];
    let resource = jane();
    for (name, text, expected) in table {
        let filter = parse(text, &custom).unwrap_or_else(|error| panic!("{name}: {text}: {error}"));
        assert_eq!(matches(&filter, &resource), *expected, "{name}: {text}");
        let again = filter.to_string();
        assert_eq!(parse(&again, &custom).as_ref(), Ok(&filter), "{name}: {text} was written as {again}");
    }
}

#[test]
fn requirements_of_groups() {
    for (text, expected) in [
        (r#"displayName eq "CREW""#, true),
        (r#"members.value eq "u1""#, true),
        (r#"members eq "u1""#, true),
        (r#"members[value eq "u1"]"#, true),
        (r#"members[value eq "u1" and type eq "group"]"#, false),
        (r#"members[value eq "U1"]"#, false),
        (r#"id eq "g1" and members eq "nobody""#, false),
        (r#"members.$ref eq "https://x/Users/u1""#, true),
    ] {
        assert_eq!(matches(&parse(text, groups()).unwrap(), &crew()), expected, "{text}");
    }
}

#[test]
fn user_names_are_compared_as_rfc_8265_prepares_them() {
    let resource = map(json!({"userName": "ｂｏｂ"}));
    for (text, expected) in [
        (r#"userName eq "BOB""#, true),
        (r#"userName ne "bob""#, false),
        (r#"userName sw "BO""#, true),
        ("userName eq \"Ｂob\"", true),
        (r#"userName eq "bob\u202e""#, false),
    ] {
        assert_eq!(matches(&parse(text, users()).unwrap(), &resource), expected, "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_a_reason() {
    let custom = with_custom();
    let table: &[(&str, &str, &str)] = &[
        ("Q104", "userName eq 'x'", "double quotes"),
        ("Q104", "userName sw O", "double quotes"),
        ("Q104", "active eq True", "double quotes"),
        ("Q108", r#"name eq "x""#, "name has several parts"),
        ("Q108", r#"addresses eq "x""#, "addresses has several parts"),
        ("Q109", r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "x""#, "is a schema"),
        ("Q109", r#"urn:unknown:2.0:User:userName eq "x""#, "no attribute"),
        ("Q111", "active gt true", "gt does not apply to boolean"),
        ("Q111", r#"x509Certificates.value lt "AA==""#, "lt does not apply to binary"),
        ("Q113", r#"active co "t""#, "co does not apply to boolean"),
        ("Q113", r#"meta.created sw "2026""#, "sw does not apply to dateTime"),
        ("Q113", "urn:example:acme:1.0:User:floor co 1", "co does not apply to integer"),
        ("Q113", r#"meta.created gt "2026-01-01""#, "a date and time"),
        ("Q113", "userName eq 5", "text in double quotes"),
        ("Q113", "active eq 1", "true or false"),
        ("Q113", r#"active eq "maybe""#, "true or false"),
        ("Q113", "urn:example:acme:1.0:User:floor eq 1.5", "a whole number"),
        ("Q113", "title gt null", "gt does not apply to null"),
        ("Q115", r#"userName regex "x""#, "\"regex\" is no operator"),
        ("Q115", "userName eq", "ends where a value"),
        ("Q115", "userName", "ends where an operator"),
        ("Q115", "", "is empty"),
        ("Q115", "   ", "is empty"),
        ("Q115", r#"title pr "x""#, "at position 10, where \"and\", \"or\" or the end"),
        ("Q115", "title pr and", "ends where an attribute"),
        ("Q115", "title pr or or title pr", "\"or\" at position 13, where an attribute"),
        ("Q115", "(title pr", "ends where \")\""),
        ("Q115", "title pr)", "position 9"),
        ("Q115", "()", "position 2"),
        ("Q115", "not title pr", "\"title\" is no operator"),
        ("Q115", "emails[type eq \"work\"", "ends where \"]\""),
        ("Q115", "emails[]", "position 8"),
        ("Q115", "emails[0]", "position 8"),
        ("Q115", "emails[type pr].", "not the name of an attribute"),
        ("Q115", "emails[type pr].value", "ends where an operator"),
        ("Q115", "emails[type pr] .value pr and", "ends where"),
        ("Q115", "a.b.c pr", "\"a.b.c\" at position 1"),
        ("Q115", "\"x\" eq \"y\"", "position 1"),
        ("Q116", r#"foo eq "x""#, "no attribute \"foo\""),
        ("Q116", r#"name.foo eq "x""#, "name.foo"),
        ("Q116", r#"emails[foo eq "x"]"#, "emails has no sub-attribute \"foo\""),
        ("Q116", r#"emails[emails.type eq "x"]"#, "no sub-attribute"),
        ("value path of one part", r#"emails.value[value eq "x"]"#, "no values of its own"),
        ("value path of one text", r#"userName[value eq "x"]"#, "no values of its own"),
        ("value path in value path", r#"emails[type[value eq "x"]]"#, "no values of its own"),
        ("value path in value path", r#"urn:example:acme:1.0:User:badges[value[value eq "x"]]"#, "no values of its own"),
        ("Q124", r#"password eq "x""#, "never shown"),
        ("Q124", "password pr", "never shown"),
        ("Q124", r#"urn:example:acme:1.0:User:secret eq "x""#, "never shown"),
    ];
    for (name, text, words) in table {
        let error = parse(text, &custom).expect_err(text);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)), "{name}: {text}");
        assert!(error.detail.contains(words), "{name}: {text}: {}", error.detail);
    }
}

#[test]
fn the_filters_of_identity_providers() {
    for text in [
        r#"userName eq "x""#,
        r#"externalId eq "a8f5""#,
        r#"userName eq "a+b@x.example""#,
        r#"emails[type eq "work"].value eq "x""#,
        r#"roles[primary eq "True"].value eq "Approver""#,
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"DisplayName eq "BobIsAmazing""#,
        r#"id eq "X" and manager eq "Y""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "701984""#,
        // RFC 7644 §3.4.2.2, all examples that keep to its grammar.
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"title pr"#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    ] {
        assert!(parse(text, users()).is_ok(), "{text}");
    }
}

#[test]
fn a_filter_says_what_a_compiler_must_know() {
    let Filter::ValuePath { target, filter } = parse(r#"EMAILS[TYPE eq "work"].value eq "x""#, users()).unwrap() else {
        panic!("not a value path");
    };
    assert_eq!((target.to_string(), target.kind, target.multi_valued), ("emails".into(), Type::Complex, true));
    let Filter::And(terms) = *filter else { panic!("not a conjunction") };
    let paths: Vec<String> = terms.iter().map(ToString::to_string).collect();
    assert_eq!(paths, [r#"type eq "work""#, r#"value eq "x""#]);

    let badges = parse(r#"urn:example:acme:1.0:User:badges[value eq "x"]"#, &with_custom()).unwrap();
    let Filter::ValuePath { target, filter } = badges else { panic!("not a value path") };
    let Filter::Compare(inner) = *filter else { panic!("not a comparison") };
    assert_eq!((target.multi_valued, inner.target.multi_valued), (true, false));

    let qualified = format!(r#"{}:userName eq "x" and {}:DEPARTMENT eq "y""#, urn::USER, urn::ENTERPRISE_USER);
    let Filter::And(terms) = parse(&qualified, users()).unwrap() else { panic!("not a conjunction") };
    let [Filter::Compare(core), Filter::Compare(extension)] = terms.as_slice() else { panic!("not comparisons") };
    assert_eq!(core.target.path, AttrPath::core("userName"));
    assert!(!core.target.case_exact && !core.target.multi_valued);
    assert_eq!(extension.target.path, AttrPath::extension(urn::ENTERPRISE_USER, "department"));
}

#[test]
fn chains_and_their_nesting_are_flat() {
    let filter = parse("title pr and (nickName pr and (locale pr)) and (active pr or (title pr or locale pr))", users());
    assert_eq!(filter.unwrap().to_string(), "title pr and nickName pr and locale pr and (active pr or title pr or locale pr)");
}

#[test]
fn the_bounds_hold() {
    let most = crate::scim::discovery::LIMITS;
    let nested = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(most.max_filter_depth), users()).is_ok());
    assert!(parse(&nested(most.max_filter_depth + 1), users()).unwrap_err().detail.contains("levels deep"));
    let negated = format!("{}title pr{}", "not(".repeat(33), ")".repeat(33));
    assert!(parse(&negated, users()).unwrap_err().detail.contains("levels deep"));

    let chain = |terms: usize| vec!["title pr"; terms].join(" or ");
    assert!(parse(&chain(100), users()).is_ok());
    assert!(parse(&chain(101), users()).unwrap_err().detail.contains("more than 200"));
}

#[test]
fn hostile_texts_are_refused_quickly_and_without_echo() {
    let hostile = [
        "(".repeat(100_000),
        "(".repeat(8_000),
        "not(".repeat(2_000),
        "emails[".repeat(1_000),
        "[".repeat(8_000),
        "\"".into(),
        "\"\\".into(),
        "userName eq \"".into(),
        format!("userName eq \"{}\"", "x".repeat(1_000_000)),
        format!("userName eq {}", "9".repeat(4_000)),
        format!("{} pr", "a".repeat(8_000)),
        format!("{} pr", "a:".repeat(4_000)),
        format!("userName {} \"x\"", "q".repeat(8_000)),
        format!("userName eq \"x\" {}", "é".repeat(4_000)),
        "title pr and ".repeat(600),
        "userName eq \"\u{0}\"".into(),
        "\u{202e}".into(),
        "emails[0].value pr".into(),
        "a b c d e f".into(),
    ];
    for text in hostile {
        let error = parse(&text, users()).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter), "{}", error.detail);
        assert!(error.detail.chars().count() < 300, "{}", error.detail);
    }
}

/// Texts that look like filters: terms of all kinds, joined and nested.
fn filters() -> impl Strategy<Value = String> {
    let text = prop_oneof!["[a-z@.%_']{0,6}", "\\PC{0,6}"].prop_map(|text| Value::from(text).to_string());
    let op = prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]);
    let name = prop::sample::select(vec![
        "userName",
        "externalId",
        "id",
        "title",
        "emails",
        "emails.value",
        "emails.type",
        "name.familyName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "schemas",
        "meta.version",
    ]);
    let part = prop::sample::select(vec!["value", "type", "display"]);
    let term = prop_oneof![
        4 => (name, op.clone(), text.clone()).prop_map(|(name, op, text)| format!("{name} {op} {text}")),
        1 => Just("active eq false".to_owned()),
        1 => Just("emails.primary ne true".to_owned()),
        1 => Just("title eq null".to_owned()),
        1 => Just("title pr".to_owned()),
        1 => Just(r#"meta.lastModified gt "2026-03-01T11:59:59.123+00:00""#.to_owned()),
        1 => (-20i64..20).prop_map(|n| format!("urn:example:acme:1.0:User:floor ge {n}")),
        1 => any::<f64>().prop_map(|n| format!("urn:example:acme:1.0:User:load lt {}", json!(n.clamp(-1e300, 1e300)))),
        2 => (part, op, text).prop_map(|(part, op, text)| format!("emails[{part} {op} {text} or primary eq true]")),
    ];
    term.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|members| members.join(" and ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|members| members.join(" or ")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

/// The answer of a tree that another parser made: its `and`, `or`, `not` and brackets, our terms.
mod oracle {
    use scim_v2::filter::{Filter as Other, ValFilter};

    use super::*;

    pub fn answer(filter: &Other, schema: &ResourceSchema, resource: &Map<String, Value>) -> bool {
        let go = |inner: &Other| answer(inner, schema, resource);
        match filter {
            Other::And(members) => members.as_slice().iter().all(go),
            Other::Or(members) => members.as_slice().iter().any(go),
            Other::Not(inner) => !go(inner),
            Other::Attr(term) => matches(&parse(&term.to_string(), schema).unwrap(), resource),
            Other::ValuePath(path) => {
                let emails = resource.get("emails").and_then(Value::as_array);
                emails.into_iter().flatten().any(|email| within(&path.filter, schema, email))
            }
        }
    }

    fn within(filter: &ValFilter, schema: &ResourceSchema, element: &Value) -> bool {
        let go = |inner: &ValFilter| within(inner, schema, element);
        match filter {
            ValFilter::And(members) => members.as_slice().iter().all(go),
            ValFilter::Or(members) => members.as_slice().iter().any(go),
            ValFilter::Not(inner) => !go(inner),
            ValFilter::Attr(term) => {
                let emails = schema.attribute("emails").unwrap();
                matches_value(&parse_value_filter(&term.to_string(), emails).unwrap(), element)
            }
        }
    }
}

proptest! {
    #[test]
    fn display_is_the_inverse_of_parse(text in filters()) {
        let schema = with_custom();
        if let Ok(filter) = parse(&text, &schema) {
            let written = filter.to_string();
            prop_assert_eq!(parse(&written, &schema), Ok(filter), "{} was written as {}", text, written);
        }
    }

    #[test]
    fn another_parser_sees_the_same_tree(text in filters()) {
        let schema = with_custom();
        if let (Ok(filter), Ok(other)) = (parse(&text, &schema), text.parse::<scim_v2::filter::Filter>()) {
            prop_assert_eq!(matches(&filter, &jane()), oracle::answer(&other, &schema, &jane()), "{}", text);
        }
    }

    #[test]
    fn generated_filters_are_filters(text in filters()) {
        let error = parse(&text, &with_custom()).err();
        // Only the bounds may stop one.
        prop_assert!(error.is_none_or(|error| error.detail.contains("more than")), "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", words in prop::collection::vec(prop::sample::select(vec![
        "userName", "emails", "[", "]", "(", ")", "not", "and", "or", "eq", "pr", "\"", "\\", ".value", "null", "-", "1",
        " ", "é", "\u{0}", "urn:", ":", ".", "$ref", "'", "true", "emails[type eq \"work\"]",
    ]), 0..20)) {
        for text in [text, words.concat(), words.join(" ")] {
            if let Ok(filter) = parse(&text, users()) {
                matches(&filter, &jane());
                matches(&filter, &crew());
            }
        }
    }

    #[test]
    fn not_turns_every_answer(text in filters()) {
        let schema = with_custom();
        if let (Ok(filter), Ok(negated)) = (parse(&text, &schema), parse(&format!("not ({text})"), &schema)) {
            prop_assert_ne!(matches(&filter, &jane()), matches(&negated, &jane()), "{}", text);
        }
    }
}

#[test]
fn what_a_workspace_refuses_is_refused_with_what_to_write() {
    use Tolerance::{BooleanString, ComparisonAfterBrackets, ComplexInFilter, UnqualifiedExtensionAttribute};
    for (tolerance, text, words) in [
        (BooleanString, r#"active eq "True""#, "active is of type boolean; compare it with true or false, without quotes."),
        (BooleanString, r#"emails[primary eq "false"]"#, "primary is of type boolean"),
        (ComparisonAfterBrackets, r#"emails[type eq "work"].value eq "x""#, "Put the comparison of value into the brackets"),
        (UnqualifiedExtensionAttribute, r#"department eq "x""#, "User:department."),
        (UnqualifiedExtensionAttribute, r#"manager[value eq "x"]"#, "User:manager."),
        (
            ComplexInFilter,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "x""#,
            "User:manager has several parts; name the one to compare, such as",
        ),
    ] {
        let mut notes = Tolerated::default();
        let filter = parse_noting(text, users(), &[groups()], &mut notes).unwrap();
        assert_eq!(notes.used(), [tolerance], "{text}");
        // What is written back needs no tolerance.
        let mut notes = Tolerated::default();
        assert_eq!(parse_noting(&filter.to_string(), users(), &[], &mut notes), Ok(filter));
        assert!(notes.is_empty(), "{text}");
        let rules = Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() };
        let error = parse_noting(text, users(), &[groups()], &mut Tolerated::under(rules)).expect_err(text);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)), "{text}");
        assert!(error.detail.contains(words) && error.detail.contains(tolerance.name()), "{}", error.detail);
    }
    let mut notes = Tolerated::default();
    parse_noting(r#"emails co "@x" and members eq "1" and active eq true"#, users(), &[groups()], &mut notes).unwrap();
    assert!(notes.is_empty(), "a list of complex values is compared by its value (RFC 7644 \u{a7}3.4.2.2)");
}
