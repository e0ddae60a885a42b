//! For the workspace's own callers: the SaaS's backend (sessions), readers of members, administrators.

mod access;
mod answers;
mod audit_log;
mod auth;
mod by_hand;
mod events;
mod held_changes;
mod members;
mod parameters;
mod preview;
mod provisioning;
mod provisioning_log;
mod receipts;
mod role_mappings;
mod roles;
mod scim;
mod sessions;
mod tokens;
mod webhook_answers;
mod webhooks;

use poem::{Endpoint, Response, Route};
use poem_openapi::OpenApiService;

pub use answers::{NewTokenBody, TokenAnswer};
pub use held_changes::HeldBatchAnswer;
pub use tokens::{Done, TokenMade};

type Apis = (
    sessions::SessionsApi,
    members::MembersApi,
    access::AccessApi,
    by_hand::ByHandApi,
    held_changes::HeldChangesApi,
    provisioning::ProvisioningApi,
    preview::PreviewApi,
    tokens::TokensApi,
    role_mappings::RoleMappingsApi,
    roles::RolesApi,
    scim::ScimApi,
    provisioning_log::ProvisioningLogApi,
    events::EventsApi,
    webhooks::WebhooksApi,
    audit_log::AuditLogApi,
    receipts::ReceiptsApi,
);

/// The service, for its document and for serving.
pub fn service() -> OpenApiService<Apis, ()> {
    let apis = (
        sessions::SessionsApi,
        members::MembersApi,
        access::AccessApi,
        by_hand::ByHandApi,
        held_changes::HeldChangesApi,
        provisioning::ProvisioningApi,
        preview::PreviewApi,
        tokens::TokensApi,
        role_mappings::RoleMappingsApi,
        roles::RolesApi,
        scim::ScimApi,
        provisioning_log::ProvisioningLogApi,
        events::EventsApi,
        webhooks::WebhooksApi,
        audit_log::AuditLogApi,
        receipts::ReceiptsApi,
    );
    OpenApiService::new(apis, "Rollcall workspace API", env!("CARGO_PKG_VERSION"))
        .description("Members, sessions, API tokens, roles, role mappings, the provisioning log, the audit log, receipts, events and webhooks of one workspace, which is known from the token alone.")
        .url_prefix(super::WORKSPACE_PREFIX)
}

/// Every failure below this prefix is a problem document.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    super::problem::guarded(Route::new().nest("/", service()))
}
