//! A query in a body instead of an address, RFC 7644 §3.4.3: for filters that hold what should not stand in a log.

use serde_json::{Map, Value};

use super::{
    document::value::kind_of,
    error::{ScimError, ScimType},
    message::check_keys,
    tolerance::Tolerated,
    urn,
};

/// The parameters of a query as they would stand in an address. They are read by whatever reads those, so that both ways of asking
/// give the same answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// `filter`.
    pub filter: Option<String>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder`.
    pub sort_order: Option<String>,
    /// `startIndex`.
    pub start_index: Option<String>,
    /// `cursor`; empty asks for the first page (RFC 9865).
    pub cursor: Option<String>,
    /// `count`.
    pub count: Option<String>,
    /// `attributes`, joined by commas.
    pub attributes: Option<String>,
    /// `excludedAttributes`, joined by commas.
    pub excluded_attributes: Option<String>,
}

/// The keys of the message, as the RFC writes them.
const KEYS: [&str; 9] =
    ["schemas", "filter", "sortBy", "sortOrder", "startIndex", "cursor", "count", "attributes", "excludedAttributes"];

impl SearchRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// `invalidSyntax` when it is no SearchRequest or a parameter has the wrong type: lists must be arrays, numbers numbers.
    pub fn parse(body: &Value) -> Result<Self, ScimError> {
        Self::parse_noting(body, &mut Tolerated::default())
    }

    /// As [`SearchRequest::parse`], with the workspace's rules.
    ///
    /// # Errors
    /// As [`SearchRequest::parse`]; for what the workspace refuses to let pass.
    pub fn parse_noting(body: &Value, notes: &mut Tolerated) -> Result<Self, ScimError> {
        let body = body.as_object().ok_or_else(|| invalid("the body must be an object"))?;
        check_keys(body, &KEYS, notes)?;
        let is_search = field(body, "schemas")
            .and_then(Value::as_array)
            .is_some_and(|urns| urns.iter().filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(urn::SEARCH_REQUEST)));
        if !is_search {
            return Err(invalid(&format!("schemas must name {}", urn::SEARCH_REQUEST)));
        }
        Ok(Self {
            filter: text(body, "filter")?,
            sort_by: text(body, "sortBy")?,
            sort_order: text(body, "sortOrder")?,
            start_index: number(body, "startIndex")?,
            cursor: text(body, "cursor")?,
            count: number(body, "count")?,
            attributes: list(body, "attributes")?,
            excluded_attributes: list(body, "excludedAttributes")?,
        })
    }
}

fn invalid(detail: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, format!("The search cannot be read: {detail}."))
}

/// Names count in any case; null is as good as absent (RFC 7643 §2.1, §2.5).
fn field<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).filter(|value| !value.is_null())
}

fn text(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match field(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(invalid(&format!("{name} must be a text, not {}", kind_of(other)))),
    }
}

fn number(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match field(body, name) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(invalid(&format!("{name} must be a number, not {}", kind_of(other)))),
    }
}

fn list(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    let Some(value) = field(body, name) else { return Ok(None) };
    let wrong = || invalid(&format!("{name} must be a list of attribute names, each a text, not {}", kind_of(value)));
    let names: Option<Vec<&str>> = value.as_array().ok_or_else(wrong)?.iter().map(Value::as_str).collect();
    Ok(Some(names.ok_or_else(wrong)?.join(",")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::tolerance::{Rules, Tolerance};

    #[test]
    fn a_search_is_the_query_of_an_address() {
        let body = json!({
            "schemas": [urn::SEARCH_REQUEST], "Filter": "userName eq \"a\"", "startIndex": 2, "count": -1,
            "sortBy": "title", "SORTORDER": "descending", "cursor": "",
            "attributes": ["userName", "name.givenName"], "excludedAttributes": null,
        });
        let wanted = SearchRequest {
            filter: Some("userName eq \"a\"".into()),
            sort_by: Some("title".into()),
            sort_order: Some("descending".into()),
            start_index: Some("2".into()),
            cursor: Some(String::new()),
            count: Some("-1".into()),
            attributes: Some("userName,name.givenName".into()),
            excluded_attributes: None,
        };
        assert_eq!(SearchRequest::parse(&body), Ok(wanted));
    }

    #[test]
    fn keys_are_taken_in_any_case_unless_the_workspace_refuses_it() {
        for (tolerance, body) in [
            (Tolerance::MessageKeyCase, json!({ "schemas": [urn::SEARCH_REQUEST], "startindex": 1 })),
            (Tolerance::UnknownMessageKey, json!({ "schemas": [urn::SEARCH_REQUEST], "page": 1 })),
        ] {
            let mut notes = Tolerated::default();
            SearchRequest::parse_noting(&body, &mut notes).expect("a search");
            assert_eq!(notes.used(), [tolerance]);
            let rules = Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() };
            let error = SearchRequest::parse_noting(&body, &mut Tolerated::under(rules)).expect_err("refused");
            assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        }
    }

    #[test]
    fn a_wrong_type_is_named() {
        for (name, value) in [
            ("attributes", json!("userName")),
            ("attributes", json!([1])),
            ("count", json!("1")),
            ("filter", json!(1)),
            ("sortBy", json!([])),
            ("cursor", json!(1)),
        ] {
            let error = SearchRequest::parse(&json!({ "schemas": [urn::SEARCH_REQUEST], name: value })).expect_err(name);
            assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
            assert!(error.detail.contains(name), "{}", error.detail);
        }
        for body in [json!([]), json!({}), json!({ "schemas": [urn::PATCH_OP] })] {
            assert_eq!(SearchRequest::parse(&body).map_err(|error| error.status), Err(400));
        }
    }
}
