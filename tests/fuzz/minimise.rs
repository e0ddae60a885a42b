//! The least input that still shows a fault.

use serde_json::Value;

use crate::{targets::Target, tree};

/// Smaller inputs that are tried at most.
const MOST_TRIES: usize = 20_000;

/// Takes away from `input` what can be taken away while `shows` stays true.
pub fn minimise(target: &Target, input: &[u8], shows: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut tries = 0;
    let mut is_enough = |smaller: &[u8]| {
        tries += 1;
        tries <= MOST_TRIES && shows(smaller)
    };
    let mut least = input.to_vec();
    if target.json {
        least = branches(least, &mut is_enough);
    }
    pieces(least, &mut is_enough)
}

/// Without pieces, large ones first.
fn pieces(mut least: Vec<u8>, is_enough: &mut impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut length = least.len() / 2;
    while length > 0 {
        let mut start = 0;
        while start < least.len() {
            let mut smaller = least.clone();
            smaller.drain(start..least.len().min(start + length));
            if is_enough(&smaller) {
                least = smaller;
            } else {
                start += length;
            }
        }
        length /= 2;
    }
    least
}

/// With fewer branches.
fn branches(mut least: Vec<u8>, is_enough: &mut impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut number = 0;
    while let Ok(tree) = serde_json::from_slice::<Value>(&least) {
        if number >= tree::size(&tree) {
            break;
        }
        let smaller = smaller_at(&tree, number).into_iter().map(|tree| tree.to_string().into_bytes());
        match smaller.filter(|smaller| smaller.len() < least.len()).find(|smaller| is_enough(smaller)) {
            Some(smaller) => least = smaller,
            None => number += 1,
        }
    }
    least
}

/// The tree with less at that place.
fn smaller_at(tree: &Value, number: usize) -> Vec<Value> {
    let mut whole = tree.clone();
    let Some(place) = tree::at(&mut whole, &mut number.clone()) else { return Vec::new() };
    let replacements: Vec<Value> = match place {
        Value::Array(values) => {
            let (first, second) = values.split_at(values.len() / 2);
            let without = |i| [&values[..i], &values[i + 1..]].concat();
            let halves = [first.to_vec(), second.to_vec()].into_iter().chain((0..values.len()).map(without)).map(Value::Array);
            values.first().cloned().into_iter().chain(halves).collect()
        }
        Value::Object(map) => {
            let without = |name: &String| {
                let mut map = map.clone();
                map.shift_remove(name);
                Value::Object(map)
            };
            map.values().cloned().chain(map.keys().map(without)).collect()
        }
        Value::String(text) => {
            vec![Value::from(""), Value::from(text.chars().take(text.chars().count() / 2).collect::<String>())]
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => vec![Value::from(0)],
    };
    let with = |replacement| {
        let mut smaller = tree.clone();
        if let Some(place) = tree::at(&mut smaller, &mut number.clone()) {
            *place = replacement;
        }
        smaller
    };
    replacements.into_iter().map(with).collect()
}
