//! The directory's and the membership's rules. Pure: no I/O, no clock.

pub mod access;
pub mod change;
pub mod domain;
pub mod event;
pub mod gate;
pub mod group;
pub mod guard;
pub mod membership;
pub mod preview;
pub mod provisioning;
pub mod roles;
pub mod sign_in;
pub mod unique;
pub mod user;
