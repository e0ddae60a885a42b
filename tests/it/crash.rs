//! Processes die at any point: what was acknowledged is true, and happens once.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    deprovisioning::{Person, Way, path_of},
    harness::{Instance, Workspace, eventually},
};

/// Makes every job of the worker take so long that it can be killed in the middle.
const SLOW: &str =
    "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return null; end $$;
     create trigger slow after insert or update on grants for each row execute function slow();
     create trigger slow after update on receipts for each row execute function slow()";

/// A workspace whose people are about to change: one to be promoted, one to be put out, one to be deleted, two to come.
struct Scene {
    workspace: Workspace,
    promoted: Person,
    out: Person,
    deleted: Person,
    newcomers: Vec<Value>,
}

impl Scene {
    async fn set(instance: &Instance) -> Self {
        let workspace = instance.workspace().open().await;
        let (promoted, out) = (Person::sign_in(&workspace, "promoted", 1).await, Person::sign_in(&workspace, "out", 1).await);
        let deleted = Person::sign_in(&workspace, "deleted", 1).await;
        Self { workspace, promoted, out, deleted, newcomers: Vec::new() }
    }

    /// All changes at once; each is acknowledged.
    async fn play(&mut self) {
        let role = json!([{ "op": "add", "path": "roles", "value": [{ "value": "editor" }] }]);
        self.workspace.scim().operations(&path_of(&self.promoted.user), role).await.expect(200);
        Way::PatchWithPath.put_out(&self.workspace, &self.out.user).await;
        Way::Delete.put_out(&self.workspace, &self.deleted.user).await;
        for number in 0..2 {
            self.newcomers.push(self.workspace.user(&format!("newcomer{number}@acme.test")).await);
        }
    }

    /// Every change is applied, and none twice.
    async fn assert_played(&self, instance: &Instance) {
        let promoted = self.workspace.member(&self.promoted.member).await;
        assert_eq!(promoted["member"]["role"], "editor");
        assert_eq!(promoted["grants"].as_array().map(Vec::len), Some(1), "{promoted}");
        for person in [&self.out, &self.deleted] {
            let member = self.workspace.member(&person.member).await;
            assert_eq!(member["member"]["status"], "deactivated");
            assert_eq!(member["grants"], json!([]));
            person.receipt(&self.workspace).await; // the one
            assert_eq!(person.checks(&self.workspace).await, [401]);
        }
        for user in &self.newcomers {
            let member = self.workspace.member_of(user).await;
            assert_eq!((&member["status"], &member["role"]), (&json!("invited"), &json!("viewer")));
        }
        assert_eq!(self.workspace.members().await.len(), 6);
        assert!(
            instance.redis.keys().await.iter().all(|key| !key.contains(&self.out.key()) && !key.contains(&self.deleted.key()))
        );
    }
}

#[tokio::test]
async fn a_worker_killed_twenty_times_in_the_middle_of_jobs_loses_no_change_and_does_none_twice() {
    let mut instance = Instance::start().await;
    let mut scenes = Vec::new();
    for _ in 0..20 {
        scenes.push(Scene::set(&instance).await);
    }
    instance.settle().await;
    instance.database.execute(SLOW).await;
    let mut worker = 0;
    for scene in &mut scenes {
        scene.play().await;
        let busy = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
        eventually("the worker is in the middle of a job", async || instance.database.count(busy).await > 0).await;
        instance.worker(worker).kill();
        worker = instance.start_worker();
    }
    instance.settle().await;
    for scene in &scenes {
        scene.assert_played(&instance).await;
    }
    let twice = "select count(*) from (
        select from audit_log where actor = 'worker' group by subject_id, action, detail having count(*) > 1) as twice";
    assert_eq!(instance.database.count(twice).await, 0, "the worker has told nothing twice");
    assert_eq!(instance.database.count("select count(*) from receipts").await, 40);
    assert_eq!(instance.database.count("select count(*) from receipts where completed_at is null").await, 0);
    let left = "select count(*) from apalis.jobs where job_type = 'deprovision' and attempts > 1";
    assert!(instance.database.count(left).await > 0, "no job was ever hit");
    instance.finish().await;
}

/// Creates users until the server is dead; answers those that were acknowledged. Every third is put out again.
async fn create_until(workspace: &Workspace, name: &str, acknowledged: &Mutex<Vec<(Value, bool)>>, dead: &AtomicBool) {
    let scim = workspace.scim();
    let write = |method, path: &str, body: Value| {
        let request = scim.request(method, path).header("content-type", "application/scim+json").body(body.to_string());
        let scim = &scim;
        async move { scim.attempt(request).await }
    };
    for number in 0.. {
        if dead.load(Ordering::SeqCst) {
            return;
        }
        let body = json!({ "userName": format!("{name}-{number}@acme.test") });
        let Some(answer) = write(Method::POST, "/Users", body).await else { continue };
        let user = answer.expect(201);
        acknowledged.lock().expect("no panic").push((user.clone(), true));
        if number % 3 == 0 {
            let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": "active", "value": false }] });
            let answer = write(Method::PATCH, &path_of(&user), off).await;
            let mut list = acknowledged.lock().expect("no panic");
            let at = list.iter().rposition(|(other, _)| other["id"] == user["id"]).expect("it was noted");
            match answer {
                Some(answer) => {
                    answer.expect(200);
                    list[at].1 = false;
                }
                // Whether it happened before the server died is unknown: nothing can be said of this one.
                None => drop(list.remove(at)),
            }
        }
    }
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_writes_has_lost_no_acknowledged_one_and_all_have_their_effect() {
    let mut instance = Instance::start().await;
    let mut workspace = instance.workspace().open().await;
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..5 {
        let dead = AtomicBool::new(false);
        let names: Vec<String> = (0..4).map(|task| format!("r{round}t{task}")).collect();
        let writers = join_all(names.iter().map(|name| create_until(&workspace, name, &acknowledged, &dead)));
        let enough = (round + 1) * 20;
        let kill = async {
            eventually("enough is acknowledged", async || acknowledged.lock().expect("no panic").len() >= enough).await;
            instance.server().kill();
            dead.store(true, Ordering::SeqCst);
        };
        join(kill, writers).await;
        instance.restart_server().await;
        workspace = workspace.moved_to(instance.url());
    }
    instance.settle().await;
    let members = workspace.members().await;
    for (user, active) in acknowledged.into_inner().expect("no panic") {
        let stored = workspace.scim().get(&path_of(&user)).await.expect(200);
        assert_eq!(stored["active"], active);
        let member = members.iter().find(|member| member["user_id"] == user["id"]);
        let status = member.map(|member| member["status"].as_str().expect("a status"));
        // Who was put out before the worker looked was never in.
        assert!(
            if active { status == Some("invited") } else { matches!(status, None | Some("deactivated")) },
            "{user} is {status:?}"
        );
    }
    assert_eq!(instance.database.count("select count(*) from receipts where completed_at is null").await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_answers_what_is_in_flight_and_exits_with_success() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "last", 1).await;
    instance.settle().await;
    let held = instance.database.hold("select from users for update").await;
    let leave = tokio::spawn({
        let (workspace, user) = (workspace.clone(), person.user.clone());
        async move { Way::PatchWithPath.put_out(&workspace, &user).await }
    });
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    eventually("the call is in flight", async || instance.database.count(waiting).await == 1).await;
    instance.server().tell_to_stop();
    eventually("it has heard", async || instance.logs().contains("told to stop")).await;
    assert!(instance.server().is_running(), "a call is in flight");
    drop(held);
    leave.await.expect("the call is answered");
    assert_eq!(instance.server().ended().await.code(), Some(0));
    instance.restart_server().await;
    let workspace = workspace.moved_to(instance.url());
    assert_eq!(person.checks(&workspace).await, [401]);
    person.receipt(&workspace).await;
    assert_eq!(instance.worker(0).terminate().code(), Some(0), "the worker as well");
    instance.finish().await;
}
