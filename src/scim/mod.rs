//! SCIM 2.0 without a server: RFC 7643 and RFC 7644 as functions of values.
//!
//! Nothing in here does I/O, reads a clock or panics, whatever it is given. Bytes and texts of clients
//! come in, documents and answers go out, and every refusal is a [`ScimError`] that an edge can send as
//! it is.
//!
//! The way of a write:
//!
//! 1. [`envelope::read_json`]: bytes to JSON, more strictly than JSON itself.
//! 2. [`Document::parse`] for POST and PUT, [`PatchRequest::parse`](patch::PatchRequest::parse) and
//!    [`patch::apply`] for PATCH: to what the client may write, in canonical names. What identity
//!    providers do beside the RFC is let pass and taken down in [`Tolerated`].
//! 3. [`validate()`]: what must hold however the document came about.
//! 4. [`identity::user_name_key`]: the form in which a name is unique.
//!
//! The way of a read: [`filter::parse`] and [`Paging::parse`] say which resources, [`Sort::parse`] in
//! which order, [`Projection::parse`] which of their attributes (a list asks all of it as [`ListQuery`]), [`render`] makes the answer and
//! [`page::list_response`] the list. [`etag`] has the conditions of both ways, [`discovery`] what we
//! say about ourselves, from the same [`LIMITS`] that are enforced. [`redact`] makes what came and went fit for a log.
//!
//! All of it is told by a [`ResourceSchema`] what attributes there are; see [`schema`]. The schemas and
//! rules of one workspace are its [`Profile`]. Of the modules,
//! [`urn`], [`error`], [`attr`], [`decimal`], [`schema`] and [`tolerance`] stand at the bottom, [`document`] on them,
//! the others on these. To support one more quirk of an identity provider, give it a name in
//! [`tolerance`], find where the value is read ([`document::value`] for types, [`patch`] for
//! operations), let it [`pass`](Tolerated::pass) there, and give it a fixture in `tests/it/dialects`.

pub mod attr;
pub mod bulk;
pub mod cursor;
pub mod decimal;
pub mod discovery;
pub mod document;
pub mod envelope;
pub mod error;
pub mod etag;
pub mod filter;
pub mod identity;
mod message;
pub mod page;
pub mod patch;
pub mod profile;
pub mod project;
pub mod query;
pub mod redact;
pub mod schema;
pub mod search;
pub mod sensitive;
pub mod sort;
pub mod tolerance;
pub mod urn;
pub mod validate;
pub mod weight;

pub use attr::AttrPath;
pub use cursor::{Cursor, Position};
pub use decimal::Decimal;
pub use discovery::{LIMITS, Limits};
pub use document::{Document, MemberRef, Parsed};
pub use envelope::read_json;
pub use error::{ScimError, ScimType};
pub use etag::{Preconditions, version_tag};
pub use filter::Filter;
pub use page::{PageRequest, Paging};
pub use patch::PatchRequest;
pub use profile::Profile;
pub use project::{Meta, Projection, render};
pub use query::ListQuery;
pub use redact::Secrets;
pub use schema::{ResourceSchema, ResourceType};
pub use search::SearchRequest;
pub use sort::Sort;
pub use tolerance::{Rules, Tolerance, Tolerated};
pub use validate::validate;
