//! The server against a naive reading of the RFC, and one way of asking against another, on generated requests.

mod groups;
mod model;
mod operations;
mod queries;
mod selector;
mod users;
