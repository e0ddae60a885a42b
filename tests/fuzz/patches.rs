//! Operations of a PATCH by chance: mostly such as make sense, in all the forms that a path and a value may have.

use rollcall::scim::schema::{Attribute, ResourceSchema, Type};
use serde_json::{Value, json};

use crate::generate::{
    dice::Dice,
    documents::{TEXTS, object, value},
    filters::test,
};

/// What a path leads to: its text, the attribute, the sub-attribute, and whether it has a filter.
struct Place<'a> {
    path: String,
    attribute: &'a Attribute,
    sub_attribute: Option<&'a Attribute>,
    filtered: bool,
}

fn place<'a>(dice: &mut Dice, schema: &'a ResourceSchema) -> Place<'a> {
    let mut all: Vec<(Option<&str>, &Attribute)> = schema.core.attributes.iter().map(|attribute| (None, attribute)).collect();
    for extension in &schema.extensions {
        all.extend(extension.schema.attributes.iter().map(|attribute| (Some(extension.schema.id.as_str()), attribute)));
    }
    let (urn, attribute) = *dice.pick(&all);
    let mut path = urn.map_or_else(|| attribute.name.clone(), |urn| format!("{urn}:{}", attribute.name));
    let filtered = (attribute.multi_valued || attribute.kind == Type::Complex) && dice.chance(40);
    if filtered {
        let first = condition(dice, attribute);
        path += &match dice.below(5) {
            0 => format!("[{first} and {}]", condition(dice, attribute)),
            1 => format!("[{first} or {}]", condition(dice, attribute)),
            2 => format!("[not ({first})]"),
            _ => format!("[{first}]"),
        };
    }
    let sub_attribute = (!attribute.sub_attributes.is_empty() && dice.chance(50)).then(|| dice.pick(&attribute.sub_attributes));
    path += &sub_attribute.map_or_else(String::new, |sub| format!(".{}", sub.name));
    Place { path, attribute, sub_attribute, filtered }
}

/// What one value of an attribute may be asked.
fn condition(dice: &mut Dice, attribute: &Attribute) -> String {
    if attribute.sub_attributes.is_empty() {
        return test(dice, attribute, "value", &Value::Null);
    }
    let sub = dice.pick(&attribute.sub_attributes);
    let stored = dice.pick(&[json!("work"), json!("home"), json!(true)]).clone();
    test(dice, sub, &sub.name, &stored)
}

/// A path by itself.
pub fn path(dice: &mut Dice, schema: &ResourceSchema) -> String {
    match dice.below(12) {
        0 => schema.extensions.first().map_or_else(|| schema.core.id.clone(), |extension| extension.schema.id.clone()),
        1 => format!("{}:{}", schema.core.id, place(dice, schema).path),
        _ => place(dice, schema).path,
    }
}

/// One operation.
pub fn operation(dice: &mut Dice, schema: &ResourceSchema) -> Value {
    let place = place(dice, schema);
    let op = *dice.pick(&["add", "replace", "remove", "Add", "REPLACE"]);
    let leaf = place.sub_attribute.unwrap_or(place.attribute);
    let one = Attribute { multi_valued: false, ..leaf.clone() };
    let given = match dice.below(12) {
        0 => json!(null),
        1 => json!(dice.pick(TEXTS)),
        2 => json!([]),
        3 => json!({}),
        4..7 if leaf.multi_valued => value(dice, leaf),
        7 => json!([value(dice, &one)]),
        _ => value(dice, &one),
    };
    match dice.below(10) {
        0 if op != "remove" && !place.filtered => json!({"op": op, "value": {place.path: given}}),
        1 if op != "remove" => json!({"op": op, "value": object(dice, &schema.core.attributes, 20)}),
        2..8 if op == "remove" => json!({"op": op, "path": place.path}),
        _ => json!({"op": op, "path": place.path, "value": given}),
    }
}
