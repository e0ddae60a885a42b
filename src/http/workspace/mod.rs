//! For the workspace's own callers: the SaaS's backend (sessions), readers of members, administrators.

mod access;
mod answers;
mod audit_log;
mod auth;
mod by_hand;
mod domains;
mod events;
mod held_changes;
mod invitations;
mod members;
mod parameters;
mod preview;
mod provisioning;
mod provisioning_log;
mod receipts;
mod role_mappings;
mod roles;
mod saml;
mod saml_answers;
mod scim;
mod sessions;
mod tokens;
mod webhook_answers;
mod webhooks;

use poem::{Endpoint, Response, Route};
use poem_openapi::OpenApiService;

pub use answers::{NewTokenBody, TokenAnswer};
pub use audit_log::lines as audit_lines;
pub use held_changes::HeldBatchAnswer;
pub use provisioning_log::line as provisioning_line;
pub use tokens::{Done, NewSetUpLinkBody, SetUpLinkMade, TokenMade};

/// Who is in the workspace.
type People = (sessions::SessionsApi, members::MembersApi, invitations::InvitationsApi, access::AccessApi, by_hand::ByHandApi);
/// How the membership follows the directory.
type Following = (
    domains::DomainsApi,
    held_changes::HeldChangesApi,
    provisioning::ProvisioningApi,
    preview::PreviewApi,
    role_mappings::RoleMappingsApi,
    roles::RolesApi,
);
/// What connects the workspace with others.
type Settings = (tokens::TokensApi, scim::ScimApi, saml::SamlApi, webhooks::WebhooksApi);
/// What has happened.
type Records = (provisioning_log::ProvisioningLogApi, events::EventsApi, audit_log::AuditLogApi, receipts::ReceiptsApi);
type Apis = (People, Following, Settings, Records);

/// The service, for its document and for serving.
pub fn service() -> OpenApiService<Apis, ()> {
    let people: People =
        (sessions::SessionsApi, members::MembersApi, invitations::InvitationsApi, access::AccessApi, by_hand::ByHandApi);
    let following: Following = (
        domains::DomainsApi,
        held_changes::HeldChangesApi,
        provisioning::ProvisioningApi,
        preview::PreviewApi,
        role_mappings::RoleMappingsApi,
        roles::RolesApi,
    );
    let settings: Settings = (tokens::TokensApi, scim::ScimApi, saml::SamlApi, webhooks::WebhooksApi);
    let records: Records =
        (provisioning_log::ProvisioningLogApi, events::EventsApi, audit_log::AuditLogApi, receipts::ReceiptsApi);
    let apis = (people, following, settings, records);
    OpenApiService::new(apis, "Rollcall workspace API", env!("CARGO_PKG_VERSION"))
        .description("Members, invitations, sessions, API tokens, SAML connections, domains, roles, role mappings, the provisioning log, the audit log, receipts, events and webhooks of one workspace, which is known from the token alone.")
        .url_prefix(super::WORKSPACE_PREFIX)
}

/// Every failure below this prefix is a problem document.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    super::problem::guarded(Route::new().nest("/", service()))
}
