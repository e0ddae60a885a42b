//! Subcommands.

mod documents;
mod operator;

use clap::{Parser, Subcommand};
use rollcall::{boot, config::Config, store::migrate, telemetry};

use crate::demo;

/// Provisioning backend: SCIM 2.0 in, membership reconciled, sessions ended.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answers HTTP: SCIM, sessions, the workspace and operations APIs
    Serve,
    /// Reconciles memberships and deprovisions people who left; run as many as you like
    Worker,
    /// Brings the database up to this version
    Migrate,
    /// Writes the OpenAPI documents to openapi/
    Openapi {
        /// Only compare: fail when what is there differs
        #[arg(long)]
        check: bool,
        /// The folder
        #[arg(long, default_value = "openapi")]
        folder: std::path::PathBuf,
    },
    /// Plays an identity provider against a running server and shows what becomes of the person
    Demo(demo::Demo),
    /// Workspaces, their plan and gate
    #[command(subcommand)]
    Workspace(operator::WorkspaceCommand),
    /// API tokens of a workspace
    #[command(subcommand)]
    Token(operator::TokenCommand),
    /// The queue
    #[command(subcommand)]
    Job(operator::JobCommand),
}

impl Cli {
    /// Does what was asked.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve => boot::serve(configured()?).await,
            Command::Worker => boot::work(configured()?).await,
            Command::Migrate => migrate::run(boot::app(Config::from_env()?)?.db.pool()).await,
            Command::Openapi { check: false, folder } => documents::write(&folder),
            Command::Openapi { check: true, folder } => documents::check(&folder),
            Command::Demo(demo) => demo.run().await,
            Command::Workspace(command) => command.run(boot::app(Config::from_env()?)?).await,
            Command::Token(command) => command.run(boot::app(Config::from_env()?)?).await,
            Command::Job(command) => command.run(boot::app(Config::from_env()?)?).await,
        }
    }
}

fn configured() -> anyhow::Result<Config> {
    let config = Config::from_env()?;
    telemetry::log(&config)?;
    Ok(config)
}
