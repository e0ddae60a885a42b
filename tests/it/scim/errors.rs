//! Every failure, the framework's own included, is a SCIM error.

use rollcall::scim::LIMITS;
use serde_json::json;

use super::{id, path};
use crate::harness::{Answer, Instance};

const JSON: &str = "application/scim+json";

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let group = workspace.group("Analysts", &[&user]).await;
    let user = workspace.scim().get(&path(&user)).await.expect(200); // its groups are in its version
    let deep = format!("{{\"userName\":\"x\",\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    let bottomless = format!("{{\"a\":{}", "[".repeat(200_000));
    let bodies: [(&str, &[u8], &str); 14] = [
        ("no JSON", b"{", "JSON"),
        ("half of it", b"{\"userName\":\"x\"", "JSON"),
        ("something else", b"<user/>", "JSON"),
        ("two objects", b"{} {}", "JSON"),
        ("an array", b"[]", "object"),
        ("an array of users", b"[{\"userName\":\"x\"}]", "object"),
        ("a text", b"\"x\"", "object"),
        ("null", b"null", "object"),
        ("nothing", b"", "empty"),
        ("bad UTF-8", b"{\"userName\":\"\xff\xfe\"}", "UTF-8"),
        ("deep nesting", deep.as_bytes(), "deep"),
        ("no end of nesting", bottomless.as_bytes(), "deep"),
        ("a key twice", b"{\"userName\":\"x\",\"active\":true,\"active\":false}", "twice"),
        ("NUL", b"{\"userName\":\"x\\u0000\"}", "U+0000"),
    ];
    let targets = [
        ("POST", "/Users".to_owned()),
        ("PUT", path(&user)),
        ("PATCH", path(&user)),
        ("POST", "/Groups".to_owned()),
        ("PUT", path(&group)),
        ("PATCH", path(&group)),
    ];
    for (what, body, says) in bodies {
        for (method, target) in &targets {
            let detail = workspace
                .scim()
                .raw(method, target)
                .header("Content-Type", JSON)
                .body(body)
                .send()
                .scim_error(400, Some("invalidSyntax"));
            assert!(detail.contains(says), "{what} by {method} {target}: {detail}");
        }
    }
    let lone =
        workspace.scim().raw("POST", "/Users").header("Content-Type", JSON).body(&b"{\"userName\":\"\\ud800\"}"[..]).send();
    lone.scim_error(400, Some("invalidSyntax"));
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200)["meta"], user["meta"]);
    instance.finish().await;
}

#[tokio::test]
async fn a_media_type_that_is_not_ours_is_refused() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let body = json!({ "userName": "ada@acme.test" }).to_string();
    let post = |media_type: Option<&str>| {
        let request = workspace.scim().raw("POST", "/Users").body(body.clone());
        media_type.into_iter().fold(request, |request, media_type| request.header("Content-Type", media_type)).send()
    };
    for media_type in [
        "text/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/scim",
        "junk",
        "",
        "application/json; charset=latin1",
        "application/scim+json; charset=iso-8859-1",
    ] {
        let detail = post(Some(media_type)).scim_error(415, None);
        assert!(detail.contains("application/scim+json") && detail.contains("UTF-8"), "{media_type}: {detail}");
    }
    post(None).scim_error(415, None);
    for (n, media_type) in [
        "application/json",
        "application/scim+json; charset=utf-8",
        "APPLICATION/SCIM+JSON",
        "application/json;charset=\"UTF-8\"",
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({ "userName": format!("u{n}@acme.test") }).to_string();
        workspace.scim().raw("POST", "/Users").header("Content-Type", media_type).body(body).send().expect(201);
    }
    // Whatever is accepted, the answer is SCIM.
    for accept in [
        "application/json",
        "application/scim+json",
        "*/*",
        "text/html, application/xhtml+xml;q=0.9",
        "application/json;charset=utf-8;q=0.5",
    ] {
        let answer = workspace.scim().raw("GET", "/Users").header("Accept", accept).send();
        assert!(answer.header("content-type").starts_with("application/scim+json"), "{accept}");
        answer.expect(200);
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_with_and_without_its_length() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = |length: usize| {
        let frame = json!({ "userName": "ada@acme.test", "title": "" }).to_string();
        frame.replace("\"title\":\"\"", &format!("\"title\":\"{}\"", "x".repeat(length - frame.len()))).into_bytes()
    };
    let request = || workspace.scim().raw("POST", "/Users").header("Content-Type", JSON);
    for answer in
        [request().body(user(LIMITS.max_body_bytes + 1)).send(), request().chunked(&user(LIMITS.max_body_bytes + 1)).send()]
    {
        let detail = answer.scim_error(413, None);
        assert!(detail.contains(&format!("{} MiB", LIMITS.max_body_bytes / 1024 / 1024)), "{detail}");
    }
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 0);
    request().chunked(&user(1000)).send().expect(201);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_not_done_405() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, user) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let upper = path(&user).replace(id(&user), &id(&user).to_uppercase());
    let simple = path(&user).replace('-', "");
    for target in [
        "/Users/019f0000-0000-7000-8000-000000000000",
        "/Users/x",
        "/Groups/1",
        "/Users/%00",
        "/Users/%ff%fe",
        "/Users/%zz",
        "/Users/..%2f..",
        "/Users/'--",
        upper.as_str(),
        simple.as_str(),
    ] {
        scim.raw("GET", target).send().scim_error(404, None);
        scim.raw("DELETE", target).send().scim_error(404, None);
        for method in ["PUT", "PATCH"] {
            let body = if method == "PUT" {
                json!({ "userName": "x", "displayName": "x" })
            } else {
                super::patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }]))
            };
            scim.raw(method, target).header("Content-Type", JSON).body(body.to_string()).send().scim_error(404, None);
        }
    }
    for target in [
        "/nowhere",
        "/Users/1/2",
        "/v1/Users",
        "/Users.scim",
        "/Schemas/urn:x",
        "/ResourceTypes/Device",
        "/ServiceProviderConfig/1",
    ] {
        assert!(!scim.raw("GET", target).send().scim_error(404, None).is_empty(), "{target}");
    }
    for (method, target) in [("GET", "/Me"), ("PATCH", "/Me"), ("POST", "/Me")] {
        scim.raw(method, target).header("Content-Type", JSON).body("{}").send().scim_error(501, None);
    }
    let at = path(&user);
    for (method, target) in [
        ("DELETE", "/Users"),
        ("PUT", "/Users"),
        ("PATCH", "/Groups"),
        ("POST", at.as_str()),
        ("POST", "/ServiceProviderConfig"),
        ("PUT", "/Schemas"),
        ("DELETE", "/ResourceTypes/User"),
        ("PATCH", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
        ("GET", "/Users/.search/x/y"),
        ("TRACE", "/Users"),
    ] {
        let answer = scim.raw(method, target).header("Content-Type", JSON).body("{}").send();
        let status = answer.status;
        assert!(matches!(status, 404 | 405), "{method} {target}: {status}");
        answer.scim_error(status, None);
    }
    for (method, target, allowed) in [
        ("DELETE", "/Users", &["GET", "POST"][..]),
        ("POST", "/Schemas", &["GET"]),
        ("POST", &at, &["GET", "PUT", "PATCH", "DELETE"]),
    ] {
        let answer = scim.raw(method, target).header("Content-Type", JSON).body("{}").send();
        answer.scim_error(405, None);
        for verb in allowed {
            assert!(answer.header("allow").contains(verb), "{method} {target}: {}", answer.header("allow"));
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn whoever_has_no_good_token_learns_how_to_get_one() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (good, anonymous) = (workspace.scim_token.clone(), workspace.scim().anonymous());
    let check = |answer: Answer, what: &str| {
        let detail = answer.scim_error(401, None);
        assert!(detail.contains("Authorization: Bearer"), "{what}: {detail}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
    };
    let mistyped = format!("{}{}", &good[..good.len() - 1], if good.ends_with('a') { "b" } else { "a" });
    for header in [
        String::new(),
        "Basic c2NpbTpzY2lt".to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer x".to_owned(),
        format!("Bearer {mistyped}"),
        format!("Bearer {}", good.to_uppercase()),
        format!("Bearer {good}{good}"),
        format!("Token {good}"),
        good.clone(),
        format!("Basic {good}"),
        "non-token".to_owned(),
    ] {
        for (method, target) in
            [("GET", "/Users"), ("GET", "/Groups/1"), ("POST", "/Users"), ("GET", "/Schemas"), ("DELETE", "/Users/1")]
        {
            let answer = anonymous.raw(method, target).header("Authorization", &header).send();
            check(answer, &format!("{method} {target} with {header:?}"));
        }
    }
    check(anonymous.get("/Users").await, "without any");
    check(anonymous.raw("GET", "/Users").header("Authorization", b"Bearer \xff\xfe").send(), "with bytes that are no text");
    anonymous.raw("GET", "/Users").header("Authorization", format!("bearer {good}")).send().expect(200);
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn while_postgres_is_away_everything_waits_for_it() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let away = Instance::with_settings(&[("DATABASE_URL", "postgres://postgres@127.0.0.1:1/rollcall")]).await;
    let scim = workspace.moved_to(away.url()).scim();
    for (method, target, body) in [
        ("GET", "/Users", ""),
        ("GET", "/Groups/1", ""),
        ("GET", "/Schemas", ""),
        ("POST", "/Users", "{\"userName\":\"x\"}"),
        ("DELETE", "/Users/1", ""),
    ] {
        let answer = scim.raw(method, target).header("Content-Type", JSON).body(body).send();
        let detail = answer.scim_error(503, None);
        assert!(detail.contains("nothing was changed"), "{detail}");
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{method} {target}");
    }
    // Somebody without a token is told so all the same.
    scim.anonymous().get("/Users").await.scim_error(401, None);
    away.abandon("its Postgres is away");
    instance.abandon("nothing was enqueued");
}
