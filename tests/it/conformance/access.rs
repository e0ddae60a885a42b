//! Tokens, what is kept out of logs, and what cannot be injected: RFC 7644 §7.

use data_encoding::HEXLOWER;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{
    asking::{finds, person, search, with},
    framework::{Ground, Section, hold, requirements},
};
use crate::{
    harness::{Instance, Workspace, run},
    operations,
    scim::{ENTERPRISE, id, patch, path},
};

/// Q232 to Q237.
pub const SECTION: Section = Section {
    title: "Access",
    requirements: requirements! {
        232 Must "Tokens travel encrypted: the address is checked at the start." => addresses_are_checked_at_the_start;
        233 Must "Tokens have enough entropy and a limited lifetime, and two work at a time." => tokens_are_long_live_for_a_time_and_overlap;
        234 Hardening "A secret is stored as a hash, shown once, and taken from the header only." => a_secret_is_shown_once_and_stands_nowhere;
        235 Should "Query strings stay out of the log, and a workspace can refuse personal data in them: 403 sensitive." => names_in_addresses_are_kept_out_of_logs_and_may_be_refused;
        236 Must "Nothing that is sent is a command." => nothing_that_is_sent_is_a_command;
        237 Hardening "Without a token there is nothing but how to get one." => nothing_without_a_token;
    },
};

#[tokio::test]
async fn q232_to_q237_access() {
    hold(&SECTION).await;
}

/// TLS ends before Rollcall; what can be checked at the start is that it knows under which address, and encrypted to whom.
pub async fn addresses_are_checked_at_the_start(ground: &Ground<'_>) {
    let instance = ground.instance;
    let good = [("DATABASE_URL", "postgres://postgres@127.0.0.1:1/rollcall"), ("REDIS_URL", "redis://127.0.0.1:1")];
    for (key, value) in [
        ("ROLLCALL_PUBLIC_URL", "rollcall.example.com"),
        ("ROLLCALL_PUBLIC_URL", "ftp://rollcall.example.com"),
        ("ROLLCALL_PUBLIC_URL", "http://rollcall.example.com"),
        ("ROLLCALL_PUBLIC_URL", "http://10.0.0.7"),
    ] {
        let pairs: Vec<(String, String)> =
            good.iter().chain([&(key, value)]).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (code, _, errors) = run(&["serve"], &pairs);
        assert_eq!(code, 1, "{value}: {errors}");
        assert!(errors.contains(key) && errors.contains("https://"), "{value}: {errors}");
    }
    for value in ["https://rollcall.example.com", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
        let served = Instance::with_settings(&[("ROLLCALL_PUBLIC_URL", value)]).await;
        let workspace = served.workspace().open().await;
        let user = person(&workspace, json!({ "userName": "u" })).await;
        assert!(user["meta"]["location"].as_str().is_some_and(|location| location.starts_with(value)), "{user}");
        served.abandon("nobody works here");
    }
    assert!(instance.url().starts_with("http://127.0.0.1"), "unencrypted, and on this machine only");
}

/// Makes a token and answers all that is shown of it.
async fn token(workspace: &Workspace, extra: Value) -> Value {
    let mut body = json!({ "name": "of the test", "scopes": ["scim"] });
    body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    workspace.admin().post("/tokens", body).await.expect(201)
}

pub async fn tokens_are_long_live_for_a_time_and_overlap(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    // Entropy: in each of 32 places of base32 many letters come up, and no token twice.
    let mut places = vec![std::collections::BTreeSet::new(); 32];
    let mut secrets = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let made = token(&workspace, json!({})).await;
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        let random: Vec<char> = secret.trim_start_matches("rollcall_").chars().take(32).collect();
        assert_eq!(random.len(), 32);
        for (place, letter) in places.iter_mut().zip(random) {
            place.insert(letter);
        }
        assert!(secrets.insert(secret));
    }
    assert!(places.iter().all(|letters| letters.len() > 12), "5 bits in each of 32 places are 160");
    // A life of its own length, by default and at most.
    let now = rollcall::clock::now();
    let ends = |made: &Value| {
        made["token"]["expires_at"].as_str().expect("an end").parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
    };
    let usual = token(&workspace, json!({})).await;
    assert!((now + chrono::TimeDelta::days(30)..now + chrono::TimeDelta::days(400)).contains(&ends(&usual)), "{usual}");
    let wanted = now + chrono::TimeDelta::days(700);
    let long = token(&workspace, json!({ "expires_at": wanted })).await;
    assert!((ends(&long) - wanted).num_seconds().abs() < 2, "{long}");
    for days in [4_000, 36_500] {
        let body = json!({ "name": "for ever", "scopes": ["scim"], "expires_at": now + chrono::TimeDelta::days(days) });
        let problem = workspace.admin().post("/tokens", body).await.expect(400);
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("expires_at")), "{problem}");
    }
    // Two at once, so that one can be exchanged for the next, and the old one refused at once.
    let (old, new) = (token(&workspace, json!({})).await, token(&workspace, json!({})).await);
    let secret = |made: &Value| made["secret"].as_str().expect("a secret").to_owned();
    for made in [&old, &new] {
        workspace.scim().token(&secret(made)).get("/Users").await.expect(200);
    }
    workspace.admin().delete(&format!("/tokens/{}", old["token"]["id"].as_str().expect("an id"))).await.expect(204);
    workspace.scim().token(&secret(&old)).get("/Users").await.scim_error(401, None);
    workspace.scim().token(&secret(&new)).get("/Users").await.expect(200);
    // And one whose time has come.
    let short = token(&workspace, json!({ "expires_at": now + chrono::TimeDelta::days(1) })).await;
    workspace.scim().token(&secret(&short)).get("/Users").await.expect(200);
    instance
        .database
        .execute("update api_tokens set expires_at = now() - interval '1 second' where expires_at < now() + interval '2 days'")
        .await;
    workspace.scim().token(&secret(&short)).get("/Users").await.scim_error(401, None);
}

pub async fn a_secret_is_shown_once_and_stands_nowhere(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    let made = token(&workspace, json!({})).await;
    let secret = made["secret"].as_str().expect("a secret");
    let scim = workspace.scim().token(secret);
    let mut places = vec![scim.get("/Users").await.text, scim.get("/Schemas/x").await.text];
    for name in ["access_token", "token", "authorization", "bearer", "api_key"] {
        let answer = scim.anonymous().get(&format!("/Users?{name}={secret}")).await;
        answer.scim_error(401, None);
        let header =
            scim.anonymous().raw("GET", "/Users").header("X-Api-Key", secret).header("Cookie", format!("{name}={secret}")).send();
        header.scim_error(401, None);
        places.extend([answer.text, header.text]);
    }
    let basic = scim.anonymous().request(Method::GET, "/Users").basic_auth(secret, Some(secret));
    let answer = scim.anonymous().send(basic).await;
    answer.scim_error(401, None);
    places.push(answer.text);
    places.push(workspace.admin().get("/tokens").await.text);
    places.push(instance.ops().get(&format!("/workspaces/{}/tokens", workspace.slug)).await.text);
    places.extend([instance.logs(), instance.database.dump()]);
    for (n, place) in places.iter().enumerate() {
        assert!(!place.contains(&secret[16..]), "place {n}");
    }
    // What is stored is the digest, and it is this secret's.
    let digest = HEXLOWER.encode(&rollcall::app::tokens::secret::digest(secret));
    assert_eq!(places.last().map(|dump| dump.matches(&digest).count()), Some(1));
}

/// Every string attribute of the users and groups that a client may write: the path in a body, and the name in a filter.
async fn text_attributes(workspace: &Workspace, schema: &str, qualified: bool) -> Vec<(Vec<String>, String, bool)> {
    let schema = workspace.scim().get(&format!("/Schemas/{schema}")).await.expect(200);
    let mut found = Vec::new();
    let writable = |attribute: &Value| {
        matches!(attribute["mutability"].as_str(), Some("readWrite" | "immutable"))
            && matches!(attribute["type"].as_str(), Some("string" | "reference"))
    };
    let name = |attribute: &Value| attribute["name"].as_str().expect("a name").to_owned();
    for attribute in schema["attributes"].as_array().expect("attributes") {
        let mut outer = Vec::new();
        if qualified {
            outer.push(schema["id"].as_str().expect("an id").to_owned());
        }
        outer.push(name(attribute));
        let prefix = if qualified { format!("{}:{}", outer[0], outer[1]) } else { outer[0].clone() };
        let many = attribute["multiValued"] == true;
        if writable(attribute) {
            found.push((outer.clone(), prefix.clone(), many));
        }
        for part in attribute["subAttributes"].as_array().into_iter().flatten().filter(|part| writable(part)) {
            let inner = [outer.clone(), vec![name(part)]].concat();
            found.push((inner, format!("{prefix}.{}", name(part)), many));
        }
    }
    found
}

/// Sets a value deep in a body; the attribute before the last name is a list where `many` says so.
fn set(body: &mut Value, at: &[String], many: bool, text: &str) {
    let (last, before) = at.split_last().expect("a name");
    let mut place = body;
    for (n, name) in before.iter().enumerate() {
        let inner_most = n + 1 == before.len();
        place = &mut place[name];
        if many && inner_most {
            if !place.is_array() {
                *place = json!([{}]);
            }
            place = &mut place[0];
        }
    }
    place[last] = if many && before.is_empty() { json!([text]) } else { json!(text) };
}

/// What is found at a path, lists opened at their first value.
fn get<'a>(resource: &'a Value, at: &[String]) -> &'a Value {
    at.iter().fold(resource, |place, name| {
        let place = place.get(0).unwrap_or(place);
        &place[name]
    })
}

const PAYLOADS: [&str; 12] = [
    "'; drop table users; --",
    "' or '1'='1",
    "\\'; select pg_sleep(60); --",
    "$1 $$ || (select 1) || $$",
    "\"} , {\"active\": false",
    "$.* ? (@ == \"x\")",
    "%' escape '%",
    "x\r\nX-Injected: yes\r\n\r\n{}",
    "x\n{\"level\":\"INFO\",\"message\":\"forged\"}",
    "${jndi:ldap://127.0.0.1/x} {{7*7}}",
    "<script>alert(1)</script>",
    "\u{1b}[31m\u{202e}txt.exe",
];

pub async fn nothing_that_is_sent_is_a_command(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut attributes = text_attributes(&workspace, "urn:ietf:params:scim:schemas:core:2.0:User", false).await;
    attributes.extend(text_attributes(&workspace, ENTERPRISE, true).await);
    attributes.push((vec!["externalId".into()], "externalId".into(), false));
    attributes.retain(|(at, ..)| at != &["userName"]);
    assert!(attributes.len() > 40, "{}", attributes.len());
    for (n, payload) in PAYLOADS.into_iter().enumerate() {
        // In every field at once, and found by each.
        let mut body = json!({ "userName": format!("u{n}") });
        for (at, _, many) in &attributes {
            set(&mut body, at, *many, payload);
        }
        let answer = scim.post("/Users", body).await;
        assert!(answer.headers.keys().all(|name| name != "x-injected"), "{payload:?}");
        let user = answer.expect(201);
        assert_eq!(scim.get(&path(&user)).await.expect(200), user);
        for (at, filtered, _) in &attributes {
            assert_eq!(get(&user, at), payload, "{filtered}");
            for operator in ["eq", ["sw", "ew", "co"][n % 3]] {
                let filter = format!("{filtered} {operator} {}", json!(payload));
                finds(&workspace, "/Users", &filter, &[&format!("u{n}")]).await;
            }
        }
        // Where a name stands.
        let named = scim.post("/Users", json!({ "userName": format!("{n}{payload}") })).await;
        assert!(matches!(named.status, 201 | 400), "{payload:?}: {}", named.text);
        let group = scim.post("/Groups", json!({ "displayName": payload, "externalId": payload })).await.expect(201);
        finds(
            &workspace,
            "/Groups",
            &format!("displayName eq {} and externalId eq {}", json!(payload), json!(payload)),
            &[payload],
        )
        .await;
        // Where an operation, a path, a filter, a parameter, an id or a version stands.
        for (field, operation) in [
            ("op", json!({ "op": payload, "path": "title", "value": "x" })),
            ("path", json!({ "op": "replace", "path": payload, "value": "x" })),
            ("filter", json!({ "op": "remove", "path": format!("emails[value eq {}]", json!(payload)) })),
            ("key", json!({ "op": "add", "value": { (payload): payload } })),
            ("value", json!({ "op": "replace", "path": "title", "value": payload })),
        ] {
            let answer = scim.operations(&path(&user), json!([operation])).await;
            assert!(matches!(answer.status, 200 | 204 | 400), "{field} {payload:?}: {}", answer.text);
        }
        for name in ["filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes", "cursor"] {
            let answer = scim.send(scim.request(Method::GET, "/Users").query(&[(name, payload)])).await;
            assert!(matches!(answer.status, 200 | 400), "{name} {payload:?}: {} {}", answer.status, answer.text);
            if !matches!(name, "startIndex" | "count") {
                let value = if name.ends_with("ttributes") { json!([payload]) } else { json!(payload) };
                let answer = search(&scim, "/Users", json!({ name: value })).await;
                assert!(matches!(answer.status, 200 | 400), "{name} {payload:?}: {}", answer.text);
            }
        }
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for target in [format!("/Users/{encoded}"), format!("/Groups/{encoded}"), format!("/Schemas/{encoded}")] {
            scim.raw("GET", &target).send().scim_error(404, None);
        }
        if !payload.contains(['\r', '\n', '\u{1b}', '\u{202e}']) {
            let body = patch(json!([{ "op": "replace", "path": "title", "value": "never" }]));
            with(&scim, Method::PATCH, &path(&user), ("if-match", payload), &body).await.scim_error(412, None);
        }
        let host = payload.replace(['\r', '\n', '\u{1b}', '\u{202e}'], "");
        let answer = scim.raw("GET", &path(&user)).header("Host", &host).header("X-Forwarded-Proto", &host).send();
        assert!(matches!(answer.status, 200 | 400), "{host}: {}", answer.text);
        if answer.status == 200 {
            let location = answer.json()["meta"]["location"].as_str().expect("an address").to_owned();
            assert!(!location.contains(['\'', '<', '{', ' ', '"', '$']), "{location}");
        }
        scim.delete(&path(&group)).await.expect(204);
    }
    assert_eq!(scim.get("/Users?count=0").await.expect(200)["totalResults"].as_u64().map(|n| n >= 12), Some(true));
    // Each line of the log is one event, and none was made up.
    for line in instance.logs().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert_ne!(line["message"], "forged");
    }
    instance.abandon("nobody works here");
}

/// Names of people travel in filters; they must not stand in what is written down about requests.
pub async fn names_in_addresses_are_kept_out_of_logs_and_may_be_refused(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    person(&workspace, json!({ "userName": "zebulon@acme.test", "externalId": "00u-quagmire" })).await;
    finds(&workspace, "/Users", "userName eq \"zebulon@acme.test\"", &["zebulon@acme.test"]).await;
    finds(&workspace, "/Users", "externalId eq \"00u-quagmire\"", &["zebulon@acme.test"]).await;
    for target in [
        "/Users?filter=userName%20eq%20%22zebulon%22&x=quagmire",
        "/Users?filter=zebulon+quagmire",
        "/Users?count=zebulon",
        "/Users?sortBy=quagmire",
        "/nowhere?zebulon=quagmire",
        "/Users/zebulon?attributes=quagmire",
        "/zebulon",
        "/Schemas?filter=zebulon",
    ] {
        scim.get(target).await;
        scim.anonymous().get(target).await;
    }
    search(&scim, "/Users", json!({ "filter": "userName eq \"zebulon\"" })).await.expect(200);
    let logs = instance.logs().to_lowercase();
    assert!(logs.contains("listusers") && logs.contains("searchusers"), "there is a log");
    for word in ["zebulon", "quagmire", "filter=", "%22"] {
        assert!(!logs.contains(word), "{word} is in the log");
    }
    // A workspace that wants no names in addresses at all asks by POST.
    workspace.admin().patch("/scim/rules", json!({ "refuse_personal_filters": true })).await.expect(200);
    for filter in ["userName eq \"zebulon@acme.test\"", "emails.value co \"x\"", "name.familyName pr or externalId eq \"x\""] {
        let answer = scim.filter("/Users", filter).await;
        let detail = answer.scim_error(403, Some("sensitive"));
        assert!(detail.contains(".search"), "{detail}");
        search(&scim, "/Users", json!({ "filter": filter })).await.expect(200);
    }
    scim.filter("/Users", "active eq true and meta.created pr").await.expect(200);
    scim.get("/Users").await.expect(200);
    instance.abandon("nobody works here");
}

pub async fn nothing_without_a_token(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    let user = person(&workspace, json!({ "userName": "u" })).await;
    let anonymous = instance.anonymous();
    for operation in operations::of(instance, "scim").await {
        let answer = anonymous.send(operation.request(&anonymous, &operation.path_with(id(&user)), &json!({}))).await;
        if operation.id == "getServiceProviderConfig" && answer.status == 200 {
            // The part of it that is for everybody (RFC 7644 §4).
            let body = answer.json();
            let members: Map<String, Value> = body.as_object().expect("an object").clone();
            assert!(!members["authenticationSchemes"].as_array().expect("schemes").is_empty());
            assert!(!answer.text.contains(&workspace.slug) && !answer.text.contains(&workspace.id));
            continue;
        }
        answer.scim_error(401, None);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", operation.id);
    }
    for document in ["workspace", "ops"] {
        for operation in operations::of(instance, document).await {
            let answer = anonymous.send(operation.request(&anonymous, &operation.path_with(id(&user)), &json!({}))).await;
            assert!(matches!(answer.status, 401 | 403), "{}: {}", operation.id, answer.status);
        }
    }
    for target in ["/Me", "/Bulk", "/.search", "/nowhere", "/Users/1/2", "/"] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer =
                workspace.scim().anonymous().raw(method, target).header("Content-Type", "application/json").body("{}").send();
            assert!(matches!(answer.status, 401 | 404 | 405 | 501), "{method} {target}: {}", answer.status);
            assert!(!answer.text.contains(id(&user)), "{method} {target}");
        }
    }
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 1);
}
