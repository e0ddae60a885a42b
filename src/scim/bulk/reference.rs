//! References to resources that the same request creates: `bulkId:` and the `bulkId` of a POST, in the place of an `id`
//! (RFC 7644 §3.7.2).
//!
//! A reference is found by its form and not by its attribute, so that those of a workspace's own extensions are found as well: a text
//! that starts with the word, the last segment of a `$ref`, and a quoted text in the filter of a PATCH path.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::scim::filter::string_length;

const WORD: &str = "bulkId:";

/// The `bulkId` that a text refers to, if all of it is a reference. The word counts in any case, so that no spelling of it is stored.
pub fn bulk_id(text: &str) -> Option<&str> {
    let word = text.get(..WORD.len())?;
    word.eq_ignore_ascii_case(WORD).then(|| &text[WORD.len()..])
}

/// Every `bulkId` that is referred to in `data`, each once.
pub fn find(data: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(data, "", &mut found);
    found
}

/// Puts ids in the place of all references.
///
/// # Errors
/// What `resolve` says of the first reference that it has no id for; `data` is of no use then.
pub fn replace<E>(data: &mut Value, resolve: &mut impl FnMut(&str) -> Result<String, E>) -> Result<(), E> {
    let mut refused = None;
    rewrite(data, "", &mut |bulk_id| match resolve(bulk_id) {
        Ok(id) => id,
        Err(error) => {
            refused.get_or_insert(error);
            String::new()
        }
    });
    refused.map_or(Ok(()), Err)
}

fn collect(data: &Value, key: &str, found: &mut BTreeSet<String>) {
    match data {
        Value::String(text) => drop(in_text(key, text, &mut |bulk_id| note(bulk_id, found))),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, key, found)),
        Value::Object(parts) => {
            for (name, value) in parts {
                drop(in_name(name, &mut |bulk_id| note(bulk_id, found)));
                collect(value, name, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What stands in the place of a reference that is only looked for is of no matter.
fn note(bulk_id: &str, found: &mut BTreeSet<String>) -> String {
    found.insert(bulk_id.to_owned());
    String::new()
}

fn rewrite(data: &mut Value, key: &str, resolve: &mut dyn FnMut(&str) -> String) {
    match data {
        Value::String(text) => {
            if let Some(new) = in_text(key, text, resolve) {
                *text = new;
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| rewrite(element, key, resolve)),
        Value::Object(parts) => {
            for (name, value) in parts.iter_mut() {
                rewrite(value, name, resolve);
            }
            rename(parts, resolve);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Names with references in them, which are paths of a PATCH without path. The order of names stays.
fn rename(parts: &mut Map<String, Value>, resolve: &mut dyn FnMut(&str) -> String) {
    if parts.keys().all(|name| in_name(name, &mut |_| String::new()).is_none()) {
        return;
    }
    *parts = std::mem::take(parts).into_iter().map(|(name, value)| (in_name(&name, resolve).unwrap_or(name), value)).collect();
}

/// A text with ids in the place of its references; `None` if it has none.
fn in_text(key: &str, text: &str, resolve: &mut dyn FnMut(&str) -> String) -> Option<String> {
    if let Some(bulk_id) = bulk_id(text) {
        return Some(resolve(bulk_id));
    }
    if key.eq_ignore_ascii_case("$ref") {
        let mut segments = text.match_indices('/').map(|(at, _)| text.split_at(at + 1));
        return segments.find_map(|(before, last)| Some(format!("{before}{}", resolve(bulk_id(last)?))));
    }
    if key.eq_ignore_ascii_case("path") { in_filter(text, resolve) } else { None }
}

fn in_name(name: &str, resolve: &mut dyn FnMut(&str) -> String) -> Option<String> {
    if name.contains('[') { in_filter(name, resolve) } else { None }
}

/// The quoted texts of a path's filter, as in `members[value eq "bulkId:x"]`.
fn in_filter(path: &str, resolve: &mut dyn FnMut(&str) -> String) -> Option<String> {
    let mut new = String::with_capacity(path.len());
    let mut rest = path;
    let mut found = false;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        // A text without an end is no filter; whoever reads the path says so.
        let Some(length) = string_length(from) else { break };
        let (quoted, after) = from.split_at(length);
        new.push_str(before);
        let text: Option<String> = serde_json::from_str(quoted).ok();
        match text.as_deref().and_then(bulk_id) {
            Some(bulk_id) => {
                found = true;
                new.push_str(&Value::String(resolve(bulk_id)).to_string());
            }
            None => new.push_str(quoted),
        }
        rest = after;
    }
    new.push_str(rest);
    found.then_some(new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::urn;

    fn replaced(mut data: Value) -> Value {
        replace(&mut data, &mut |bulk_id| Ok::<_, ()>(format!("<{bulk_id}>"))).unwrap();
        data
    }

    #[test]
    fn references_are_found_wherever_an_id_may_stand() {
        let data = json!({
            "displayName": "G",
            "members": [{ "value": "bulkId:a", "type": "User" }, { "value": "01" }, "BULKID:b", { "$ref": "../Users/bulkId:c" }],
            (urn::ENTERPRISE_USER): { "manager": { "value": "bulkId:d e:f" }, "department": "x bulkId:no" },
        });
        assert_eq!(find(&data).into_iter().collect::<Vec<_>>(), ["a", "b", "c", "d e:f"]);
        assert_eq!(
            replaced(data),
            json!({
                "displayName": "G",
                "members": [{ "value": "<a>", "type": "User" }, { "value": "01" }, "<b>", { "$ref": "../Users/<c>" }],
                (urn::ENTERPRISE_USER): { "manager": { "value": "<d e:f>" }, "department": "x bulkId:no" },
            })
        );
    }

    #[test]
    fn a_patch_may_refer_in_values_paths_and_names() {
        let patch = json!({ "schemas": [urn::PATCH_OP], "Operations": [
            { "op": "add", "path": "members", "value": [{ "value": "bulkId:a" }] },
            { "op": "remove", "path": "members[value eq \"bulkId:b\" or value eq \"plain\"]" },
            { "op": "replace", "value": { "x[value eq \"bulkId:c\"].type": "work", "urn:x:manager": "bulkId:d" } },
            { "op": "replace", "path": "bulkId:e", "value": 1 },
        ]});
        assert_eq!(find(&patch).into_iter().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
        let after = replaced(patch);
        assert_eq!(after["Operations"][1]["path"], "members[value eq \"<b>\" or value eq \"plain\"]");
        assert_eq!(after["Operations"][2]["value"], json!({ "x[value eq \"<c>\"].type": "work", "urn:x:manager": "<d>" }));
        assert!(find(&after).is_empty());
    }

    #[test]
    fn what_only_looks_like_a_reference_stays() {
        let data = json!({
            "title": "about bulkId:x", "profileUrl": "https://x/bulkId:y", "path": "a \"bulkId:z", "name": { "formatted": "bulkId" },
            "bulkId:name": 1, "": "", "b": "bulkId", "é": "bulkIé:",
        });
        assert!(find(&data).is_empty(), "{:?}", find(&data));
        assert_eq!(replaced(data.clone()), data);
    }

    #[test]
    fn the_first_reference_without_an_id_is_told() {
        let mut data = json!({ "members": [{ "value": "bulkId:a" }, { "value": "bulkId:" }, { "value": "bulkId:c" }] });
        let mut known = |bulk_id: &str| if bulk_id == "a" { Ok("1".to_owned()) } else { Err(bulk_id.to_owned()) };
        assert_eq!(replace(&mut data, &mut known), Err(String::new()));
    }
}
