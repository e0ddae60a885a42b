//! Bodies of POST and PUT: from bytes to what is stored, and back to what is shown.

use rollcall::{
    directory::{group::GroupRecord, user::UserRecord},
    scim::{
        Document, Meta, Projection, ResourceSchema, ResourceType, ScimType, Tolerated, document::Stored, envelope,
        identity::user_name_key, render, validate,
    },
};
use serde_json::{Map, Value};

use super::{KINDS, Target, check_stored, refused, stored};
use crate::generate::{dice::Dice, documents};

pub const TARGET: Target = Target {
    name: "body",
    json: true,
    words: &[
        "schemas",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:core:2.0:Group",
        "id",
        "externalId",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User",
        "urn:example:params:scim:schemas:2.0:Custom",
        "userName",
        "USERNAME",
        "displayName",
        "name",
        "familyName",
        "formatted",
        "active",
        "emails",
        "value",
        "type",
        "primary",
        "display",
        "True",
        "false",
        "addresses",
        "locality",
        "x509Certificates",
        "AAA=",
        "photos",
        "manager",
        "$ref",
        "role",
        "admin",
        "ADMIN",
        "members",
        "groups",
        "meta",
        "password",
        "2026-02-30T00:00:00Z",
        "hired",
        "floor",
        "height",
        "tags",
        "desks",
        "desk",
        "level",
        "since",
        "",
        " ",
        "a\u{0}",
        "$serde_json::private::Number",
        "\u{202e}",
        "İ",
        "ﬁ",
        "\u{1f600}",
        "Ǆ",
        "a b",
        "x@y",
    ],
    fresh,
    run,
};

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let kind = &KINDS[dice.below(2)];
    let mut body = documents::object(dice, &kind.schema.core.attributes, 50);
    for extension in &kind.schema.extensions {
        let object = documents::object(dice, &extension.schema.attributes, 60);
        body.insert(extension.schema.id.clone(), Value::Object(object));
    }
    Value::Object(body).to_string().into_bytes()
}

fn run(input: &[u8]) -> String {
    let body = match envelope::read_json(input) {
        Ok(body) => body,
        Err(error) => return refused(&error, &[ScimType::InvalidSyntax]),
    };
    let written = body.to_string();
    assert_eq!(envelope::read_json(written.as_bytes()).as_ref(), Ok(&body), "{written}");
    KINDS.iter().map(|kind| parsed(&kind.schema, body.clone())).collect()
}

fn parsed(schema: &ResourceSchema, body: Value) -> String {
    let allowed = [ScimType::InvalidSyntax, ScimType::InvalidValue];
    let document = match Document::parse(schema, body, &mut Tolerated::default()) {
        Ok(parsed) => parsed.document,
        Err(error) => return refused(&error, &allowed),
    };
    check_stored(schema, &document);
    shown(schema, &document);
    if let Err(error) = validate(schema, &document) {
        return refused(&error, &allowed);
    }
    match schema.resource_type {
        ResourceType::Group => drop(GroupRecord::new(document)),
        ResourceType::User => match UserRecord::new(document, true) {
            Ok(record) => assert_eq!(user_name_key(&record.user_name_key).as_deref(), Ok(record.user_name_key.as_str())),
            Err(error) => return refused(&error, &allowed),
        },
    }
    "stored".to_owned()
}

/// Who reads a resource and writes it back changes nothing.
fn shown(schema: &ResourceSchema, document: &Document) {
    let time = chrono::DateTime::UNIX_EPOCH;
    let meta = Meta { created: time, last_modified: time, location: "https://x/Users/1".into(), version: "W/\"1\"".into() };
    let text = render(schema, "1", &Stored::from(document), Map::new(), &meta, &Projection::default()).to_text();
    let read = envelope::read_json(text.as_bytes()).expect("what we write can be read");
    assert_eq!(stored(schema, read).as_ref(), Ok(document), "{text}");
}
