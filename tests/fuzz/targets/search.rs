//! Bodies of `.search`.

use rollcall::scim::{LIMITS, ListQuery, Paging, ScimType, SearchRequest, Tolerated, envelope, query::fingerprint, urn};
use serde_json::{Map, Value, json};

use super::{KINDS, Target, is_bound, message, refused};
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
    if dice.chance(40) {
        parts.insert("sortBy".to_owned(), json!(dice.pick(TARGET.words)));
        parts.insert("sortOrder".to_owned(), json!(dice.pick(&["ascending", "DESCENDING", "down"])));
    }
    if dice.chance(20) {
        parts.insert("cursor".to_owned(), json!(dice.pick(&["", "AAAA", "é"])));
    }
    let listed = ["attributes", "excludedAttributes"];
    let names: Vec<_> = (0..dice.below(3)).map(|_| *dice.pick(TARGET.words)).collect();
    parts.insert((*dice.pick(&listed)).to_owned(), json!(names));
    message(urn::SEARCH_REQUEST, parts)
}

fn run(input: &[u8]) -> String {
    use ScimType::{InvalidCount, InvalidFilter, InvalidSyntax, InvalidValue};
    let body = match envelope::read_json(input) {
        Ok(body) => body,
        Err(error) => return refused(&error, &[InvalidSyntax]),
    };
    let query = match SearchRequest::parse(&body) {
        Ok(query) => query,
        Err(error) => return refused(&error, &[InvalidSyntax]),
    };
    match Paging::parse(&query, &LIMITS) {
        Ok(Paging::Index(page)) => {
            assert!(page.start_index >= 1 && i64::try_from(page.start_index).is_ok() && page.count <= LIMITS.max_results);
        }
        Ok(Paging::Cursor(page)) => assert!(page.count.is_none_or(|count| count <= LIMITS.max_results)),
        Err(error) => return refused(&error, &[InvalidValue, InvalidCount]),
    }
    let [users, groups] = &*KINDS;
    let mut seen = String::new();
    for (kind, other) in [(users, groups), (groups, users)] {
        seen += &match ListQuery::parse(&query, &kind.schema, &[&other.schema], &mut Tolerated::default()) {
            Ok(list) => {
                // The same list, asked for in the words in which it is written out.
                let filter = list.filter.as_ref().map(ToString::to_string);
                let sort_by = list.sort.as_ref().map(|sort| sort.target.to_string());
                let again = SearchRequest { filter, sort_by, ..query.clone() };
                match ListQuery::parse(&again, &kind.schema, &[&other.schema], &mut Tolerated::default()) {
                    Ok(again) => assert_eq!(fingerprint(std::slice::from_ref(&list)), fingerprint(&[again])),
                    Err(error) => assert!(is_bound(&error), "{error}"),
                }
                format!("list {}", list.sort.is_some())
            }
            Err(error) => refused(&error, &[InvalidFilter, InvalidValue]),
        };
    }
    seen
}
