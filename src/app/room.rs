//! Memory for the bodies of requests: so much and no more, whoever sends whatever, as often as they like.
//!
//! Lanes, each a fixed number of bytes. A request takes its part before it has what it is for, and gives it back when it is done:
//!
//! | lane | bytes | who takes how much |
//! | --- | --- | --- |
//! | small | [`SMALL`] | bodies of up to [`SMALL_BODY`], once they are there: what their values cost ([`weight`](crate::scim::weight)) |
//! | reading | [`READING`] | larger ones, while they come in: their length; without one, the largest that the endpoint takes |
//! | values | [`VALUES`] | larger ones, once they are there: what their values cost |
//! | responses | [`RESPONSES`] | what identity providers have said, of more than [`SMALL_RESPONSE`], from before it comes in until it is decided: its length |
//! | trees | [`TREES`] | the same, while it is decided: [`TREE`] |
//!
//! So bodies and their values take no more than the sum of them. Who waits in a lane holds nothing of it nor of one behind it, so
//! nobody waits for each other. Who waits too long is sent away, to try again. Small requests never stand behind large ones, and one
//! workspace gets no more than half of a lane at a time, unless one body alone needs more.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::per_workspace::PerWorkspace;
use crate::ids::WorkspaceId;

/// Bytes of the values of small bodies.
pub const SMALL: usize = 16 * MIB;
/// Bytes of larger bodies that are coming in.
pub const READING: usize = 24 * MIB;
/// Bytes of the values of larger bodies; one that needs more is refused.
pub const VALUES: usize = 96 * MIB;
/// Bytes that a small body has at the most.
pub const SMALL_BODY: usize = 16 * 1024;
/// Bytes of SAML responses that are not small.
pub const RESPONSES: usize = 16 * MIB;
/// Bytes of what is made of them: two at a time, and one of a workspace.
pub const TREES: usize = 2 * TREE;
/// Bytes that may be made of one, whatever is in it: its text, its elements and attributes, its canonical form (`deploy/dev bench --saml`).
pub const TREE: usize = 16 * MIB;
/// Bytes of a form with a small SAML response, which is what identity providers send all day.
pub const SMALL_RESPONSE: usize = 32 * 1024;

const MIB: usize = 1024 * 1024;
/// What is counted.
const UNIT: usize = 1024;
/// As long is waited.
const PATIENCE: Duration = Duration::from_secs(10);

/// Memory for bodies, for all requests of the process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Room(Arc<Lanes>);

#[derive(Debug)]
struct Lanes {
    small: Lane,
    reading: Lane,
    values: Lane,
    responses: Lane,
    trees: Lane,
}

/// Which part of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Values of small bodies.
    Small,
    /// Larger bodies that come in.
    Reading,
    /// Values of larger bodies.
    Values,
    /// SAML responses that are not small.
    Responses,
    /// What is made of them.
    Trees,
}

#[derive(Debug)]
struct Lane {
    whole: Arc<Semaphore>,
    /// What each workspace may have of it at a time.
    halves: PerWorkspace,
}

/// A part of the memory, given back with this value.
#[derive(Debug)]
pub struct Share {
    _whole: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

/// There was no room for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded;

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Lanes {
            small: Lane::new(SMALL),
            reading: Lane::new(READING),
            values: Lane::new(VALUES),
            responses: Lane::new(RESPONSES),
            trees: Lane::new(TREES),
        }))
    }
}

impl Room {
    /// Takes so many bytes for a request of this workspace, and waits for them if need be.
    ///
    /// # Errors
    /// [`Crowded`] when that takes too long, and for more than there is.
    pub async fn take(&self, purpose: Purpose, workspace: WorkspaceId, bytes: usize) -> Result<Share, Crowded> {
        let (lane, name) = match purpose {
            Purpose::Small => (&self.0.small, "small"),
            Purpose::Reading => (&self.0.reading, "reading"),
            Purpose::Values => (&self.0.values, "values"),
            Purpose::Responses => (&self.0.responses, "responses"),
            Purpose::Trees => (&self.0.trees, "trees"),
        };
        let share = timeout(PATIENCE, lane.take(workspace, bytes)).await.unwrap_or(Err(Crowded));
        if share.is_err() {
            metrics::counter!("rollcall_requests_without_room_total", "lane" => name).increment(1);
        }
        share
    }
}

impl Lane {
    fn new(bytes: usize) -> Self {
        let units = bytes / UNIT;
        Self { whole: Arc::new(Semaphore::new(units)), halves: PerWorkspace::new(units / 2) }
    }

    async fn take(&self, workspace: WorkspaceId, bytes: usize) -> Result<Share, Crowded> {
        let units = bytes.div_ceil(UNIT);
        if units > 2 * self.halves.permits() {
            return Err(Crowded);
        }
        let part = |units: usize| u32::try_from(units).map_err(|_| Crowded);
        // First the workspace's own half: whoever waits there stands in nobody else's way.
        let own =
            self.halves.of(workspace).acquire_many_owned(part(units.min(self.halves.permits()))?).await.map_err(|_| Crowded)?;
        let whole = self.whole.clone().acquire_many_owned(part(units)?).await.map_err(|_| Crowded)?;
        Ok(Share { _whole: whole, _own: own })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::scim::weight::weight;

    #[test]
    fn there_is_so_much_and_no_more() {
        let (room, a, b, c) = (Room::default(), WorkspaceId::new(), WorkspaceId::new(), WorkspaceId::new());
        let lane = &room.0.values;
        let at_once = |workspace, bytes| lane.take(workspace, bytes).now_or_never().and_then(Result::ok);
        let first = at_once(a, VALUES / 2).expect("room");
        assert!(at_once(a, 1).is_none(), "a workspace has half of it");
        let second = at_once(b, VALUES / 2).expect("the other half");
        assert!(at_once(c, 1).is_none(), "nothing is left");
        drop(second);
        assert!(at_once(c, UNIT).is_some());
        drop(first);
        assert!(at_once(c, VALUES).is_some(), "one alone may have all of it");
        assert!(matches!(lane.take(c, VALUES + 1).now_or_never(), Some(Err(Crowded))), "nobody waits for what there is not");
    }

    #[test]
    fn a_group_of_a_hundred_thousand_fits_however_its_members_are_written() {
        let id = "019f0000-0000-7000-8000-000000000000";
        let address = format!("https://provisioning.example/api/v1/auth/scim/Users/{id}");
        for member in [
            format!("{{\"value\":\"{id}\"}}"),
            format!("{{\"value\":\"{id}\",\"type\":\"User\"}}"),
            format!("{{\"value\":\"{id}\",\"display\":\"Augusta Ada King, Countess of Lovelace\"}}"),
            format!("{{\"value\":\"{id}\",\"$ref\":\"{address}\"}}"),
        ] {
            let body = format!("{{\"members\":[{}]}}", vec![member.as_str(); 100_000].join(","));
            let weight = weight(body.as_bytes());
            assert!(weight <= VALUES, "{member}: {} MiB", weight / MIB);
        }
    }
}
