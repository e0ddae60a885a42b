//! Resources, filters and operations by chance: the same ones in each run of one seed. Used by the integration tests and by the fuzzer.

pub mod dice;
pub mod documents;
pub mod filters;
