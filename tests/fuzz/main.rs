//! The fuzzer: every target for some minutes. `deploy/dev fuzz` runs it; `decisions::d22_hostile_input` says why it is as it is.

mod corpus;
#[path = "../generate/mod.rs"]
mod generate;
mod minimise;
mod mutate;
mod patches;
#[path = "../responses/mod.rs"]
mod responses;
mod runner;
mod targets;
mod tree;

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;

use self::{
    runner::{Budget, Watch, fuzz},
    targets::TARGETS,
};

/// What was asked on the command line. `deploy/dev fuzz filter --minutes 10`, for instance.
#[derive(Parser)]
#[command(name = "rollcall fuzz", about)]
struct Arguments {
    /// These targets; without any, all of them
    targets: Vec<String>,
    /// Minutes for each target
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// So many inputs for each target, however long they take
    #[arg(long, conflicts_with = "minutes")]
    inputs: Option<u64>,
    /// Where chance begins: from the same seed come the same inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Cargo says so to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let known = |name: &String| TARGETS.iter().any(|target| target.name == name);
    if let Some(name) = arguments.targets.iter().find(|name| !known(name)) {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("there is no target '{name}'; there are {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let Ok(time) = Duration::try_from_secs_f64(arguments.minutes * 60.0) else {
        eprintln!("--minutes is a number of minutes");
        return ExitCode::FAILURE;
    };
    let budget = arguments.inputs.map_or(Budget::Time(time), Budget::Runs);
    let watch = Watch::start();
    let mut findings = 0;
    for target in TARGETS {
        if !arguments.targets.is_empty() && !arguments.targets.iter().any(|name| name == target.name) {
            continue;
        }
        let report = fuzz(target, &corpus::seeds(target.name), budget, arguments.seed, Some(&watch));
        println!("{:<8} {report}", target.name);
        if let Some(finding) = report.finding {
            findings += 1;
            let kept = keep(target.name, &finding.input);
            println!("         {}", finding.what);
            println!("         {} bytes, now the seed {}", finding.input.len(), kept.display());
        }
    }
    if findings > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Makes a finding a seed, so that it is tried for ever.
fn keep(target: &str, input: &[u8]) -> PathBuf {
    let path = corpus::folder(target).join(format!("found-{:08x}", crc32fast::hash(input)));
    fs::write(&path, input).expect("a seed can be written");
    path
}
