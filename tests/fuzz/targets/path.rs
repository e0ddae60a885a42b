//! Paths: of attributes, of PATCH operations, of projections.

use rollcall::scim::{
    AttrPath, Meta, PatchRequest, Projection, ResourceSchema, ScimError, ScimType, Tolerated, document::Stored, patch,
    patch::Operation, render, urn,
};
use serde_json::{Map, Value, json};

use super::{KINDS, Kind, Target, is_bound, refused};
use crate::{generate::dice::Dice, patches};

pub const TARGET: Target = Target {
    name: "path",
    json: false,
    words: &[
        "emails",
        "[",
        "]",
        "[0]",
        ".value",
        ".type",
        ".",
        ":",
        ",",
        "/",
        "\"",
        "type eq \"work\"",
        "value eq \"]\"",
        "name",
        "name.",
        "familyName",
        "members",
        "members[value eq \"x\"]",
        "addresses",
        "manager",
        "manager[value eq \"1\"]",
        "tags[value eq \"a\"]",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:core:2.0:Group",
        "urn:example:params:scim:schemas:2.0:Custom",
        "urn:x:2.0",
        "$ref",
        "id",
        "meta",
        "schemas",
        "groups",
        "password",
        "primary",
        "not (",
        " and ",
        " or ",
        "é",
        "\u{0}",
        "\u{202e}",
        "2.0",
        "desks",
        "desk",
    ],
    fresh,
    run,
};

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.below(2);
    patches::path(dice, &KINDS[kind].schema).into_bytes()
}

fn run(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    let mut seen = match AttrPath::parse(&text) {
        Ok(path) => {
            assert_eq!(path.to_string(), text);
            KINDS.iter().map(|kind| resolved(&kind.schema, &path)).collect()
        }
        Err(error) => refused(&error, &[ScimType::InvalidPath]),
    };
    for kind in &*KINDS {
        seen += &target(&kind.schema, &text);
        project(kind, &text);
    }
    seen
}

/// A path in canonical names means what it meant in others.
fn resolved(schema: &ResourceSchema, path: &AttrPath) -> String {
    match schema.resolve(path) {
        Ok(found) => {
            let canonical = found.path();
            assert_eq!(AttrPath::parse(&canonical.to_string()).and_then(|path| Ok(schema.resolve(&path)?.path())), Ok(canonical));
            "known".to_owned()
        }
        Err(error) => refused(&error, &[ScimType::InvalidPath]),
    }
}

fn operations(schema: &ResourceSchema, path: &str, op: &str) -> Result<Vec<Operation>, ScimError> {
    let body = json!({"schemas": [urn::PATCH_OP], "Operations": [{"op": op, "path": path, "value": "x"}]});
    PatchRequest::parse(schema, body, &mut Tolerated::default()).map(|request| request.operations)
}

/// A target that is written out is the same target.
fn target(schema: &ResourceSchema, text: &str) -> String {
    use ScimType::{InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget};
    let read = operations(schema, text, "remove").or_else(|_| operations(schema, text, "add"));
    let operations_of = match read {
        Ok(operations) => operations,
        Err(error) => return refused(&error, &[InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget]),
    };
    for operation in operations_of {
        let Operation::Change(patch::Change { verb, target, .. }) = operation else { continue };
        match operations(schema, &target.to_string(), verb.as_str()).as_deref() {
            Ok([Operation::Change(again)]) => assert_eq!(again.target, target),
            Ok(other) => panic!("{target}: {other:?}"),
            Err(error) => assert!(is_bound(error), "{target}: {error}"),
        }
    }
    "target".to_owned()
}

/// Whatever is asked for, `id` and `schemas` are there, and what is asked for twice is there once.
fn project(kind: &Kind, text: &str) {
    let shown = |attributes: Option<&str>, excluded: Option<&str>| {
        let projection = Projection::parse(&kind.schema, attributes, excluded).expect("only one of the two");
        let time = chrono::DateTime::UNIX_EPOCH;
        let meta = Meta { created: time, last_modified: time, location: String::new(), version: String::new() };
        let stored = Stored::from(kind.documents.last().expect("a document"));
        let text = render(&kind.schema, "1", &stored, Map::new(), &meta, &projection).to_text();
        serde_json::from_str::<Value>(&text).expect("JSON")
    };
    let only = shown(Some(text), None);
    let without = shown(None, Some(text));
    for resource in [&only, &without] {
        assert_eq!(resource["id"], "1", "{text}");
        assert!(resource["schemas"].as_array().is_some_and(|urns| !urns.is_empty()), "{text}");
    }
    // A blank parameter is none, a list of blank names is a list.
    if !text.trim().is_empty() {
        assert_eq!(only, shown(Some(&format!("{text},{text}")), None), "{text}");
    }
    let everything = shown(None, None);
    let is_part =
        |resource: &Value| resource.as_object().is_some_and(|parts| parts.keys().all(|name| everything.get(name).is_some()));
    assert!(is_part(&only) && is_part(&without), "{text}");
}
