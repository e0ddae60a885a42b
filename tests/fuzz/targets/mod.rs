//! What is fuzzed: functions from bytes to nothing but an outcome. A new one is a file with a `TARGET`, its line in [`TARGETS`], and a
//! folder of seeds.

mod body;
mod bulk;
mod cursor;
mod filter;
mod header;
mod patch;
mod path;
mod redact;
mod saml;
mod search;

use std::sync::LazyLock;

use rollcall::scim::{Document, LIMITS, ResourceSchema, ResourceType, ScimError, ScimType, Tolerated};
use serde_json::{Map, Value, json};

use crate::generate::{
    dice::Dice,
    documents::{self, document},
};

/// One thing that takes bytes from strangers.
pub struct Target {
    /// On the command line, and the folder of its seeds.
    pub name: &'static str,
    /// Its inputs are JSON and are changed as trees too.
    pub json: bool,
    /// Words that mean something in it.
    pub words: &'static [&'static str],
    /// An input by its grammar.
    pub fresh: fn(&mut Dice) -> Vec<u8>,
    /// Fails by panicking. What it answers tells kinds of outcomes apart: an input with a new one is worth varying.
    pub run: fn(&[u8]) -> String,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    filter::TARGET,
    path::TARGET,
    patch::TARGET,
    body::TARGET,
    search::TARGET,
    cursor::TARGET,
    bulk::TARGET,
    header::TARGET,
    redact::TARGET,
    saml::TARGET,
];

/// The longest sentence that an administrator should have to read.
const LONGEST_DETAIL: usize = 400;

/// A refusal must be one of those that the RFC has for it, and fit to be shown.
fn refused(error: &ScimError, allowed: &[ScimType]) -> String {
    let ScimError { status, scim_type, detail } = error;
    let is_allowed = scim_type.is_some_and(|scim_type| *status == 400 && allowed.contains(&scim_type));
    assert!(is_allowed || (*status == 413 && scim_type.is_none()), "{error}");
    check_detail(detail);
    let kind = scim_type.map_or("", ScimType::as_str);
    format!("{kind} {}", outline(detail))
}

fn check_detail(detail: &str) {
    assert!(detail.ends_with('.'), "a detail is a sentence: {detail}");
    let length = detail.chars().count();
    assert!(length <= LONGEST_DETAIL, "a detail of {length} characters: {detail}");
    // What is written into logs and consoles cannot move the cursor, hide or turn around.
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert!(!detail.contains(hidden), "a detail with hidden characters: {detail:?}");
}

/// A sentence without what it repeats of the input: texts in quotes, filters in brackets, numbers.
fn outline(detail: &str) -> String {
    let unbracketed = match (detail.find('['), detail.rfind(']')) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &detail[..start], &detail[end..]),
        _ => detail.to_owned(),
    };
    let parts = unbracketed.split('"').step_by(2);
    parts.map(|part| part.replace(|c: char| c.is_ascii_digit(), "")).collect::<Vec<_>>().join("#")
}

/// Written out a filter may need a level or a word more than it had: an error for one of the bounds is none.
fn is_bound(error: &ScimError) -> bool {
    let bounds = [
        format!("longer than {} bytes", LIMITS.max_filter_bytes),
        format!("more than {} levels", LIMITS.max_filter_depth),
        format!("more than {} comparisons", LIMITS.max_filter_nodes),
    ];
    bounds.iter().any(|bound| error.detail.contains(bound))
}

/// What one type has, and resources of it.
struct Kind {
    schema: ResourceSchema,
    /// As they are stored.
    documents: Vec<Document>,
}

static KINDS: LazyLock<[Kind; 2]> = LazyLock::new(|| {
    let mut dice = Dice(5);
    ResourceType::ALL.map(|resource_type| {
        let schema = documents::schema(resource_type);
        let name = match resource_type {
            ResourceType::User => "userName",
            ResourceType::Group => "displayName",
        };
        let least = stored(&schema, json!({ name: "a" })).expect("a document");
        let generated = (0..40).map(|n| document(&mut dice, &schema, (name, format!("n{n}"))));
        Kind { documents: std::iter::once(least).chain(generated).collect(), schema }
    })
});

impl Kind {
    /// Some of the documents, the same ones for the same input.
    fn some(&self, input: &[u8]) -> impl Iterator<Item = &Document> {
        let mut dice = Dice(u64::from(crc32fast::hash(input)));
        let chosen: Vec<_> = (0..2).map(|_| dice.pick(&self.documents)).collect();
        self.documents.iter().take(1).chain(chosen)
    }
}

/// The document that a body becomes.
fn stored(schema: &ResourceSchema, body: Value) -> Result<Document, ScimError> {
    Document::parse(schema, body, &mut Tolerated::default()).map(|parsed| parsed.document)
}

/// A document is what a POST of it would store: canonical names, right types, nothing empty, one primary at most.
fn check_stored(schema: &ResourceSchema, document: &Document) {
    let body = Value::Object(document.as_map().clone());
    match stored(schema, body.clone()) {
        Ok(again) => assert_eq!(again, *document, "stored as {body}, and again as {}", Value::Object(again.as_map().clone())),
        Err(error) => panic!("{body} would be refused: {error}"),
    }
}

/// A message of the RFC by chance is a message of the RFC by design: this one with these parts.
fn message(urn: &str, parts: Map<String, Value>) -> Vec<u8> {
    let mut body = Map::from_iter([("schemas".to_owned(), json!([urn]))]);
    body.extend(parts);
    Value::Object(body).to_string().into_bytes()
}
