//! What is done on a page stands in the audit log, as does what is done by the API: every action, as the sources have them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Browser,
    access::{Route, filled, for_administrators, routes},
    text_of,
};
use crate::{
    harness::{Instance, OPERATOR_TOKEN, Workspace},
    membership::{create, has_role},
    saml,
};

/// Actions that are none, or are shown to be audited elsewhere.
const OTHERS: [(&str, &str); 13] = [
    ("/settings/saml/:connection/signals", "in saml::signals: where there are keys to fetch"),
    ("/settings/scim/mappings/preview", "only looks"),
    ("/settings/saml/:connection/refresh", "in saml::metadata_by_address, where there is somebody to fetch from"),
    ("/settings/saml/required", "in saml::required: only in a session of the active connection"),
    ("/settings/saml/not-required", "in saml::required"),
    ("/settings/scim/domains/:name/verify", "in domains: where there is somebody to ask"),
    ("/members/:member/invite-again", "in invitations: where mail is sent"),
    ("/account/sign-out", "ends the session with which it is asked, and is a right of everybody"),
    ("/ops/sign-in", "changes no workspace"),
    ("/ops/sign-out", "changes no workspace"),
    ("/ops/jobs/:job/retry", "in ops::jobs: where a job is dead"),
    ("/ops/workspaces/:slug/reconcile", "changes nothing but drift, which is audited where it is repaired"),
    ("/held-changes/batches/:batch/:decision", "in membership::guards: where there is a batch"),
];

/// Does things, and knows which routes that were.
struct Doer<'a> {
    instance: &'a Instance,
    browser: Browser,
    done: BTreeSet<&'static str>,
}

impl Doer<'_> {
    async fn audited(&self) -> i64 {
        self.instance.database.count("select count(*) from audit_log").await
    }

    /// What the action of a route is answered with, and that it was written down.
    async fn act(&mut self, route: &'static str, id: &str, form: &[(&str, &str)]) -> crate::harness::Answer {
        let before = self.audited().await;
        let answer = self.browser.post(&filled(route, id), form).await;
        self.is_written_down(route, before, &answer).await;
        answer
    }

    async fn is_written_down(&mut self, route: &'static str, before: i64, answer: &crate::harness::Answer) {
        assert!(answer.status < 400, "{route}: {} {}", answer.status, answer.text);
        assert!(self.audited().await > before, "{route} is not in the audit log");
        self.done.insert(route);
    }
}

fn of<'v>(rows: &'v Value, key: &str, value: &str) -> &'v str {
    let found = rows.as_array().expect("rows").iter().find(|row| row[key] == value);
    found.unwrap_or_else(|| panic!("no {value} in {rows}"))["id"].as_str().expect("an id")
}

#[tokio::test]
async fn every_action_is_in_the_audit_log() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let browser = Browser::of_admin(&instance, &workspace).await;
    let mut doer = Doer { instance: &instance, browser, done: BTreeSet::new() };
    settings(&mut doer, &workspace).await;
    scim(&mut doer, &workspace).await;
    people(&mut doer, &workspace).await;
    connections(&mut doer, &workspace).await;
    account(&mut doer, &workspace).await;
    operators(&mut doer, &workspace).await;

    let mut all = for_administrators();
    all.extend(routes("ops/mod.rs", "/ops"));
    all.extend(routes("mod.rs", ""));
    let posts: BTreeSet<String> = all.into_iter().filter(|route: &Route| route.posts).map(|route| route.path).collect();
    let known: BTreeSet<String> =
        doer.done.iter().chain(OTHERS.iter().map(|(path, _)| path)).map(|path| (*path).to_owned()).collect();
    assert_eq!(posts.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "are not looked at");
    assert_eq!(known.difference(&posts).collect::<Vec<_>>(), Vec::<&String>::new(), "are no routes");
    instance.finish().await;
}

async fn settings(doer: &mut Doer<'_>, workspace: &Workspace) {
    doer.act("/settings/api", "", &[("name", "Okta"), ("days", "30"), ("scim", "on")]).await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    doer.act("/settings/api/:token/rotate", of(&tokens, "name", "Okta"), &[("hours", "1")]).await;
    doer.act("/settings/api/:token/revoke", of(&tokens, "name", "Okta"), &[]).await;
    doer.act("/settings/roles", "", &[("name", "support"), ("rank", "250")]).await;
    doer.act("/settings/roles/:role/delete", "support", &[]).await;
    doer.act("/settings/set-up-links", "", &[("name", "Ines"), ("days", "7")]).await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    doer.act("/settings/set-up-links/:link/revoke", of(&tokens, "name", "Ines"), &[]).await;
    doer.act("/settings/webhooks", "", &[("url", "http://127.0.0.1:1/")]).await;
    let hooks = workspace.admin().get("/webhooks").await.expect(200);
    let hook = of(&hooks, "url", "http://127.0.0.1:1/");
    doer.act("/settings/webhooks/:webhook", hook, &[("url", "http://127.0.0.1:2/"), ("enabled", "on")]).await;
    doer.act("/settings/webhooks/:webhook/rotate", hook, &[]).await;
    doer.act("/settings/webhooks/:webhook/resume", hook, &[]).await;
    doer.act("/settings/webhooks/:webhook/replay", hook, &[("from", "1")]).await;
    doer.act("/settings/webhooks/:webhook/delete", hook, &[]).await;
}

async fn connections(doer: &mut Doer<'_>, workspace: &Workspace) {
    doer.act("/settings/saml", "", &[("name", "Next"), ("idp", "okta")]).await;
    let connections = workspace.admin().get("/saml/connections").await.expect(200);
    let id = of(&connections, "name", "Next");
    let empty = ["attribute_email", "attribute_given_name", "attribute_family_name", "attribute_role"].map(|name| (name, ""));
    let change = [&[("name", "Next one"), ("idp_initiated", "refuse")][..], &empty].concat();
    doer.act("/settings/saml/:connection", id, &change).await;
    let by_hand = [
        ("idp_entity_id", "https://idp.acme.test"),
        ("idp_sso_url", "https://idp.acme.test/sso"),
        ("certificate", &saml::certificate("idp")),
    ];
    doer.act("/settings/saml/:connection/by-hand", id, &by_hand).await;
    let xml = saml::metadata("https://idp.acme.test", &["idp"]);
    doer.act("/settings/saml/:connection/metadata", id, &[("xml", &xml)]).await;
    let before = doer.audited().await;
    let other = saml::metadata("https://idp.acme.test/2", &["idp"]);
    let uploaded = doer.browser.upload(&format!("/settings/saml/{id}/metadata/file"), "file", other.as_bytes()).await;
    doer.is_written_down("/settings/saml/:connection/metadata/file", before, &uploaded).await;
    doer.act("/settings/saml/:connection/pin", id, &[("certificate", &saml::certificate("idp2"))]).await;
    let pinned = workspace.admin().get(&format!("/saml/connections/{id}")).await.expect(200);
    let next =
        pinned["certificates"].as_array().expect("certificates").iter().find(|one| one["subject"].to_string().contains("next"));
    let fingerprint = next.expect("the next one")["fingerprint"].as_str().expect("a fingerprint");
    let before = doer.audited().await;
    let unpinned = doer.browser.post(&format!("/settings/saml/{id}/unpin/{fingerprint}"), &[]).await;
    doer.is_written_down("/settings/saml/:connection/unpin/:fingerprint", before, &unpinned).await;
    doer.act("/settings/saml/:connection/test", id, &[]).await;
    doer.instance.database.execute(&format!("update saml_connections set tested_at = now() where id = '{id}'")).await;
    doer.act("/settings/saml/:connection/activate", id, &[]).await;
    doer.act("/settings/saml/:connection/disable", id, &[("sessions", "keep"), ("managed_people", "keep")]).await;
    doer.act("/settings/saml/:connection/delete", id, &[]).await;
}

async fn scim(doer: &mut Doer<'_>, workspace: &Workspace) {
    doer.act("/settings/scim/token", "", &[]).await;
    doer.act("/settings/scim/observe", "", &[]).await;
    doer.act("/settings/scim/live", "", &[]).await;
    let group = workspace.group("Engineering", &[]).await;
    let id = group["id"].as_str().expect("an id");
    doer.act("/settings/scim/mappings", "", &[("group", id), ("role", "editor")]).await;
    doer.act("/settings/scim/mappings/:group/remove", id, &[]).await;
    let brake = [
        ("engages", "on"),
        ("share_percent", "0"),
        ("most", "0"),
        ("least", "0"),
        ("window_minutes", "60"),
        ("hold_hours", "24"),
        ("on_expiry", "approve"),
    ];
    doer.act("/settings/scim/safety", "", &brake).await;
    doer.act("/settings/scim/domains", "", &[("domain", "acme.test")]).await;
    doer.act("/settings/scim/domains/:name/remove", "acme.test", &[]).await;
    let urn = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";
    let attributes = r#"[{ "name": "costCentre", "type": "string", "multiValued": false }]"#;
    doer.act("/settings/scim/schemas", "", &[("urn", urn), ("resource_type", "User"), ("attributes", attributes)]).await;
    doer.act("/settings/scim/schemas/:urn/remove", urn, &[]).await;
    doer.act("/settings/scim/rules", "", &[("require_if_match", "on")]).await;
    doer.browser.post("/settings/scim/rules", &[]).await;
}

async fn people(doer: &mut Doer<'_>, workspace: &Workspace) {
    doer.act("/members", "", &[("email", "bob@acme.test"), ("role", "viewer")]).await;
    let members = Value::Array(workspace.members().await);
    let bob = of(&members, "email", "bob@acme.test");
    doer.act("/members/:member/deactivate", bob, &[]).await;
    doer.act("/members/:member/reactivate", bob, &[]).await;
    let user = create(workspace, "ada@acme.test", json!({ "roles": [{ "value": "admin" }] })).await;
    let ada = has_role(workspace, &user, "admin").await["member"]["id"].as_str().expect("an id").to_owned();
    doer.act("/members/:member/role", &ada, &[("role", "editor")]).await;
    doer.act("/members/:member/role/take-back", &ada, &[]).await;
    doer.act("/members/:member/break-glass", &ada, &[]).await;
    doer.act("/members/:member/no-break-glass", &ada, &[]).await;
    let session = workspace.sign_in(&json!(ada)).await;
    doer.act("/members/:member/sessions/end", &ada, &[]).await;
    assert_eq!(workspace.check(&session).await, 401);
    let change = json!([{ "op": "replace", "value": { "active": false } }]);
    workspace.scim().operations(&format!("/Users/{}", user["id"].as_str().expect("an id")), change).await.expect(200);
    let before = doer.audited().await;
    let decided = doer.browser.post(&format!("/held-changes/members/{ada}/reject"), &[]).await;
    doer.is_written_down("/held-changes/members/:member/:decision", before, &decided).await;
}

async fn account(doer: &mut Doer<'_>, workspace: &Workspace) {
    doer.act("/account/recovery-codes", "", &[]).await;
    let members = Value::Array(workspace.members().await);
    let admin = of(&members, "role", "admin");
    workspace.sign_in(&json!(admin)).await;
    let sessions = workspace.admin().get(&format!("/members/{admin}/sessions")).await.expect(200);
    let other = sessions[0]["public_id"].as_str().expect("a name").to_owned();
    doer.act("/account/sessions/:session/end", &other, &[]).await;
    doer.act("/account/sign-out-everywhere", "", &[]).await;
}

async fn operators(doer: &mut Doer<'_>, workspace: &Workspace) {
    doer.browser = Browser::new(doer.instance);
    doer.browser.post("/ops/sign-in", &[("token", OPERATOR_TOKEN)]).await;
    doer.act("/ops/workspaces", "", &[("slug", "globex"), ("name", "Globex"), ("plan", "team"), ("admin", "")]).await;
    let slug = workspace.slug.as_str();
    let form = [
        ("name", "Acme"),
        ("plan", "enterprise"),
        ("seats", "7"),
        ("default_role", "viewer"),
        ("scim", "on"),
        ("managed_people", ""),
    ];
    doer.act("/ops/workspaces/:slug", slug, &form).await;
    doer.act("/ops/workspaces/:slug/set-up-link", slug, &[("name", "Ines of theirs")]).await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let newest = of(&tokens, "name", "Ines of theirs").to_owned();
    let before = doer.audited().await;
    let revoked = doer.browser.post(&format!("/ops/workspaces/{slug}/set-up-links/{newest}/revoke"), &[]).await;
    doer.is_written_down("/ops/workspaces/:slug/set-up-links/:link/revoke", before, &revoked).await;
    let made = doer.act("/ops/workspaces/:slug/set-up-link", slug, &[("name", "Ines")]).await;
    // Whoever has the link does what is written down under its name.
    let code = text_of(&made, "link");
    doer.browser = Browser::new(doer.instance);
    doer.browser.post("/set-up", &[("code", &code)]).await;
    let before = doer.audited().await;
    let begun = doer.browser.post("/set-up/saml", &[("name", "Theirs"), ("idp", "okta")]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    assert!(doer.audited().await > before);
}
