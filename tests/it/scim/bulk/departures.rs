//! Many deactivations in one request are what as many requests make of them.

use serde_json::{Value, json};

use super::{NOBODY, delete, patch_at, path, send, title};
use crate::{
    deprovisioning::Person,
    harness::{Instance, Workspace},
};

fn off(user: &Value) -> Value {
    patch_at(&path(user), json!([{ "op": "replace", "path": "active", "value": false }]))
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a status")).collect()
}

async fn people(workspace: &Workspace, count: usize, sessions: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(Person::sign_in(workspace, &format!("p{number}"), sessions).await);
    }
    people
}

async fn told(workspace: &Workspace, action: &str, subject: &Value) -> Vec<Value> {
    let path = format!("/audit-log?action={action}&subject_id={}", subject.as_str().expect("an id"));
    let found = workspace.admin().get(&path).await.expect(200);
    found["entries"].as_array().expect("entries").iter().map(|entry| entry["detail"].clone()).collect()
}

#[tokio::test]
async fn everybody_is_out_with_the_answer_and_told_as_if_alone() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let people = people(&workspace, 12, 2).await;
    let group = workspace.group("Crew", &people.iter().map(|person| &person.user).collect::<Vec<_>>()).await;
    instance.settle().await;
    // Whoever leaves alone says how it is to be.
    let alone = workspace.scim().operations(&path(&people[0].user), off(&people[0].user)["data"]["Operations"].clone()).await;
    let alone = alone.expect(200);
    let results = send(&workspace.scim(), &people[1..].iter().map(|person| off(&person.user)).collect()).await;
    assert_eq!(statuses(&results), ["200"; 11]);
    for (person, result) in people[1..].iter().zip(&results) {
        assert_eq!(person.checks(&workspace).await, [401], "with the answer");
        assert!(result["location"].as_str().expect("an address").ends_with(&path(&person.user)), "{result}");
    }
    instance.settle().await;
    for person in &people {
        let user = workspace.scim().get(&path(&person.user)).await.expect(200);
        assert_eq!((&user["active"], user["meta"]["version"].is_string()), (&json!(false), true));
        assert_eq!(user["meta"]["version"], alone["meta"]["version"], "as many versions on as alone");
        assert_eq!(person.receipt(&workspace).await["sessions_count"], 2);
        let detail = json!({ "changed": ["active"], "before": { "active": true }, "after": { "active": false } });
        assert_eq!(told(&workspace, "user.deactivated", &person.user["id"]).await, [detail]);
        let member = workspace.member(&person.member).await;
        assert_eq!((&member["member"]["status"], &member["member"]["role"]), (&json!("deactivated"), &Value::Null));
    }
    let events = workspace.admin().get("/events?type=member.deactivated&limit=100").await.expect(200);
    assert_eq!(events["events"].as_array().expect("events").len(), 12);
    assert_eq!(workspace.admin().get("/seats").await.expect(200)["taken"], 1, "the first administrator's");
    let shown = workspace.scim().get(&format!("/Groups/{}", group["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(shown["members"].as_array().expect("members").len(), 12, "the directory keeps its groups");
    instance.finish().await;
}

#[tokio::test]
async fn whatever_else_stands_among_them_is_done_as_it_stands() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let people = people(&workspace, 8, 0).await;
    let at = |number: usize| &people[number].user;
    let both = patch_at(
        &path(at(5)),
        json!([{ "op": "replace", "path": "active", "value": false }, { "op": "replace", "path": "title", "value": "Gone" }]),
    );
    let mut under_a_version = off(at(6));
    under_a_version["version"] = json!("W/\"77\"");
    let results = send(
        &workspace.scim(),
        &json!([
            off(at(0)),
            off(at(1)),
            off(at(1)), // once more
            patch_at(&format!("/Users/{NOBODY}"), json!([{ "op": "replace", "path": "active", "value": false }])),
            off(at(2)),
            off(at(3)),
            title(&path(at(3))),
            off(at(4)),
            both,
            under_a_version,
            off(at(6)),
            patch_at(&path(at(0)), json!([{ "op": "replace", "path": "active", "value": true }])),
            patch_at(&path(at(7)), json!([{ "op": "replace", "path": "active", "value": "perhaps" }])),
            delete(&path(at(4))),
        ]),
    )
    .await;
    assert_eq!(
        statuses(&results),
        ["200", "200", "200", "404", "200", "200", "200", "200", "200", "412", "200", "200", "400", "204"]
    );
    instance.settle().await;
    let expected = [true, false, false, false, false, false, false, true];
    for (number, active) in expected.into_iter().enumerate().filter(|(number, _)| *number != 4) {
        let user = workspace.scim().get(&path(at(number))).await.expect(200);
        assert_eq!(user["active"], active, "{number}");
    }
    assert_eq!(workspace.scim().get(&path(at(5))).await.expect(200)["title"], "Gone");
    assert_eq!(told(&workspace, "user.deactivated", &at(1)["id"]).await.len(), 1, "the second time changes nothing");
    instance.finish().await;
}

#[tokio::test]
async fn too_many_at_once_are_held_and_an_administrator_stays() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let admin = json!({ "userName": "boss@acme.test", "roles": [{ "value": "admin" }] });
    let boss = workspace.scim().post("/Users", admin).await.expect(201);
    let people = people(&workspace, 12, 0).await;
    let mut operations: Vec<Value> = people.iter().map(|person| off(&person.user)).collect();
    operations.push(off(&boss));
    let results = send(&workspace.scim(), &operations.into()).await;
    assert_eq!(statuses(&results), ["200"; 13], "the directory says what it was told");
    instance.settle().await;
    let members = workspace.members().await;
    let out = members.iter().filter(|member| member["status"] == "deactivated").count();
    assert_eq!(out, 5, "{members:?}");
    let held = workspace.admin().get("/held-changes").await.expect(200);
    assert_eq!(held["changes"].as_array().map(Vec::len), Some(8), "{held}");
    instance.finish().await;
}
