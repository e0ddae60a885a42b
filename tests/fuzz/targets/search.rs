//! Bodies of `.search`.

use rollcall::scim::{PageRequest, Projection, ScimType, SearchRequest, discovery::LIMITS, envelope, filter, urn};
use serde_json::{Map, Value, json};

use super::{KINDS, Target, message, refused};
use crate::generate::dice::Dice;

pub const TARGET: Target = Target {
    name: "search",
    json: true,
    words: &[
        "schemas",
        "urn:ietf:params:scim:api:messages:2.0:SearchRequest",
        "filter",
        "FILTER",
        "attributes",
        "excludedAttributes",
        "startIndex",
        "count",
        "sortBy",
        "sortOrder",
        "ascending",
        "descending",
        "cursor",
        "userName",
        "emails.value",
        "id",
        "meta",
        "userName eq \"a\"",
        "emails[type eq \"work\"]",
        "members pr",
        "1",
        "-1",
        "0",
        ",",
        "",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    ],
    fresh,
    run,
};

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let numbers = [json!(0), json!(1), json!(-1), json!(1.5), json!(u64::MAX), json!(1e300), json!("1"), json!(null)];
    let mut parts = Map::new();
    for name in ["startIndex", "count"] {
        if dice.chance(60) {
            parts.insert(name.to_owned(), dice.pick(&numbers).clone());
        }
    }
    if dice.chance(80) {
        let text = String::from_utf8_lossy(&(super::filter::TARGET.fresh)(dice)).into_owned();
        parts.insert("filter".to_owned(), Value::from(text));
    }
    let listed = ["attributes", "excludedAttributes"];
    let names: Vec<_> = (0..dice.below(3)).map(|_| *dice.pick(TARGET.words)).collect();
    parts.insert((*dice.pick(&listed)).to_owned(), json!(names));
    message(urn::SEARCH_REQUEST, parts)
}

fn run(input: &[u8]) -> String {
    use ScimType::{InvalidFilter, InvalidSyntax, InvalidValue};
    let body = match envelope::read_json(input) {
        Ok(body) => body,
        Err(error) => return refused(&error, &[InvalidSyntax]),
    };
    let query = match SearchRequest::parse(&body) {
        Ok(query) => query,
        Err(error) => return refused(&error, &[InvalidSyntax]),
    };
    let page = match PageRequest::parse(query.start_index.as_deref(), query.count.as_deref(), &LIMITS) {
        Ok(page) => page,
        Err(error) => return refused(&error, &[InvalidValue]),
    };
    assert!(page.start_index >= 1 && i64::try_from(page.start_index).is_ok() && page.count <= LIMITS.max_results);
    let [users, groups] = &*KINDS;
    let mut seen = String::new();
    for (kind, other) in [(users, groups), (groups, users)] {
        if let Err(error) = Projection::parse(&kind.schema, query.attributes.as_deref(), query.excluded_attributes.as_deref()) {
            return refused(&error, &[InvalidValue]);
        }
        if let Some(text) = &query.filter {
            seen += &match filter::parse_among(text, &kind.schema, &[&other.schema]) {
                Ok(_) => "filter".to_owned(),
                Err(error) => refused(&error, &[InvalidFilter]),
            };
        }
    }
    seen + "page"
}
