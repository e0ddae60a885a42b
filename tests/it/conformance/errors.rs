//! `/Me`, errors and status codes, RFC 7644 §3.11 and §3.12.

use futures::future::join_all;
use reqwest::Method;
use rollcall::scim::LIMITS;
use serde_json::{Value, json};

use super::{
    asking::{NOBODY, people, person, with},
    framework::{Ground, Section, hold, requirements},
};
use crate::{
    harness::{Answer, Api, Instance, Workspace},
    scim::{id, patch, path},
};

/// Q217 to Q224.
pub const SECTION: Section = Section {
    title: "/Me, errors, status codes",
    requirements: requirements! {
        217 Should "/Me is not offered: 501." => me_is_not_offered;
        218 May "A token that is no person's gets 501 from /Me, and no redirection." => a_token_without_a_person_gets_no_me;
        219 Must "Every error is an Error message with its status as text." => every_error_has_the_form_of_the_rfc;
        220 Must "scimType is one of the registered words, or absent." => the_word_is_registered_or_absent;
        221 Should "409 is for conflicts, 412 for preconditions, 501 for what is not offered." => each_status_for_its_own_reason;
        222 Hardening "The detail says what to fix and tells nothing of our insides or of others." => the_sentence_says_what_to_do_and_nothing_else;
        223 Must "A taken name is 409 by every verb." => a_taken_name_is_409_by_every_verb;
        224 Hardening "Too many requests are answered 429 with Retry-After, and other workspaces notice nothing." => too_many_requests;
    },
};

#[tokio::test]
async fn q217_to_q224_errors() {
    hold(&SECTION).await;
}

/// Every `scimType` of RFC 7644 §3.12, table 9, and of RFC 9865 §3.
const WORDS: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

/// What every error must be. Answers its sentence.
#[track_caller]
fn checked(answer: &Answer, what: &str) -> String {
    assert!(answer.status >= 400, "{what} is no error: {}", answer.status);
    assert!(answer.header("content-type").starts_with("application/scim+json"), "{what}: {}", answer.header("content-type"));
    let body = answer.json();
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{what}: {body}");
    assert_eq!(body["status"], answer.status.to_string(), "{what}: a text, equal to the HTTP status");
    match &body["scimType"] {
        Value::Null => assert!(body.get("scimType").is_none(), "{what}: absent rather than null"),
        word => assert!(word.as_str().is_some_and(|word| WORDS.contains(&word)), "{what}: {word} is registered nowhere"),
    }
    let detail = body["detail"].as_str().unwrap_or_else(|| panic!("{what} has no detail: {body}"));
    assert!(detail.len() > 15 && detail.contains(' '), "{what}: {detail:?} is no sentence");
    detail.to_owned()
}

async fn sent(api: &Api, method: &str, target: &str, body: &str) -> Answer {
    api.raw(method, target).header("Content-Type", "application/scim+json").body(body.to_owned()).send()
}

/// Every way to fail that a client can bring about by itself, with the status it must be answered with.
async fn failures(workspace: &Workspace) -> Vec<(&'static str, u16, Answer)> {
    let scim = workspace.scim();
    let [ada, bob] = people(workspace, ["ada@acme.test", "bob@acme.test"].map(|name| json!({ "userName": name }))).await;
    let group = workspace.group("Group", &[&ada]).await;
    workspace.group("Other", &[]).await;
    let (at, at_bob, at_group) = (path(&ada), path(&bob), path(&group));
    let nobody = format!("/Users/{NOBODY}");
    let huge = "x".repeat(LIMITS.max_body_bytes + 1);
    let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "ada@acme.test" }])).to_string();
    let mut failures = Vec::new();
    for (what, status, method, target, body) in [
        ("a filter that is none", 400, "GET", "/Users?filter=x", ""),
        ("a page that is none", 400, "GET", "/Users?count=x", ""),
        ("two projections", 400, "GET", "/Users?attributes=id&excludedAttributes=id", ""),
        ("no JSON", 400, "POST", "/Users", "{"),
        ("an array", 400, "POST", "/Groups", "[]"),
        ("nothing", 400, "POST", "/Users", ""),
        ("a name twice", 400, "POST", "/Users", "{\"userName\":\"x\",\"userName\":\"y\"}"),
        ("no name", 400, "POST", "/Users", "{}"),
        ("a wrong type", 400, "PUT", &at, "{\"userName\":7}"),
        ("no PATCH", 400, "PATCH", &at, "{}"),
        ("no search", 400, "POST", "/.search", "{}"),
        ("an unknown user", 404, "GET", &nobody, ""),
        ("no id", 404, "GET", "/Groups/x", ""),
        ("bytes that are no text", 404, "GET", "/Users/%ff", ""),
        ("a broken escape", 404, "GET", "/Users/%zz", ""),
        ("an unknown path", 404, "GET", "/Devices", ""),
        ("an unknown path for a write", 404, "POST", "/v1/Users", "{}"),
        ("a schema of nobody", 404, "GET", "/Schemas/urn:x", ""),
        ("a verb that is not done here", 405, "DELETE", "/Users", ""),
        ("a write to discovery", 405, "POST", "/Schemas", "{}"),
        ("a verb of nobody", 405, "BREW", "/Users", ""),
        ("a taken name", 409, "POST", "/Users", "{\"userName\":\"ADA@acme.test\"}"),
        ("a taken name by PUT", 409, "PUT", &at_bob, "{\"userName\":\"ADA@acme.test\"}"),
        ("a taken name by PATCH", 409, "PATCH", &at_bob, &rename),
        ("a taken name of a group", 409, "PUT", &at_group, "{\"displayName\":\"other\"}"),
        ("too large", 413, "POST", "/Users", &huge),
        ("too large for a PATCH", 413, "PATCH", &at, &huge),
        ("a filter on discovery", 403, "GET", "/Schemas?filter=id%20pr", ""),
        ("/Me", 501, "GET", "/Me", ""),
        ("a change of /Me", 501, "PATCH", "/Me", "{}"),
    ] {
        failures.push((what, status, sent(&scim, method, target, body).await));
    }
    let xml = scim.raw("POST", "/Users").header("Content-Type", "text/xml").body("<user/>").send();
    failures.push(("XML", 415, xml));
    failures.push(("no media type", 415, scim.raw("POST", "/Users").body("{}").send()));
    let latin = scim.raw("PUT", &at).header("Content-Type", "application/json; charset=latin1").body("{}").send();
    failures.push(("another encoding", 415, latin));
    let chunked = scim.raw("POST", "/Users").header("Content-Type", "application/json").chunked(huge.as_bytes());
    failures.push(("too large without saying so", 413, chunked.send()));
    failures.push(("an old version", 412, with(&scim, Method::DELETE, &at, ("if-match", "\"0\""), &Value::Null).await));
    for (what, target) in [("no token", "/Users"), ("no token for a write", "/Groups/1")] {
        failures.push((what, 401, scim.anonymous().get(target).await));
    }
    failures.push(("a token of nobody", 401, scim.token("rollcall_x").get("/Users").await));
    failures.push(("another scheme", 401, scim.anonymous().raw("GET", "/Users").header("Authorization", "Basic eDp5").send()));
    failures.push(("another scope", 403, scim.token(&workspace.admin_token).get("/Users").await));
    failures
}

pub async fn me_is_not_offered(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    for (method, target) in
        [("GET", "/Me"), ("GET", "/Me?attributes=userName"), ("PUT", "/Me"), ("PATCH", "/Me"), ("DELETE", "/Me")]
    {
        let answer = sent(&scim, method, target, "{}").await;
        assert_eq!(answer.status, 501, "{method} {target}: {}", answer.text);
        let detail = checked(&answer, method);
        assert!(detail.contains("/Me"), "{detail}");
    }
}

/// A SCIM token belongs to the workspace and to nobody: there is no resource that `/Me` could lead to, and nothing breaks.
pub async fn a_token_without_a_person_gets_no_me(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    person(&workspace, json!({ "userName": "ada" })).await;
    let answer = workspace.scim().get("/Me").await;
    assert_eq!((answer.status, answer.header("location")), (501, ""));
    checked(&answer, "GET /Me");
    for below in ["/Me/", "/Me/x", "/me", "/Me.scim", "/Users/Me"] {
        let answer = workspace.scim().get(below).await;
        assert!(matches!(answer.status, 404 | 501), "{below}: {}", answer.status);
        checked(&answer, below);
    }
    for token in [None, Some(workspace.admin_token.as_str()), Some(workspace.sessions_token.as_str())] {
        let answer = token.map_or(workspace.scim().anonymous(), |token| workspace.scim().token(token)).get("/Me").await;
        assert!(matches!(answer.status, 401 | 403 | 501), "{}", answer.status);
        checked(&answer, "somebody else's /Me");
    }
}

pub async fn every_error_has_the_form_of_the_rfc(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    for (what, status, answer) in failures(&workspace).await {
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        checked(&answer, what);
    }
    let closed = instance.workspace().enterprise().saml().create().await;
    let answer = closed.scim().get("/Users").await;
    assert_eq!(answer.status, 403);
    checked(&answer, "the gate is closed");
    // A mistake of ours: a column is not where it should be.
    instance.database.execute("alter table users rename column document to elsewhere").await;
    for (method, target, body) in
        [("GET", "/Users", ""), ("POST", "/Users", "{\"userName\":\"x\"}"), ("GET", &format!("/Users/{NOBODY}"), "")]
    {
        let answer = sent(&workspace.scim(), method, target, body).await;
        assert_eq!(answer.status, 500, "{method} {target}: {}", answer.text);
        let detail = checked(&answer, "a mistake of ours");
        assert!(!detail.contains("column") && !detail.contains("document"), "{detail}");
    }
    instance.database.execute("alter table users rename column elsewhere to document").await;
    workspace.scim().get("/Users").await.expect(200);
    instance.database.shut().await;
    for (method, target, body) in [("GET", "/Users", ""), ("POST", "/Users", "{\"userName\":\"x\"}"), ("DELETE", "/Users/x", "")]
    {
        let answer = sent(&workspace.scim(), method, target, body).await;
        assert_eq!(answer.status, 503, "{method} {target}: {}", answer.text);
        checked(&answer, "Postgres is away");
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    }
    instance.database.open().await;
    instance.abandon("nobody works here");
}

pub async fn the_word_is_registered_or_absent(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, json!({ "userName": "u" })).await;
    let mut words = std::collections::BTreeSet::new();
    let mut seen = failures(workspace).await;
    let replace = |path: &str| json!([{ "op": "replace", "path": path, "value": "x" }]);
    for (what, operations) in [
        ("read-only", replace("id")),
        ("no target", json!([{ "op": "remove" }])),
        ("no path", replace("emails[")),
        ("no filter", replace("emails[type].value")),
        ("no value", json!([{ "op": "add", "path": "title" }])),
    ] {
        seen.push((what, 400, workspace.scim().operations(&path(&user), operations).await));
    }
    for (what, _, answer) in &seen {
        checked(answer, what);
        let body = answer.json();
        let word = body["scimType"].as_str();
        // A word narrows 400 and 409 down; the other statuses say all there is to say.
        assert_eq!(word.is_some(), matches!(answer.status, 400 | 409), "{what}: {body}");
        words.extend(word.map(str::to_owned));
    }
    let wanted = ["invalidFilter", "invalidPath", "invalidSyntax", "invalidValue", "mutability", "noTarget", "uniqueness"];
    assert!(wanted.iter().all(|word| words.contains(*word)), "{words:?}");
}

pub async fn each_status_for_its_own_reason(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let failures = failures(workspace).await;
    for (status, reasons) in [
        (409, &["a taken name", "a taken name by PUT", "a taken name by PATCH", "a taken name of a group"][..]),
        (412, &["an old version"]),
        (501, &["/Me", "a change of /Me"]),
    ] {
        let found: Vec<&str> = failures.iter().filter(|(_, _, answer)| answer.status == status).map(|(what, ..)| *what).collect();
        assert_eq!(found, reasons, "{status}");
    }
}

pub async fn the_sentence_says_what_to_do_and_nothing_else(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let secret = person(&other, json!({ "userName": "zebulon@other.test", "externalId": "00u-other" })).await;
    let theirs = other.group("Quagmire", &[&secret]).await;
    let mut answers = failures(&workspace).await;
    for target in [path(&secret), path(&theirs)] {
        answers.push(("another workspace's", 404, workspace.scim().get(&target).await));
    }
    let members = json!({ "displayName": "X", "members": [{ "value": id(&secret) }] });
    answers.push(("another's member", 400, workspace.scim().post("/Groups", members).await));
    instance.database.execute("alter table groups rename column version to elsewhere").await;
    answers.push(("a mistake of ours", 500, workspace.scim().get("/Groups").await));
    instance.database.execute("alter table groups rename column elsewhere to version").await;
    for (what, status, answer) in &answers {
        assert_eq!(answer.status, *status, "{what}: {}", answer.text);
        let detail = checked(answer, what);
        let low = detail.to_lowercase();
        for word in [
            "select ",
            "insert into",
            "update users",
            "delete from",
            "relation \"",
            "column \"",
            "constraint",
            "violates",
            "postgres",
            "sqlx",
            "syntax error at",
            "panicked",
            "src/",
            ".rs",
            "backtrace",
            "stack",
            "poem",
            "serde",
            "0x",
            "redis",
            "127.0.0.1",
            "apalis",
            "jsonb",
            "zebulon",
            "00u-other",
            "quagmire",
        ] {
            assert!(!low.contains(word), "{what} tells {word:?}: {detail}");
        }
        assert!(!detail.contains(&other.id) && !detail.contains(&workspace.scim_token), "{what}: {detail}");
        assert!(detail.len() < 600, "{what}: {detail}");
    }
    // The name of what is wrong is in it.
    for (body, says) in [
        (json!({ "userName": "x", "active": "maybe" }), "active"),
        (json!({ "userName": "x", "emails": [{ "value": 7 }] }), "emails"),
        (json!({ "userName": "x", "name": { "givenName": [1, 2] } }), "name.givenName"),
        (json!({ "displayName": "x" }), "userName"),
    ] {
        let answer = workspace.scim().post("/Users", body).await;
        assert!(checked(&answer, says).contains(says), "{}", answer.text);
    }
    instance.abandon("nobody works here");
}

pub async fn a_taken_name_is_409_by_every_verb(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    let [ada, bob] = people(workspace, ["ada", "bob"].map(|name| json!({ "userName": name }))).await;
    let (one, other) = (workspace.group("One", &[]).await, workspace.group("Other", &[]).await);
    for (endpoint, name, taken, mover) in [("/Users", "userName", &ada, &bob), ("/Groups", "displayName", &one, &other)] {
        let value = taken[name].as_str().expect("a name").to_uppercase();
        let whole = json!({ name: value });
        for answer in [
            scim.post(endpoint, whole.clone()).await,
            scim.put(&path(mover), whole.clone()).await,
            scim.operations(&path(mover), json!([{ "op": "replace", "path": name, "value": value }])).await,
            scim.operations(&path(mover), json!([{ "op": "add", "path": name, "value": value }])).await,
            scim.operations(&path(mover), json!([{ "op": "replace", "value": whole }])).await,
        ] {
            let detail = answer.scim_error(409, Some("uniqueness"));
            assert!(detail.contains(name), "{detail}");
        }
        assert_eq!(&scim.get(&path(mover)).await.expect(200), mover);
    }
}

pub async fn too_many_requests(_: &Ground<'_>) {
    let instance = Instance::with_settings(&[("ROLLCALL_SCIM_REQUESTS_PER_SECOND", "5")]).await;
    let (flooding, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let scim = flooding.scim();
    let answers = join_all((0..60).map(|n| {
        let scim = scim.clone();
        async move { scim.post("/Users", json!({ "userName": format!("u{n}") })).await }
    }))
    .await;
    let (made, refused): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert!(made.len() >= 5 && refused.len() > 20, "{} made, {} refused", made.len(), refused.len());
    for answer in &refused {
        assert_eq!(answer.status, 429, "{}", answer.text);
        checked(answer, "one too many");
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| (1..60).contains(&seconds)));
    }
    assert_eq!(other.scim().get("/Users").await.status, 200, "nobody else has to wait");
    // Whoever waits as long as was said is served, and finds what was acknowledged and nothing else.
    let wait = refused.iter().filter_map(|answer| answer.header("retry-after").parse().ok()).max().expect("a time");
    tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    assert_eq!(scim.get("/Users?count=0").await.expect(200)["totalResults"], made.len());
    instance.abandon("nobody works here");
}
