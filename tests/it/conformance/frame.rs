//! The HTTP frame (RFC 7644 §1.3, §2, §3.1, §3.2, §3.8, §3.13).

use serde_json::json;

use super::{
    answers::MEDIA_TYPE,
    asking::NOBODY,
    framework::{Ground, Section, hold, requirements},
};
use crate::scim::{id, members, patch, path};

/// Q071 to Q082.
pub const SECTION: Section = Section {
    title: "The HTTP frame",
    requirements: requirements! {
        71 Must "Who has no good token is answered 401 with the scheme to use." => whoever_has_no_token;
        72 Must "A token is good in its own workspace; another one's ids are as unknown as any." => other_workspaces;
        73 Should "Parameters that nobody knows are ignored." => unknown_parameters;
        74 Must "PUT never creates." => put_creates_nothing;
        75 Must "Accept may name SCIM, JSON, anything or nothing; the answer is SCIM." => accepted_types;
        76 Must "Every answer with a body is application/scim+json, errors too." => media_type_of_answers;
        77 Hardening "A body of another media type is 415; who accepts neither SCIM nor JSON gets SCIM all the same." => other_media_types;
        78 Must "Text is UTF-8 both ways." => utf_8;
        79 Must "The address has no version; a path with one is 404." => versions_in_paths;
        80 Should "The status stands in the body, too." => status_in_the_body;
        81 May "The suffix .scim is not offered: 404." => no_suffix;
        82 Hardening "HEAD is GET without a body, OPTIONS needs no token, TRACE is off." => other_methods;
    },
};

#[tokio::test]
async fn q071_to_q082_the_http_frame() {
    hold(&SECTION).await;
}

async fn whoever_has_no_token(ground: &Ground<'_>) {
    let scim = ground.scim();
    let user = path(&ground.workspace.user("ada@acme.test").await);
    for (method, at) in [
        ("GET", "/"),
        ("GET", "/Users"),
        ("POST", "/Users"),
        ("GET", user.as_str()),
        ("DELETE", user.as_str()),
        ("GET", "/Groups"),
        ("POST", "/.search"),
        ("POST", "/Bulk"),
        ("GET", "/Schemas"),
    ] {
        let request = || scim.anonymous().raw(method, at).header("Content-Type", MEDIA_TYPE).body("{}");
        for request in [
            request(),
            request().header("Authorization", "Bearer nonsense"),
            request().header("Authorization", "Basic c2NpbTpzY2lt"),
        ] {
            let answer = scim.send(request);
            answer.scim_error(401, None);
            let scheme = answer.header("www-authenticate");
            assert!(scheme.starts_with("Bearer"), "{method} {at}: {scheme}");
        }
    }
    assert_eq!(scim.get(&user).await.status, 200);
}

async fn other_workspaces(ground: &Ground<'_>) {
    let scim = ground.scim();
    let other = ground.another().await;
    let user = other.user("stranger@acme.test").await;
    let group = other.group("Strangers", &[&user]).await;
    let own = path(&ground.workspace.group("Analysts", &[]).await);
    for (resource, body) in [(&user, json!({ "userName": "taken@over.test" })), (&group, json!({ "displayName": "Taken over" }))]
    {
        let theirs = path(resource);
        let nobodys = theirs.replace(id(resource), NOBODY);
        let change = patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }])).to_string();
        for (method, body) in [("GET", String::new()), ("PUT", body.to_string()), ("PATCH", change), ("DELETE", String::new())] {
            let (one, another) = (scim.bytes(method, &theirs, body.clone()), scim.bytes(method, &nobodys, body));
            one.scim_error(404, None);
            assert_eq!(one.text.replace(id(resource), NOBODY), another.text, "{method}");
        }
        let add = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
        let (one, another) = (scim.operations(&own, add(id(resource))).await, scim.operations(&own, add(NOBODY)).await);
        one.scim_error(400, Some("invalidValue"));
        assert_eq!(one.text.replace(id(resource), NOBODY), another.text);
    }
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 0);
    assert_eq!(other.scim().get(&path(&user)).await.expect(200)["userName"], "stranger@acme.test");
    assert_eq!(members(&other.scim().get(&path(&group)).await.expect(200)), [id(&user)]);
}

async fn unknown_parameters(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = path(&ground.workspace.user("ada@acme.test").await);
    for at in ["/Users", "/Groups", &ada, "/Schemas", "/ServiceProviderConfig"] {
        let plain = scim.get(at).await.expect(200);
        assert_eq!(scim.get(&format!("{at}?aadOptscim062020&foo=1&foo=2&%20=")).await.expect(200), plain, "{at}");
    }
    let made = scim.post("/Users?aadOptscim062020", json!({ "userName": "grace@acme.test" })).await.expect(201);
    let change = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    scim.operations(&format!("{}?aadOptscim062020&foo=1", path(&made)), change).await.expect(200);
}

async fn put_creates_nothing(ground: &Ground<'_>) {
    let scim = ground.scim();
    scim.put(&format!("/Users/{NOBODY}"), json!({ "id": NOBODY, "userName": "ada@acme.test" })).await.scim_error(404, None);
    scim.put(&format!("/Groups/{NOBODY}"), json!({ "id": NOBODY, "displayName": "Analysts" })).await.scim_error(404, None);
    scim.put("/Users", json!({ "userName": "ada@acme.test" })).await.scim_error(405, None);
    assert_eq!(scim.get("/").await.expect(200)["totalResults"], 0);
}

async fn accepted_types(ground: &Ground<'_>) {
    let scim = ground.scim();
    ground.workspace.user("ada@acme.test").await;
    let plain = scim.send(scim.raw("GET", "/Users"));
    for accept in [
        MEDIA_TYPE,
        "application/json",
        "*/*",
        "application/*",
        "application/scim+json;charset=utf-8",
        "application/json;charset=utf-8;q=0.5, application/scim+json;q=0.9",
        "",
    ] {
        let answer = scim.send(scim.raw("GET", "/Users").header("Accept", accept));
        assert_eq!((answer.status, &answer.text), (200, &plain.text), "{accept}");
        assert!(answer.header("content-type").starts_with(MEDIA_TYPE), "{accept}");
    }
}

async fn media_type_of_answers(ground: &Ground<'_>) {
    let scim = ground.scim();
    let at = path(&ground.workspace.user("ada@acme.test").await);
    let post = |media_type: &str, body: &'static str| {
        scim.send(scim.raw("POST", "/Users").header("Content-Type", media_type).body(body))
    };
    // The client has looked at the media type of each.
    let answers = [
        scim.get(&at).await,
        post(MEDIA_TYPE, "{\"userName\":\"grace@acme.test\"}"),
        post(MEDIA_TYPE, "{"),
        scim.anonymous().get(&at).await,
        scim.filter("/Schemas", "id pr").await,
        scim.get(&format!("/Users/{NOBODY}")).await,
        scim.get("/nowhere").await,
        scim.get("/Users/%ff").await,
        scim.bytes("PUT", "/Users", "{}"),
        post(MEDIA_TYPE, "{\"userName\":\"ada@acme.test\"}"),
        scim.send(scim.raw("DELETE", &at).header("If-Match", "W/\"0\"")),
        post("text/plain", "{}"),
        scim.get("/Me").await,
    ];
    let statuses = answers.map(|answer| answer.status);
    assert_eq!(statuses, [200, 201, 400, 401, 403, 404, 404, 404, 405, 409, 412, 415, 501]);
}

async fn other_media_types(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = "{\"userName\":\"ada@acme.test\"}";
    let post = |media_type: &str| scim.send(scim.raw("POST", "/Users").header("Content-Type", media_type).body(body));
    for media_type in
        ["text/xml", "text/plain", "application/x-www-form-urlencoded", "application/scim+json;charset=latin1", "x", ""]
    {
        post(media_type).scim_error(415, None);
    }
    scim.send(scim.raw("POST", "/Users").body(body)).scim_error(415, None);
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 0);
    post("Application/JSON; charset=UTF-8").expect(201);
    for accept in ["text/xml", "image/png;q=1", "nonsense"] {
        let answer = scim.send(scim.raw("GET", "/Users").header("Accept", accept));
        assert_eq!(answer.status, 200, "{accept}");
    }
}

async fn utf_8(ground: &Ground<'_>) {
    let scim = ground.scim();
    for body in [&b"{\"userName\":\"ada\xff\"}"[..], b"{\"userName\":\"\xc3\x28\"}", b"{\"\xa0\":1}"] {
        scim.bytes("POST", "/Users", body).scim_error(400, Some("invalidSyntax"));
    }
    let name = "Ada 🚀 E\u{301} 李";
    let ada = scim.post("/Users", json!({ "userName": "李明@acme.test", "displayName": name })).await.expect(201);
    let read = scim.get(&path(&ada)).await;
    assert!(read.text.contains("李明@acme.test"));
    assert_eq!(read.json()["displayName"], name);
    assert_eq!(scim.count("/Users", &format!("displayName eq \"{name}\"")).await, 1);
    let escaped = scim.bytes("PUT", &path(&ada), r#"{"userName":"\u674e\u660e@acme.test","displayName":"\ud83d\ude80"}"#);
    assert_eq!(escaped.expect(200)["displayName"], "🚀");
}

async fn versions_in_paths(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let at = path(&ada);
    for version in ["v1", "v2", "v3", "v2.0"] {
        for endpoint in ["/Users", &at, "/Schemas"] {
            ground.scim().get(&format!("/{version}{endpoint}")).await.scim_error(404, None);
        }
    }
    let location = ada["meta"]["location"].as_str().expect("an address");
    assert!(location.ends_with(&format!("/auth/scim{at}")), "{location}");
}

async fn status_in_the_body(ground: &Ground<'_>) {
    let scim = ground.scim();
    for (answer, status) in [
        (scim.post("/Users", json!({})).await, 400),
        (scim.anonymous().get("/Users").await, 401),
        (scim.get("/nowhere").await, 404),
        (scim.delete("/Users").await, 405),
        (scim.get("/Me").await, 501),
    ] {
        assert_eq!((answer.status, &answer.json()["status"]), (status, &json!(status.to_string())));
    }
}

async fn no_suffix(ground: &Ground<'_>) {
    let at = path(&ground.workspace.user("ada@acme.test").await);
    for target in ["/Users.scim", &format!("{at}.scim"), "/Schemas.scim", "/Users.json"] {
        ground.scim().get(target).await.scim_error(404, None);
    }
}

async fn other_methods(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let at = path(&ada);
    for target in [at.as_str(), "/Users?count=1", "/Schemas", &format!("/Users/{NOBODY}")] {
        let (get, head) = (scim.send(scim.raw("GET", target)), scim.send(scim.raw("HEAD", target)));
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{target}");
        for name in ["etag", "location", "content-type", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {target}");
        }
    }
    let anonymous = scim.anonymous();
    for (target, methods) in [
        ("/", &["GET"][..]),
        ("/Users", &["GET", "POST"]),
        (at.as_str(), &["GET", "PUT", "PATCH", "DELETE"]),
        ("/Bulk", &["POST"]),
        ("/Schemas", &["GET"]),
    ] {
        let answer = anonymous.send(anonymous.raw("OPTIONS", target));
        assert_eq!(answer.status, 204, "{target}: {}", answer.text);
        let allowed: Vec<&str> = answer.header("allow").split(", ").collect();
        assert!(methods.iter().all(|method| allowed.contains(method)), "{target}: {allowed:?}");
    }
    anonymous.send(anonymous.raw("OPTIONS", "/nowhere")).scim_error(404, None);
    for target in [at.as_str(), "/Users"] {
        let answer = scim.send(scim.raw("TRACE", target).header("X-Secret", "secret"));
        assert!(!answer.text.contains("secret"), "{}", answer.text);
        answer.scim_error(405, None);
    }
    assert_eq!(scim.get(&at).await.expect(200), ada);
}
