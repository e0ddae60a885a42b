//! The URNs of SCIM: schemas of resources (RFC 7643 §10.3.1) and of messages (RFC 7644 §8.2).
//!
//! URNs are compared with [`same`], never with `==`: some identity providers change their case.

/// Core schema of a user, RFC 7643 §4.1.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Core schema of a group, RFC 7643 §4.2.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Enterprise extension of a user, RFC 7643 §4.3.
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Our own extension of a user: the role in the workspace.
pub const ROLLCALL_USER: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// Schema of a schema resource, RFC 7643 §7.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// Schema of a resource type resource, RFC 7643 §6.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// Schema of the service provider's configuration, RFC 7643 §5.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// Message: a page of resources, RFC 7644 §3.4.2.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Message: an error, RFC 7644 §3.12.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// Message: a partial modification, RFC 7644 §3.5.2.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Message: a query by POST, RFC 7644 §3.4.3.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// Message: many operations in one request, RFC 7644 §3.7.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// Message: the results of a bulk request, RFC 7644 §3.7.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// What Entra ID lists besides the core schema when it creates a group. It carries no attributes.
pub const ENTRA_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
/// How the URNs of SCIM 1.1 begin; templates of OneLogin still list them in SCIM 2.0 bodies.
pub const SCIM_1_PREFIX: &str = "urn:scim:schemas:";

/// Whether two URNs are the same one, without regard to case.
pub fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether `urn` belongs to nobody's SCIM 2.0 schema but may stand in `schemas` all the same,
/// because identity providers put it there: SCIM 1.1 URNs and Entra's group URN.
pub fn is_tolerated_foreign(urn: &str) -> bool {
    let prefix = urn.get(..SCIM_1_PREFIX.len());
    prefix.is_some_and(|prefix| same(prefix, SCIM_1_PREFIX)) || same(urn, ENTRA_GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_urns_are_told_from_unknown_ones() {
        assert!(is_tolerated_foreign("urn:scim:schemas:core:2.0"));
        assert!(is_tolerated_foreign("URN:SCIM:schemas:core:1.0"));
        assert!(is_tolerated_foreign(ENTRA_GROUP));
        assert!(!is_tolerated_foreign(USER));
        assert!(!is_tolerated_foreign("urn:scim:schemaé"));
        assert!(!is_tolerated_foreign(""));
    }
}
