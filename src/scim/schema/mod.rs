//! Attributes as data, RFC 7643 §2, §4, §7.
//!
//! Parsing, filters, PATCH, projection and `/Schemas` are functions of a [`ResourceSchema`] that they
//! are given. Nothing looks up a global, so a workspace may bring extension schemas of its own.

mod common;
pub mod definition;
mod enterprise;
mod group;
mod model;
mod registry;
mod rollcall;
mod service;
mod user;

pub use model::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
pub use registry::{Extension, Resolved, ResourceSchema, ResourceType, needs_urn};
pub use service::service_schemas;
