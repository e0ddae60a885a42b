//! How names are compared: RFC 7644 §5 and §7.8.

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation};

use super::error::{ScimError, ScimType, excerpt};

/// The form of a `userName` in which two spellings of one name are equal: PRECIS UsernameCaseMapped,
/// RFC 8265 §3.3, part by part where the name has spaces (§3.5).
///
/// # Errors
/// 400 `invalidValue` when the profile forbids the name: empty, a space at an end, control and
/// invisible characters, symbols, unassigned code points, mixed directions.
pub fn user_name_key(user_name: &str) -> Result<String, ScimError> {
    let mut key = String::with_capacity(user_name.len());
    for (place, part) in user_name.split(' ').enumerate() {
        if place > 0 {
            key.push(' ');
        }
        // Several spaces in a row leave empty parts, which the profile would refuse.
        if !part.is_empty() {
            key.push_str(&stable(part).ok_or_else(|| forbidden(user_name))?);
        }
    }
    if key.trim() == key && !key.is_empty() { Ok(key) } else { Err(forbidden(user_name)) }
}

/// The profile applied until it changes nothing more, so that a key is its own key. RFC 8264 §7 says to
/// try three times and to refuse what is still moving. `None` when the profile forbids the text.
fn stable(part: &str) -> Option<String> {
    let mut before = UsernameCaseMapped::enforce(part).ok()?.into_owned();
    for _ in 0..3 {
        let after = UsernameCaseMapped::enforce(before.as_str()).ok()?.into_owned();
        if after == before {
            return Some(after);
        }
        before = after;
    }
    None
}

fn forbidden(user_name: &str) -> ScimError {
    let detail = format!(
        "userName {} is not allowed. Use letters, digits, ASCII punctuation and single spaces between them; \
         control, invisible and symbol characters and spaces at the ends are refused (RFC 8265).",
        excerpt(user_name)
    );
    ScimError::bad(ScimType::InvalidValue, detail)
}

/// The form of a text in which attributes with `caseExact: false` are compared.
///
/// Filters in memory use it, and the values bound in SQL go through it before they meet `lower(…)`.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let same = [
            ("bob@example.com", "BOB@Example.COM"),
            ("bob", "\u{ff42}\u{ff4f}\u{ff42}"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("Ada Lovelace", "ada lovelace"),
            ("O'Malley+x_y-z.1", "o'malley+x_y-z.1"),
            ("\u{3a3}\u{391}", "\u{3c3}\u{3b1}"),
        ];
        for (a, b) in same {
            assert_eq!(user_name_key(a), user_name_key(b), "{a} {b}");
            assert!(user_name_key(a).is_ok(), "{a}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        // Turkish dotless i and sharp s are letters of their own, RFC 8265 §3.3.
        for (a, b) in [("I", "\u{131}"), ("stra\u{df}e", "strasse"), ("a b", "ab"), ("a b", "a  b")] {
            assert_ne!(user_name_key(a).unwrap(), user_name_key(b).unwrap(), "{a} {b}");
        }
        assert_eq!(user_name_key("I").unwrap(), "i");
    }

    #[test]
    fn names_that_the_profile_forbids_are_refused() {
        for name in [
            "",
            " ",
            " bob",
            "bob ",
            "b\u{0}b",
            "b\nb",
            "b\tb",
            "\u{202e}bob",
            "bob\u{200b}",
            "bob\u{feff}",
            "\u{265a}",
            "bob\u{a0}smith",
            "\u{378}",
            "\u{5d0}a",
            "\u{2163}",
            "\u{e000}",
        ] {
            let error = user_name_key(name).expect_err(name);
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{name:?}");
            assert!(error.detail.starts_with("userName "), "{}", error.detail);
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,20}|[a-zA-Z0-9@. ]{1,20}|\\p{L}{1,20}") {
            if let Ok(key) = user_name_key(&name) {
                prop_assert_eq!(user_name_key(&key), Ok(key));
            }
        }
    }
}
