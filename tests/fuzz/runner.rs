//! Runs a target on one input after another and notices what goes wrong: a panic, an input that takes too long, too much memory.

use std::{
    any::Any,
    cell::RefCell,
    collections::HashSet,
    fmt, fs,
    fs::File,
    os::unix::fs::FileExt,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::{
        Arc, Once,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{generate::dice::Dice, minimise::minimise, mutate::mutate, targets::Target};

/// No input may keep the processor busy for longer.
const LONGEST: Duration = Duration::from_secs(1);
/// An input that has not come to its end after this time never will.
const ENDLESS: Duration = Duration::from_secs(60);
/// The process may not grow beyond this.
const MOST_MEMORY: u64 = 1 << 30;
/// Larger inputs are tried, but not varied.
const WORTH_VARYING: usize = 4 * 1024;

/// How long to go on.
#[derive(Clone, Copy)]
pub enum Budget {
    /// As many inputs as come to their end in this time.
    Time(Duration),
    /// So many inputs.
    Runs(u64),
}

/// What went wrong, with the least input that shows it.
pub struct Finding {
    pub input: Vec<u8>,
    pub what: String,
}

/// How it went.
pub struct Report {
    runs: u64,
    time: Duration,
    /// Kinds of outcomes that were seen.
    pub outcomes: usize,
    slowest: Duration,
    memory: u64,
    pub finding: Option<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, time, outcomes, slowest, memory, finding } = self;
        let (seconds, mebibytes) = (time.as_secs_f64(), memory / 1024 / 1024);
        write!(
            f,
            "{runs} inputs in {seconds:.0} s, {outcomes} kinds of outcomes, slowest {slowest:.1?}, peak {mebibytes} MiB: "
        )?;
        f.write_str(if finding.is_some() { "A FINDING" } else { "nothing found" })
    }
}

/// Varies the seeds until the budget is used up or something is found.
pub fn fuzz(target: &Target, seeds: &[Vec<u8>], budget: Budget, seed: u64, watch: Option<&Watch>) -> Report {
    let mut dice = Dice(seed);
    let mut pool = seeds.to_vec();
    let mut seen = HashSet::new();
    let started = Instant::now();
    let mut report = Report { runs: 0, time: Duration::ZERO, outcomes: 0, slowest: Duration::ZERO, memory: 0, finding: None };
    loop {
        let go_on = match budget {
            Budget::Time(time) => started.elapsed() < time,
            Budget::Runs(runs) => report.runs < runs,
        };
        if !go_on {
            break;
        }
        let place = usize::try_from(report.runs).unwrap_or(usize::MAX);
        let input = match seeds.get(place) {
            Some(seed) => seed.clone(),
            None if pool.is_empty() || dice.chance(20) => (target.fresh)(&mut dice),
            None => mutate(&mut dice, target, &pool),
        };
        report.runs += 1;
        if let Some(watch) = watch {
            watch.tries(&input);
        }
        let begun = Instant::now();
        let outcome = attempt(target, &input);
        report.slowest = report.slowest.max(begun.elapsed());
        let found = match outcome {
            Ok(outcome) => {
                if seen.insert(crc32fast::hash(outcome.as_bytes())) && input.len() <= WORTH_VARYING {
                    pool.push(input.clone());
                }
                if report.slowest > LONGEST { too_slow(target, &input) } else { None }
            }
            Err(what) => Some(what),
        };
        if report.runs.is_multiple_of(4096) {
            report.memory = peak_memory();
        }
        let found =
            found.or_else(|| (report.memory > MOST_MEMORY).then(|| format!("{} bytes of memory are in use", report.memory)));
        if let Some(what) = found {
            let input = minimise(target, &input, |smaller| is_same(&what, attempt(target, smaller).err()));
            report.finding = Some(Finding { input, what });
            break;
        }
    }
    report.time = started.elapsed();
    report.outcomes = seen.len();
    report.memory = peak_memory();
    report
}

/// The same fault is one in the same place.
fn is_same(what: &str, other: Option<String>) -> bool {
    let place = |text: &str| text.split(": ").next().map(str::to_owned);
    other.is_some_and(|other| place(what) == place(&other))
}

thread_local! {
    /// What the panic on this thread said; none when panics are nobody's business here.
    static LAST_WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a target once.
///
/// # Errors
/// Where it panicked, and its words.
pub fn attempt(target: &Target, input: &[u8]) -> Result<String, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            let place = panicked.location().map(ToString::to_string).unwrap_or_default();
            let is_ours = LAST_WORDS.with_borrow_mut(|words| words.as_mut().map(|words| *words = place).is_some());
            if !is_ours {
                others(panicked);
            }
        }));
    });
    LAST_WORDS.set(Some(String::new()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let place = LAST_WORDS.take().unwrap_or_default();
    outcome.map_err(|payload| format!("{place}: {}", words(&*payload)))
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").chars().take(2_000).collect()
}

/// Whether the input is at fault, and not that the machine had something else to do.
fn too_slow(target: &Target, input: &[u8]) -> Option<String> {
    let least = (0..3).map(|_| {
        let (before, begun) = (processor_time(), Instant::now());
        drop(attempt(target, input));
        match (before, processor_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => begun.elapsed(),
        }
    });
    let least = least.min().unwrap_or_default();
    (least > LONGEST).then(|| format!("too slow: {least:?} for one input"))
}

/// How long this thread has been on a processor.
fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The most memory that this process has had.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: Option<u64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// Knows the input that is being tried, also after the process has died of it, and ends the process when the input does not end.
pub struct Watch {
    file: File,
    tried: Arc<AtomicU64>,
}

impl Watch {
    /// Begins to watch.
    pub fn start() -> Self {
        let path: PathBuf = std::env::temp_dir().join(format!("rollcall-fuzz-{}", std::process::id()));
        let file = File::create(&path).expect("a file for the input that is being tried");
        println!("the input that is being tried: {}, after eight bytes that say how long it is", path.display());
        let tried = Arc::new(AtomicU64::new(0));
        let watched = Arc::clone(&tried);
        thread::spawn(move || {
            let mut last = (0, Instant::now());
            loop {
                thread::sleep(Duration::from_secs(1));
                let now = watched.load(Ordering::Relaxed);
                if now != last.0 {
                    last = (now, Instant::now());
                } else if now > 0 && last.1.elapsed() > ENDLESS {
                    println!("the input in {} does not come to its end", path.display());
                    std::process::exit(1);
                }
            }
        });
        Self { file, tried }
    }

    fn tries(&self, input: &[u8]) {
        let mut bytes = u64::try_from(input.len()).unwrap_or_default().to_le_bytes().to_vec();
        bytes.extend_from_slice(input);
        self.file.write_all_at(&bytes, 0).expect("the file of the input that is being tried");
        self.tried.fetch_add(1, Ordering::Relaxed);
    }
}
