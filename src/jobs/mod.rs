//! The queue: what a job says (ids, never diffs), how it gets there, and what operators can see of it and do with it.
//!
//! There are two queues. A leaver's [`Deprovision`] is put there by the transaction that closes the member's row
//! ([`enqueue`]). A [`Reconcile`] is put there by nobody's request: transactions mark what is dirty, and the worker's
//! [`dispatch`] keeps one live job per dirty workspace. [`wake`] makes both prompt; without it they are late by one poll.
//! The jobs run in [`crate::worker`].

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::ids::{MemberId, ReceiptId, WorkspaceId};

pub mod admin;
pub mod dispatch;
pub mod enqueue;
pub mod wake;

/// What all jobs of one kind have in common.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// The queue's name: `job_type` in `apalis.jobs`.
    const QUEUE: &'static str;
    /// How often a job may fail before it is dead and waits for an operator. Outages do not count.
    const MAX_ATTEMPTS: i32;
    /// Higher runs earlier, within one queue.
    const PRIORITY: i32;
    /// A run that takes longer is broken off and counts as a failed attempt.
    const TIME_LIMIT: Duration;

    /// The job as it is stored.
    fn payload(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a job is a struct of identifiers, and these are always JSON")
    }
}

/// People have left: delete their sessions, roles and groups, and fill in their receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprovision {
    /// Where they were members.
    pub workspace_id: WorkspaceId,
    /// Who has left: those whom one transaction has put out, at most [`Deprovision::MOST_PEOPLE`].
    pub people: Vec<Leaver>,
}

/// Somebody who has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaver {
    /// Who.
    pub member_id: MemberId,
    /// The receipt to fill in.
    pub receipt_id: ReceiptId,
}

impl Deprovision {
    /// So many are done in one transaction: few enough that nobody waits long for their rows, enough that it is no dearer for them all
    /// than for some.
    pub const MOST_PEOPLE: usize = 50;

    /// The jobs for everybody whom a transaction has put out.
    pub fn of(workspace_id: WorkspaceId, people: &[Leaver]) -> Vec<Self> {
        people.chunks(Self::MOST_PEOPLE).map(|people| Self { workspace_id, people: people.to_vec() }).collect()
    }
}

impl Job for Deprovision {
    const QUEUE: &'static str = "deprovision";
    const MAX_ATTEMPTS: i32 = 20;
    const PRIORITY: i32 = 0;
    const TIME_LIMIT: Duration = Duration::from_secs(60);
}

/// Make the members of one workspace what its directory says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconcile {
    /// Which workspace.
    pub workspace_id: WorkspaceId,
}

impl Reconcile {
    /// The priority of a workspace of which only the sweep wants something: it waits for those in which something has changed.
    pub const SWEEP_PRIORITY: i32 = -10;
}

impl Job for Reconcile {
    const QUEUE: &'static str = "reconcile";
    const MAX_ATTEMPTS: i32 = 20;
    const PRIORITY: i32 = 0;
    const TIME_LIMIT: Duration = Duration::from_secs(300);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_stored_job_is_ids_and_nothing_else() {
        let workspace_id = WorkspaceId::from_uuid(Uuid::nil());
        let leaver = Leaver { member_id: MemberId::from_uuid(Uuid::nil()), receipt_id: ReceiptId::from_uuid(Uuid::nil()) };
        let job = Deprovision { workspace_id, people: vec![leaver] };
        let nil = "00000000-0000-0000-0000-000000000000";
        let stored = format!(r#"{{"workspace_id":"{nil}","people":[{{"member_id":"{nil}","receipt_id":"{nil}"}}]}}"#);
        assert_eq!(String::from_utf8(job.payload()).expect("text"), stored);
        assert_eq!(serde_json::from_slice::<Deprovision>(stored.as_bytes()).expect("a job"), job);
        let stored = format!(r#"{{"workspace_id":"{nil}"}}"#);
        assert_eq!(String::from_utf8(Reconcile { workspace_id }.payload()).expect("text"), stored);
    }

    #[test]
    fn whoever_is_put_out_at_once_is_in_jobs_of_fifty() {
        let workspace_id = WorkspaceId::from_uuid(Uuid::nil());
        let person = |n: u128| Leaver {
            member_id: MemberId::from_uuid(Uuid::from_u128(n)),
            receipt_id: ReceiptId::from_uuid(Uuid::from_u128(n)),
        };
        let people: Vec<Leaver> = (0..120).map(person).collect();
        let jobs = Deprovision::of(workspace_id, &people);
        assert_eq!(jobs.iter().map(|job| job.people.len()).collect::<Vec<_>>(), [50, 50, 20]);
        assert_eq!(jobs.into_iter().flat_map(|job| job.people).collect::<Vec<_>>(), people);
        assert_eq!(Deprovision::of(workspace_id, &[]), []);
    }
}
