//! Bodies that are no JSON object, at the endpoints that take one.

use super::{Case, Subjects};

const UNREADABLE: &[(u16, Option<&str>)] = &[(400, Some("invalidSyntax"))];
const TOO_LARGE: &[(u16, Option<&str>)] = &[(413, None)];

/// Small ones.
const SMALL: &[(&str, &[u8])] = &[
    ("nothing", b""),
    ("blanks", b" \t\r\n "),
    ("only NUL", b"\0\0\0\0"),
    ("an open brace", b"{"),
    ("half an object", b"{\"userName\":\"x\""),
    ("half a text", b"{\"userName\":\"x"),
    ("a comma too many", b"{\"userName\":\"x\",}"),
    ("a comma missing", b"{\"userName\":\"x\" \"title\":\"y\"}"),
    ("a colon missing", b"{\"userName\" \"x\"}"),
    ("single quotes", b"{'userName':'x'}"),
    ("a name without quotes", b"{userName:\"x\"}"),
    ("a comment", b"{/* x */\"userName\":\"x\"}"),
    ("JSON5", b"{userName:\"x\",// y\n}"),
    ("two objects", b"{\"userName\":\"x\"} {\"userName\":\"y\"}"),
    ("one object per line", b"{\"userName\":\"x\"}\n{\"userName\":\"y\"}\n"),
    ("a word after the object", b"{\"userName\":\"x\"}x"),
    ("NUL after the object", b"{\"userName\":\"x\"}\0"),
    ("an array", b"[{\"userName\":\"x\"}]"),
    ("a text", b"\"userName\""),
    ("a number", b"42"),
    ("null", b"null"),
    ("true", b"true"),
    ("NaN", b"{\"a\":NaN}"),
    ("Infinity", b"{\"a\":-Infinity}"),
    ("a number with a leading zero", b"{\"a\":007}"),
    ("a number with a plus", b"{\"a\":+1}"),
    ("a hexadecimal number", b"{\"a\":0x10}"),
    ("half a number", b"{\"a\":1.}"),
    ("a number beyond all bounds", b"{\"a\":1e99999}"),
    ("a number of ten thousand digits", b"{\"a\":1e9999999999999999999999999999999999}"),
    ("a raw line break in a text", b"{\"a\":\"x\ny\"}"),
    ("a raw NUL in a text", b"{\"a\":\"x\0y\"}"),
    ("an escaped NUL", b"{\"a\":\"x\\u0000y\"}"),
    ("an escaped NUL in a name", b"{\"a\\u0000\":1}"),
    ("an escaped NUL deep inside", b"{\"a\":[{\"b\":[\"\\u0000\"]}]}"),
    ("a lone high surrogate", b"{\"a\":\"\\ud800\"}"),
    ("a lone low surrogate", b"{\"a\":\"\\udc00\"}"),
    ("surrogates the wrong way round", b"{\"a\":\"\\udc00\\ud800\"}"),
    ("a lone surrogate in a name", b"{\"\\udbff\":1}"),
    ("half an escape", b"{\"a\":\"\\u12\"}"),
    ("an unknown escape", b"{\"a\":\"\\x41\"}"),
    ("a byte that is never UTF-8", b"{\"a\":\"\xff\"}"),
    ("an overlong NUL", b"{\"a\":\"\xc0\x80\"}"),
    ("a surrogate in UTF-8", b"{\"a\":\"\xed\xa0\x80\"}"),
    ("a character beyond Unicode", b"{\"a\":\"\xf4\x90\x80\x80\"}"),
    ("half a character", b"{\"a\":\"\xe2\x82\"}"),
    ("Latin-1", b"{\"userName\":\"J\xf6rg\"}"),
    ("UTF-16 with its mark", b"\xff\xfe{\0}\0"),
    ("UTF-16 without its mark", b"\0{\0}"),
    ("UTF-32", b"\0\0\xfe\xff\0\0\0{\0\0\0}"),
    ("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf{}"),
    ("a byte order mark inside", b"{\xef\xbb\xbf\"a\":1}"),
    ("a name twice", b"{\"userName\":\"x\",\"active\":true,\"active\":false}"),
    ("a name twice, once escaped", b"{\"active\":true,\"\\u0061ctive\":false}"),
    ("a name twice deep inside", b"{\"a\":[{\"b\":{\"c\":1,\"c\":2}}]}"),
    ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\x02\xff\xabV*-N-\xf2K\xccMU\xb2R\xaaP\xaa\x05\0"),
    ("zlib", b"x\x9c\xabV*-N-\xf2K\xccMU\xb2R\xaaP\xaa\x05\0&\x9c\x04\xeb"),
    ("a zip file", b"PK\x03\x04\x14\0\0\0\x08\0"),
    ("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    ("MessagePack", b"\x81\xa8userName\xa1x"),
    ("CBOR", b"\xa1huserName\x61x"),
    ("XML with an entity bomb", b"<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><u>&b;</u>"),
    ("YAML", b"userName: x\nactive: &a [*a]\n"),
    ("a form", b"userName=x&active=true"),
    ("multipart", b"--x\r\nContent-Disposition: form-data; name=\"userName\"\r\n\r\nx\r\n--x--\r\n"),
    ("a guard against hijacking", b")]}',\n{\"userName\":\"x\"}"),
    ("a script", b"callback({\"userName\":\"x\"})"),
    ("a request in the body", b"POST /api/v1/auth/scim/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
];

pub(super) fn cases(subjects: &Subjects) -> Vec<Case> {
    let targets = [
        ("POST", "/Users".to_owned()),
        ("PUT", subjects.user.clone()),
        ("PATCH", subjects.user.clone()),
        ("POST", "/Groups".to_owned()),
        ("PUT", subjects.group.clone()),
        ("PATCH", subjects.group.clone()),
        ("POST", "/.search".to_owned()),
        ("POST", "/Users/.search".to_owned()),
        ("POST", "/Groups/.search".to_owned()),
        ("POST", "/Bulk".to_owned()),
    ];
    // All endpoints read bodies by the same function: three of them for each body, every one for some.
    let some = |n: usize| (0..3).map(move |place| (n + 3 * place) % 10).filter_map(|place| targets.get(place));
    let mut cases = Vec::new();
    for (n, (what, body)) in SMALL.iter().enumerate() {
        for (method, target) in some(n) {
            cases.push(Case::new(format!("{what} by {method} {target}"), method, target, || body.to_vec(), UNREADABLE));
        }
    }
    for (n, (what, body, refused)) in large().into_iter().enumerate() {
        for (method, target) in some(n) {
            cases.push(Case::new(format!("{what} by {method} {target}"), method, target, body, refused));
        }
    }
    for (what, body, refused) in largest() {
        cases.push(Case::new(what, "POST", "/Users", body, refused));
    }
    let bulk = || vec![b' '; rollcall::scim::LIMITS.max_bulk_bytes + 1];
    cases.push(Case::new("a bulk request with one byte too many", "POST", "/Bulk", bulk, TOO_LARGE));
    cases
}

type Large = (&'static str, fn() -> Vec<u8>, &'static [(u16, Option<&'static str>)]);

/// Deep and broad ones.
fn large() -> [Large; 6] {
    [
        ("one level too many", || nested("{\"a\":", "1", "}", 33), UNREADABLE),
        ("a hundred thousand arrays", || nested("[", "", "]", 100_000), UNREADABLE),
        ("a hundred thousand objects", || nested("{\"a\":", "1", "}", 100_000), UNREADABLE),
        ("brackets without end", || b"{\"a\":".iter().copied().chain([b'['; 100_000]).collect(), UNREADABLE),
        ("an escape without end", || [b"{\"a\":\"".as_slice(), &[b'\\'; 99_999]].concat(), UNREADABLE),
        (
            "a name of a megabyte, twice",
            || {
                let name = "n".repeat(1024 * 1024);
                format!("{{\"{name}\":1,\"{name}\":2}}").into_bytes()
            },
            UNREADABLE,
        ),
    ]
}

/// As much as a body may have, and a little more.
fn largest() -> [Large; 6] {
    const ROOM: usize = 16 * 1024 * 1024;
    [
        ("one byte too many", || vec![b' '; ROOM + 1], TOO_LARGE),
        ("twice as much as there is room for", || vec![b'{'; 2 * ROOM], TOO_LARGE),
        ("eight million numbers", || list("0", ROOM / 2 - 16), TOO_LARGE),
        ("five million objects", || list("{}", ROOM / 3 - 16), TOO_LARGE),
        ("two million objects with a name each", || list("{\"\":0}", ROOM / 7 - 16), TOO_LARGE),
        (
            "sixteen megabytes of one text that does not end",
            || {
                let mut body = b"{\"userName\":\"".to_vec();
                body.resize(ROOM, b'x');
                body
            },
            UNREADABLE,
        ),
    ]
}

fn nested(open: &str, inside: &str, close: &str, levels: usize) -> Vec<u8> {
    format!("{{\"a\":{}{inside}{}}}", open.repeat(levels), close.repeat(levels)).into_bytes()
}

fn list(value: &str, n: usize) -> Vec<u8> {
    format!("{{\"a\":[{}]}}", vec![value; n].join(",")).into_bytes()
}
