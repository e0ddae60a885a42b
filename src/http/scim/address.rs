//! What identity providers do to an address. It has been put right before a route was looked for; here it is taken down or refused.

use poem::http::Uri;

use crate::scim::{ScimError, ScimType, Tolerance, Tolerated, error::excerpt};

/// The parameters that an address can have (RFC 7644 §3.4.2, §3.9; RFC 9865 §2).
const PARAMETERS: [&str; 8] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"];

/// Looks at the address as it was sent.
///
/// # Errors
/// 404 for slashes too many, 400 `invalidValue` for parameters in another case, where the workspace refuses them.
pub fn check(uri: &Uri, notes: &mut Tolerated) -> Result<(), ScimError> {
    let path = uri.path();
    if path.ends_with('/') || path.contains("//") {
        notes.pass(Tolerance::ExtraSlash, || {
            ScimError::new(404, "The address has a slash too many, at its end or in the middle. Remove it from the base address.")
        })?;
    }
    for parameter in uri.query().into_iter().flat_map(|query| query.split('&')) {
        let name = parameter.split('=').next().unwrap_or_default();
        if let Some(known) = PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name) {
            let detail = || format!("The parameter {} must be written {known}.", excerpt(name));
            notes.need(Tolerance::ParameterCase, ScimType::InvalidValue, detail)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::Rules;

    #[test]
    fn what_was_put_right_is_taken_down_or_refused() {
        let rules = |tolerance| Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() };
        for (address, tolerance, status) in [
            ("/scim/Users/", Tolerance::ExtraSlash, 404),
            ("/scim//Users?count=1", Tolerance::ExtraSlash, 404),
            ("/scim/Users?count=1&startindex=2", Tolerance::ParameterCase, 400),
            ("/scim/Users?FILTER=a//b", Tolerance::ParameterCase, 400),
        ] {
            let uri: Uri = address.parse().expect(address);
            let mut notes = Tolerated::default();
            assert_eq!(check(&uri, &mut notes), Ok(()));
            assert_eq!(notes.used(), [tolerance], "{address}");
            let error = check(&uri, &mut Tolerated::under(rules(tolerance))).expect_err(address);
            assert_eq!(error.status, status, "{address}");
        }
    }

    #[test]
    fn what_any_client_may_send_is_no_departure() {
        for address in ["/scim/Users", "/scim/Users?", "/scim/Users?filter=x&", "/scim/Users?foo=1&&bar", "/scim/Users/a?count=1"]
        {
            let mut notes = Tolerated::default();
            assert_eq!(check(&address.parse().expect(address), &mut notes), Ok(()));
            assert!(notes.is_empty(), "{address}");
        }
    }
}
