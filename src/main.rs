//! The command line: parses, calls, prints. See [`rollcall`] for everything else.

mod cli;
mod demo;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // TLS has one implementation here; with two linked, the first encrypted connection would not know which to take.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
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
