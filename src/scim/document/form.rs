//! The form that RFC 7643 gives some texts beyond their type.

use super::value::refuse;
use crate::scim::{
    error::{ScimError, excerpt},
    tolerance::{Tolerance, Tolerated},
};

/// A country is a code of two letters (RFC 7643 §4.1.2). Mappings send its name instead.
pub(super) fn country(text: &str, at: &str, notes: &mut Tolerated) -> Result<(), ScimError> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if at != "addresses.country" || text.is_empty() || is_code {
        return Ok(());
    }
    let what = || format!("must be a code of two letters such as \"US\" (ISO 3166-1), not {}.", excerpt(text));
    notes.pass(Tolerance::CountryName, || refuse(at, &what()))
}

/// A reference is a URI, whole or relative (RFC 7643 §2.3.7). Mappings send any text there.
pub(super) fn uri(text: &str, at: &str, notes: &mut Tolerated) -> Result<(), ScimError> {
    if is_uri(text) {
        return Ok(());
    }
    let what = || format!("must be a URI such as \"https://example.com/x\", not {}.", excerpt(text));
    notes.pass(Tolerance::TextForUri, || refuse(at, &what()))
}

/// Whether only characters of RFC 3986 are in it, and `%` only before two hexadecimal digits.
fn is_uri(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hex = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_hexdigit);
    bytes.iter().enumerate().all(|(place, byte)| match byte {
        b'%' => is_hex(place + 1) && is_hex(place + 2),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::{ScimType, tolerance::Rules};

    fn tried(
        check: fn(&str, &str, &mut Tolerated) -> Result<(), ScimError>,
        text: &str,
        at: &str,
        refused: Tolerance,
    ) -> (Vec<Tolerance>, Option<ScimError>) {
        let mut notes = Tolerated::default();
        assert_eq!(check(text, at, &mut notes), Ok(()), "{text}");
        let rules = Rules { refused: [refused].into_iter().collect(), ..Rules::default() };
        (notes.used().to_vec(), check(text, at, &mut Tolerated::under(rules)).err())
    }

    #[test]
    fn a_country_is_two_letters() {
        let check = |text, at| tried(country, text, at, Tolerance::CountryName);
        for (text, at) in
            [("DE", "addresses.country"), ("us", "addresses.country"), ("", "addresses.country"), ("Germany", "urn:x:y:country")]
        {
            assert_eq!(check(text, at), (vec![], None), "{text} {at}");
        }
        for text in ["Germany", "USA", "D1", "\u{e9}"] {
            let (used, error) = check(text, "addresses.country");
            let error = error.expect(text);
            assert_eq!((used, error.scim_type), (vec![Tolerance::CountryName], Some(ScimType::InvalidValue)));
            assert!(error.detail.starts_with("addresses.country must be a code of two letters"), "{}", error.detail);
        }
    }

    #[test]
    fn a_reference_is_a_uri() {
        let check = |text| tried(uri, text, "profileUrl", Tolerance::TextForUri);
        for text in ["", "word", "../Users/1", "https://example.com/a%20b?c=d#e", "data:image/png;base64,iVBORw0K/+=="] {
            assert_eq!(check(text), (vec![], None), "{text}");
        }
        for text in ["a word", "https://example.com/%zz", "https://example.com/%", "\u{e9}", "a|b", "<x>"] {
            let (used, error) = check(text);
            let error = error.expect(text);
            assert_eq!((used, error.scim_type), (vec![Tolerance::TextForUri], Some(ScimType::InvalidValue)));
            assert!(error.detail.starts_with("profileUrl must be a URI"), "{}", error.detail);
        }
    }
}
