//! `/api/v1/ops`, the command line, and what operators watch.

mod command_line;
mod configuration;
mod jobs;
mod logs;
mod probes;
mod workspaces;
