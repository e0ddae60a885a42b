//! From bytes to JSON, more strictly than JSON itself: RFC 7644 §3.12 `invalidSyntax`.
//!
//! One pass. What a parser may do with duplicate names is open in JSON (RFC 8259 §4), so two readers of
//! one body can see two different things; such a body is refused. Depth is bounded, so that no body
//! can use up the stack here or in whatever walks the value later.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, error::Category, map::Entry};

use super::{
    decimal::{Decimal, MOST_DIGITS},
    discovery::LIMITS,
    error::{ScimError, ScimType, excerpt},
    tolerance::{Tolerance, Tolerated},
};

/// Reads a body: UTF-8, one JSON object.
///
/// # Errors
/// 400 `invalidSyntax` for other encodings, for what is not JSON or not an object, for a name that is
/// twice in one object, for nesting deeper than [`LIMITS`] allows, for U+0000 and lone surrogates, and for numbers beyond
/// [`MOST_DIGITS`];
/// 413 for more values than [`LIMITS`] allows.
pub fn read_json(bytes: &[u8]) -> Result<Value, ScimError> {
    read_json_noting(bytes, &mut Tolerated::default())
}

/// As [`read_json`], with the workspace's rules.
///
/// # Errors
/// As [`read_json`]; 400 `invalidSyntax` for a byte order mark that the workspace refuses.
pub fn read_json_noting(bytes: &[u8], notes: &mut Tolerated) -> Result<Value, ScimError> {
    // RFC 8259 §8.1 lets a reader skip the mark that Windows tools put in front.
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            let marked = || "The body begins with a byte order mark. Send UTF-8 without it.".to_owned();
            notes.need(Tolerance::ByteOrderMark, ScimType::InvalidSyntax, marked)?;
            rest
        }
        None => bytes,
    };
    let text = std::str::from_utf8(bytes)
        .map_err(|error| syntax(format!("The body is not UTF-8, first at byte {}. Send it in UTF-8.", error.valid_up_to())))?;
    if text.trim_ascii().is_empty() {
        return Err(syntax("The body is empty. Send a JSON object.".to_owned()));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let values = Cell::new(0);
    let strict = Strict { depth: 0, values: &values };
    let value = strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(syntax("The body must be a JSON object.".to_owned())),
        Err(_) if values.get() > LIMITS.max_json_values => {
            let most = LIMITS.max_json_values;
            Err(ScimError::new(413, format!("The body has more than {most} values: send less in one request.")))
        }
        Err(error) => Err(syntax(explain(&error))),
    }
}

/// Our own refusals come back as [`Category::Data`] with our sentence and the place; all others are
/// put into our words.
fn explain(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Data => format!("The body {error}."),
        Category::Eof => format!("The body is not JSON: it ends too early, at {place}."),
        Category::Syntax | Category::Io => format!("The body is not JSON: see {place}."),
    }
}

fn syntax(detail: String) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}

/// Builds a value and checks it while doing so.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// How many objects and arrays are around it.
    depth: usize,
    /// How many values the body has so far.
    values: &'a Cell<usize>,
}

impl Strict<'_> {
    /// What is inside of this one.
    fn inner<E: Error>(self) -> Result<Self, E> {
        let most = LIMITS.max_json_depth;
        if self.depth >= most {
            return Err(E::custom(format_args!("is nested deeper than {most} levels")));
        }
        Ok(Self { depth: self.depth + 1, values: self.values })
    }

    /// One more value is about to be read.
    fn count<E: Error>(self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > LIMITS.max_json_values { Err(E::custom("has too many values")) } else { Ok(()) }
    }
}

fn without_nul<E: Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom("contains the character U+0000")) } else { Ok(()) }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.count()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        without_nul(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        array.shrink_to_fit();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut next = entries.next_key::<String>()?;
        if next.as_deref() == Some(NUMBER) {
            return entries.next_value_seed(Digits).map(Value::Number);
        }
        let inner = self.inner()?;
        let mut read = Vec::new();
        while let Some(name) = next {
            without_nul(&name)?;
            read.push((name, entries.next_value_seed(inner)?));
            next = entries.next_key()?;
        }
        // Made for as many as there are: one that grows takes up to three times the room, which counts for a hundred thousand members.
        let mut object = Map::with_capacity(read.len());
        for (name, value) in read {
            match object.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(value);
                }
                Entry::Occupied(taken) => {
                    return Err(A::Error::custom(format_args!("has the name {} twice in one object", excerpt(taken.key()))));
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// The one name in what serde_json hands out for a number.
const NUMBER: &str = "$serde_json::private::Number";
/// Numbers with so many characters and no exponent are within all bounds.
const SHORT: usize = 64;

/// Reads a number's text. serde_json owns the text that it has taken from a body, and lends what is a text in the body: who
/// sends an object with the private name sends no number.
struct Digits;

impl<'de> DeserializeSeed<'de> for Digits {
    type Value = Number;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Number, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Visitor<'_> for Digits {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Number, E> {
        Err(E::custom(format_args!("has the name {}, which means something else here", excerpt(NUMBER))))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Number, E> {
        let is_short = text.len() <= SHORT && !text.contains(['e', 'E']);
        if !is_short && Decimal::parse(&text).is_none() {
            return Err(E::custom(format_args!("has a number out of range: one of more than {MOST_DIGITS} digits")));
        }
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::scim::tolerance::Rules;

    fn refused(body: &[u8]) -> String {
        let error = read_json(body).expect_err(&String::from_utf8_lossy(body));
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)));
        error.detail
    }

    #[test]
    fn reads_what_json_allows_and_keeps_the_order() {
        let body = r#" {"b":[1,-2,1.5,18446744073709551615,null,true],"a":{"é":"\u00e9\ud83d\ude00 😀"}} "#;
        let value = read_json(body.as_bytes()).unwrap();
        assert_eq!(value, json!({"b": [1, -2, 1.5, u64::MAX, null, true], "a": {"é": "é😀 😀"}}));
        assert_eq!(value.as_object().unwrap().keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(read_json(b"\xef\xbb\xbf{}"), Ok(json!({})));
    }

    #[test]
    fn refuses_what_is_no_object() {
        for body in ["[]", "1", "null", "\"x\"", "true"] {
            assert_eq!(refused(body.as_bytes()), "The body must be a JSON object.");
        }
        assert!(refused(b"").contains("empty"));
        assert!(refused(b" \r\n").contains("empty"));
    }

    #[test]
    fn refuses_what_is_no_json() {
        assert_eq!(refused(b"{"), "The body is not JSON: it ends too early, at line 1 column 1.");
        for body in ["{]", "{'a':1}", "{\"a\":1,}", "{\"a\":01}", "{} {}", "{\"a\":NaN}", "{a:1}", "<x/>"] {
            assert!(refused(body.as_bytes()).starts_with("The body is not JSON: see line 1"), "{body}");
        }
        assert_eq!(refused(b"{\"a\":\"\xff\"}"), "The body is not UTF-8, first at byte 6. Send it in UTF-8.");
        for body in [r#"{"a":"\ud800"}"#, r#"{"a":"\udc00"}"#, r#"{"\ud800":1}"#, "{\"a\":\"\u{1}\"}", "{\"a\":1e999}"] {
            assert!(!refused(body.as_bytes()).contains("ud800"), "{body}");
        }
    }

    #[test]
    fn refuses_a_name_that_is_there_twice() {
        let detail = refused(br#"{"a":{"active":true,"active":false}}"#);
        assert!(detail.starts_with("The body has the name \"active\" twice in one object at line 1"), "{detail}");
        assert!(refused(br#"{"a":1,"\u0061":2}"#).contains("twice"));
        assert!(read_json(br#"{"a":{"x":1},"b":{"x":1},"A":1}"#).is_ok());
    }

    #[test]
    fn refuses_nul_in_values_and_names() {
        for body in [r#"{"a":"x\u0000"}"#, r#"{"x\u0000":1}"#, r#"{"a":["\u0000"]}"#] {
            assert!(refused(body.as_bytes()).contains("U+0000"), "{body}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_let_pass_or_refused() {
        let mut notes = Tolerated::default();
        assert_eq!(read_json_noting(b"\xef\xbb\xbf{}", &mut notes), Ok(json!({})));
        assert_eq!(notes.used(), [Tolerance::ByteOrderMark]);
        let rules = Rules { refused: [Tolerance::ByteOrderMark].into_iter().collect(), ..Rules::default() };
        let error = read_json_noting(b"\xef\xbb\xbf{}", &mut Tolerated::under(rules)).expect_err("refused");
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        assert!(error.detail.contains("byte order mark"), "{}", error.detail);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| format!("{}{}{}{}", "{\"a\":".repeat(levels - 1), "[", "]", "}".repeat(levels - 1));
        assert!(read_json(nested(32).as_bytes()).is_ok());
        assert!(refused(nested(33).as_bytes()).contains("deeper than 32 levels"));
        assert!(refused("{\"a\":".repeat(1_000_000).as_bytes()).contains("deeper than 32 levels"));
        assert!(refused(format!("{{\"a\":{}", "[".repeat(1_000_000)).as_bytes()).contains("deeper than 32 levels"));
    }

    #[test]
    fn values_are_counted_at_every_depth() {
        let most = LIMITS.max_json_values;
        // The body itself, the list, and what is in it.
        let list = |n: usize, value: &str| format!("{{\"a\":[{}]}}", vec![value; n].join(","));
        assert!(read_json(list(most - 2, "0").as_bytes()).is_ok());
        for body in [list(most - 1, "0"), list(most / 3, "{\"a\":1,\"b\":2}")] {
            let error = read_json(body.as_bytes()).expect_err("too many");
            assert_eq!((error.status, error.scim_type), (413, None), "{error}");
        }
    }

    #[test]
    fn numbers_keep_their_last_digit() {
        for number in ["93.81670952393529", "0.30000000000000004", "5e-324", "1.7976931348623157e308", "123456789.12345679"] {
            let value = read_json(format!("{{\"a\":{number}}}").as_bytes()).unwrap();
            assert_eq!(value["a"].as_f64(), number.parse().ok(), "{number}");
        }
        for number in ["12345678901234567.25", "-2.50", "0.0", "99999999999999999999999", "0.30000000000000000000004"] {
            assert_eq!(read_json(format!("{{\"a\":{number}}}").as_bytes()).unwrap()["a"].to_string(), number);
        }
    }

    #[test]
    fn numbers_have_bounds_wherever_they_stand() {
        for number in
            ["1e309", "-1e1000000", "1e-1000000", "0e999999999999999999999", "1e99999999999999999999999", &"1".repeat(401)]
        {
            for body in [format!("{{\"a\":{number}}}"), format!("{{\"a\":[{{\"b\":{number}}}]}}")] {
                assert!(refused(body.as_bytes()).starts_with("The body has a number out of range"), "{number}");
            }
        }
        let deepest = format!("{}[1.5]{}", "{\"a\":".repeat(31), "}".repeat(31));
        assert!(read_json(deepest.as_bytes()).is_ok());
    }

    /// serde_json would take these for numbers.
    #[test]
    fn an_object_with_the_private_name_is_no_number() {
        for name in ["$serde_json::private::Number", "\\u0024serde_json::private::Number"] {
            for value in ["\"12\"", "\"\\u0031\"", "\"x\"", "12", "null", "{}", "\"1\",\"b\":1"] {
                for body in [format!("{{\"{name}\":{value}}}"), format!("{{\"a\":[{{\"{name}\":{value}}}]}}")] {
                    refused(body.as_bytes());
                }
            }
        }
        assert!(refused(br#"{"a":{"$serde_json::private::Number":"12"}}"#).contains("means something else"));
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read_json(&body);
        }

        #[test]
        fn never_panics_on_something_like_json(body in "[\\[\\]{}:,\"\\\\u0d8e1.a \u{0}-]{0,40}") {
            if let Ok(value) = read_json(body.as_bytes()) {
                prop_assert_eq!(read_json(value.to_string().as_bytes()), Ok(value));
            }
        }
    }
}
