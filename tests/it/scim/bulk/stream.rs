//! Results come while the rest is being done.

use std::{io::Read, time::Duration};

use reqwest::{Method, Response};

use super::*;
use crate::deprovisioning::Person;

const WAITING: &str = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

/// An answer as it comes.
struct Incoming {
    response: Response,
    text: String,
}

impl Incoming {
    async fn start(api: &Api, operations: &Value) -> Self {
        let request = api.request(Method::POST, "/Bulk").header("content-type", "application/scim+json");
        let response = request.body(bulk(operations).to_string()).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Self { response, text: String::new() }
    }

    /// Reads until there is this many results.
    async fn until(&mut self, count: usize) {
        while self.text.matches("\"status\":").count() < count {
            let piece = self.response.chunk().await.expect("more of the answer").expect("it is not at its end");
            self.text.push_str(std::str::from_utf8(&piece).expect("text"));
        }
    }

    /// Reads to the end.
    async fn results(mut self) -> Vec<Value> {
        while let Some(piece) = self.response.chunk().await.expect("more of the answer") {
            self.text.push_str(std::str::from_utf8(&piece).expect("text"));
        }
        let body: Value = serde_json::from_str(&self.text).expect(&self.text);
        body["Operations"].as_array().expect("results").clone()
    }
}

fn locks(user: &Value) -> String {
    format!("select from users where id = '{}' for update", id(user))
}

#[tokio::test]
async fn a_result_comes_before_the_next_operation_is_done_and_whoever_is_put_out_is_out_by_then() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (leaver, deleted) = (Person::sign_in(&workspace, "leaver", 3).await, Person::sign_in(&workspace, "deleted", 3).await);
    let slow = workspace.user("slow@acme.test").await;
    instance.settle().await;
    let held = instance.database.hold(&locks(&slow)).await;
    let off = patch_at(&path(&leaver.user), json!([{ "op": "replace", "path": "active", "value": false }]));
    let operations = json!([off, delete(&path(&deleted.user)), title(&path(&slow)), post_user("last")]);
    let mut incoming = Incoming::start(&workspace.scim(), &operations).await;
    incoming.until(2).await;
    assert_eq!(incoming.text.matches("\"status\":").count(), 2, "{}", incoming.text);
    assert_eq!((leaver.checks(&workspace).await, deleted.checks(&workspace).await), (vec![401], vec![401]));
    eventually("the third waits", async || instance.database.count(WAITING).await == 1).await;
    assert_eq!(names(&workspace).await, ["leaver", "slow"], "the last has not been begun");
    drop(held);
    assert_eq!(statuses(&incoming.results().await), ["200", "204", "200", "201"]);
    assert_eq!(names(&workspace).await, ["last", "leaver", "slow"]);
    instance.finish().await;
}

/// It is noticed when a result cannot be delivered: what has been begun is done, and a few operations later nothing more is begun.
#[tokio::test]
async fn a_client_that_goes_away_ends_its_request() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let slow = workspace.user("slow@acme.test").await;
    instance.settle().await;
    let held = instance.database.hold(&locks(&slow)).await;
    let mut operations = vec![post_user("first"), title(&path(&slow))];
    operations.extend((0..500).map(|n| post("/Groups", &n.to_string(), json!({ "displayName": n.to_string() }))));
    let request = workspace.scim().raw("POST", "/Bulk").header("Content-Type", "application/scim+json");
    let (mut stream, writing) = request.body(bulk(&json!(operations)).to_string()).open();
    let (mut text, mut buffer) = (String::new(), [0; 1024]);
    while !text.contains("\"status\":\"201\"") {
        let length = stream.read(&mut buffer).expect("some of the answer");
        text.push_str(std::str::from_utf8(&buffer[..length]).expect("text"));
    }
    eventually("the second waits", async || instance.database.count(WAITING).await == 1).await;
    // The thread that has sent the request has a handle of the connection too: as long as it lives, nobody has gone away.
    writing.join().expect("the request was sent");
    drop(stream);
    drop(held);
    eventually("the server has noticed", async || instance.logs().contains("bulk request given up")).await;
    instance.settle().await;
    // The one in the middle was done whole or not at all. Its result tells the server that nobody listens: by the next one it is known.
    let title = workspace.scim().get(&path(&slow)).await.expect(200)["title"].clone();
    assert!(title == "T" || title.is_null(), "{title}");
    assert_eq!(names(&workspace).await, ["first", "slow"]);
    let groups = workspace.scim().get("/Groups?count=0").await.expect(200)["totalResults"].as_u64().expect("a number");
    assert!(groups <= 2, "{groups} were done for nobody");
    let taken = send(&workspace.scim(), &json!(operations[2..])).await;
    let again = taken.iter().filter(|result| result["status"] == "409").count();
    assert_eq!((again as u64, taken.iter().filter(|result| result["status"] == "201").count() as u64), (groups, 500 - groups));
    instance.finish().await;
}

#[tokio::test]
async fn a_token_that_is_revoked_meanwhile_does_nothing_more() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let slow = workspace.user("slow@acme.test").await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let token =
        tokens.as_array().expect("tokens").iter().find(|token| token["name"] == "for scim").expect("the token of the test");
    // The worker has done what it has to do with this person: it does not wait beside the request.
    instance.settle().await;
    let held = instance.database.hold(&locks(&slow)).await;
    let operations = json!([post_user("first"), title(&path(&slow)), post_user("x"), post_user("y"), delete(&path(&slow)), {}]);
    let mut incoming = Incoming::start(&workspace.scim(), &operations).await;
    incoming.until(1).await;
    eventually("the second waits", async || instance.database.count(WAITING).await == 1).await;
    workspace.admin().delete(&format!("/tokens/{}", id(token))).await.expect(204);
    // A proof lasts for a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    drop(held);
    let came = incoming.results().await;
    assert_eq!(statuses(&came), ["201", "200", "401", "401", "401", "400"], "{came:#?}");
    let left = "select count(*) from users where user_name_key in ('first@acme.test', 'slow@acme.test')";
    assert_eq!(instance.database.count(left).await, 2);
    assert_eq!(instance.database.count("select count(*) from users").await, 2);
    instance.finish().await;
}

#[tokio::test]
async fn while_postgres_is_away_the_rest_is_answered_without_being_tried() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let slow = workspace.user("slow@acme.test").await;
    let held = instance.database.hold(&locks(&slow)).await;
    let mut operations = vec![post_user("first"), title(&path(&slow))];
    operations.extend((0..200).map(|n| post("/Groups", &n.to_string(), json!({ "displayName": n.to_string() }))));
    let mut incoming = Incoming::start(&workspace.scim(), &json!(operations)).await;
    incoming.until(1).await;
    eventually("the second waits", async || instance.database.count(WAITING).await == 1).await;
    instance.database.shut().await;
    drop(held);
    let came = incoming.results().await;
    assert_eq!(came.len(), 202);
    assert_eq!(came[0]["status"], "201");
    for result in &came[1..] {
        assert_eq!(result["status"], "503", "{result}");
        check(result);
    }
    assert!(detail(&came[201]).contains("not tried"), "{}", detail(&came[201]));
    let tried = came[1..].iter().filter(|result| !detail(result).contains("not tried")).count();
    assert!(tried <= 3, "{tried}");
    instance.database.open().await;
    instance.abandon("no worker was there");
}
