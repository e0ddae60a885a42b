//! Rollcall is the provisioning backend of a multi-tenant SaaS. An Enterprise workspace with SAML sign-in connects its identity
//! provider to one SCIM 2.0 address with one workspace token. From then on the identity provider decides who is in the workspace: a
//! person who joins is invited with the right role, a person who moves gets the new role, a person who leaves is out before the
//! identity provider has read the answer.
//!
//! # Two straight lines
//!
//! **A SCIM PATCH.** [`http::middleware`] gives the request its id → [`http::scim`] authenticates: [`app::principal`] turns the bearer
//! token into a caller, and the gate is in there → the handler calls [`app::users::patch`], which reads the body with
//! [`scim::patch`], begins a [`store::WorkspaceTx`], locks the row, checks `If-Match`, applies the operations to the document (pure),
//! and stops here when nothing changed → [`mod@scim::validate`] → [`directory::change`] says what it means for the person →
//! [`store::users`] writes, [`app::effects`] adds the audit row and the mark for the worker, and closes the member's row when the
//! person leaves → commit → [`scim::project`] renders what the caller asked to see.
//!
//! **A reconciliation.** The worker's dispatcher ([`jobs::dispatch`]) sees the mark and arms the one job of that workspace →
//! [`worker`] runs it → [`app::reconcile`] takes a batch of marks, reads desired and effective ([`store::membership`]), plans
//! ([`directory::membership::plan`], pure), applies, and commits. The sweep and an operator's "reconcile now" go through the same
//! function. A leaver's [`jobs::Deprovision`] was put into the queue by the transaction that closed the row; [`app::revoke`] deletes
//! the sessions and completes the receipt.
//!
//! **An event.** The use case appends it in its own transaction ([`app::effects::event`]) → the reconcile job gives it its number
//! ([`app::events::number`]) → administrators read it by that, and a courier of the worker finds the webhook endpoints that are behind
//! ([`app::webhooks::Courier`]), signs it, and posts it through [`outbound`], which calls nobody's inside.
//!
//! # Layers
//!
//! Each may use what stands below it; a test reads the `use` lines and fails when one does not.
//!
//! ```text
//!            main  cli  demo
//!     boot     http      worker        edges: speak HTTP, speak queue
//!               app                    use cases: own the transaction
//! jobs store sessions outbound mail dns effects: queue, Postgres, Redis, receivers of webhooks, mail server, DNS
//!     directory  saml  signals  scim   pure: no I/O, no clock, no panic
//!         ids  clock  config           vocabulary
//! ```
//!
//! # Where a change goes
//!
//! | change | place |
//! | --- | --- |
//! | an attribute of users or groups | [`scim::schema`] |
//! | something that an identity provider sends in its own way | [`scim::document`] or [`scim::patch`], as a named tolerance |
//! | who gets which role, who is in | [`directory::roles`], [`directory::membership`] |
//! | whom the directory takes over, whom it lets go | [`directory::domain`], [`app::domains`], [`app::hand_over`] |
//! | what an identity provider's response may look like | [`saml`], with a case in `tests/responses` |
//! | what an administrator says of an identity provider | [`app::saml`], [`saml::metadata`] |
//! | how people sign in, and who may | [`app::sign_in`], [`directory::sign_in`] |
//! | what an identity provider tells of people besides | [`signals`], [`app::signals`] |
//! | what ends a session, and what a session may do | [`app::sessions`], [`sessions`] |
//! | what is held back | [`directory::guard`], [`app::guard`] |
//! | why somebody has a role | [`directory::access`], [`app::access`] |
//! | a new operation of an API | a use case in [`app`], a handler in [`http`], a row in the tables of `tests/it` |
//! | a page | `http::pages`, in the folder of its place; what it reads and does is a use case in [`app`] |
//! | what an administrator does in the console of an identity provider | `http::pages::guides` |
//! | how lists are ordered and divided into pages | [`scim::sort`], [`app::listing`], [`store::filter_sql`] |
//! | what others are told of | [`directory::event`], and [`app::effects::event`] where it happens |
//! | a query | [`store`], in the file of its table; [`store::global`] only if no workspace is known |
//! | something that happens by the clock | [`worker`], its schedule |
//! | why something is as it is | [`decisions`] |
#![forbid(unsafe_code)]

pub mod app;
pub mod boot;
pub mod clock;
pub mod config;
pub mod decisions;
pub mod directory;
pub mod dns;
pub mod http;
pub mod ids;
pub mod jobs;
pub mod mail;
pub mod outbound;
pub mod saml;
pub mod scim;
pub mod sessions;
pub mod signals;
pub mod store;
pub mod telemetry;
pub mod worker;
