//! Rollcall
#![forbid(unsafe_code)]

pub mod app;
pub mod boot;
pub mod clock;
pub mod config;
pub mod directory;
pub mod http;
pub mod ids;
pub mod jobs;
pub mod scim;
pub mod sessions;
pub mod store;
pub mod telemetry;
pub mod worker;
