//! The errors of the protocol, a closed set: RFC 7644 §3.12 tables 8 and 9.

use serde_json::{Value, json};

use super::{schema::ResourceType, urn};

/// The `scimType` of an error, RFC 7644 §3.12 table 9 and RFC 9865 §2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter is not one, or asks what the attribute's type cannot answer.
    InvalidFilter,
    /// The query would give more results than we return.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute cannot be changed this way.
    Mutability,
    /// The body is not JSON, or not of the shape that the request needs.
    InvalidSyntax,
    /// The `path` of a PATCH operation is malformed.
    InvalidPath,
    /// The `path` of a PATCH operation names nothing that is there.
    NoTarget,
    /// A value is missing or of the wrong type.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// Personal data may not travel in the URL.
    Sensitive,
    /// The cursor is none of this query's (RFC 9865 §2.2).
    InvalidCursor,
    /// The cursor is too old (RFC 9865 §2.2).
    ExpiredCursor,
    /// The size of the page does not go with the cursor (RFC 9865 §2.2).
    InvalidCount,
}

impl ScimType {
    /// The word as it goes over the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// A refusal, as the client sees it.
///
/// `detail` ends up in the console of the identity provider, in front of an administrator: it names
/// the attribute, says what is wrong and what to do. Input goes into it through [`excerpt`] only.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {}: {detail}", scim_type.map_or("-", ScimType::as_str))]
pub struct ScimError {
    /// The HTTP status.
    pub status: u16,
    /// The word that narrows a 400 or 409 down, where the RFC has one.
    pub scim_type: Option<ScimType>,
    /// The sentence for the administrator.
    pub detail: String,
}

impl ScimError {
    /// An error with a status and no `scimType`.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// 400 with a `scimType`.
    pub fn bad(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: 400, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// 409 `uniqueness`.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self { status: 409, scim_type: Some(ScimType::Uniqueness), detail: detail.into() }
    }

    /// 404. An id of another workspace and an id of nobody give the same text.
    pub fn not_found(resource: ResourceType, id: &str) -> Self {
        let name = resource.name();
        Self::new(404, format!("{name} {} was not found in this workspace.", excerpt(id)))
    }

    /// 412: an `If-Match` or `If-None-Match` did not hold.
    pub fn precondition(detail: impl Into<String>) -> Self {
        Self::new(412, detail)
    }

    /// The same refusal under another `scimType`: a bad attribute name is `invalidPath` in a PATCH
    /// and `invalidFilter` in a filter.
    #[must_use]
    pub fn with_type(self, scim_type: ScimType) -> Self {
        Self { scim_type: Some(scim_type), ..self }
    }

    /// The error message of RFC 7644 §3.12. `status` is a string there.
    pub fn to_json(&self) -> Value {
        let mut body = json!({ "schemas": [urn::ERROR], "status": self.status.to_string() });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.as_str().into();
        }
        body["detail"] = self.detail.as_str().into();
        body
    }
}

/// The longest piece of input, in characters, that an error repeats.
const EXCERPT: usize = 100;

/// Client input made fit for a `detail`: in quotes, control and invisible formatting characters
/// escaped, and never longer than a hundred characters with everything.
pub fn excerpt(input: &str) -> String {
    format!("\"{}\"", legible(input))
}

/// As [`excerpt()`] without the quotes: for what we say in our own words and still repeats input, such as
/// a path with its filter.
pub fn legible(text: &str) -> String {
    // Two for the quotes, one for the ellipsis.
    const ROOM: usize = EXCERPT - 3;
    let mut shown = String::with_capacity(text.len().min(EXCERPT) + 8);
    let mut used = 0;
    for c in text.chars() {
        let before = shown.len();
        // `escape_debug` keeps printable characters of all languages; quotes read better as they are.
        match c {
            '"' | '\'' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
        used += shown[before..].chars().count();
        if used > ROOM {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_a_string_status_and_omits_an_absent_type() {
        let body = ScimError::conflict("userName is taken.").to_json();
        assert_eq!(
            body,
            json!({"schemas": [urn::ERROR], "status": "409", "scimType": "uniqueness", "detail": "userName is taken."})
        );
        let body = ScimError::not_found(ResourceType::User, "42").to_json();
        assert_eq!(body["status"], "404");
        assert!(body.get("scimType").is_none());
        assert_eq!(body["detail"], "User \"42\" was not found in this workspace.");
        assert_eq!(ScimError::precondition("x").status, 412);
    }

    #[test]
    fn every_type_is_a_word_of_the_register() {
        use ScimType::*;
        let words: Vec<_> = [
            InvalidFilter,
            TooMany,
            Uniqueness,
            Mutability,
            InvalidSyntax,
            InvalidPath,
            NoTarget,
            InvalidValue,
            InvalidVers,
            Sensitive,
            InvalidCursor,
            ExpiredCursor,
            InvalidCount,
        ]
        .map(ScimType::as_str)
        .into();
        assert_eq!(
            words,
            [
                "invalidFilter",
                "tooMany",
                "uniqueness",
                "mutability",
                "invalidSyntax",
                "invalidPath",
                "noTarget",
                "invalidValue",
                "invalidVers",
                "sensitive",
                "invalidCursor",
                "expiredCursor",
                "invalidCount"
            ]
        );
    }

    #[test]
    fn input_in_a_detail_is_short_and_harmless() {
        assert_eq!(excerpt("O'Malley \"x\""), "\"O'Malley \"x\"\"");
        assert_eq!(excerpt("a\r\nb\u{0}\u{202e}é"), "\"a\\r\\nb\\0\\u{202e}é\"");
        for hostile in ["x".repeat(5000), "\u{202e}".repeat(5000), "é".repeat(101)] {
            let text = excerpt(&hostile);
            assert!(text.chars().count() <= EXCERPT, "{text}");
            assert!(text.ends_with("…\""), "{text}");
        }
        let exact = "y".repeat(97);
        assert_eq!(excerpt(&exact), format!("\"{exact}\""));
    }
}
