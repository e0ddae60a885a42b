//! The machine: cores, load, and who has used how much of it.

use std::{fs, time::Instant};

/// Clock ticks a second in `/proc`; Linux shows a hundred everywhere.
const TICKS: f64 = 100.0;

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Of the last minute.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// Seconds of a processor that a process has used, its threads included.
fn used(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS
}

/// Seconds of all processors that were not idle.
fn busy() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> =
        stat.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|text| text.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal
    [0, 1, 2, 5, 6, 7].iter().filter_map(|place| fields.get(*place)).sum::<f64>() / TICKS
}

/// Shares of the whole machine, between 0 and 1, summed over several stretches of time.
#[derive(Default, Clone)]
pub struct Shares {
    seconds: f64,
    busy: f64,
    parties: Vec<f64>,
}

/// A stretch of time that is being measured.
pub struct Stretch {
    started: Instant,
    busy: f64,
    parties: Vec<(Vec<u32>, f64)>,
}

impl Stretch {
    /// Each party is one or more processes.
    pub fn begin(parties: Vec<Vec<u32>>) -> Self {
        let before = |processes: Vec<u32>| {
            let used = processes.iter().copied().map(used).sum();
            (processes, used)
        };
        Self { started: Instant::now(), busy: busy(), parties: parties.into_iter().map(before).collect() }
    }

    pub fn end(self, shares: &mut Shares) {
        shares.seconds += self.started.elapsed().as_secs_f64();
        shares.busy += busy() - self.busy;
        shares.parties.resize(self.parties.len(), 0.0);
        for (share, (processes, before)) in shares.parties.iter_mut().zip(self.parties) {
            *share += processes.into_iter().map(used).sum::<f64>() - before;
        }
    }
}

impl Shares {
    /// Of each party, in their order, and of everything else.
    pub fn of_machine(&self) -> (Vec<f64>, f64) {
        let whole = (self.seconds * cores() as f64).max(f64::MIN_POSITIVE);
        let own: f64 = self.parties.iter().sum();
        (self.parties.iter().map(|used| used / whole).collect(), (self.busy - own).max(0.0) / whole)
    }
}

/// The most memory that a process has ever had at once, in MiB, or has had since [`forget_peak`].
pub fn peak_mib(process: u32) -> f64 {
    memory(process, "VmHWM:")
}

/// The memory that a process has now, in MiB.
pub fn resident_mib(process: u32) -> f64 {
    memory(process, "VmRSS:")
}

/// The peak begins anew with what the process has now.
pub fn forget_peak(process: u32) -> std::io::Result<()> {
    fs::write(format!("/proc/{process}/clear_refs"), "5")
}

fn memory(process: u32, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap_or_default();
    let kib: f64 = line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}
