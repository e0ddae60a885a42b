//! What holds of every answer, whatever was asked.

use serde_json::{Value, json};

use crate::harness::Answer;

/// The media type of SCIM (RFC 7644 §8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The words of RFC 7644 §3.12, with those that RFC 9865 §2 adds, and the status with which each may stand.
const SCIM_TYPES: &[(&str, u16)] = &[
    ("invalidFilter", 400),
    ("tooMany", 400),
    ("uniqueness", 409),
    ("mutability", 400),
    ("invalidSyntax", 400),
    ("invalidPath", 400),
    ("noTarget", 400),
    ("invalidValue", 400),
    ("invalidVers", 400),
    ("sensitive", 403),
    ("invalidCursor", 400),
    ("expiredCursor", 400),
    ("invalidCount", 400),
];

/// What betrays that a text was not written for whoever reads it.
const NOT_FOR_READERS: &[&str] = &[
    "select ",
    "insert into",
    "update ",
    "delete from",
    "sqlx",
    "sqlstate",
    "relation \"",
    "constraint",
    "pg_",
    ".rs:",
    "src/",
    "/home/",
    "/usr/",
    "/tmp/",
    "panicked",
    "unwrap",
    "stack backtrace",
    "redis",
    "localhost",
    "127.0.0.1",
];

/// Fails when an answer is not one that SCIM allows: a success has SCIM's media type and says which schemas it has, an error is an
/// Error message with the status in it and words that help. Gives the answer back.
#[track_caller]
pub fn check(request: &str, answer: Answer) -> Answer {
    if let Err(complaint) = judge(request, &answer) {
        panic!("{request}: {} {complaint}\n{:?}\n{}", answer.status, answer.headers, answer.text);
    }
    answer
}

fn judge(request: &str, answer: &Answer) -> Result<(), String> {
    let status = answer.status;
    if matches!(status, 204 | 304) {
        return demand(answer.text.is_empty(), "has a body");
    }
    let essence = answer.header("content-type").split(';').next();
    demand(essence == Some(MEDIA_TYPE), "has another media type")?;
    if request.starts_with("HEAD ") {
        return demand(answer.text.is_empty(), "has a body");
    }
    let body: Value = serde_json::from_str(&answer.text).map_err(|error| format!("is no JSON: {error}"))?;
    match status {
        200..300 => success(&body, answer),
        400..600 => error(&body, answer),
        _ => Err("is no status that SCIM has for a body".to_owned()),
    }
}

fn demand(holds: bool, complaint: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(complaint.to_owned()) }
}

fn success(body: &Value, answer: &Answer) -> Result<(), String> {
    let named = body["schemas"].as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string));
    demand(named, "does not say which schemas it has")?;
    demand(!holds(body, &|_, value| value.is_null()), "has null in it")?;
    demand(!holds(body, &|name, _| name == "password"), "has a password in it")?;
    let version = body["meta"]["version"].as_str();
    demand(version.is_none_or(|version| version == answer.header("etag")), "has another version in its header")
}

fn error(body: &Value, answer: &Answer) -> Result<(), String> {
    let status = answer.status;
    demand(body["schemas"] == json!([ERROR]), "is no Error message")?;
    demand(body["status"].as_str() == Some(status.to_string().as_str()), "has another status in its body")?;
    if let Some(word) = body.get("scimType") {
        let word = word.as_str().unwrap_or_default();
        demand(SCIM_TYPES.contains(&(word, status)), "has a scimType that is not registered for it")?;
    }
    let detail = body["detail"].as_str().unwrap_or_default();
    demand(detail.contains(' ') && detail.ends_with(['.', ')']), "does not say in a sentence what is wrong")?;
    let lower = detail.to_lowercase();
    if let Some(words) = NOT_FOR_READERS.iter().find(|words| lower.contains(*words)) {
        return Err(format!("has {words:?} in its detail"));
    }
    let known = |name: &String| matches!(name.as_str(), "schemas" | "status" | "scimType" | "detail");
    demand(body.as_object().is_some_and(|parts| parts.keys().all(known)), "has more in it than an Error message")?;
    let wanted = match status {
        401 => "www-authenticate",
        405 => "allow",
        429 | 503 => "retry-after",
        _ => return Ok(()),
    };
    demand(!answer.header(wanted).is_empty(), &format!("lacks the header {wanted}"))
}

/// Whether anywhere in it is a name and a value of this kind.
fn holds(value: &Value, kind: &dyn Fn(&str, &Value) -> bool) -> bool {
    match value {
        Value::Object(parts) => parts.iter().any(|(name, value)| kind(name, value) || holds(value, kind)),
        Value::Array(elements) => elements.iter().any(|element| kind("", element) || holds(element, kind)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
