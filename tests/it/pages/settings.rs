//! Settings: roles, webhooks, and metadata from a file.

use serde_json::json;

use super::{Browser, assert_is_a_page, text_of};
use crate::{
    harness::{Instance, Workspace, eventually},
    saml,
};

async fn ready(instance: &Instance) -> (Workspace, Browser) {
    let workspace = instance.workspace().open().await;
    let browser = Browser::of_admin(instance, &workspace).await;
    (workspace, browser)
}

#[tokio::test]
async fn roles_are_defined_ranked_and_deleted() {
    let instance = Instance::with_saml().await;
    let (workspace, mut browser) = ready(&instance).await;
    let ranks = async || {
        let roles = workspace.admin().get("/roles").await.expect(200);
        let found =
            roles.as_array().expect("roles").iter().find(|role| role["name"] == "support").map(|role| role["rank"].clone());
        found.unwrap_or_default()
    };
    for rank in ["250", "260"] {
        let defined = browser.post("/settings/roles", &[("name", "support"), ("rank", rank)]).await;
        assert_eq!((defined.status, defined.header("location")), (303, "/settings/roles?done=defined"), "{}", defined.text);
        assert_eq!(ranks().await, json!(rank.parse::<u16>().expect("a number")));
    }
    for (name, rank, status) in
        [("support", "300", 400), ("other", "260", 409), ("Support", "7", 400), ("other", "x", 400), ("other", "1000", 400)]
    {
        let refused = browser.post("/settings/roles", &[("name", name), ("rank", rank)]).await;
        assert_is_a_page(&refused, status, rank);
        assert!(
            refused.text.contains("role=\"alert\"") && refused.text.contains(&format!("value=\"{rank}\"")),
            "{}",
            refused.text
        );
    }
    assert_is_a_page(&browser.post("/settings/roles/admin/delete", &[]).await, 409, "every workspace has it");
    let deleted = browser.post("/settings/roles/support/delete", &[]).await;
    assert_eq!(deleted.header("location"), "/settings/roles?done=deleted");
    assert!(ranks().await.is_null());
    instance.finish().await;
}

#[tokio::test]
async fn webhooks_are_made_watched_changed_and_removed() {
    let instance = Instance::with_saml().await;
    let (workspace, mut browser) = ready(&instance).await;
    let form = [("url", "http://127.0.0.1:1/hook"), ("member.invited", "on")];
    let made = browser.post("/settings/webhooks", &form).await;
    assert_is_a_page(&made, 201, "made");
    let secret = text_of(&made, "secret");
    assert!(secret.starts_with("whsec_"), "{secret}");
    let hooks = workspace.admin().get("/webhooks").await.expect(200);
    let address = format!("/settings/webhooks/{}", hooks[0]["id"].as_str().expect("an id"));
    assert_eq!(hooks[0]["types"], json!(["member.invited"]));
    let list = browser.get("/settings/webhooks").await;
    assert_is_a_page(&list, 200, "list");
    assert!(list.text.contains(&address) && !list.text.contains(&secret), "{}", list.text);
    workspace.user("jane@acme.test").await;
    eventually("an attempt is shown", async || {
        let shown = browser_of(&instance, &browser).get(&address).await;
        shown.text.contains("failed") && shown.text.contains("Try again now")
    })
    .await;
    let rotated = browser.post(&format!("{address}/rotate"), &[]).await;
    assert_is_a_page(&rotated, 201, "rotated");
    assert_ne!(text_of(&rotated, "secret"), secret);
    let resumed = browser.post(&format!("{address}/resume"), &[]).await;
    assert_eq!(resumed.header("location"), format!("{address}?done=resumed"));
    assert_is_a_page(&browser.post(&format!("{address}/replay"), &[("from", "x")]).await, 400, "no number");
    let again = browser.post(&format!("{address}/replay"), &[("from", "1")]).await;
    assert_eq!(again.header("location"), format!("{address}?done=replayed"), "{}", again.text);
    let paused = browser.post(&address, &[("url", "http://127.0.0.1:2/hook")]).await;
    assert_eq!(paused.header("location"), format!("{address}?done=changed"));
    let now = workspace.admin().get("/webhooks").await.expect(200);
    assert_eq!(
        (&now[0]["url"], &now[0]["enabled"], &now[0]["types"]),
        (&json!("http://127.0.0.1:2/hook"), &json!(false), &json!([]))
    );
    for url in ["", "ftp://127.0.0.1/", "nonsense"] {
        assert_is_a_page(&browser.post(&address, &[("url", url), ("enabled", "on")]).await, 400, url);
        assert_is_a_page(&browser.post("/settings/webhooks", &[("url", url)]).await, 400, url);
    }
    assert_eq!(workspace.admin().get("/webhooks").await.expect(200), now);
    let removed = browser.post(&format!("{address}/delete"), &[]).await;
    assert_eq!(removed.header("location"), "/settings/webhooks?done=deleted");
    assert_eq!(workspace.admin().get("/webhooks").await.expect(200), json!([]));
    instance.finish().await;
}

/// The same browser, for a closure that borrows nothing.
fn browser_of(instance: &Instance, browser: &Browser) -> Browser {
    Browser { cookies: browser.cookies.clone(), ..Browser::new(instance) }
}

#[tokio::test]
async fn metadata_comes_in_by_a_file_as_identity_providers_save_it() {
    let instance = Instance::with_saml().await;
    let (workspace, mut browser) = ready(&instance).await;
    let made = browser.post("/settings/saml", &[("name", "Next"), ("idp", "entra")]).await;
    let address = made.header("location").split('?').next().expect("a path").to_owned();
    let id = address.rsplit('/').next().expect("an id");
    let shown = async || workspace.admin().get(&format!("/saml/connections/{id}")).await.expect(200);
    let before = shown().await;
    let upload = format!("{address}/metadata/file");
    let xml = saml::metadata("https://idp.acme.test", &["idp"]);
    for (name, file, said) in [
        ("other", xml.as_bytes(), "Choose the file"),
        ("file", b"", "Choose the file"),
        ("file", b"\xff\xfe<\0a\0", "not UTF-8"),
        ("file", b"<nothing/>", "metadata"),
    ] {
        let refused = browser.upload(&upload, name, file).await;
        assert_is_a_page(&refused, 400, said);
        assert!(refused.text.contains(said), "{said}: {}", refused.text);
    }
    let broken = browser.post(&upload, &[("file", &xml)]).await;
    assert!(broken.status == 400 || broken.status == 415, "{}", broken.text);
    assert_eq!(shown().await, before);
    // Entra ID begins its file with a byte order mark.
    let taken = browser.upload(&upload, "file", format!("\u{feff}{xml}").as_bytes()).await;
    assert_eq!((taken.status, taken.header("location")), (303, format!("{address}?done=metadata").as_str()), "{}", taken.text);
    assert_eq!(shown().await["idp_entity_id"], "https://idp.acme.test");
    let large = browser.upload(&upload, "file", &vec![b' '; 4 * 1024 * 1024]).await;
    assert_is_a_page(&large, 413, "too large");
    instance.finish().await;
}

#[tokio::test]
async fn a_mapping_is_looked_at_among_whoever_is_in_the_group() {
    let instance = Instance::with_saml().await;
    let (workspace, mut browser) = ready(&instance).await;
    let mut users = Vec::new();
    for name in ["ada", "bob", "cy"] {
        users.push(workspace.user(&format!("{name}@acme.test")).await);
    }
    let inner = workspace.group("Inner", &[&users[0]]).await;
    let body = json!({ "displayName": "Outer", "members": [{ "value": inner["id"] }, { "value": users[1]["id"] }] });
    let outer = workspace.scim().post("/Groups", body).await.expect(201);
    instance.settle().await;
    let wish = [("group", outer["id"].as_str().expect("an id")), ("role", "editor")];
    let looked = browser.post("/settings/scim/mappings/preview", &wish).await;
    assert_is_a_page(&looked, 200, "preview");
    assert!(looked.text.contains("2 people looked at") && !looked.text.contains("Look at the next ones"), "{}", looked.text);
    assert!(looked.text.contains("ada@acme.test") && looked.text.contains("bob@acme.test"), "{}", looked.text);
    assert!(!looked.text.contains("cy@acme.test"), "{}", looked.text);
    // It goes on after somebody.
    let first = users[..2].iter().filter_map(|user| user["id"].as_str()).min().expect("a user");
    let after = format!("user:{first}");
    let on = browser.post("/settings/scim/mappings/preview", &[wish[0], wish[1], ("after", &after), ("many", "on")]).await;
    assert!(on.text.contains("1 person looked at"), "{}", on.text);
    let nowhere = browser.post("/settings/scim/mappings/preview", &[wish[0], wish[1], ("after", "x")]).await;
    assert_is_a_page(&nowhere, 404, "nowhere");
    instance.finish().await;
}

#[tokio::test]
async fn what_is_under_way_is_shown_until_it_is_done() {
    let mut instance = Instance::without_worker().await;
    let (workspace, mut browser) = ready(&instance).await;
    workspace.scim().post("/Users", json!({ "userName": "ada@acme.test" })).await.expect(201);
    let pages = ["/members", "/held-changes", "/settings/roles", "/settings/scim", "/settings/scim/mappings"];
    for page in pages {
        let shown = browser.get(page).await;
        assert_is_a_page(&shown, 200, page);
        assert!(shown.text.contains("Still to be looked at: 1 person or group."), "{page}: {}", shown.text);
    }
    let defined = browser.post("/settings/roles", &[("name", "support"), ("rank", "250")]).await;
    let shown = browser.get(defined.header("location")).await;
    assert!(shown.text.contains("Everybody is being looked at again: 0 of 1 person or group."), "{}", shown.text);
    assert!(shown.text.contains("value=\"0\" max=\"1\""), "{}", shown.text);
    instance.start_worker();
    instance.settle().await;
    assert_eq!(instance.database.count("select looked_at from sweeps").await, 1, "everybody was counted on the way");
    for page in pages {
        let shown = browser.get(page).await;
        assert!(!shown.text.contains("looked at again") && !shown.text.contains("Still to be"), "{page}: {}", shown.text);
    }
    instance.finish().await;
}

/// An administrator who has mistyped one thing types nothing else again, and nothing of the form has counted.
#[tokio::test]
async fn what_was_typed_stays_when_it_is_not_accepted() {
    let instance = Instance::with_saml().await;
    let (workspace, mut browser) = ready(&instance).await;
    let made = workspace.admin().post("/saml/connections", json!({ "name": "Next" })).await.expect(201);
    let id = made["id"].as_str().expect("an id");
    let brake = [("most", "77777"), ("least", "5"), ("window_minutes", "60"), ("hold_hours", "24"), ("on_expiry", "reject")];
    let brake = [&[("engages", "on"), ("share_percent", "101")][..], &brake].concat();
    let empty = ["attribute_given_name", "attribute_family_name", "attribute_role"].map(|name| (name, ""));
    let long = "a".repeat(257);
    let settings =
        [&[("name", "Typed name"), ("idp_initiated", "refuse"), ("encrypts", "on"), ("attribute_email", &long)][..], &empty]
            .concat();
    let by_hand =
        [("idp_entity_id", "https://idp.typed.test"), ("idp_sso_url", "https://idp.typed.test/sso"), ("certificate", "typed")];
    let signals = [("issuer", "https://typed.test"), ("jwks_url", "typed keys")];
    let of_connection = async || workspace.admin().get(&format!("/saml/connections/{id}")).await.expect(200);
    let before = (of_connection().await, workspace.admin().get("/brake").await.expect(200));
    let connection = |action: &str| format!("/settings/saml/{id}{action}");
    type Case<'a> = (String, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Case<'_>; 7] = [
        ("/settings/scim/safety".to_owned(), &brake, &["value=\"101\"", "value=\"77777\"", "value=\"reject\" selected"]),
        (
            connection(""),
            &settings,
            &["value=\"Typed name\"", "value=\"refuse\" selected", "name=\"encrypts\" value=\"on\" checked"],
        ),
        (
            connection("/by-hand"),
            &by_hand,
            &["value=\"https://idp.typed.test\"", "value=\"https://idp.typed.test/sso\"", ">typed</textarea>"],
        ),
        (connection("/metadata"), &[("xml", "<typed/>")], &[">&lt;typed/&gt;</textarea>"]),
        (connection("/metadata"), &[("url", "typed address")], &["value=\"typed address\""]),
        (connection("/pin"), &[("certificate", "typed one")], &[">typed one</textarea>"]),
        (connection("/signals"), &signals, &["value=\"https://typed.test\"", "value=\"typed keys\""]),
    ];
    for (address, form, stays) in cases {
        let refused = browser.post(&address, form).await;
        assert_is_a_page(&refused, 400, &address);
        for text in stays {
            assert!(refused.text.contains(text), "{address} {text}: {}", refused.text);
        }
    }
    assert_eq!((of_connection().await, workspace.admin().get("/brake").await.expect(200)), before);
    instance.finish().await;
}
