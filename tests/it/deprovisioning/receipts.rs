//! The receipt: when each kind of credential died, and how many there were.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Person, Way, forgets, path_of};
use crate::harness::{Instance, Workspace};

fn at(receipt: &Value, what: &str) -> DateTime<Utc> {
    receipt[what].as_str().unwrap_or_else(|| panic!("{what} in {receipt}")).parse().expect("a time")
}

/// Every time is there, in an order that makes sense.
fn assert_complete(receipt: &Value) {
    assert!(at(receipt, "received_at") <= at(receipt, "row_closed_at"), "{receipt}");
    for kind in ["sessions_closed_at", "tokens_closed_at", "roles_closed_at"] {
        assert!(at(receipt, "row_closed_at") <= at(receipt, kind), "{kind} in {receipt}");
        assert!(at(receipt, kind) <= at(receipt, "completed_at"), "{kind} in {receipt}");
    }
}

/// Somebody with a hundred sessions, three tokens and two mapped groups.
async fn well_endowed(workspace: &Workspace, name: &str) -> Person {
    let user = workspace.user(&format!("{name}@acme.test")).await;
    for role in ["editor", "guest"] {
        let group = workspace.group(&format!("{role}s of {name}"), &[&user]).await;
        let path = format!("/role-mappings/{}", group["id"].as_str().expect("an id"));
        workspace.admin().put(&path, json!({ "role": role })).await.expect(204);
    }
    let member = workspace.member_of(&user).await["id"].clone();
    workspace
        .member_becomes(&member, "two grants", |member| member["grants"].as_array().is_some_and(|grants| grants.len() == 2))
        .await;
    for token in 0..3 {
        let wish = json!({ "name": format!("token {token}"), "scopes": ["members:read"], "member_id": member });
        workspace.admin().post("/tokens", wish).await.expect(201);
    }
    let sessions = super::open_sessions(workspace, &member, 100).await;
    Person { user, member, sessions }
}

#[tokio::test]
async fn it_counts_every_kind_of_credential_and_names_the_request() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for (name, cause) in [("deactivated", "user.deactivated"), ("deleted", "user.deleted")] {
        let person = well_endowed(&workspace, name).await;
        instance.settle().await;
        let path = path_of(&person.user);
        let answer = match cause {
            "user.deleted" => workspace.scim().delete(&path).await,
            _ => workspace.scim().operations(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await,
        };
        let receipt = person.receipt(&workspace).await;
        assert_complete(&receipt);
        assert_eq!(receipt["cause"], cause);
        assert_eq!(receipt["request_id"], answer.header("x-request-id"));
        assert_eq!(receipt["member_id"], person.member);
        for (kind, count) in [("sessions", 100), ("tokens", 3), ("roles", 2)] {
            assert_eq!(receipt[format!("{kind}_count")], count, "{kind}: {receipt}");
        }
        forgets(&instance, &person).await;
        let member = workspace.member(&person.member).await;
        assert_eq!(member["member"]["role"], Value::Null);
        assert_eq!(member["grants"], json!([]));
        assert_eq!(member["groups"], json!([]));
        let tokens = workspace.admin().get("/tokens").await.expect(200);
        let theirs: Vec<&Value> =
            tokens.as_array().expect("tokens").iter().filter(|token| token["member_id"] == person.member).collect();
        assert_eq!(theirs.len(), 3);
        assert!(theirs.iter().all(|token| token["revoked_at"].is_string()));
    }
    instance.finish().await;
}

#[tokio::test]
async fn it_counts_the_same_whoever_comes_first_to_take_the_roles() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = well_endowed(&workspace, "overtaken").await;
    instance.settle().await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    // The reconciliation takes the roles long before the clean-up of the departure runs.
    instance.database.execute("update apalis.jobs set run_at = now() + interval '1 hour' where job_type = 'deprovision'").await;
    instance.start_worker();
    workspace.member_becomes(&person.member, "the roles are gone", |member| member["grants"] == json!([])).await;
    instance.database.execute("update apalis.jobs set run_at = now() where job_type = 'deprovision'").await;
    let receipt = person.receipt(&workspace).await;
    assert_complete(&receipt);
    assert_eq!(receipt["roles_count"], 2);
    instance.finish().await;
}

#[tokio::test]
async fn leaving_twice_is_leaving_once() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "twice", 1).await;
    for way in [Way::PatchWithPath, Way::Put, Way::PatchWithText, Way::Delete] {
        way.put_out(&workspace, &person.user).await;
    }
    instance.settle().await;
    let receipt = person.receipt(&workspace).await;
    assert_eq!(receipt["cause"], "user.deactivated");
    assert_eq!(workspace.admin().get("/receipts").await.expect(200).as_array().map(Vec::len), Some(1));
    assert_eq!(instance.database.count("select count(*) from apalis.jobs where job_type = 'deprovision'").await, 1);
    instance.finish().await;
}

#[tokio::test]
async fn its_counts_survive_a_run_that_fails_after_the_sessions_are_gone() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = well_endowed(&workspace, "interrupted").await;
    instance.settle().await;
    instance
        .database
        .execute(
            "create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken by the test'; end $$;
             create trigger broken before update on receipts for each row when (new.completed_at is not null) execute function broken()",
        )
        .await;
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    forgets(&instance, &person).await;
    assert!(person.receipts(&workspace).await[0]["completed_at"].is_null());
    instance.database.execute("drop trigger broken on receipts").await;
    let receipt = person.receipt(&workspace).await;
    assert_complete(&receipt);
    assert_eq!(
        (&receipt["sessions_count"], &receipt["roles_count"], &receipt["tokens_count"]),
        (&json!(100), &json!(2), &json!(3))
    );
    instance.finish().await;
}
