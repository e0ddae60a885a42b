//! Resources by chance, also with the types that no builtin attribute has.

use rollcall::scim::{
    Document, Tolerated,
    schema::{Attribute, Extension, ResourceSchema, ResourceType, Schema, Type},
};
use serde_json::{Map, Value, json};

use super::dice::Dice;

pub const CUSTOM: &str = "urn:example:params:scim:schemas:2.0:Custom";

pub const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "Ab",
    "aB",
    "b",
    "ab",
    "a%",
    "a_b",
    "a\\b",
    "%",
    "_",
    "\\",
    "O'Malley",
    "say \"x\"",
    "İ",
    "i\u{307}",
    "i",
    "I",
    "ı",
    "ß",
    "ẞ",
    "SS",
    "ss",
    "Σ",
    "σ",
    "ς",
    "ΟΔΟΣ",
    "οδος",
    "οδοσ",
    "ΑΣ Β",
    "é",
    "É",
    "e\u{301}",
    "Ǆ",
    "ǆ",
    "😀",
    "\u{10ffff}",
    "\u{e000}",
    "work",
    "Work",
    "home",
    "User",
    "Group",
    "direct",
    "indirect",
    "Ada@Example.com",
    "ada@example.com",
    "10",
    "9",
];
pub const TIMES: &[&str] = &[
    "2026-01-31T12:00:00Z",
    "2026-01-31T13:00:00+01:00",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00:00.5Z",
    "2026-01-31T12:00:00.500000001Z",
    "0000-03-01T00:00:00Z",
    "1969-12-31T23:59:59.999999999Z",
    "2024-02-29T23:59:59-23:59",
    "9999-12-31T23:59:59Z",
];

/// The builtin schema, and an extension with the types that no builtin attribute has.
pub fn schema(kind: ResourceType) -> ResourceSchema {
    let mut schema = ResourceSchema::builtin(kind).clone();
    let parts = vec![
        Attribute::string("value", "-"),
        Attribute::date_time("since", "-"),
        Attribute::new("level", Type::Integer, "-"),
        Attribute::boolean("primary", "-"),
    ];
    let attributes = vec![
        Attribute::date_time("hired", "-"),
        Attribute::new("floor", Type::Integer, "-"),
        Attribute::new("height", Type::Decimal, "-"),
        Attribute::boolean("remote", "-"),
        Attribute::string("badge", "-").exact(),
        Attribute::string("tags", "-").many(),
        Attribute::new("numbers", Type::Integer, "-").many(),
        Attribute::date_time("days", "-").many(),
        Attribute::complex("desks", "-", parts.clone()).many(),
        Attribute::complex("desk", "-", parts),
    ];
    let custom = Schema { id: CUSTOM.into(), name: "Custom".into(), description: "-".into(), attributes };
    schema.extensions.push(Extension { schema: custom, required: false });
    schema
}

pub fn value(dice: &mut Dice, attribute: &Attribute) -> Value {
    if attribute.multi_valued {
        let single = Attribute { multi_valued: false, ..attribute.clone() };
        return (0..dice.below(4)).map(|_| value(dice, &single)).collect();
    }
    match attribute.kind {
        Type::String | Type::Reference if attribute.closed => json!(dice.pick(&attribute.canonical_values)),
        Type::String | Type::Reference => json!(dice.pick(TEXTS)),
        Type::Binary => json!(["AAAA", "aaaa", "AQID"][dice.below(3)]),
        Type::Boolean => json!(dice.chance(50)),
        Type::Integer => json!(*dice.pick(&[0, 9, 10, -1, i64::MAX, i64::MIN, 9_007_199_254_740_993])),
        Type::Decimal => dice
            .pick(&[
                "0.1",
                "10",
                "-2.5",
                "-2.50",
                "1e300",
                "1e-300",
                "9007199254740993",
                "12345678901234567.25",
                "12345678901234567.26",
            ])
            .parse()
            .expect("JSON"),
        Type::DateTime => json!(dice.pick(TIMES)),
        Type::Complex => Value::Object(object(dice, &attribute.sub_attributes, 60)),
    }
}

pub fn object(dice: &mut Dice, attributes: &[Attribute], percent: usize) -> Map<String, Value> {
    let chosen: Vec<_> = attributes.iter().filter(|_| dice.chance(percent)).collect();
    chosen.into_iter().map(|attribute| (attribute.name.clone(), value(dice, attribute))).collect()
}

pub fn document(dice: &mut Dice, schema: &ResourceSchema, name: (&str, String)) -> Document {
    loop {
        let mut body = object(dice, &schema.core.attributes, 40);
        for extension in &schema.extensions {
            if dice.chance(60) {
                body.insert(extension.schema.id.clone(), Value::Object(object(dice, &extension.schema.attributes, 50)));
            }
        }
        if dice.chance(50) {
            body.insert("externalId".into(), json!(dice.pick(TEXTS)));
        }
        body.insert(name.0.into(), json!(name.1));
        // Two primary values are refused; then again.
        if let Ok(parsed) = Document::parse(schema, Value::Object(body), &mut Tolerated::default()) {
            return parsed.document;
        }
    }
}

/// All that one attribute of a resource holds, as JSON scalars: what is worth asking for.
pub fn scalars(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| scalars(value, found)),
        Value::Object(map) => map.values().for_each(|value| scalars(value, found)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(value.clone()),
    }
}
