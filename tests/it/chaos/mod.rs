//! Server, worker, Postgres and Redis are killed at random under load: what was acknowledged is there, nothing is there by half, and
//! nobody who is out has a session.

mod load;
mod verdict;

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::harness::{Cluster, Database, Instance, Workspace};

const KILLS: usize = 25;
const WRITERS: usize = 6;
/// However slow the machine is, after so long somebody is waiting in vain.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy)]
enum Victim {
    Server,
    Worker,
    Postgres,
    Redis,
}

/// What writers and the one who kills share.
struct Stage {
    /// Where the workspace is now: a server that is started anew has another port.
    workspace: RwLock<Workspace>,
    acknowledged: AtomicUsize,
    over: AtomicBool,
}

impl Stage {
    fn workspace(&self) -> Workspace {
        self.workspace.read().expect("no panic").clone()
    }

    /// Waits until so many writes more have been acknowledged.
    async fn progress(&self, more: usize) {
        let (wanted, started) = (self.acknowledged.load(Ordering::SeqCst) + more, Instant::now());
        while self.acknowledged.load(Ordering::SeqCst) < wanted {
            assert!(started.elapsed() < PATIENCE, "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the long run is asked for by hand")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

/// `ROLLCALL_TEST_KILLS` asks for another number of kills, `ROLLCALL_TEST_SEED` for the kills of another run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_programs_killed_at_random_nothing_acknowledged_is_lost() {
    let kills = setting("ROLLCALL_TEST_KILLS").map_or(KILLS, |kills| usize::try_from(kills).expect("a number"));
    let seed = setting("ROLLCALL_TEST_SEED").unwrap_or_else(|| rand::rng().random());
    println!("ROLLCALL_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut cluster = Cluster::start();
    let database = Database::on(cluster.url()).await;
    let mut instance = Instance::on(database, &[("ROLLCALL_SCIM_REQUESTS_PER_SECOND", "100000")]).await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let stage =
        Arc::new(Stage { workspace: RwLock::new(workspace), acknowledged: AtomicUsize::new(0), over: AtomicBool::new(false) });
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(tokio::spawn(load::write(stage.clone(), number, seed.wrapping_add(number as u64 + 1))));
    }
    stage.progress(20).await;
    let mut killed = [0; 4];
    for round in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(0..250))).await;
        // Everybody has a turn among four; the order is by chance.
        let victim = [Victim::Server, Victim::Worker, Victim::Postgres, Victim::Redis][(round + random.random_range(0..3)) % 4];
        killed[victim as usize] += 1;
        let dead = Duration::from_millis(random.random_range(0..150));
        kill(&mut instance, &mut cluster, &stage, victim, dead).await;
        stage.progress(15).await;
    }
    stage.over.store(true, Ordering::SeqCst);
    let mut people = Vec::new();
    for writer in writers {
        people.extend(writer.await.expect("a writer"));
    }
    instance.settle_within(PATIENCE).await;
    let unsure = people.iter().filter(|person| person.states.len() > 1).count();
    let writes = stage.acknowledged.load(Ordering::SeqCst);
    println!(
        "killed: server {}, worker {}, Postgres {}, Redis {}; {writes} writes acknowledged; of {} people, the last write of {unsure} was not answered",
        killed[0],
        killed[1],
        killed[2],
        killed[3],
        people.len()
    );
    verdict::check(&instance, &stage.workspace(), &people).await;
    instance.finish().await;
}

async fn kill(instance: &mut Instance, cluster: &mut Cluster, stage: &Stage, victim: Victim, dead: Duration) {
    match victim {
        Victim::Server => {
            instance.server().kill();
            tokio::time::sleep(dead).await;
            instance.restart_server_with(&[("ROLLCALL_SCIM_REQUESTS_PER_SECOND", "100000")]).await;
            let moved = stage.workspace().moved_to(instance.url());
            *stage.workspace.write().expect("no panic") = moved;
        }
        Victim::Worker => {
            instance.last_worker().kill();
            tokio::time::sleep(dead).await;
            instance.start_worker();
        }
        Victim::Postgres => {
            cluster.kill();
            tokio::time::sleep(dead).await;
            cluster.start_again();
        }
        Victim::Redis => {
            instance.redis.stop();
            tokio::time::sleep(dead).await;
            instance.redis.start_again();
        }
    }
}
