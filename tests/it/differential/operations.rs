//! Operations by chance, right ones and wrong ones, in the forms that identity providers send.

use serde_json::{Value, json};

use super::model::ROLLCALL;
use crate::{generate::dice::Dice, scim::ENTERPRISE};

const LISTS: &[&str] = &["emails", "phoneNumbers", "roles"];
const TYPES: &[&str] = &["work", "home", "other", "Work"];
const TEXTS: &[&str] = &["a@acme.test", "A@ACME.TEST", "b@acme.test", "c", "ada", "Ada", "", "é", "admin", "editor", "x]\"y"];

fn text(dice: &mut Dice) -> Value {
    json!(dice.pick(TEXTS))
}

fn truth(dice: &mut Dice) -> Value {
    [json!(true), json!(false), json!("True"), json!("false"), json!("FALSE")][dice.below(5)].clone()
}

/// A value of a list, some of its parts.
fn element(dice: &mut Dice, list: &str) -> Value {
    let mut parts = json!({});
    if list == "addresses" {
        for name in ["locality", "country"] {
            if dice.chance(60) {
                parts[name] = text(dice);
            }
        }
    } else if dice.chance(90) {
        parts["value"] = text(dice);
        if dice.chance(20) {
            parts["display"] = text(dice);
        }
    }
    if dice.chance(60) {
        parts["type"] = json!(dice.pick(TYPES));
    }
    if dice.chance(25) {
        parts["primary"] = truth(dice);
    }
    parts
}

fn elements(dice: &mut Dice, list: &str) -> Value {
    match dice.below(6) {
        0 => element(dice, list),
        1 => json!([]),
        2 if list != "addresses" => json!([dice.pick(TEXTS)]),
        _ => (0..1 + dice.below(3)).map(|_| element(dice, list)).collect(),
    }
}

fn term(dice: &mut Dice, list: &str) -> String {
    let literal = |dice: &mut Dice| text(dice).to_string();
    match dice.below(8) {
        0 => format!("primary eq {}", [json!(true), json!(false), json!("True")][dice.below(3)]),
        1 if list == "addresses" => format!("locality eq {}", literal(dice)),
        1 => format!("value eq {}", literal(dice)),
        2 if list != "addresses" => format!("value sw {}", literal(dice)),
        3 if list != "addresses" => format!("value co {}", literal(dice)),
        4 => format!("type ne \"{}\"", dice.pick(TYPES)),
        5 => "type pr".to_owned(),
        _ => format!("type eq \"{}\"", dice.pick(TYPES)),
    }
}

fn filter(dice: &mut Dice, list: &str) -> String {
    let first = term(dice, list);
    match dice.below(8) {
        0 => format!("{first} and {}", term(dice, list)),
        1 => format!("{first} or {}", term(dice, list)),
        2 => format!("not ({first})"),
        3 => format!("{first} or {} and not ({})", term(dice, list), term(dice, list)),
        _ => first,
    }
}

/// Where, and what could be put there.
fn place(dice: &mut Dice) -> (String, Value) {
    let list = if dice.chance(25) { "addresses" } else { *dice.pick(LISTS) };
    let part = |dice: &mut Dice| match (list, dice.below(4)) {
        (_, 0) => ("type", json!(dice.pick(TYPES))),
        (_, 1) => ("primary", truth(dice)),
        ("addresses", _) => ("locality", text(dice)),
        (_, 2) => ("display", text(dice)),
        _ => ("value", text(dice)),
    };
    match dice.below(16) {
        0 | 1 => ((*dice.pick(&["title", "displayName", "nickName", "TITLE", "externalId"])).to_owned(), text(dice)),
        2 => ("active".into(), truth(dice)),
        3 => (format!("name.{}", dice.pick(&["givenName", "familyName", "GIVENNAME"])), text(dice)),
        4 => (
            "name".into(),
            [json!({"givenName": "g"}), json!({"familyName": null, "middleName": "m"}), json!({}), json!(null)][dice.below(4)]
                .clone(),
        ),
        5 | 6 => (list.into(), elements(dice, list)),
        7 => {
            let (name, value) = part(dice);
            (format!("{list}.{name}"), value)
        }
        8 | 9 => (format!("{list}[{}]", filter(dice, list)), element(dice, list)),
        10..13 => {
            let (name, value) = part(dice);
            (format!("{list}[{}].{name}", filter(dice, list)), value)
        }
        13 => (format!("{ENTERPRISE}:{}", dice.pick(&["department", "costCenter"])), text(dice)),
        14 => {
            let manager = [
                json!("m1"),
                json!({"value": "m2"}),
                json!({"value": ""}),
                json!([{"value": "m3", "$ref": "../Users/m3"}]),
                json!(""),
            ];
            let path = ["manager".to_owned(), format!("{ENTERPRISE}:manager")][dice.below(2)].clone();
            (path, manager[dice.below(5)].clone())
        }
        _ => (format!("{ROLLCALL}:role"), json!(dice.pick(&["admin", "Editor", "guest", "emperor", ""]))),
    }
}

/// One operation.
pub fn operation(dice: &mut Dice) -> Value {
    let op = *dice.pick(&["add", "replace", "remove", "Add", "Replace", "remove", "replace"]);
    if dice.chance(4) {
        return wrong(dice);
    }
    let (path, value) = place(dice);
    let value = match dice.below(14) {
        0 => json!(null),
        1 => json!([value]),
        2 => [json!(7), json!("text"), json!([[]]), json!({"value": 1}), json!([])][dice.below(5)].clone(),
        _ => value,
    };
    let is_remove = op == "remove";
    match dice.below(10) {
        0 | 1 if !is_remove => json!({"op": op, "value": {path: value}}),
        2 if !is_remove => {
            let mut object =
                json!({"nickName": text(dice), "unknown": 1, (ENTERPRISE): {"department": text(dice), "nothing": 1}});
            object[path] = value;
            json!({"op": op, "value": object})
        }
        0..8 if is_remove => json!({"op": op, "path": path}),
        _ => json!({"op": op, "path": path, "value": value}),
    }
}

fn wrong(dice: &mut Dice) -> Value {
    [
        json!({"op": "move", "path": "title", "value": "x"}),
        json!({"op": "remove"}),
        json!({"op": "add", "path": "title"}),
        json!({"op": "replace", "value": "x"}),
        json!({"op": "add", "path": "hostile", "value": "x"}),
        json!({"op": "remove", "path": "userName"}),
        json!({"op": "replace", "path": "userName", "value": " "}),
        json!({"op": "replace", "path": "id", "value": "x"}),
        json!({"op": "add", "path": "groups", "value": [{"value": "x"}]}),
        json!({"op": "remove", "path": "emails.hostile"}),
        json!({"op": "remove", "path": "title[value eq \"x\"]"}),
        json!({"op": "replace", "path": "manager.displayName", "value": "x"}),
    ][dice.below(12)]
    .clone()
}
