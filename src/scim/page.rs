//! Pages of a list: by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865).

use serde_json::{Map, Value, json};

use super::{
    discovery::Limits,
    error::{ScimError, ScimType, excerpt},
    search::SearchRequest,
    urn,
};

/// Which part of the matches a client wants. By index, unless it sends a cursor (RFC 9865 §2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// From a place on.
    Index(PageRequest),
    /// After the page before.
    Cursor(CursorRequest),
}

impl Paging {
    /// Reads `startIndex`, `cursor` and `count`.
    ///
    /// # Errors
    /// 400 `invalidValue` when `startIndex` is no whole number, or comes with a `cursor`. A `count` that is none is `invalidValue`
    /// too, and `invalidCount` with a `cursor`.
    pub fn parse(request: &SearchRequest, limits: &Limits) -> Result<Self, ScimError> {
        let (start_index, count) = (request.start_index.as_deref(), request.count.as_deref());
        let Some(cursor) = &request.cursor else {
            return PageRequest::parse(start_index, count, limits).map(Self::Index);
        };
        if start_index.is_some() {
            let detail = "startIndex and cursor are two ways to ask for a page. Send one of them.";
            return Err(ScimError::bad(ScimType::InvalidValue, detail));
        }
        let count = count.map(|text| whole_number("count", text)).transpose();
        let count = count.map_err(|error| error.with_type(ScimType::InvalidCount))?;
        Ok(Self::Cursor(CursorRequest { cursor: cursor.clone(), count: count.map(|count| count.min(limits.max_results)) }))
    }
}

/// A page by its cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorRequest {
    /// `nextCursor` of the page before; empty for the first page.
    pub cursor: String,
    /// How many resources at most, if the client says so, the server's own bound already applied. 0 asks for the total only.
    pub count: Option<u64>,
}

/// A page by index.
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

/// Where a page is in its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A page by index.
    Index {
        /// How many match in all.
        total: u64,
        /// The first one's place, from 1.
        start_index: u64,
    },
    /// A page by cursor.
    Cursor {
        /// How many match in all, where that was all the client asked for: to count them for each page would make the page dear.
        total: Option<u64>,
        /// The cursor of the page after this one; none after the last.
        next: Option<String>,
    },
}

/// A page as a ListResponse, RFC 7644 §3.4.2. `Resources` is there even when it is empty: several
/// identity providers read it without looking first.
pub fn list_response(place: Place, resources: Vec<Value>) -> Value {
    let mut body = list_head(place, resources.len());
    body.insert("Resources".to_owned(), Value::Array(resources));
    Value::Object(body)
}

/// Everything of the ListResponse but its `Resources`, of which there are so many.
pub fn list_head(place: Place, resources: usize) -> Map<String, Value> {
    let mut head = Map::new();
    let mut say = |name: &str, value: Value| head.insert(name.to_owned(), value);
    say("schemas", json!([urn::LIST_RESPONSE]));
    match place {
        Place::Index { total, start_index } => {
            say("totalResults", total.into());
            say("startIndex", start_index.into());
            say("itemsPerPage", resources.into());
        }
        Place::Cursor { total, next } => {
            total.map(|total| say("totalResults", total.into()));
            say("itemsPerPage", resources.into());
            next.map(|next| say("nextCursor", next.into()));
        }
    }
    head
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
            list_response(Place::Index { total: 0, start_index: 1 }, vec![]).to_string(),
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}"#
        );
        let body = list_response(Place::Index { total: 25, start_index: 21 }, vec![json!({"id": "1"}), json!({"id": "2"})]);
        assert_eq!((&body["totalResults"], &body["startIndex"], &body["itemsPerPage"]), (&json!(25), &json!(21), &json!(2)));
    }

    #[test]
    fn a_page_by_cursor_has_what_is_known_of_it() {
        let body = list_response(Place::Cursor { total: None, next: Some("x".into()) }, vec![json!({"id": "1"})]);
        assert_eq!(
            body,
            json!({"schemas": [urn::LIST_RESPONSE], "itemsPerPage": 1, "nextCursor": "x", "Resources": [{"id": "1"}]})
        );
        let body = list_response(Place::Cursor { total: Some(7), next: None }, vec![]);
        assert_eq!(body, json!({"schemas": [urn::LIST_RESPONSE], "totalResults": 7, "itemsPerPage": 0, "Resources": []}));
    }

    fn paging(start_index: Option<&str>, cursor: Option<&str>, count: Option<&str>) -> Result<Paging, Option<ScimType>> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let request = SearchRequest {
            start_index: text(start_index),
            cursor: text(cursor),
            count: text(count),
            ..SearchRequest::default()
        };
        Paging::parse(&request, &LIMITS).map_err(|error| error.scim_type)
    }

    #[test]
    fn a_cursor_asks_for_pages_by_cursor_even_when_it_is_empty() {
        let cursor = |cursor: &str, count| Ok(Paging::Cursor(CursorRequest { cursor: cursor.into(), count }));
        assert_eq!(paging(None, Some(""), None), cursor("", None));
        assert_eq!(paging(None, Some("abc"), Some("10")), cursor("abc", Some(10)));
        assert_eq!(paging(None, Some(""), Some("-1")), cursor("", Some(0)));
        assert_eq!(paging(None, Some(""), Some("100000")), cursor("", Some(LIMITS.max_results)));
        assert_eq!(paging(Some("2"), None, Some("3")), Ok(Paging::Index(PageRequest { start_index: 2, count: 3 })));
        assert_eq!(paging(None, Some(""), Some("x")), Err(Some(ScimType::InvalidCount)));
        assert_eq!(paging(Some("1"), Some(""), None), Err(Some(ScimType::InvalidValue)));
    }

    proptest! {
        #[test]
        fn every_page_is_within_the_limits(start in "-?[0-9]{1,25}", count in "-?[0-9]{1,25}") {
            let (start, count) = page(Some(&start), Some(&count)).unwrap();
            prop_assert!(start >= 1 && i64::try_from(start).is_ok() && count <= LIMITS.max_results);
        }
    }
}
