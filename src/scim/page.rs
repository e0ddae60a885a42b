//! Pages of a list by index, RFC 7644 §3.4.2.4.

use serde_json::{Value, json};

use super::{
    discovery::Limits,
    error::{ScimError, ScimType, excerpt},
    urn,
};

/// Which part of the matches a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// The place of the first resource, from 1. Never more than `i64::MAX`, so that SQL can have it.
    pub start_index: u64,
    /// How many resources at most, the server's own bound already applied. 0 asks for the total only.
    pub count: u64,
}

impl PageRequest {
    /// Reads `startIndex` and `count` as they stand in the query string (or as the numbers of a
    /// `.search` body are written). A `startIndex` below 1 is 1, a negative `count` is 0, too large ones
    /// are cut down.
    ///
    /// # Errors
    /// 400 `invalidValue` when one is not a whole number.
    pub fn parse(start_index: Option<&str>, count: Option<&str>, limits: &Limits) -> Result<Self, ScimError> {
        let start_index = start_index.map(|text| whole_number("startIndex", text)).transpose()?;
        let count = count.map(|text| whole_number("count", text)).transpose()?;
        Ok(Self {
            start_index: start_index.unwrap_or(1).max(1),
            count: count.unwrap_or(limits.default_page).min(limits.max_results),
        })
    }
}

/// The number, 0 for negative ones and `i64::MAX` for those that are larger.
fn whole_number(name: &str, text: &str) -> Result<u64, ScimError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        let detail = format!("{name} must be a whole number, not {}.", excerpt(text));
        return Err(ScimError::bad(ScimType::InvalidValue, detail));
    }
    // What is only digits and still does not parse is out of range on its own side of zero.
    let limit = if digits.len() == text.len() { i64::MAX } else { i64::MIN };
    Ok(u64::try_from(text.parse().unwrap_or(limit)).unwrap_or(0))
}

/// A page as a ListResponse, RFC 7644 §3.4.2. `Resources` is there even when it is empty: several
/// identity providers read it without looking first.
pub fn list_response(total: u64, start_index: u64, resources: Vec<Value>) -> Value {
    let mut body = json!({
        "schemas": [urn::LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
    });
    // Moved in: `json!` would copy the whole page.
    body["Resources"] = Value::Array(resources);
    body
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scim::discovery::LIMITS;

    fn page(start_index: Option<&str>, count: Option<&str>) -> Result<(u64, u64), ScimError> {
        PageRequest::parse(start_index, count, &LIMITS).map(|page| (page.start_index, page.count))
    }

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        let most = LIMITS.max_results;
        assert_eq!(page(None, None), Ok((1, LIMITS.default_page)));
        assert_eq!(page(Some("0"), Some("0")), Ok((1, 0)));
        assert_eq!(page(Some("-5"), Some("-1")), Ok((1, 0)));
        assert_eq!(page(Some("101"), Some("100")), Ok((101, 100)));
        assert_eq!(page(Some("1"), Some("100000")), Ok((1, most)));
        assert_eq!(page(Some("99999999999999999999"), Some("99999999999999999999")), Ok((i64::MAX as u64, most)));
        assert_eq!(page(Some("-99999999999999999999"), Some("-99999999999999999999")), Ok((1, 0)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "a", "1.5", "1e3", " 1", "+1", "--1", "١", "0x1"] {
            for result in [page(Some(text), None), page(None, Some(text))] {
                let error = result.expect_err(text);
                assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{text}");
            }
        }
    }

    #[test]
    fn a_list_always_has_its_resources_and_counts_its_page() {
        assert_eq!(
            list_response(0, 1, vec![]).to_string(),
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}"#
        );
        let body = list_response(25, 21, vec![json!({"id": "1"}), json!({"id": "2"})]);
        assert_eq!((&body["totalResults"], &body["startIndex"], &body["itemsPerPage"]), (&json!(25), &json!(21), &json!(2)));
    }

    proptest! {
        #[test]
        fn every_page_is_within_the_limits(start in "-?[0-9]{1,25}", count in "-?[0-9]{1,25}") {
            let (start, count) = page(Some(&start), Some(&count)).unwrap();
            prop_assert!(start >= 1 && i64::try_from(start).is_ok() && count <= LIMITS.max_results);
        }
    }
}
