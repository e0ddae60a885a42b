//! What the server can do.

use poem_openapi::{Object, types::Any};
use serde_json::Value;

/// What the server can do (RFC 7643 §5).
#[derive(Object)]
#[oai(rename = "ScimServiceProviderConfig", rename_all = "camelCase")]
pub struct ServiceProviderConfigDocument {
    /// `urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig`
    schemas: Vec<String>,
    /// PATCH.
    patch: Any<Value>,
    /// Bulk.
    bulk: Any<Value>,
    /// Filters.
    filter: Any<Value>,
    /// Change of password.
    change_password: Any<Value>,
    /// Sorting.
    sort: Any<Value>,
    /// Versions.
    etag: Any<Value>,
    /// Pages of lists (RFC 9865).
    pagination: Any<Value>,
    /// How callers prove who they are.
    authentication_schemes: Vec<Any<Value>>,
}

/// A ResourceType or Schema (RFC 7643 §6, §7).
#[derive(Object)]
#[oai(rename = "ScimDiscovery")]
pub struct DiscoveryDocument {
    /// Which schema describes it.
    schemas: Vec<String>,
    /// Its name or URN.
    id: String,
    /// Its name.
    name: String,
}

/// A list of ResourceTypes or Schemas.
#[derive(Object)]
#[oai(rename = "ScimDiscoveryList", rename_all = "camelCase")]
pub struct DiscoveryListDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`
    schemas: Vec<String>,
    /// How many there are.
    total_results: u64,
    /// All of them.
    #[oai(rename = "Resources")]
    resources: Vec<DiscoveryDocument>,
}
