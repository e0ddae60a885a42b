//! Everything is tested through the doors that users use: HTTP against the real server, the real worker process, real Postgres and
//! Redis. Folders mirror the URLs. `deploy/dev test` runs it.

mod audit_log;
mod chaos;
mod concurrency;
mod conformance;
mod costs;
mod crash;
mod deprovisioning;
mod dialects;
mod differential;
mod events;
mod filters;
mod gate;
#[path = "../generate/mod.rs"]
mod generate;
mod harness;
mod hostile;
mod invitations;
mod layering;
mod limits;
mod membership;
mod operations;
mod ops;
mod pages;
mod provisioning_log;
mod ranks;
mod receipts;
#[path = "../responses/mod.rs"]
mod responses;
mod saml;
mod scim;
mod sessions;
mod smoke;
mod tenancy;
mod tokens;
mod unknown_keys;
mod webhooks;
mod worker;
