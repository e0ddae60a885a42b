//! The provisioning log: what an identity provider asked of a workspace and what it was answered, for the workspace's administrators.
//!
//! Every request that was authenticated as a workspace's leaves one entry, whatever became of it. The edge makes an [`Exchange`] of
//! request and answer; with what use cases have noted in the [`Trace`](super::trace::Trace) it becomes an entry, without secrets and
//! cut to size. The [`Journal`] writes the entries of everybody together; [`read`] looks into them, and the worker keeps each log
//! within its bounds ([`prune()`]). Why it is written so, and what it costs: [`d21`](crate::decisions::d21_the_provisioning_log).

mod exchange;
mod journal;
mod prune;
pub mod read;

pub use exchange::{Answered, CLIENT_GONE, Exchange};
pub use journal::Journal;
pub use prune::prune;

pub use crate::store::provisioning_log::{EntryBodies, EntryRow};
