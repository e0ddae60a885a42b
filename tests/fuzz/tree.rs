//! JSON as trees: a value in one is found by its number, counted from the root down.

use serde_json::{Map, Value, json};

use crate::{generate::dice::Dice, mutate::varied_text, targets::Target};

/// How many values are in it, itself included.
pub fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(map) => map.values().map(size).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The value of that number.
pub fn at<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| at(value, number)),
        Value::Object(map) => map.values_mut().find_map(|value| at(value, number)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn any<'a>(dice: &mut Dice, value: &'a mut Value) -> Option<&'a mut Value> {
    let mut number = dice.below(size(value));
    at(value, &mut number)
}

/// The input as a tree with one branch changed; none when it is no tree.
pub fn varied(dice: &mut Dice, target: &Target, input: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let mut tree: Value = serde_json::from_slice(input).ok()?;
    let mut other: Value = serde_json::from_slice(other).unwrap_or_default();
    let branch = any(dice, &mut other)?.clone();
    let place = any(dice, &mut tree)?;
    vary(dice, target, place, branch);
    Some(tree.to_string().into_bytes())
}

fn vary(dice: &mut Dice, target: &Target, place: &mut Value, branch: Value) {
    let key = (*dice.pick(target.words)).to_owned();
    match dice.below(11) {
        0 => *place = scalar(dice, &key),
        1 => *place = branch,
        2 => *place = json!([place.take()]),
        3 => *place = json!({key: place.take()}),
        4 => {
            for _ in 0..[2, 8, 29, 40][dice.below(4)] {
                *place = if dice.chance(50) { json!([place.take()]) } else { json!({key.as_str(): place.take()}) };
            }
        }
        _ => match place {
            Value::Array(values) => vary_list(dice, values, branch),
            Value::Object(map) => vary_object(dice, map, key, branch),
            Value::String(text) => *text = varied_text(dice, target, text, &key),
            Value::Null | Value::Bool(_) | Value::Number(_) => *place = scalar(dice, &key),
        },
    }
}

fn vary_list(dice: &mut Dice, values: &mut Vec<Value>, branch: Value) {
    let place = dice.below(values.len() + 1);
    match dice.below(4) {
        0 if place < values.len() => drop(values.remove(place)),
        1 if place < values.len() => {
            let times = [1, 1, 2, 50, 2_000][dice.below(5)].min(50_000 / size(&values[place]));
            let copies = vec![values[place].clone(); times];
            values.splice(place..place, copies);
        }
        2 => values.reverse(),
        _ => values.insert(place, branch),
    }
}

fn vary_object(dice: &mut Dice, map: &mut Map<String, Value>, key: String, branch: Value) {
    let names: Vec<String> = map.keys().cloned().collect();
    let name = if names.is_empty() { None } else { Some(dice.pick(&names).clone()) };
    match (dice.below(4), name) {
        (0, Some(name)) => drop(map.remove(&name)),
        (1, Some(name)) => {
            let value = map.remove(&name).unwrap_or_default();
            map.insert(key, value);
        }
        (2, Some(name)) => {
            let twin = if dice.chance(50) { name.to_uppercase() } else { name.to_lowercase() };
            map.insert(twin, branch);
        }
        _ => drop(map.insert(key, branch)),
    }
}

fn scalar(dice: &mut Dice, word: &str) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(false),
        3 => json!(i64::MIN),
        4 => json!(u64::MAX),
        5 => json!(1e308),
        6 => json!(0.1 + 0.2),
        7 => json!(""),
        8 => json!([]),
        9 => json!({}),
        10 => json!(word.repeat(1 + dice.below(200))),
        _ => json!(word),
    }
}
