//! Text to tokens.
//!
//! Values are JSON literals (RFC 7644 §3.4.2.2), so the decoding of strings and numbers is left to `serde_json`; this
//! file only finds where each one ends.

use super::invalid;
use crate::scim::decimal::Decimal;
use crate::scim::discovery::LIMITS;
use crate::scim::error::{ScimError, excerpt};

/// One token and the character position, counted from 1, where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    pub position: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    /// An attribute path, an operator, `and`, `or`, `not`, `true`, `false`, `null`: position decides which.
    Word(&'a str),
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
}

/// Cuts a filter into tokens.
///
/// # Errors
/// 400 `invalidFilter` for a text over [`LIMITS`], a string without an end, a malformed number, and a character that
/// has no place in a filter.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ScimError> {
    let most = LIMITS.max_filter_bytes;
    if text.len() > most {
        return Err(invalid(format!("The filter is longer than {most} bytes; ask for less at a time.")));
    }
    let mut found = Vec::new();
    let mut rest = text;
    let mut position = 1;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            space if space.is_ascii_whitespace() => {
                rest = &rest[1..];
                position += 1;
                continue;
            }
            '(' => (Kind::OpenParenthesis, 1),
            ')' => (Kind::CloseParenthesis, 1),
            '[' => (Kind::OpenBracket, 1),
            ']' => (Kind::CloseBracket, 1),
            '"' => string(rest, position)?,
            '-' | '0'..='9' => number(rest, position)?,
            name if is_word(name) => word(rest),
            '\'' => {
                return Err(invalid(format!("Single quote at position {position}: text is written in double quotes.")));
            }
            other => {
                let shown = other.escape_default();
                return Err(invalid(format!("Unexpected character {shown} at position {position} of the filter.")));
            }
        };
        found.push(Token { kind, position });
        position += rest[..length].chars().count();
        rest = &rest[length..];
    }
    Ok(found)
}

/// The length in bytes of the JSON string at the start of `text`, quotes included; `None` if it does not end.
pub(in crate::scim) fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

fn string(rest: &str, position: usize) -> Result<(Kind<'_>, usize), ScimError> {
    let length = string_length(rest)
        .ok_or_else(|| invalid(format!("The text that starts at position {position} has no closing quote.")))?;
    let text: String = serde_json::from_str(&rest[..length]).map_err(|_| {
        invalid(format!(
            "The text that starts at position {position} is not a JSON string. Write \\ before quotes and backslashes in it."
        ))
    })?;
    // No stored value can hold U+0000, and a database refuses it even in a question.
    if text.contains('\0') {
        return Err(invalid(format!("The text that starts at position {position} contains U+0000. Remove it.")));
    }
    Ok((Kind::Text(text), length))
}

fn number(rest: &str, position: usize) -> Result<(Kind<'_>, usize), ScimError> {
    let length = run(rest, |c| is_word(c) || c == '+');
    let literal = &rest[..length];
    let malformed = || invalid(format!("{} at position {position} is not a number that can be compared.", excerpt(literal)));
    // serde_json knows the grammar.
    serde_json::from_str::<serde_json::Number>(literal).map_err(|_| malformed())?;
    if let Ok(integer) = literal.parse() {
        return Ok((Kind::Integer(integer), length));
    }
    let decimal = Decimal::parse(literal).ok_or_else(malformed)?;
    Ok((Kind::Decimal(decimal), length))
}

fn word(rest: &str) -> (Kind<'_>, usize) {
    let length = run(rest, is_word);
    (Kind::Word(&rest[..length]), length)
}

/// Letters, digits and `$-_` of an attribute name, the dot before a sub-attribute, and what a URN may add (RFC 8141).
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_' | '.' | ':' | '/' | '%' | '~')
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind<'_>> {
        tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn tokens_of_every_kind() {
        assert_eq!(
            kinds(r#"urn:a:2.0:User:b.c[d Eq "x"]-1 2.5(true)"#),
            [
                Kind::Word("urn:a:2.0:User:b.c"),
                Kind::OpenBracket,
                Kind::Word("d"),
                Kind::Word("Eq"),
                Kind::Text("x".into()),
                Kind::CloseBracket,
                Kind::Integer(-1),
                Kind::Decimal(Decimal::parse("2.5").unwrap()),
                Kind::OpenParenthesis,
                Kind::Word("true"),
                Kind::CloseParenthesis,
            ]
        );
    }

    #[test]
    fn json_escapes_are_decoded() {
        assert_eq!(kinds(r#""O\u0027Malley""#), [Kind::Text("O'Malley".into())]);
        assert_eq!(kinds(r#""a\"b\\""#), [Kind::Text("a\"b\\".into())]);
        assert_eq!(kinds(r#""\ud83d\ude00""#), [Kind::Text("😀".into())]);
    }

    #[test]
    fn malformed_text_is_refused_where_it_stands() {
        for (text, words) in [
            ("a eq 'x'", "Single quote at position 6"),
            ("a eq \"x", "position 6 has no closing quote"),
            ("a eq \"\\\"", "position 6 has no closing quote"),
            (r#"é"#, "Unexpected character \\u{e9} at position 1"),
            (r#"a eq "\x""#, "not a JSON string"),
            (r#"a eq "\ud800""#, "not a JSON string"),
            ("a eq \"\n\"", "not a JSON string"),
            (r#"a eq "\u0000""#, "contains U+0000"),
            ("a eq 01", "\"01\" at position 6 is not a number"),
            ("a eq 1e999", "not a number"),
            ("a eq 1e-1000000", "not a number"),
            ("a eq 1.2.3", "not a number"),
            ("a eq -", "not a number"),
        ] {
            let error = tokens(text).unwrap_err();
            assert!(error.detail.contains(words), "{text}: {}", error.detail);
        }
    }

    #[test]
    fn length_is_bounded() {
        assert!(tokens(&" ".repeat(LIMITS.max_filter_bytes)).unwrap().is_empty());
        assert!(tokens(&" ".repeat(LIMITS.max_filter_bytes + 1)).is_err());
    }
}
