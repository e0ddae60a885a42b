//! Many operations in one request, RFC 7644 §3.7: from a body to operations in the order in which they are to be done.
//!
//! 1. [`BulkRequest::parse`] reads the envelope and each operation. What is wrong with the envelope is an error; what is wrong with
//!    an operation becomes that operation's own failure, and the others are done.
//! 2. [`order()`] says in which order, so that whoever is referred to by a `bulkId` is there before whoever refers to it. Where nothing
//!    refers forward that is the order of the request. Creations that refer to each other in a circle are one [`Step`].
//! 3. [`reference::replace`] puts ids in the place of references, right before an operation is done.
//! 4. [`result()`] is the entry of the answer.
//!
//! No reference is left over: an operation with one that names nothing, or nothing that came about, fails with 409.

mod entry;
mod operation;
mod order;
pub mod reference;
mod refusal;
mod request;
mod result;
#[cfg(test)]
mod tests;

pub use entry::Entry;
pub use operation::{Action, Identifier, Method, Target};
pub use order::{Step, order};
pub use refusal::{circle_broken, done_before, not_created, not_tried, outcome_unknown, unknown_bulk_id};
pub use request::BulkRequest;
pub use result::{Done, HEAD, TAIL, location, result, status};
