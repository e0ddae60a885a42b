//! The answer to a bulk request, RFC 7644 §3.7.3, piece by piece so that it can be sent while it comes about: [`HEAD`], the results
//! with commas between them, [`TAIL`].

use serde_json::{Map, Value};

use super::Method;
use crate::scim::{error::ScimError, etag::version_tag, schema::ResourceType};

/// What stands before the first result.
pub const HEAD: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":["#;
/// What stands after the last result.
pub const TAIL: &str = "]}";

/// What an operation has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It created a resource.
    Created {
        /// Its version.
        version: i64,
    },
    /// A resource is as the operation wants it.
    Changed {
        /// Its version.
        version: i64,
    },
    /// A resource is gone.
    Deleted,
}

/// The status with which a single request would have been answered.
pub fn status(outcome: &Result<Done, ScimError>) -> u16 {
    match outcome {
        Ok(Done::Created { .. }) => 201,
        Ok(Done::Changed { .. }) => 200,
        Ok(Done::Deleted) => 204,
        Err(error) => error.status,
    }
}

/// The address of a resource below `base`, which has no slash at its end. The id may be anything that a client has written.
pub fn location(base: &str, kind: ResourceType, id: &str) -> String {
    let mut location = format!("{base}{}/", kind.endpoint());
    for byte in id.bytes() {
        // RFC 3986 §2.3: everything else is encoded.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            location.push(char::from(byte));
        } else {
            location.push_str(&format!("%{byte:02X}"));
        }
    }
    location
}

/// One result. `location` is the address of the resource; a POST that failed has none.
pub fn result(
    method: Option<Method>,
    bulk_id: Option<&str>,
    location: Option<String>,
    outcome: &Result<Done, ScimError>,
) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    if let Some(location) = location {
        put("location", location.into());
    }
    if let Some(method) = method {
        put("method", method.as_str().into());
    }
    if let Some(bulk_id) = bulk_id {
        put("bulkId", bulk_id.into());
    }
    match outcome {
        Ok(Done::Created { version } | Done::Changed { version }) => drop(put("version", version_tag(*version).into())),
        Ok(Done::Deleted) => {}
        Err(error) => drop(put("response", error.to_json())),
    }
    // A text, although one example of the RFC (§3.7.2) has an object.
    put("status", status(outcome).to_string().into());
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::urn;

    #[test]
    fn the_pieces_are_a_bulk_response() {
        let whole: Value = serde_json::from_str(&format!("{HEAD}{TAIL}")).unwrap();
        assert_eq!(whole, json!({ "schemas": [urn::BULK_RESPONSE], "Operations": [] }));
    }

    #[test]
    fn a_result_has_what_there_is() {
        let there = location("https://x/scim", ResourceType::User, "01a");
        assert_eq!(
            result(Some(Method::Post), Some("a"), Some(there), &Ok(Done::Created { version: 1 })),
            json!({
                "location": "https://x/scim/Users/01a", "method": "POST", "bulkId": "a", "version": "W/\"1\"", "status": "201",
            })
        );
        assert_eq!(result(Some(Method::Delete), None, None, &Ok(Done::Deleted)), json!({ "method": "DELETE", "status": "204" }));
        let error = ScimError::precondition("no");
        assert_eq!(
            result(Some(Method::Put), None, None, &Err(error.clone())),
            json!({ "method": "PUT", "response": error.to_json(), "status": "412" })
        );
        assert_eq!(location("b", ResourceType::Group, "a/b é?"), "b/Groups/a%2Fb%20%C3%A9%3F");
    }
}
