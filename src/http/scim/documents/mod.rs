//! How resources and messages look in the OpenAPI document. Nothing is parsed with these: bodies are read by the core, which knows
//! every attribute of the schemas, in any case; `/Schemas` lists them all.

#![expect(dead_code, reason = "described, never made")]

mod bulk;
mod discovery;
mod lists;

pub use bulk::{BulkDocument, BulkResponseDocument};
pub use discovery::{DiscoveryDocument, DiscoveryListDocument, ServiceProviderConfigDocument};
pub use lists::{GroupListDocument, SearchDocument, SearchListDocument, UserListDocument};

use poem_openapi::{Object, types::Any};
use serde_json::Value;

/// An e-mail address, telephone number, role, ...
#[derive(Object)]
#[oai(rename = "ScimMultiValue")]
struct MultiValue {
    /// The value itself.
    value: String,
    /// A name for it.
    display: Option<String>,
    /// `work`, `home`, ...
    #[oai(rename = "type")]
    kind: Option<String>,
    /// The preferred one; at most one is.
    primary: Option<bool>,
}

/// A reference to another resource.
#[derive(Object)]
#[oai(rename = "ScimReference")]
struct Reference {
    /// The `id` of the other resource.
    value: String,
    /// Its address.
    #[oai(rename = "$ref")]
    reference: Option<String>,
    /// Its name.
    display: Option<String>,
    /// What it is.
    #[oai(rename = "type")]
    kind: Option<String>,
}

/// The parts of a name.
#[derive(Object)]
#[oai(rename = "ScimName", rename_all = "camelCase")]
struct Name {
    /// The whole name.
    formatted: Option<String>,
    /// Family name.
    family_name: Option<String>,
    /// Given name.
    given_name: Option<String>,
    /// Middle names.
    middle_name: Option<String>,
    /// Before the name.
    honorific_prefix: Option<String>,
    /// After the name.
    honorific_suffix: Option<String>,
}

/// Set by the server.
#[derive(Object)]
#[oai(rename = "ScimMeta", rename_all = "camelCase")]
struct ResourceMeta {
    /// `User` or `Group`.
    resource_type: String,
    /// When it was created.
    created: String,
    /// When it was last changed.
    last_modified: String,
    /// Its address.
    location: String,
    /// The same as the `ETag` header.
    version: String,
}

/// The enterprise extension (RFC 7643 §4.3).
#[derive(Object)]
#[oai(rename = "ScimEnterpriseUser", rename_all = "camelCase")]
struct EnterpriseUser {
    /// Employee number.
    employee_number: Option<String>,
    /// Cost center.
    cost_center: Option<String>,
    /// Organization.
    organization: Option<String>,
    /// Division.
    division: Option<String>,
    /// Department.
    department: Option<String>,
    /// The manager: a user's `id` in `value`.
    manager: Option<Reference>,
}

/// Rollcall's own extension.
#[derive(Object)]
#[oai(rename = "ScimRollcallUser", rename_all = "camelCase")]
struct RollcallUser {
    /// `admin`, `editor`, `viewer` or `guest`; goes before groups and the default.
    role: Option<String>,
}

/// A user (RFC 7643 §4.1). The attributes that are used most; `/Schemas` lists all of them.
#[derive(Object)]
#[oai(rename = "ScimUser", rename_all = "camelCase", example)]
pub struct UserDocument {
    /// Which schemas the attributes come from.
    schemas: Vec<String>,
    /// Set by the server, never changes.
    #[oai(read_only)]
    id: Option<String>,
    /// The identity provider's own identifier; opaque.
    external_id: Option<String>,
    /// Unique in the workspace, without regard to case.
    user_name: String,
    /// Name.
    name: Option<Name>,
    /// The name to show.
    display_name: Option<String>,
    /// Title.
    title: Option<String>,
    /// Preferred language.
    preferred_language: Option<String>,
    /// Locale.
    locale: Option<String>,
    /// Time zone.
    timezone: Option<String>,
    /// False puts the person out: with the answer nobody accepts them any more.
    active: Option<bool>,
    /// Accepted and dropped: people sign in through the identity provider.
    #[oai(write_only)]
    password: Option<String>,
    /// E-mail addresses.
    emails: Option<Vec<MultiValue>>,
    /// Telephone numbers.
    phone_numbers: Option<Vec<MultiValue>>,
    /// Roles; the first that is one of ours counts.
    roles: Option<Vec<MultiValue>>,
    /// The groups that the user is in: `direct`, or `indirect` through another group.
    #[oai(read_only)]
    groups: Option<Vec<Reference>>,
    /// The enterprise extension.
    #[oai(rename = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
    enterprise: Option<EnterpriseUser>,
    /// Rollcall's own extension.
    #[oai(rename = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User")]
    rollcall: Option<RollcallUser>,
    /// Set by the server.
    #[oai(read_only)]
    meta: Option<ResourceMeta>,
}

impl poem_openapi::types::Example for UserDocument {
    fn example() -> Self {
        let email =
            MultiValue { value: "isaac.brock@acme.test".into(), display: None, kind: Some("work".into()), primary: Some(true) };
        Self {
            schemas: vec![crate::scim::urn::USER.into()],
            id: None,
            external_id: Some("00u1a2b3c4".into()),
            user_name: "isaac.brock@acme.test".into(),
            name: Some(Name {
                formatted: None,
                family_name: Some("Brock".into()),
                given_name: Some("Isaac".into()),
                middle_name: None,
                honorific_prefix: None,
                honorific_suffix: None,
            }),
            display_name: Some("Isaac Brock".into()),
            title: None,
            preferred_language: None,
            locale: Some("en-US".into()),
            timezone: None,
            active: Some(true),
            password: None,
            emails: Some(vec![email]),
            phone_numbers: None,
            roles: None,
            groups: None,
            enterprise: None,
            rollcall: None,
            meta: None,
        }
    }
}

/// A group (RFC 7643 §4.2).
#[derive(Object)]
#[oai(rename = "ScimGroup", rename_all = "camelCase", example)]
pub struct GroupDocument {
    /// Which schemas the attributes come from.
    schemas: Vec<String>,
    /// Set by the server, never changes.
    #[oai(read_only)]
    id: Option<String>,
    /// The identity provider's own identifier; opaque.
    external_id: Option<String>,
    /// Unique in the workspace, without regard to case.
    display_name: String,
    /// The users and groups in it: the `id` of one in `value`.
    members: Option<Vec<Reference>>,
    /// Set by the server.
    #[oai(read_only)]
    meta: Option<ResourceMeta>,
}

impl poem_openapi::types::Example for GroupDocument {
    fn example() -> Self {
        Self {
            schemas: vec![crate::scim::urn::GROUP.into()],
            id: None,
            external_id: None,
            display_name: "Engineering".into(),
            members: Some(Vec::new()),
            meta: None,
        }
    }
}

/// One operation of a PATCH.
#[derive(Object)]
#[oai(rename = "ScimPatchOperation")]
struct PatchOperation {
    /// `add`, `remove` or `replace`.
    op: String,
    /// What to change: an attribute, or one value of it like `members[value eq "..."]`. Without it, `value` is an object of attributes.
    path: Option<String>,
    /// The new value.
    value: Option<Any<Value>>,
}

/// A change (RFC 7644 §3.5.2): all operations are done, in order, or none.
#[derive(Object)]
#[oai(rename = "ScimPatch", example)]
pub struct PatchDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:PatchOp`
    schemas: Vec<String>,
    /// What to do.
    #[oai(rename = "Operations")]
    operations: Vec<PatchOperation>,
}

impl poem_openapi::types::Example for PatchDocument {
    fn example() -> Self {
        let operation =
            PatchOperation { op: "replace".into(), path: Some("active".into()), value: Some(Any(Value::Bool(false))) };
        Self { schemas: vec![crate::scim::urn::PATCH_OP.into()], operations: vec![operation] }
    }
}
