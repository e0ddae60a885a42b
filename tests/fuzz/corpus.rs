//! Seeds: inputs that are kept. What identity providers send, what is nasty, and what once was a finding.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the seeds of a target are.
pub fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target)
}

/// The seeds of a target, by name.
pub fn named(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(folder(target))
        .expect("every target has a folder of seeds")
        .map(|entry| {
            let entry = entry.expect("an entry");
            (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a seed"))
        })
        .collect();
    found.sort();
    found
}

/// The seeds of a target.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    named(target).into_iter().map(|(_, seed)| seed).collect()
}
