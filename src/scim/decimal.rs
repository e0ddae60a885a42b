//! Numbers as they were written, RFC 7643 §2.3.3: see [`crate::decisions::d25_decimals_keep_their_digits`].

use std::{cmp::Ordering, fmt};

use serde_json::{Number, Value};

/// A number written out has at most so many digits. The shortest text of every double has fewer.
pub const MOST_DIGITS: usize = 400;

/// A number of any length up to [`MOST_DIGITS`]. Compared by what it is; shown with the zeros that it was sent with.
#[derive(Debug, Clone)]
pub struct Decimal {
    /// Written out: no exponent, no zeros in front but the one of a number below one, and no minus before zero.
    text: Box<str>,
}

/// What a number is made of.
struct Parts<'a> {
    negative: bool,
    /// Without zeros in front; empty below one.
    whole: &'a str,
    /// Without zeros at the end, which count for nothing.
    fraction: &'a str,
}

impl Decimal {
    /// Reads a JSON number. `None` if its text is none, if it has too many digits when it is written out, or if it is greater than
    /// every double, which is as far as other readers of JSON go (RFC 8259 §6).
    pub fn parse(text: &str) -> Option<Self> {
        let (minus, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (digits, exponent) = (format!("{whole}{fraction}"), exponent.parse::<i64>().ok()?);
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits || mantissa.ends_with('.') || text.parse::<f64>().is_ok_and(f64::is_infinite) {
            return None;
        }
        // Where the point is among the digits, perhaps before or behind all of them.
        let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
        let behind = i64::try_from(digits.len()).ok()?.checked_sub(point)?.max(0);
        let most = i64::try_from(MOST_DIGITS).ok()?;
        // One that is below one has a zero before the point.
        if point.max(1).checked_add(behind)? > most {
            return None;
        }
        let zeros = |number: i64| "0".repeat(usize::try_from(number).unwrap_or_default());
        let written = format!("{}{digits}{}", zeros(-point), zeros(point.checked_sub(i64::try_from(digits.len()).ok()?)?));
        let (whole, fraction) = written.split_at_checked(usize::try_from(point.max(0)).ok()?)?;
        let is_zero = written.bytes().all(|byte| byte == b'0');
        let sign = if minus && !is_zero { "-" } else { "" };
        let whole = Some(whole.trim_start_matches('0')).filter(|whole| !whole.is_empty()).unwrap_or("0");
        let point = if fraction.is_empty() { "" } else { "." };
        Some(Self { text: format!("{sign}{whole}{point}{fraction}").into() })
    }

    /// The number that a JSON value is.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(number.as_str()),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Written out, as Postgres writes it: two that are spelled alike stay alike when they are stored.
    pub fn to_json(&self) -> Option<Value> {
        self.to_string().parse::<Number>().ok().map(Value::Number)
    }

    fn parts(&self) -> Parts<'_> {
        let (negative, unsigned) = self.text.strip_prefix('-').map_or((false, &*self.text), |rest| (true, rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        Parts { negative, whole: whole.trim_start_matches('0'), fraction: fraction.trim_end_matches('0') }
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self { text: number.to_string().into() }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, other) = (self.parts(), other.parts());
        // Digits of one length are in the order of their texts, and so are fractions of any.
        let size = || (own.whole.len(), own.whole, own.fraction).cmp(&(other.whole.len(), other.whole, other.fraction));
        match (own.negative, other.negative) {
            (false, false) => size(),
            (true, true) => size().reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

/// The text of a value in which equal numbers are alike, `1.50` and `1.5`; texts as JSON writes them.
pub fn comparable(value: &Value) -> String {
    let Some(number) = Decimal::of(value) else { return value.to_string() };
    let Parts { negative, whole, fraction } = number.parts();
    format!("{}{whole}.{fraction}", if negative { "-" } else { "" })
}

/// Whether two values say the same; numbers do however they are spelled.
pub fn same(a: &Value, b: &Value) -> bool {
    match (Decimal::of(a), Decimal::of(b)) {
        (Some(a), Some(b)) => a == b,
        (Some(_), None) | (None, Some(_) | None) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Option<String> {
        Decimal::parse(text).map(|number| number.to_string())
    }

    #[test]
    fn numbers_are_written_out_and_keep_their_zeros() {
        for (text, wanted) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("-2.50", "-2.50"),
            ("1e3", "1000"),
            ("1.5E+1", "15"),
            ("1.2345e2", "123.45"),
            ("1e-3", "0.001"),
            ("12.50e-1", "1.250"),
            ("0.5e1", "5"),
            ("0e5", "0"),
            ("99999999999999999999999.125", "99999999999999999999999.125"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_or_no_number_is_none() {
        for text in
            ["1e309", "-1e400", "1e-400", "1e1000000", "1e-1000000", "1e99999999999999999999", "0e400", "", "-", ".5", "1.", "x"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(shown(&"1".repeat(MOST_DIGITS + 1)), None);
        let longest = shown("-1e-399").expect("the longest");
        assert_eq!((longest.len(), shown(&longest)), (MOST_DIGITS + 2, Some(longest.clone())));
        assert_eq!(shown(&format!("0.{}", "1".repeat(MOST_DIGITS))), None);
        for text in ["1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "-4.9406564584124654e-324"] {
            assert_eq!(shown(text).and_then(|shown| shown.parse().ok()), text.parse::<f64>().ok(), "{text}");
        }
    }

    #[test]
    fn equal_numbers_are_the_same_however_they_are_spelled() {
        for (a, b) in [("1.50", "1.5"), ("1", "1.0"), ("1e2", "100.00"), ("-0.0", "0"), ("0.00", "0e1")] {
            let [a, b] = [a, b].map(|text| serde_json::from_str::<Value>(text).unwrap());
            assert!(same(&a, &b) && comparable(&a) == comparable(&b), "{a} {b}");
        }
        assert!(!same(&Value::from(1), &Value::from("1")) && same(&Value::from("1"), &Value::from("1")));
    }

    proptest! {
        #[test]
        fn they_are_ordered_as_what_they_are(a: i32, b: i32, a_places in 0..9_i32, b_places in 0..9_i32) {
            let number = |n: i32, places: i32| Decimal::parse(&format!("{n}e-{places}")).unwrap();
            let whole = |n: i32, places: i32| i64::from(n) * 10_i64.pow(u32::try_from(8 - places).unwrap());
            prop_assert_eq!(number(a, a_places).cmp(&number(b, b_places)), whole(a, a_places).cmp(&whole(b, b_places)));
            prop_assert_eq!(Decimal::from(i64::from(a)), number(a, 0));
        }

        #[test]
        fn doubles_stay_what_they_are(number: f64) {
            if let Some(json) = Number::from_f64(number) {
                let written = Decimal::parse(json.as_str()).unwrap().to_json().unwrap();
                prop_assert_eq!(written.as_f64(), Some(number));
            }
        }

        #[test]
        fn never_panics(text in "[-+0-9.eE]{0,20}") {
            let _ = Decimal::parse(&text);
        }
    }
}
