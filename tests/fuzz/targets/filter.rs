//! Filters: read, written out, read again, asked.

use std::sync::LazyLock;

use rollcall::scim::{
    Filter, ScimError, ScimType,
    filter::{self, Comparison},
};
use serde_json::{Map, Value};

use super::{KINDS, Kind, Target, is_bound, refused};
use crate::generate::{dice::Dice, filters::Asker};

pub const TARGET: Target = Target {
    name: "filter",
    json: false,
    words: &[
        " and ",
        " or ",
        "not (",
        "(",
        ")",
        "[",
        "]",
        " eq ",
        " ne ",
        " co ",
        " sw ",
        " ew ",
        " gt ",
        " ge ",
        " lt ",
        " le ",
        " pr",
        "\"",
        "\\\"",
        "\\u0000",
        "\\ud800",
        "null",
        "true",
        "false",
        "\"True\"",
        "1e999",
        "-0",
        "9223372036854775808",
        "\"2026-01-31T12:00:00Z\"",
        "\"9999-12-31T23:59:60-23:59\"",
        "userName",
        "emails",
        "emails[type eq \"work\"]",
        ".value",
        "addresses",
        "members",
        "groups",
        "schemas",
        "id",
        "externalId",
        "meta.created",
        "meta.lastModified",
        "active",
        "manager",
        "urn:ietf:params:scim:schemas:core:2.0:User:",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:",
        "urn:example:params:scim:schemas:2.0:Custom:",
        "hired",
        "floor",
        "height",
        "tags",
        "numbers",
        "days",
        "desks",
        "desk",
        ".",
        "password",
        "x509Certificates.value",
        "$ref",
        "İ",
        "\u{202e}",
        "\u{feff}",
    ],
    fresh,
    run,
};

/// Each with its text, for messages.
type Resources = Vec<(String, Map<String, Value>)>;

static RESOURCES: LazyLock<[Resources; 2]> = LazyLock::new(|| {
    KINDS.each_ref().map(|kind| kind.documents.iter().map(|document| (String::new(), document.as_map().clone())).collect())
});

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.below(2);
    let asker = Asker { schema: &KINDS[kind].schema, resources: &RESOURCES[kind] };
    asker.filter(dice, 3).into_bytes()
}

fn run(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    let [users, groups] = &*KINDS;
    let mut seen = String::new();
    for (kind, other) in [(users, groups), (groups, users)] {
        let read = filter::parse(&text, &kind.schema);
        seen += &match &read {
            Ok(filter) => accepted(filter, kind, input),
            Err(error) => refused(error, &[ScimType::InvalidFilter]),
        };
        let among = filter::parse_among(&text, &kind.schema, &[&other.schema]);
        if read.is_ok() {
            assert_eq!(among, read, "{text}");
        }
        for name in ["emails", "members", "name", "meta"] {
            let Some(attribute) = kind.schema.attribute(name) else { continue };
            match filter::parse_value_filter(&text, attribute) {
                Ok(filter) => written_out(&filter, |text| filter::parse_value_filter(text, attribute)),
                Err(error) => drop(refused(&error, &[ScimType::InvalidFilter])),
            }
        }
    }
    seen
}

fn accepted(filter: &Filter, kind: &Kind, input: &[u8]) -> String {
    written_out(filter, |text| filter::parse(text, &kind.schema));
    let negated = Filter::Not(Box::new(filter.clone()));
    for document in kind.some(input) {
        let resource = document.as_map();
        assert_ne!(filter::matches(filter, resource), filter::matches(&negated, resource), "{filter}");
    }
    let mut seen = String::new();
    nodes(filter, &mut seen);
    seen.chars().take(24).collect()
}

/// What is written out reads as the same filter.
pub(super) fn written_out(filter: &Filter, read: impl Fn(&str) -> Result<Filter, ScimError>) {
    let shown = filter.to_string();
    match read(&shown) {
        Ok(again) => {
            assert_eq!(again, *filter, "{shown}");
            assert_eq!(again.to_string(), shown);
        }
        Err(error) => assert!(is_bound(&error), "{shown}: {error}"),
    }
}

/// Its build, in short.
fn nodes(filter: &Filter, seen: &mut String) {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => {
            seen.push(if matches!(filter, Filter::And(_)) { '&' } else { '|' });
            filters.iter().for_each(|filter| nodes(filter, seen));
        }
        Filter::Not(filter) => {
            seen.push('!');
            nodes(filter, seen);
        }
        Filter::Compare(Comparison { target, op, .. }) => *seen += &format!("{}{}", &target.kind.as_str()[..2], op.as_str()),
        Filter::Present(target) => *seen += &format!("{}pr", &target.kind.as_str()[..2]),
        Filter::ValuePath { filter, .. } => {
            seen.push('[');
            nodes(filter, seen);
        }
    }
}
