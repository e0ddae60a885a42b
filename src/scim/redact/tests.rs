use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scim::{Profile, read_json};

fn secrets() -> Secrets {
    Secrets::of(Profile::builtin().schemas())
}

fn kept(body: &Value) -> String {
    secrets().body(body, 1 << 16).text
}

#[test]
fn a_body_without_secrets_is_kept_as_it_is() {
    let body =
        json!({ "schemas": ["urn:x"], "userName": "ada", "active": true, "n": 1.5, "none": null, "a": [{ "b": "ä\"\n" }] });
    let redacted = secrets().body(&body, 1 << 16);
    assert_eq!(redacted, Redacted { text: body.to_string(), cut: false, removed: false });
}

#[test]
fn no_spelling_and_no_place_of_a_password_keeps_it() {
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User:password";
    for body in [
        json!({ "password": "hunter2" }),
        json!({ "PassWord": "hunter2" }),
        json!({ "a": { "b": [{ "password": "hunter2" }] } }),
        json!({ "password": { "value": "hunter2" } }),
        json!({ "password": ["hunter2"] }),
        json!({ urn: "hunter2" }),
        json!({ "user_pass_word": "hunter2", "newPassword": "hunter2", "clientSecret": "hunter2", "api-key": "hunter2" }),
        json!({ "Operations": [{ "op": "replace", "path": "password", "value": "hunter2" }] }),
        json!({ "Operations": [{ "value": "hunter2", "PATH": "Password", "op": "add" }] }),
        json!({ "Operations": [{ "op": "replace", "path": urn, "value": "hunter2" }] }),
        json!({ "Operations": [{ "op": "replace", "path": "password.value", "value": { "x": "hunter2" } }] }),
        json!({ "Operations": [{ "op": "replace", "path": "password[value eq \"hunter2\"]", "value": "x" }] }),
        json!({ "Operations": [{ "op": "replace", "path": "password", "values": "hunter2" }] }),
        json!({ "Operations": [{ "op": "hunter2", "path": "password" }] }),
        json!({ "filter": "password eq hunter2" }),
        json!({ "Operations": [{ "op": "replace", "value": { "password": "hunter2" } }] }),
        json!({ "Operations": [{ "method": "POST", "path": "/Users", "data": { "password": "hunter2" } }] }),
        json!({ "filter": "password eq \"hunter2\"" }),
        json!({ "userName": "{\"password\":\"hunter2\"}" }),
        json!({ "emails": [{ "type": "password", "value": "hunter2" }] }),
        json!({ "externalId": "rollcall_hunter2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }),
        json!({ "title": "password=hunter2" }),
        json!({ "password": 2, "Password": { "hunter2": 1 } }),
    ] {
        let redacted = secrets().body(&body, 1 << 16);
        assert!(!redacted.text.contains("hunter2") && redacted.removed, "{}", redacted.text);
    }
}

#[test]
fn what_only_names_a_secret_stays() {
    let path = json!({ "path": "password", "op": "remove" });
    assert_eq!(kept(&path), path.to_string());
    let attributes = json!({ "attributes": ["userName", "urn:ietf:params:scim:schemas:core:2.0:User:password"] });
    assert_eq!(kept(&attributes), attributes.to_string());
    assert_eq!(kept(&json!({ "password": null })), "{\"password\":null}");
    let words = json!({ "title": "Executive Secretary", "displayName": "Password Helpdesk", "filter": "title eq \"Secretary\"" });
    assert_eq!(kept(&words), words.to_string());
}

#[test]
fn attributes_that_are_never_returned_are_secrets_too() {
    let mut schema = ResourceSchema::builtin(crate::scim::ResourceType::User).clone();
    schema.core.attributes.push(Attribute { returned: Returned::Never, ..Attribute::string("badgePin", "") });
    let secrets = Secrets::of([&schema]);
    let body =
        json!({ "BADGEPIN": "4711", "badge": "4711?", "Operations": [{ "path": "urn:acme:User:badgePin", "value": "4711" }] });
    let text = secrets.body(&body, 1 << 16).text;
    assert_eq!(text.matches("4711").count(), 1, "{text}");
}

#[test]
fn a_long_body_is_cut_between_characters() {
    let body = json!({ "a": "ä".repeat(1000), "b": [1, 2, 3] });
    let whole = body.to_string();
    for limit in 0..40 {
        let redacted = secrets().body(&body, limit);
        assert!(redacted.cut && redacted.text.len() <= limit, "{limit}");
        assert!(whole.starts_with(&redacted.text), "{}", redacted.text);
    }
    assert!(!secrets().body(&body, whole.len()).cut);
}

#[test]
fn queries_and_sentences_lose_what_may_be_a_secret() {
    let secrets = secrets();
    assert_eq!(secrets.text("filter=userName%20eq%20%22ada%22&count=1", 500).text, "filter=userName%20eq%20%22ada%22&count=1");
    for query in [
        "filter=password+eq+%22hunter2%22",
        "filter=%70assword%20eq%20%22hunter2%22",
        "filter=%2570assword%20eq%20%22hunter2%22",
        "access_token=hunter2",
        "q=rollcall_hunter2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        assert_eq!(secrets.text(query, 500).text, REMOVED, "{query}");
    }
    assert_eq!(secrets.text("ääää", 3).text, "ä");
    let sentence = "path \"password[value eq \"hunter2\"]\" cannot be read.";
    assert_eq!(secrets.sentence(sentence, false), "path [removed] cannot be read.");
    assert_eq!(secrets.sentence("op is \"hunter2\"; there are add", true), "op is [removed]; there are add");
    assert_eq!(secrets.sentence("a lone \" quote with a password", true), "a lone [removed] quote with a password");
    assert_eq!(secrets.sentence("password is write-only.", false), "password is write-only.");
    assert_eq!(secrets.sentence("userName \"ada\" is taken.", false), "userName \"ada\" is taken.");
}

proptest! {
    #[test]
    fn never_panics_and_never_exceeds(text in "\\PC{0,40}", body in "[\\[\\]{}:,\"a-z1.-]{0,60}", limit in 0..50_usize) {
        let secrets = secrets();
        prop_assert!(secrets.text(&text, limit).text.len() <= limit.max(REMOVED.len()));
        let _ = secrets.sentence(&text, true);
        if let Ok(value) = read_json(body.as_bytes()) {
            let redacted = secrets.body(&value, limit);
            prop_assert!(redacted.text.len() <= limit);
            prop_assert_eq!(redacted.cut, secrets.body(&value, 1 << 16).text.len() > limit);
        }
    }
}
