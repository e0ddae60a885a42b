use chrono::TimeZone;
use serde_json::json;

use super::*;
use crate::scim::{etag::version_tag, urn};

fn user() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::User)
}

fn group() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::Group)
}

fn meta() -> Meta {
    Meta {
        created: Utc.with_ymd_and_hms(2026, 1, 31, 8, 0, 0).unwrap(),
        last_modified: Utc.with_ymd_and_hms(2026, 2, 1, 8, 0, 0).unwrap(),
        location: "https://example.com/scim/v2/Users/42".to_owned(),
        version: version_tag(3),
    }
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn sample() -> Document {
    Document::from_stored(map(json!({
        (urn::ENTERPRISE_USER): {"department": "Tour", "manager": {"value": "7", "$ref": "../Users/7"}},
        "emails": [{"value": "a@x", "type": "work", "primary": true}, {"value": "b@x"}],
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "userName": "ada",
        "active": true,
        "externalId": "e1",
    })))
}

/// What the client gets, read as it would be.
fn render(
    schema: &ResourceSchema,
    id: &str,
    document: &Document,
    read_only: Map<String, Value>,
    projection: &Projection,
) -> Value {
    let stored = Stored::from(document);
    serde_json::from_str(&super::render(schema, id, &stored, read_only, &meta(), projection).to_text()).unwrap()
}

fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let projection = Projection::parse(user(), attributes, excluded).unwrap();
    let groups = map(json!({"groups": [{"value": "9", "display": "G", "type": "direct"}]}));
    render(user(), "42", &sample(), groups, &projection)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn everything_comes_in_a_fixed_order_with_computed_schemas() {
    let body = shown(None, None);
    assert_eq!(
        keys(&body),
        ["schemas", "id", "externalId", "userName", "name", "active", "emails", "groups", urn::ENTERPRISE_USER, "meta"]
    );
    assert_eq!(body["schemas"], json!([urn::USER, urn::ENTERPRISE_USER]));
    assert_eq!(body["active"], json!(true));
    assert_eq!(
        body["meta"],
        json!({
            "resourceType": "User",
            "created": "2026-01-31T08:00:00.000000Z",
            "lastModified": "2026-02-01T08:00:00.000000Z",
            "location": "https://example.com/scim/v2/Users/42",
            "version": "W/\"3\"",
        })
    );
}

#[test]
fn only_what_is_asked_for_and_what_always_comes() {
    assert_eq!(keys(&shown(Some("userName"), None)), ["schemas", "id", "userName"]);
    assert_eq!(shown(Some("USERNAME"), None)["schemas"], json!([urn::USER]));
    assert_eq!(keys(&shown(Some("meta.version , externalid"), None)), ["schemas", "id", "externalId", "meta"]);
    assert_eq!(shown(Some("meta.version"), None)["meta"], json!({"version": "W/\"3\""}));
    assert_eq!(keys(&shown(Some("nonsense,emails[0]"), None)), ["schemas", "id"]);
    assert_eq!(keys(&shown(Some("password,title"), None)), ["schemas", "id"]);
    assert_eq!(shown(Some(""), None), shown(None, None));
    assert_eq!(shown(Some("active"), None)["active"], json!(true));
}

#[test]
fn sub_attributes_are_cut_out_of_every_element() {
    let body = shown(Some("name.givenName,emails.value"), None);
    assert_eq!(body["name"], json!({"givenName": "Ada"}));
    assert_eq!(body["emails"], json!([{"value": "a@x"}, {"value": "b@x"}]));
    // The second address has no type, so nothing of it is left.
    assert_eq!(shown(Some("emails.type"), None)["emails"], json!([{"type": "work"}]));
    assert_eq!(keys(&shown(Some("name.middleName"), None)), ["schemas", "id"]);
    // The whole wins over its part.
    assert_eq!(shown(Some("name.givenName,name"), None)["name"], shown(None, None)["name"]);
    let body = shown(None, Some("name.givenName,emails.value,emails.type,emails.primary"));
    assert_eq!(body["name"], json!({"familyName": "Lovelace"}));
    assert!(body.get("emails").is_none());
}

#[test]
fn extensions_are_named_by_their_urn() {
    let department = format!("{}:department", urn::ENTERPRISE_USER);
    let body = shown(Some(&department), None);
    assert_eq!(keys(&body), ["schemas", "id", urn::ENTERPRISE_USER]);
    assert_eq!(body[urn::ENTERPRISE_USER], json!({"department": "Tour"}));
    assert_eq!(body["schemas"], json!([urn::USER, urn::ENTERPRISE_USER]));

    let whole = shown(Some(&urn::ENTERPRISE_USER.to_uppercase()), None);
    assert_eq!(whole[urn::ENTERPRISE_USER], shown(None, None)[urn::ENTERPRISE_USER]);
    let manager = shown(Some(&format!("{}:manager.value", urn::ENTERPRISE_USER)), None);
    assert_eq!(manager[urn::ENTERPRISE_USER], json!({"manager": {"value": "7"}}));

    assert_eq!(shown(None, Some(&department))[urn::ENTERPRISE_USER], json!({"manager": {"value": "7", "$ref": "../Users/7"}}));
    let without = shown(None, Some(urn::ENTERPRISE_USER));
    assert!(without.get(urn::ENTERPRISE_USER).is_none());
    assert_eq!(without["schemas"], json!([urn::USER]));
}

#[test]
fn what_always_comes_cannot_be_excluded() {
    let body = shown(None, Some("id,schemas,userName,meta,groups,externalId,active"));
    assert_eq!(keys(&body), ["schemas", "id", "name", "emails", urn::ENTERPRISE_USER]);
}

#[test]
fn both_parameters_together_are_refused() {
    let error = Projection::parse(user(), Some("userName"), Some("meta")).unwrap_err();
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
    assert!(Projection::parse(user(), Some("userName"), Some(" ")).is_ok());
}

#[test]
fn wants_tells_what_need_not_be_read() {
    let parse = |attributes, excluded| Projection::parse(group(), attributes, excluded).unwrap();
    assert!(parse(None, None).wants("members") && parse(None, None).is_usual());
    assert!(!parse(None, Some("Members")).wants("members"));
    assert!(parse(None, Some("members.$ref")).wants("members"));
    assert!(!parse(Some("displayName"), None).wants("members"));
    assert!(parse(Some("members.value"), None).wants("MEMBERS"));
    assert!(!parse(Some("displayName"), None).is_usual());
}

#[test]
fn an_empty_group_shows_its_emptiness() {
    let document = Document::from_stored(map(json!({"displayName": "g"})));
    let read_only = map(json!({"members": []}));
    let body = render(group(), "9", &document, read_only.clone(), &Projection::default());
    assert_eq!(keys(&body), ["schemas", "id", "displayName", "members", "meta"]);
    assert_eq!(body["members"], json!([]));
    let excluded = Projection::parse(group(), None, Some("members")).unwrap();
    assert!(render(group(), "9", &document, read_only, &excluded).get("members").is_none());
}

#[test]
fn never_and_request_are_kept_at_both_levels() {
    let mut schema = user().clone();
    let secret = Attribute { returned: Returned::Never, ..Attribute::string("secret", "x") };
    let large = Attribute { returned: Returned::Request, ..Attribute::string("large", "x") };
    let both = vec![secret.clone(), large.clone(), Attribute::string("plain", "x")];
    schema.core.attributes = vec![secret, large, Attribute::complex("parts", "x", both)];
    let document = Document::from_stored(map(json!({
        "secret": "s", "large": "l", "parts": {"secret": "s", "large": "l", "plain": "p"},
    })));
    let shown = |attributes, excluded| {
        let projection = Projection::parse(&schema, attributes, excluded).unwrap();
        let mut body = render(&schema, "1", &document, Map::new(), &projection);
        let object = body.as_object_mut().unwrap();
        object.retain(|name, _| ["secret", "large", "parts"].contains(&name.as_str()));
        body
    };
    assert_eq!(shown(None, None), json!({"parts": {"plain": "p"}}));
    assert_eq!(shown(None, Some("meta")), json!({"parts": {"plain": "p"}}));
    assert_eq!(shown(Some("secret,large,parts.large"), None), json!({"large": "l", "parts": {"large": "l"}}));
    assert_eq!(shown(Some("parts"), None), json!({"parts": {"large": "l", "plain": "p"}}));
}

#[test]
fn what_is_shown_whole_is_copied_as_it_is_stored() {
    let text = r#"{"title": "é\u0001", "userName": "ada", "name": {"givenName" : "Ada"}}"#;
    let stored = Stored::from_text(text.to_owned());
    let text = |names: Option<&str>| {
        let projection = Projection::parse(user(), names, None).unwrap();
        super::render(user(), "1", &stored, Map::new(), &meta(), &projection).to_text()
    };
    assert!(text(None).contains(r#""name":{"givenName" : "Ada"},"title":"é\u0001""#), "{}", text(None));
    assert!(text(Some("name.givenName")).ends_with(r#""name":{"givenName":"Ada"}}"#));
}

#[test]
fn an_attribute_is_taken_out() {
    let stored = Stored::from(&sample());
    let (empty, read_only) = (Projection::default(), map(json!({"groups": [{"value": "9"}]})));
    let mut shown = super::render(user(), "42", &stored, read_only, &meta(), &empty);
    assert_eq!(shown.take("groups"), Some(json!([{"value": "9"}])));
    assert_eq!(shown.take("groups"), None);
    assert_eq!(shown.take("externalId"), Some(json!("e1")));
    assert!(!shown.to_text().contains("\"9\""));
}
