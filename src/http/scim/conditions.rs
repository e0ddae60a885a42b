//! The conditions of a request (RFC 7644 §3.14, RFC 9110 §13).

use poem::{FromRequest, Request, RequestBody, Result, http::header};

use crate::scim::Preconditions;

/// `If-Match` and `If-None-Match`, read from the headers themselves: there may be several of one name, and one that is no text must
/// fail a write instead of letting it go ahead without a condition.
pub struct Conditions(pub Preconditions);

impl<'a> FromRequest<'a> for Conditions {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let all = |name| {
            let values = request.headers().get_all(name);
            // What is no text is no tag, and equals no version.
            let texts: Vec<&str> = values.iter().map(|value| value.to_str().unwrap_or("unreadable")).collect();
            (!texts.is_empty()).then(|| texts.join(","))
        };
        let (if_match, if_none_match) = (all(header::IF_MATCH), all(header::IF_NONE_MATCH));
        Ok(Self(Preconditions::parse(if_match.as_deref(), if_none_match.as_deref())))
    }
}
