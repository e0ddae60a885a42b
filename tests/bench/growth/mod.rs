//! What must not grow with a directory: single resources, pages of lists, and an export of all, in directories of several sizes. One
//! connection sends one request after the other; time, and blocks that Postgres touches for the whole request, authentication and the
//! entry in the provisioning log included.

mod directory;
mod export;
mod meter;
mod pages;
mod resources;

use std::time::{Duration, Instant};

use self::{directory::Directory, meter::Meter};
use super::{
    Bench, data,
    installation::{Process, Settings},
    load::percentile,
};

/// # Errors
/// A request was not answered as it should be.
pub async fn measure(bench: &mut Bench, sizes: &[u64]) -> anyhow::Result<()> {
    let mut directories = Vec::new();
    for size in sizes {
        let started = Instant::now();
        directories.push(Directory::fill(bench, *size).await?);
        println!("{size} users loaded, and their places sealed by the worker, in {:.0} s", started.elapsed().as_secs_f64());
    }
    data::settle(&mut bench.connection).await?;
    bench.drained().await?;
    // What the worker does later is not a cost of the request.
    drop(bench.worker.take());
    // One connection, so that its counts are complete when it says them.
    let mut server = Process::start("serve", &Settings { connections: 1, ..bench.settings.clone() })?;
    let address = server.address().await?;
    let mut meter = Meter::of(&mut bench.connection);
    pages::measure(&mut meter, &address, &directories).await?;
    resources::measure(&mut meter, &address, &directories).await?;
    export::measure(&address, &directories, server.id()).await
}

/// A table whose lines are compared with the first of their kind.
struct Table {
    first: Option<(f64, u64)>,
}

impl Table {
    fn head(what: &str) -> Self {
        println!();
        println!("{:>10}  {what:<34} {:>18} {:>12} {:>8} {:>12}", "users", "ms", "to the first", "blocks", "to the first");
        Self { first: None }
    }

    /// The next line is the first of another kind.
    fn next_kind(&mut self) {
        self.first = None;
    }

    fn line(&mut self, size: u64, name: &str, mut times: Vec<Duration>, blocks: u64) {
        times.sort_unstable();
        let [median, most] = [0.5, 0.99].map(|share| percentile(&times, share).as_secs_f64() * 1000.0);
        let (first_median, first_blocks) = *self.first.get_or_insert((median, blocks));
        let (shown, ratio) = (format!("{median:.2} ({most:.2})"), median / first_median);
        let more = i128::from(blocks) - i128::from(first_blocks);
        println!("{size:>10}  {name:<34} {shown:>18} {ratio:>12.2} {blocks:>8} {more:>+12}");
    }
}
