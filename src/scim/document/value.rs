//! Checks one attribute's value against its type, RFC 7643 §2.3 to §2.5, with the tolerances that
//! identity providers need.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Utc};
use data_encoding::{BASE64, BASE64_NOPAD};
use serde_json::{Map, Value};

use super::{certificate, element, form};
use crate::scim::{
    decimal::Decimal,
    error::{ScimError, ScimType, excerpt, legible},
    schema::{Attribute, Mutability, Type},
    tolerance::{Tolerance, Tolerated},
};

/// The value of `attribute` as it is stored: right type, canonical names, unknown and read-only
/// sub-attributes gone. `None` is the state of RFC 7643 §2.5: `null`, `[]`, an object with nothing in
/// it. Text stays as it came, also `""`.
///
/// `at` is the path for messages. The mutability of `attribute` itself is the caller's business.
///
/// # Errors
/// 400 `invalidValue` when the type is wrong and no tolerance helps or the workspace refuses it, when two
/// elements are primary, or when the attribute is closed and the value is none of its canonical ones.
/// 400 `invalidSyntax` when a sub-attribute is named twice or unknown sub-attributes are refused.
pub fn check(attribute: &Attribute, value: Value, at: &str, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
    if attribute.multi_valued {
        return element::check_all(attribute, value, at, notes);
    }
    match value {
        // Entra and OneLogin wrap single values: `"manager": [{"value": "…"}]`.
        Value::Array(mut elements) if elements.len() <= 1 => match elements.pop() {
            Some(only) => {
                notes
                    .pass(Tolerance::SingleElementArray, || refuse(at, "takes one value. Send the value itself, not a list."))?;
                one(attribute, only, at, notes)
            }
            None => Ok(None),
        },
        value => one(attribute, value, at, notes),
    }
}

/// One value: that of a single-valued attribute, or one element of a multi-valued one.
pub(super) fn one(attribute: &Attribute, value: Value, at: &str, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
    let value = match value {
        Value::Null => return Ok(None),
        // Entra clears an attribute of any type with an empty text. For text itself that is a value.
        Value::String(text) if text.is_empty() && (attribute.kind != Type::String || attribute.closed) => {
            return nothing(at, notes);
        }
        value => value,
    };
    match attribute.kind {
        Type::Boolean => boolean(value, at, notes).map(Some),
        Type::Integer => whole_number(value, at).map(Some),
        Type::Decimal => number(value, at).map(Some),
        Type::String => {
            let text = text(value, at)?;
            form::country(&text, at, notes)?;
            listed(attribute, text, at).map(Some)
        }
        Type::Reference => {
            let text = text(value, at)?;
            form::uri(&text, at, notes)?;
            listed(attribute, text, at).map(Some)
        }
        Type::DateTime => time(value, at).map(Some),
        Type::Binary => base64(attribute, value, at, notes).map(Some),
        Type::Complex => object(attribute, value, at, notes),
    }
}

/// What an empty text means where it can be no value.
pub(in crate::scim) fn nothing(at: &str, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
    notes.pass(Tolerance::EmptyString, || refuse(at, "cannot be an empty text. Send null to remove the value."))?;
    Ok(None)
}

fn boolean(value: Value, at: &str, notes: &mut Tolerated) -> Result<Value, ScimError> {
    let truth = match &value {
        Value::Bool(_) => return Ok(value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => true,
        Value::String(text) if text.eq_ignore_ascii_case("false") => false,
        other => return Err(wrong_type(at, "true or false", other)),
    };
    notes.pass(Tolerance::BooleanString, || wrong_type(at, "true or false, without quotes", &value))?;
    Ok(Value::Bool(truth))
}

fn whole_number(value: Value, at: &str) -> Result<Value, ScimError> {
    let wrong = || wrong_type(at, "a whole number without fraction or exponent", &value);
    // There is one zero.
    value.as_i64().map(Value::from).ok_or_else(wrong)
}

fn number(value: Value, at: &str) -> Result<Value, ScimError> {
    let written_out = Decimal::of(&value).and_then(|number| number.to_json());
    written_out.ok_or_else(|| wrong_type(at, "a number", &value))
}

fn time(value: Value, at: &str) -> Result<Value, ScimError> {
    let text = text(value, at)?;
    match date_time(&text) {
        Some(_) => Ok(Value::String(text)),
        None => Err(refuse(at, &format!("must be a date and time such as \"2026-01-31T08:00:00Z\", not {}.", excerpt(&text)))),
    }
}

/// An xsd:dateTime as a point in time; without an offset it is UTC. `None` if it is not one.
pub fn date_time(text: &str) -> Option<DateTime<Utc>> {
    // chrono also takes a space or a small t in the middle, xsd does not.
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let read = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    read(text).or_else(|| read(&format!("{text}Z")))
}

/// The inverse of [`date_time()`]. An instant that UTC puts before the year 0 or after the year 9999, for which
/// an xsd:dateTime of four digits has no name, is written with the offset that brings it back.
pub fn date_time_text(instant: DateTime<Utc>) -> String {
    const MOST: i32 = (23 * 60 + 59) * 60;
    let offset = match instant.year() {
        ..0 => MOST,
        0..=9999 => 0,
        10_000.. => -MOST,
    };
    let text = |offset| instant.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::AutoSi, true);
    FixedOffset::east_opt(offset).map_or_else(|| instant.to_rfc3339(), text)
}

fn base64(attribute: &Attribute, value: Value, at: &str, notes: &mut Tolerated) -> Result<Value, ScimError> {
    let text = text(value, at)?;
    // RFC 7643 §2.3.6: the padding may be left out.
    let Ok(bytes) = BASE64.decode(text.as_bytes()).or_else(|_| BASE64_NOPAD.decode(text.as_bytes())) else {
        return Err(refuse(
            at,
            "must be base64 (RFC 4648 §4): letters, digits, + and /, without line breaks and without PEM markers.",
        ));
    };
    if attribute.certificate && !certificate::is_one(&bytes) {
        let refusal = || refuse(at, "must be one X.509 certificate in DER. Send several as several values.");
        if certificate::is_something_else(&bytes) {
            return Err(refusal());
        }
        notes.pass(Tolerance::BytesForCertificate, refusal)?;
    }
    Ok(Value::String(text))
}

fn text(value: Value, at: &str) -> Result<String, ScimError> {
    match value {
        // Postgres cannot store NUL in text.
        Value::String(text) if text.contains('\0') => Err(refuse(at, "contains the character U+0000. Remove it.")),
        Value::String(text) => Ok(text),
        other => Err(wrong_type(at, "a string", &other)),
    }
}

/// Text of a closed attribute in the spelling of the schema; other text as it is.
fn listed(attribute: &Attribute, text: String, at: &str) -> Result<Value, ScimError> {
    if !attribute.closed {
        return Ok(Value::String(text));
    }
    let same = |known: &&String| if attribute.case_exact { **known == text } else { known.eq_ignore_ascii_case(&text) };
    match attribute.canonical_values.iter().find(same) {
        Some(known) => Ok(Value::String(known.clone())),
        None => {
            let known = attribute.canonical_values.join(", ");
            Err(refuse(at, &format!("must be one of {known}, not {}.", excerpt(&text))))
        }
    }
}

fn object(attribute: &Attribute, value: Value, at: &str, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
    let given = match value {
        Value::Object(given) => given,
        // `"manager": "<id>"`, `"emails": ["a@example.com"]`: the text is the element's `value`.
        Value::String(text) if attribute.sub_attribute("value").is_some() => {
            let tolerance = if attribute.name == "manager" { Tolerance::ManagerString } else { Tolerance::StringForObject };
            notes.pass(tolerance, || refuse(at, &format!("must be an object such as {{\"value\": {}}}.", excerpt(&text))))?;
            Map::from_iter([("value".to_owned(), Value::String(text))])
        }
        other => return Err(wrong_type(at, "an object", &other)),
    };
    let mut checked = Map::new();
    for (name, value) in given {
        let Some(sub) = attribute.sub_attribute(&name) else {
            let detail = || format!("{at} has no sub-attribute {}. Remove it.", excerpt(&name));
            notes.need(Tolerance::UnknownAttribute, ScimType::InvalidSyntax, detail)?;
            continue;
        };
        if sub.mutability == Mutability::ReadOnly {
            continue;
        }
        let at = format!("{at}.{}", sub.name);
        let value = check(sub, value, &at, notes)?.unwrap_or(Value::Null);
        if checked.insert(sub.name.clone(), value).is_some() {
            return Err(named_twice(&at));
        }
    }
    checked.retain(|_, value| !value.is_null());
    // A reference to nobody is no reference. Entra removes a manager with `{"value": ""}`.
    if !attribute.multi_valued && checked.get("value").is_some_and(|value| value == "") {
        return nothing(&format!("{at}.value"), notes);
    }
    Ok((!checked.is_empty()).then_some(Value::Object(checked)))
}

/// 400 `invalidSyntax`: the name is in the object twice, in different case.
pub(super) fn named_twice(at: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, format!("{at} is there twice, in different case. Send it once."))
}

/// 400 `invalidValue` for a value of the wrong JSON type.
pub(super) fn wrong_type(at: &str, expected: &str, value: &Value) -> ScimError {
    refuse(at, &format!("must be {expected}, not {}.", kind_of(value)))
}

/// What kind of value came, in words for a sentence.
pub(in crate::scim) fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("the number {}", legible(number.as_str())),
        Value::String(text) => excerpt(text),
        Value::Array(elements) => format!("a list of {}", elements.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// 400 `invalidValue`, with the path in front.
pub(super) fn refuse(at: &str, what: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, format!("{at} {what}"))
}

#[cfg(test)]
mod tests;
