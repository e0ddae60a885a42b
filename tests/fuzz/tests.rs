//! What the fuzzer has found stays found: every seed, some variations of each, and the fuzzer itself.

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

use self::{
    generate::dice::Dice,
    runner::{Budget, Watch, attempt, fuzz},
    targets::{TARGETS, Target},
};

#[test]
fn every_seed_holds() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let seeds = corpus::named(target.name);
        assert!(seeds.len() >= 10, "{} has {} seeds", target.name, seeds.len());
        for (name, seed) in seeds {
            wrong.extend(attempt(target, &seed).err().map(|what| format!("{}/{name}: {what}", target.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_seeds_has_its_target() {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds")).expect("the seeds");
    let mut folders: Vec<_> = folders.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let mut names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    folders.sort();
    names.sort_unstable();
    assert_eq!(folders, names);
}

/// A look at each target; `deploy/dev fuzz` looks for longer.
#[test]
fn variations_of_the_seeds_hold() {
    for target in TARGETS {
        let report = fuzz(target, &corpus::seeds(target.name), Budget::Runs(500), 1, None);
        if let Some(finding) = &report.finding {
            panic!("{}: {}\n{}", target.name, finding.what, String::from_utf8_lossy(&finding.input));
        }
        // Else the inputs would not get past the door.
        let least = if target.words.len() > 20 { 20 } else { 2 };
        assert!(report.outcomes >= least, "{}: {report}", target.name);
    }
}

fn fresh(_: &mut Dice) -> Vec<u8> {
    b"{}".to_vec()
}

fn planted_in_bytes(input: &[u8]) -> String {
    assert!(!input.windows(3).any(|three| three == b"(]\""), "planted");
    String::new()
}

fn planted_in_a_tree(input: &[u8]) -> String {
    let tree: serde_json::Value = serde_json::from_slice(input).unwrap_or_default();
    let is_deep = tree["a"]["b"].as_array().is_some_and(|values| values.len() > 40);
    assert!(!is_deep, "planted");
    String::new()
}

#[test]
fn a_planted_fault_is_found_and_made_small() {
    let watch = Watch::start();
    let bytes = Target { name: "planted", json: false, words: &["(", "]", "\""], fresh, run: planted_in_bytes };
    let seed = b"userName eq \"a\" and (emails[type eq \"work\"] pr)".to_vec();
    let report = fuzz(&bytes, &[seed], Budget::Runs(200_000), 1, Some(&watch));
    let finding = report.finding.expect("the fault");
    assert_eq!(finding.input, b"(]\"");
    assert!(finding.what.ends_with(": planted") && finding.what.contains("tests.rs"), "{}", finding.what);

    let trees = Target { name: "planted", json: true, words: &["a", "b"], fresh, run: planted_in_a_tree };
    let seed = br#"{"x":[1,2,{"y":null}],"a":{"c":"d","b":[1,{"e":2}]}}"#.to_vec();
    let budget = Budget::Time(std::time::Duration::from_secs(100));
    let finding = fuzz(&trees, &[seed], budget, 1, None).finding.expect("the fault");
    let least = format!("{{\"a\":{{\"b\":[{}]}}}}", vec!["0"; 41].join(","));
    let found = String::from_utf8_lossy(&finding.input);
    assert!(found.len() <= least.len() + 10, "{}", found.chars().take(300).collect::<String>());
}

#[test]
fn chance_is_the_same_in_each_run() {
    for target in TARGETS {
        let inputs = |seed| {
            let (mut dice, seeds) = (Dice(seed), corpus::seeds(target.name));
            (0..50).map(|_| mutate::mutate(&mut dice, target, &seeds)).collect::<Vec<_>>()
        };
        assert_eq!(inputs(3), inputs(3), "{}", target.name);
        assert_ne!(inputs(3), inputs(4), "{}", target.name);
    }
}
