//! For the workspace's own callers: the SaaS's backend (sessions), readers of members, administrators.

mod access;
mod answers;
mod audit_log;
mod auth;
mod invitations;
mod members;
mod parameters;
mod provisioning_log;
mod receipts;
mod role_mappings;
mod scim;
mod sessions;
mod tokens;

use poem::{Endpoint, Response, Route};
use poem_openapi::OpenApiService;

pub use answers::{NewTokenBody, TokenAnswer};
pub use tokens::{Done, TokenMade};

type Apis = (
    sessions::SessionsApi,
    members::MembersApi,
    invitations::InvitationsApi,
    access::AccessApi,
    tokens::TokensApi,
    role_mappings::RoleMappingsApi,
    scim::ScimApi,
    provisioning_log::ProvisioningLogApi,
    audit_log::AuditLogApi,
    receipts::ReceiptsApi,
);

/// The service, for its document and for serving.
pub fn service() -> OpenApiService<Apis, ()> {
    let apis = (
        sessions::SessionsApi,
        members::MembersApi,
        invitations::InvitationsApi,
        access::AccessApi,
        tokens::TokensApi,
        role_mappings::RoleMappingsApi,
        scim::ScimApi,
        provisioning_log::ProvisioningLogApi,
        audit_log::AuditLogApi,
        receipts::ReceiptsApi,
    );
    OpenApiService::new(apis, "Rollcall workspace API", env!("CARGO_PKG_VERSION"))
        .description("Members, sessions, API tokens, role mappings, the provisioning log and the audit log of one workspace, which is known from the token alone.")
        .url_prefix(super::WORKSPACE_PREFIX)
}

/// Every failure below this prefix is a problem document.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    super::problem::guarded(Route::new().nest("/", service()))
}
