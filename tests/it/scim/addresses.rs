//! The address: slashes, hosts, schemes, and what becomes of them in `location` and `$ref`.

use serde_json::{Value, json};

use super::{id, path};
use crate::harness::{Answer, Instance};

#[tokio::test]
async fn slashes_too_many_do_no_harm() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let one = path(&user);
    let root = instance.with_token(&workspace.scim_token);
    for target in [
        "/api/v1/auth/scim/Users",
        "/api/v1/auth/scim/Users/",
        "/api/v1/auth/scim//Users",
        "//api/v1/auth/scim/Users",
        "/api//v1/auth//scim//Users//",
        "/api/v1/auth/scim/Users/?count=1",
        "/api/v1/auth/scim/Users?",
        "/api/v1/auth/scim/Users/?",
        "/api/v1/auth/scim/users",
    ] {
        let answer = root.raw("GET", target).send();
        if target.ends_with("users") && answer.status == 404 {
            answer.scim_error(404, None); // names of endpoints have a case
            continue;
        }
        assert_eq!(answer.expect(200)["Resources"][0]["id"], user["id"], "{target}");
    }
    for target in [format!("{one}/"), format!("/{one}"), format!("{one}?"), format!("{one}//")] {
        assert_eq!(workspace.scim().raw("GET", &target).send().expect(200), user, "{target}");
    }
    let body = json!({ "userName": "bob@acme.test" }).to_string();
    workspace.scim().raw("POST", "//Users/").header("Content-Type", "application/json").body(body).send().expect(201);
    instance.finish().await;
}

/// Every address in an answer: the header and all that is called `location` or `$ref`.
fn addresses(answer: &Answer) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    match value.as_str().filter(|_| name == "location" || name == "$ref") {
                        Some(address) => found.push(address.to_owned()),
                        None => walk(value, found),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&answer.json(), &mut found);
    found.extend(answer.headers.get("location").map(|value| value.to_str().expect("text").to_owned()));
    assert!(!found.is_empty(), "{}", answer.text);
    found
}

#[tokio::test]
async fn addresses_follow_the_host_and_the_scheme_of_the_request() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let group = workspace.group("Analysts", &[&user]).await;
    for (host, proto, origin) in [
        ("scim.example.com", None, "http://scim.example.com"),
        ("scim.example.com", Some("https"), "https://scim.example.com"),
        ("scim.example.com:8443", Some("https"), "https://scim.example.com:8443"),
        ("[::1]:8080", Some("http"), "http://[::1]:8080"),
        ("acme.other-name.test", Some("ftp"), "http://acme.other-name.test"),
        ("acme.other-name.test", Some("javascript:alert(1)//"), "http://acme.other-name.test"),
    ] {
        for target in
            [path(&user), path(&group), "/Groups".to_owned(), "/ServiceProviderConfig".to_owned(), "/Schemas".to_owned()]
        {
            let request = workspace.scim().raw("GET", &target).header("Host", host);
            let answer = proto.into_iter().fold(request, |request, proto| request.header("X-Forwarded-Proto", proto)).send();
            for address in addresses(&answer) {
                assert!(address.starts_with(&format!("{origin}/api/v1/auth/scim/")), "{host} {proto:?} {target}: {address}");
            }
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_hostile_host_does_not_get_into_the_answer() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    for host in [
        "evil.test/path",
        "evil.test\"><script>",
        "user@evil.test",
        "evil.test?x=",
        "evil.test#",
        "evil test",
        "evil.test\\@x",
        "<evil>",
        "",
        "evil.test%2f",
    ] {
        for target in [path(&user), "/Users".to_owned(), "/nowhere".to_owned()] {
            let answer = workspace.scim().raw("GET", &target).header("Host", host).send();
            assert!(
                !answer.text.contains("evil") && !format!("{:?}", answer.headers).contains("evil"),
                "{host}: {}",
                answer.text
            );
            assert!(answer.status < 500, "{host}: {}", answer.status);
        }
    }
    // What only proxies may say is not taken from the other headers.
    let answer = workspace
        .scim()
        .raw("GET", &path(&user))
        .header("X-Forwarded-Host", "evil.test")
        .header("Forwarded", "host=evil.test")
        .send();
    assert!(!answer.text.contains("evil"));
    instance.finish().await;
}

#[tokio::test]
async fn a_public_address_goes_before_whatever_the_request_says() {
    let mut instance = Instance::with_settings(&[("ROLLCALL_PUBLIC_URL", "https://rollcall.example.com/")]).await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let made = workspace.scim().post("/Users", json!({ "userName": "ada@acme.test" })).await;
    let user = made.json();
    assert_eq!(addresses(&made), vec![format!("https://rollcall.example.com/api/v1/auth/scim/Users/{}", id(&user)); 2]);
    for host in ["other.test", "evil.test/x"] {
        let answer = workspace.scim().raw("GET", &path(&user)).header("Host", host).header("X-Forwarded-Proto", "http").send();
        assert_eq!(addresses(&answer), addresses(&made));
    }
    instance.finish().await;
}
