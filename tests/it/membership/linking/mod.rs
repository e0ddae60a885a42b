//! Who was given by hand becomes the directory's by an address in a verified domain, and not otherwise.

mod dns_server;
mod domains;

use serde_json::{Value, json};

use self::dns_server::{DnsServer, Says};
use super::{create, grant, grants, has_role, patch, text};
use crate::harness::{Instance, Workspace, eventually};

const DOMAIN: &str = "acme.test";

/// A Rollcall with a worker that asks this DNS server.
async fn instance(dns: &DnsServer, settings: &[(&str, &str)]) -> Instance {
    let address = dns.address.to_string();
    let settings: Vec<(&str, &str)> = settings.iter().copied().chain([("ROLLCALL_DNS_SERVER", address.as_str())]).collect();
    let mut instance = Instance::with_settings(&settings).await;
    instance.start_worker_with(&settings);
    instance
}

/// Adds a domain and puts its record into DNS.
async fn add(workspace: &Workspace, dns: &DnsServer, domain: &str) -> Value {
    let added = workspace.admin().post("/domains", json!({ "domain": domain })).await.expect(201);
    dns.says(text(&added["record_name"]), Says::Texts(vec![text(&added["record_value"]).to_owned()]));
    added
}

/// A workspace that has verified its domain.
async fn verified(instance: &Instance, dns: &DnsServer) -> Workspace {
    let workspace = instance.workspace().open().await;
    add(&workspace, dns, DOMAIN).await;
    workspace.admin().post(&format!("/domains/{DOMAIN}/verify"), Value::Null).await.expect(200);
    workspace
}

async fn invite(workspace: &Workspace, email: &str, role: &str) -> Value {
    workspace.admin().post("/members", json!({ "email": email, "role": role })).await.expect(201)
}

/// The members with this address.
async fn with_address(workspace: &Workspace, email: &str) -> Vec<Value> {
    workspace
        .members()
        .await
        .into_iter()
        .filter(|member| member["email"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(email)))
        .collect()
}

async fn linked(workspace: &Workspace) -> Vec<Value> {
    let found = workspace.admin().get("/audit-log?action=member.linked").await.expect(200);
    found["entries"].as_array().expect("entries").clone()
}

#[tokio::test]
async fn an_address_in_a_verified_domain_links() {
    let dns = DnsServer::start();
    let instance = instance(&dns, &[]).await;
    let workspace = verified(&instance, &dns).await;
    let by_hand = invite(&workspace, "Ada@acme.test", "editor").await;
    let session = workspace.sign_in(&by_hand["id"]).await;
    let user = create(
        &workspace,
        "ada",
        json!({ "externalId": "x-ada", "emails": [{ "value": "ada@ACME.test" }], "displayName": "Ada" }),
    )
    .await;
    instance.settle().await;
    let [member] = with_address(&workspace, "ada@acme.test").await.try_into().expect("one member");
    assert_eq!((&member["id"], &member["user_id"], &member["origin"]), (&by_hand["id"], &user["id"], &json!("directory")));
    assert_eq!((&member["display_name"], &member["status"]), (&json!("Ada"), &json!("active")));
    assert_eq!(workspace.check(&session).await, 200, "who is linked notices nothing");
    let detail = has_role(&workspace, &user, "editor").await;
    assert_eq!(grants(&detail), [grant("default", "viewer"), grant("manual", "editor")]);
    let [entry] = linked(&workspace).await.try_into().expect("one link");
    assert_eq!((&entry["subject_id"], &entry["detail"]), (&by_hand["id"], &json!({ "user_id": user["id"], "by": "email" })));
    let events = workspace.admin().get("/events").await.expect(200);
    let told = events["events"].as_array().expect("events").iter().filter(|event| event["type"] == "member.linked").count();
    assert_eq!(told, 1, "{events}");

    // From now on the directory decides; and a new user with the same externalId is the same person.
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    assert_eq!(workspace.check(&session).await, 401);
    workspace.scim().delete(&format!("/Users/{}", text(&user["id"]))).await.expect(204);
    instance.settle().await;
    let anew = create(&workspace, "ada", json!({ "externalId": "x-ada", "emails": [{ "value": "other@acme.test" }] })).await;
    instance.settle().await;
    assert_eq!(workspace.member_of(&anew).await["id"], by_hand["id"]);
    assert_eq!(linked(&workspace).await[0]["detail"], json!({ "user_id": anew["id"], "by": "externalId" }));
    instance.finish().await;
}

#[tokio::test]
async fn nothing_else_links() {
    let dns = DnsServer::start();
    let instance = instance(&dns, &[]).await;
    let workspace = verified(&instance, &dns).await;
    let elsewhere = instance.workspace().open().await;
    let stranger = async |workspace: &Workspace, name: &str, email: &str, active: bool| {
        let by_hand = invite(workspace, email, "editor").await;
        if name == "out" {
            workspace.admin().post(&format!("/members/{}/deactivate", text(&by_hand["id"])), Value::Null).await.expect(204);
        }
        create(workspace, name, json!({ "emails": [{ "value": email }], "active": active })).await;
        instance.settle().await;
        let after = workspace.member(&by_hand["id"]).await["member"].clone();
        assert_eq!((&after["origin"], &after["user_id"]), (&json!("manual"), &Value::Null), "{name}: {after}");
        let expected = if name == "out" { "deactivated" } else { "invited" };
        assert_eq!(after["status"], expected, "{name}");
        assert_eq!(with_address(workspace, email).await.len(), 1 + usize::from(active), "{name}");
    };
    stranger(&elsewhere, "another workspace's domain", "ada@acme.test", true).await;
    stranger(&workspace, "another domain", "ada@other.test", true).await;
    stranger(&workspace, "a domain below", "ada@mail.acme.test", true).await;
    stranger(&workspace, "a name that ends alike", "ada@notacme.test", true).await;
    stranger(&workspace, "an address within the address", "\"ada@acme.test\"@other.test", true).await;
    stranger(&workspace, "out", "gone@acme.test", true).await;
    stranger(&workspace, "not wanted", "idle@acme.test", false).await;
    // Added and not shown.
    workspace.admin().post("/domains", json!({ "domain": "claimed.test" })).await.expect(201);
    stranger(&workspace, "a claim", "ada@claimed.test", true).await;
    // Removed.
    workspace.admin().delete(&format!("/domains/{DOMAIN}")).await.expect(204);
    stranger(&workspace, "removed", "late@acme.test", true).await;
    assert_eq!(linked(&workspace).await, Vec::<Value>::new());
    // Whoever is behind a user already stays who they are when their address becomes somebody else's.
    let dns_again = add(&workspace, &dns, DOMAIN).await;
    workspace.admin().post(&format!("/domains/{}/verify", text(&dns_again["domain"])), Value::Null).await.expect(200);
    let by_hand = invite(&workspace, "eve@acme.test", "viewer").await;
    let user = create(&workspace, "mallory", json!({ "emails": [{ "value": "mallory@acme.test" }] })).await;
    instance.settle().await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "emails", "value": [{ "value": "eve@acme.test" }] })).await;
    instance.settle().await;
    assert_eq!(workspace.member(&by_hand["id"]).await["member"]["origin"], "manual");
    instance.finish().await;
}

#[tokio::test]
async fn whoever_is_in_by_hand_needs_no_second_seat() {
    let dns = DnsServer::start();
    let instance = instance(&dns, &[]).await;
    let workspace = verified(&instance, &dns).await;
    let mut by_hand = Vec::new();
    for name in ["ada", "eve", "max"] {
        by_hand.push(invite(&workspace, &format!("{name}@acme.test"), "viewer").await);
    }
    let taken = async || workspace.admin().get("/seats").await.expect(200)["taken"].as_i64().expect("a number");
    assert_eq!(taken().await, 4, "the first administrator has one");
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "seats": 4 })).await.expect(200);
    // All at once, one by one and in bulk.
    create(&workspace, "ada@acme.test", json!({})).await;
    let data = |name: &str| json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("{name}@acme.test") });
    let operations: Vec<Value> = ["eve", "max", "stranger"]
        .iter()
        .map(|name| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": data(name) }))
        .collect();
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    let answer = workspace.scim().post("/Bulk", bulk).await.expect(200);
    let statuses: Vec<&Value> =
        answer["Operations"].as_array().expect("results").iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses, ["201", "201", "403"], "{answer}");
    instance.settle().await;
    assert_eq!(taken().await, 4);
    for member in &by_hand {
        assert_eq!(workspace.member(&member["id"]).await["member"]["origin"], "directory");
    }
    assert_eq!(linked(&workspace).await.len(), 3);
    // Where seats are not short, the reconciliation gives the second one back.
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "seats": 10 })).await.expect(200);
    invite(&workspace, "zoe@acme.test", "viewer").await;
    create(&workspace, "zoe@acme.test", json!({})).await;
    eventually("the seat is given back", async || taken().await == 5).await;
    instance.finish().await;
}

#[tokio::test]
async fn the_preview_knows_who_would_be_linked() {
    let dns = DnsServer::start();
    let instance = instance(&dns, &[]).await;
    let workspace = verified(&instance, &dns).await;
    workspace.admin().put("/provisioning", json!({ "mode": "observe" })).await.expect(204);
    let by_hand = invite(&workspace, "ada@acme.test", "editor").await;
    create(&workspace, "ada@acme.test", json!({})).await;
    create(&workspace, "eve@acme.test", json!({})).await;
    instance.settle().await;
    let preview = workspace.admin().post("/provisioning/preview", json!({ "role_mappings": [] })).await.expect(200);
    assert_eq!(preview["added"], 1, "{preview}");
    assert_eq!(workspace.member(&by_hand["id"]).await["member"]["origin"], "manual", "nothing follows from looking");
    workspace.admin().put("/provisioning", json!({ "mode": "live" })).await.expect(204);
    instance.settle().await;
    assert_eq!(workspace.member(&by_hand["id"]).await["member"]["origin"], "directory");
    instance.finish().await;
}
