//! The command line: parses, calls, prints. See [`rollcall`] for everything else.

mod cli;
mod demo;

use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// Gives back what is not used any more (`.cargo/config.toml` says how soon), so that memory is what requests need and not what they once
/// needed on each thread: see `decisions::d24_memory_is_taken_before_it_is_used`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    // TLS has one implementation here; with two linked, the first encrypted connection would not know which to take.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("rollcall: TLS cannot be set up");
        return ExitCode::FAILURE;
    }
    let command = cli::Cli::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(command.run()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rollcall: {error:#}");
            ExitCode::FAILURE
        }
    }
}
