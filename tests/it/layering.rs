//! The layers of the crate docs: each module may use what stands below it and nothing else.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Module, the modules of ours that it may name, and the crates that it must not name.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("ids", &[], &["poem", "redis", "tokio", "apalis", "reqwest"]),
    ("clock", &[], &["poem", "redis", "sqlx", "tokio", "apalis", "reqwest"]),
    ("config", &[], &["poem", "redis", "sqlx", "tokio", "apalis", "reqwest"]),
    ("scim", &["scim"], &["poem", "poem_openapi", "redis", "sqlx", "tokio", "apalis", "reqwest", "rand", "metrics", "tracing"]),
    ("saml", &["saml"], &["poem", "poem_openapi", "redis", "sqlx", "tokio", "apalis", "reqwest", "rand", "metrics", "tracing"]),
    (
        "signals",
        &["signals"],
        &["poem", "poem_openapi", "redis", "sqlx", "tokio", "apalis", "reqwest", "rand", "metrics", "tracing"],
    ),
    (
        "directory",
        &["directory", "scim", "ids"],
        &["poem", "poem_openapi", "redis", "sqlx", "tokio", "apalis", "reqwest", "rand", "metrics", "tracing"],
    ),
    ("jobs", &["jobs", "ids", "clock"], &["poem", "poem_openapi", "redis", "reqwest"]),
    ("store", &["store", "directory", "saml", "scim", "ids", "clock"], &["poem", "poem_openapi", "redis", "reqwest"]),
    ("sessions", &["ids", "clock"], &["poem", "poem_openapi", "sqlx", "apalis", "reqwest"]),
    ("outbound", &["outbound"], &["poem", "poem_openapi", "sqlx", "redis", "apalis", "reqwest"]),
    ("dns", &["dns"], &["poem", "poem_openapi", "redis", "sqlx", "apalis", "reqwest"]),
    ("mail", &["mail"], &["poem", "poem_openapi", "redis", "sqlx", "apalis", "reqwest"]),
    (
        "app",
        &[
            "app",
            "jobs",
            "store",
            "sessions",
            "outbound",
            "mail",
            "dns",
            "directory",
            "saml",
            "signals",
            "scim",
            "ids",
            "clock",
            "config",
        ],
        &[
            "poem",
            "poem_openapi",
            "sqlx",
            "redis",
            "apalis",
            "apalis_postgres",
            "reqwest",
            "hyper",
            "url",
            "lettre",
            "hickory_resolver",
        ],
    ),
    (
        "http",
        &["http", "app", "directory", "saml", "scim", "ids", "clock", "config"],
        &["sqlx", "redis", "apalis", "apalis_postgres", "reqwest"],
    ),
    ("worker", &["worker", "app", "jobs", "ids", "clock", "config"], &["poem", "poem_openapi", "redis", "reqwest"]),
    ("telemetry", &["config"], &["sqlx", "redis", "apalis", "reqwest"]),
    (
        "boot",
        &["app", "config", "dns", "http", "jobs", "mail", "sessions", "store", "telemetry", "worker"],
        &["sqlx", "redis", "apalis", "reqwest"],
    ),
];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The first part of a file's path below `src`, without `.rs`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("below src");
    below.iter().next().expect("a name").to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The code of a file without comments; doc links may point anywhere.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every module of ours that a text names, as `crate::x` or in the braces after `crate::`.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => names.push(std::mem::take(&mut item)),
                    other if depth == 1 => item.push(other),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            names.push(item);
        } else {
            names.push(rest.to_owned());
        }
    }
    let first_word = |text: String| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    names.into_iter().map(first_word).filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_module_names_only_what_stands_below_it() {
    let layers: BTreeMap<&str, (&[&str], &[&str])> = LAYERS.iter().map(|(name, may, not)| (*name, (*may, *not))).collect();
    let outside = ["lib", "main", "cli", "demo", "decisions"];
    let mut wrong = Vec::new();
    for path in sources() {
        let module = module(&path);
        if outside.contains(&module.as_str()) {
            continue;
        }
        let Some((may, not)) = layers.get(module.as_str()) else {
            wrong.push(format!("{} is in no layer: give it one here", path.display()));
            continue;
        };
        let code = code(&path);
        for name in named(&code) {
            if !may.contains(&name.as_str()) {
                wrong.push(format!("{} names crate::{name}", path.display()));
            }
        }
        for banned in *not {
            let path_use = format!("{banned}::");
            let word_before =
                |at: usize| code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            if code.match_indices(&path_use).any(|(at, _)| !word_before(at)) {
                wrong.push(format!("{} names the crate {banned}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page that is found by passing by the rows before it costs more the further it lies.
#[test]
fn no_statement_passes_rows_by() {
    let asks = |path: &&PathBuf| code(path).contains("sqlx");
    let asking: Vec<PathBuf> = sources().into_iter().filter(|path| asks(&path)).collect();
    assert!(asking.len() > 20, "the files that speak SQL are not found");
    let words = |path: &PathBuf| code(path).to_lowercase().contains("offset");
    let wrong: Vec<&PathBuf> = asking.iter().filter(|path| words(path)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_reader_of_use_lines_sees_what_it_must() {
    let code = "use crate::{app::{App, users}, store, http::context::ScimRoot};\nlet x = crate::jobs::Waker::new();";
    assert_eq!(named(code), ["app", "store", "http", "jobs"]);
}
