//! Bodies and queries on their way into the log: whatever has a secret's name is gone, wherever it stands.

use std::sync::LazyLock;

use rollcall::scim::{Secrets, envelope};
use serde_json::Value;

use super::{KINDS, Target};
use crate::generate::dice::Dice;

pub const TARGET: Target = Target {
    name: "redact",
    json: true,
    words: &[
        "password",
        "PassWord",
        "pass_word",
        "newPassword",
        "clientSecret",
        "api-key",
        "accessToken",
        "authorization",
        "secretary",
        "path",
        "value",
        "filter",
        "op",
        "replace",
        "add",
        "Operations",
        "data",
        "type",
        "name",
        "changePassword",
        "supported",
        "userName",
        "urn:ietf:params:scim:schemas:core:2.0:User:password",
        "password eq \"x\"",
        "emails[password eq \"x\"]",
        "p",
        "_",
        "%70assword",
        "rollcall_",
        "rollcall_0123456789abcdefghijklmnopqrstuv",
        "{\"password\":\"x\"}",
        "\u{202e}",
        "é",
        "",
    ],
    fresh,
    run,
};

/// What nobody may find in a log.
const CANARY: &str = "canary7f3a9b";
const TOKEN: &str = "rollcall_abcdefghijklmnopqrstuvwxyz234567abcdefgh";

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| Secrets::of(KINDS.iter().map(|kind| &kind.schema)));

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.below(2);
    let mut body: Value = match dice.below(3) {
        0 => serde_json::from_slice(&(super::patch::TARGET.fresh)(dice)).unwrap_or_default(),
        1 => serde_json::from_slice(&(super::bulk::TARGET.fresh)(dice)).unwrap_or_default(),
        _ => Value::Object(dice.pick(&KINDS[kind].documents).as_map().clone()),
    };
    body[*dice.pick(TARGET.words)] = Value::from(*dice.pick(TARGET.words));
    body.to_string().into_bytes()
}

fn run(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    for limit in [0, 7, 100, 1 << 20] {
        let kept = SECRETS.text(&text, limit);
        assert!(kept.removed || (kept.text.len() <= limit && text.starts_with(&kept.text)), "{kept:?}");
    }
    let with_token = format!("{text}{TOKEN}");
    assert!(!SECRETS.text(&with_token, 1 << 20).text.contains(TOKEN), "{with_token}");
    assert!(!SECRETS.sentence(&with_token, false).contains(TOKEN), "{with_token}");
    let Ok(mut body) = envelope::read_json(input) else { return "no JSON".to_owned() };
    let planted = plant(&mut body);
    for limit in [10, 100, 1 << 20] {
        let kept = SECRETS.body(&body, limit);
        assert!(kept.text.len() <= limit, "{} bytes of {limit}", kept.text.len());
        assert!(!kept.text.contains(CANARY), "{body} is kept as {}", kept.text);
        assert!(kept.removed || kept.cut || planted == 0, "{body}");
        if !kept.cut {
            let read: Value = serde_json::from_str(&kept.text).unwrap_or_else(|error| panic!("{error}: {}", kept.text));
            assert!(kept.removed || read == body, "{body} is kept as {}", kept.text);
        }
    }
    let kept = SECRETS.body(&body, 1 << 20);
    format!("{} {} {} {}", kept.cut, kept.removed, planted.min(4), kept.text.len() / 16)
}

/// Puts the canary where a password is: under its name, and in an operation whose path is its name. How often.
fn plant(value: &mut Value) -> usize {
    match value {
        Value::Array(values) => values.iter_mut().map(plant).sum(),
        Value::Object(members) => {
            let is_password = |name: &str| name.rsplit(':').next().unwrap_or_default().eq_ignore_ascii_case("password");
            let changes_it =
                members.iter().any(|(name, path)| name.eq_ignore_ascii_case("path") && path.as_str().is_some_and(is_password));
            let mut planted = 0;
            for (name, value) in members.iter_mut() {
                if is_password(name) || (changes_it && name.eq_ignore_ascii_case("value")) {
                    planted += put(value);
                } else {
                    planted += plant(value);
                }
            }
            planted
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The canary in every text of it, and at least once.
fn put(value: &mut Value) -> usize {
    match value {
        Value::Array(values) if !values.is_empty() => values.iter_mut().map(put).sum(),
        Value::Object(members) if !members.is_empty() => members.values_mut().map(put).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            *value = Value::from(CANARY);
            1
        }
    }
}
