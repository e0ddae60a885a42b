//! What responses of identity providers cost: one alone on one core, beside the cryptography that is in it; and a hundred hostile ones of the
//! largest size at once, in memory of the server and in time of its other requests.

mod flood;
#[path = "../../../src/demo/idp.rs"]
#[expect(dead_code, reason = "nobody is sent to this one")]
mod idp;
#[path = "../../responses/mod.rs"]
mod responses;
mod validation;

use std::time::Duration;

use super::{Bench, Connection, Request, data, installation::PUBLIC_URL, load::percentile, machine};

/// # Errors
/// A response was not decided, or a request not answered, as it should be.
pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    validation::measure(bench.time)?;
    flood::measure(bench).await
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
