//! Our exclusive canonicalization beside that of libxml2, on documents by chance.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
    thread,
};

use rollcall::saml::c14n::{Form, canonical};
use roxmltree::Document;

use crate::generate::dice::Dice;

const DOCUMENTS: u64 = 20_000;
const PREFIXES: &[&str] = &["", "p", "q", "r"];
/// Without what has to be escaped: libxml2 writes names of namespaces as they are, the recommendation (C14N 1.0 §2.3) as attributes.
const NAMESPACES: &[&str] = &["urn:a", "urn:b", "http://c.test/d?e=f#g"];
/// The one on the path need not be that of the system, whose packages have lxml.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];
const TEXTS: &[&str] =
    &["", " ", "a", "\n\t", "&amp;", "&lt;b&gt;", "\"'", "&#13;", "&#9;&#10;", "é\u{1f600}", "]]&gt;", "&#xD;&#xA;", "\r\n"];

/// Scope of an element: the namespace of each prefix.
type Scope = BTreeMap<&'static str, &'static str>;

fn element(dice: &mut Dice, outer: &Scope, depth: usize, count: &mut usize, out: &mut String) {
    *count += 1;
    let (mut scope, mut declared) = (outer.clone(), String::new());
    for prefix in PREFIXES {
        if dice.chance(25) {
            // The default namespace can be taken away, others cannot (Namespaces in XML 1.0 §6.2).
            let namespace = if prefix.is_empty() && dice.chance(30) { "" } else { *dice.pick(NAMESPACES) };
            let colon = if prefix.is_empty() { "" } else { ":" };
            write!(declared, " xmlns{colon}{prefix}=\"{namespace}\"").expect("text");
            scope.insert(prefix, namespace);
        }
    }
    let bound: Vec<&str> = scope.iter().filter(|(prefix, _)| !prefix.is_empty()).map(|(prefix, _)| *prefix).collect();
    let prefixed = |dice: &mut Dice, name: &str| match bound.is_empty() || dice.chance(40) {
        true => (String::new(), name.to_owned()),
        false => {
            let prefix = *dice.pick(&bound[..]);
            (scope[prefix].to_owned(), format!("{prefix}:{name}"))
        }
    };
    let local = ["a", "b", "long-name.1"][dice.below(3)];
    let (_, name) = prefixed(dice, local);
    write!(out, "<{name}").expect("text");
    let mut attributes = BTreeMap::new();
    for local in ["x", "y", "Z", "id"] {
        if dice.chance(25) {
            let (namespace, qualified) = prefixed(dice, local);
            attributes.insert((namespace, local), qualified);
        }
    }
    if dice.chance(10) {
        attributes.insert(("xml".to_owned(), "lang"), "xml:lang".to_owned());
    }
    // In no order.
    let mut parts: Vec<String> = attributes.into_values().map(|name| format!(" {name}=\"{}\"", attribute_value(dice))).collect();
    parts.push(declared);
    while !parts.is_empty() {
        let next = parts.swap_remove(dice.below(parts.len()));
        out.push_str(&next);
    }
    out.push('>');
    for _ in 0..dice.below(4) {
        if depth > 0 && dice.chance(60) {
            element(dice, &scope, depth - 1, count, out);
        } else {
            let text = *dice.pick(TEXTS);
            out.push_str(text);
        }
    }
    write!(out, "</{name}>").expect("text");
}

fn attribute_value(dice: &mut Dice) -> String {
    (0..dice.below(3)).map(|_| dice.pick(TEXTS).replace('"', "&quot;")).collect()
}

/// A document, one of its elements, and prefixes.
fn generated(seed: u64) -> (String, usize, Vec<&'static str>) {
    let dice = &mut Dice(seed);
    let (mut document, mut count) = (String::new(), 0);
    element(dice, &Scope::new(), 4, &mut count, &mut document);
    let number = dice.below(count);
    // libxml2's binding knows no name for the default namespace.
    let prefixes = ["p", "q", "r", "nobody"].into_iter().filter(|_| dice.chance(20)).collect();
    (document, number, prefixes)
}

fn ours(document: &str, number: usize, prefixes: &[&str]) -> String {
    let document = Document::parse(document).expect("XML");
    let element = document.descendants().filter(|node| node.is_element()).nth(number).expect("an element");
    canonical(element, &Form { without: None, inclusive: Form::prefixes(&prefixes.join(" ")) })
}

fn python(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

#[test]
fn canonical_forms_are_those_of_libxml2() {
    let has_lxml = |program: &&str| {
        let mut asked = python(program, &["-c", "import lxml.etree"]);
        asked.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let Some(program) = PYTHONS.into_iter().find(has_lxml) else {
        eprintln!("SKIPPED: python3 with lxml is not there (Debian: python3-lxml)");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/saml/canonical.py");
    let mut theirs = python(program, &[script]).spawn().expect("python3");
    let mut input = theirs.stdin.take().expect("its input");
    let writer = thread::spawn(move || {
        for seed in 0..DOCUMENTS {
            let line = serde_json::to_string(&generated(seed)).expect("JSON");
            writeln!(input, "{line}").expect("python3 reads");
        }
    });
    let output = theirs.wait_with_output().expect("python3");
    writer.join().expect("everything was written");
    assert!(output.status.success(), "python3 has failed");
    let lines = String::from_utf8(output.stdout).expect("text");
    let mut compared = 0;
    for (seed, line) in (0..DOCUMENTS).zip(lines.lines()) {
        let (document, number, prefixes) = generated(seed);
        let theirs: String = serde_json::from_str(line).expect("JSON");
        assert_eq!(ours(&document, number, &prefixes), theirs, "element {number} of {document} with {prefixes:?}");
        compared += 1;
    }
    assert_eq!(compared, DOCUMENTS);
}
