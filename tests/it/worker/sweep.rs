//! A sweep repairs whatever differs between the directory and the membership, however it came about.

use serde_json::{Value, json};

use crate::{
    deprovisioning::{Person, Way, path_of},
    harness::{Instance, Workspace, eventually},
};

/// How much the last sweep of a workspace has repaired.
async fn repaired(instance: &Instance, workspace: &Workspace) -> i64 {
    let sweep = "select repaired from sweeps where workspace_id = $1::uuid and finished_at is not null";
    let swept = async || -> Option<i64> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sweep.replace("$1", &format!("'{}'", workspace.id))))
            .fetch_optional(&instance.database.pool)
            .await
            .expect("a sweep")
    };
    eventually("the sweep is over", async || swept().await.is_some()).await;
    swept().await.expect("a sweep")
}

/// How much all sweeps of a workspace have repaired, as the worker has logged it.
fn repairs(logs: &str, workspace: &Workspace) -> u64 {
    let lines = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["workspace"] == workspace.id.as_str()).filter_map(|line| line["repaired"].as_u64()).sum()
}

/// Sweeps a workspace; answers how much there was to repair.
pub async fn reconcile_now(instance: &Instance, workspace: &Workspace) -> i64 {
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    repaired(instance, workspace).await
}

/// People and groups of one workspace, and what is to become of them.
struct Drifted {
    promoted: Person,
    vanished: Person,
    revived: Person,
    deleted: Person,
    left_out: Person,
    stray: Person,
    group: Value,
}

impl Drifted {
    async fn make(instance: &Instance, workspace: &Workspace) -> Self {
        let person = async |name| Person::sign_in(workspace, name, 1).await;
        let (promoted, vanished, left_out) = (person("promoted").await, person("vanished").await, person("left-out").await);
        let (revived, deleted, stray) = (person("revived").await, person("deleted").await, person("stray").await);
        let group = workspace.group("Crew", &[&left_out.user]).await;
        Way::PatchWithPath.put_out(workspace, &revived.user).await;
        Way::Delete.put_out(workspace, &deleted.user).await;
        instance.settle().await;
        let id = |person: &Person| person.member.as_str().expect("an id").to_owned();
        let drift = format!(
            "update members set role = 'admin' where id = '{promoted}';
             delete from members where id = '{vanished}';
             update members set status = 'active' where id in ('{revived}', '{deleted}');
             delete from workspace_group_members where member_id = '{left_out}';
             insert into workspace_groups values ('{workspace}', '{nobodys}', 'Nobody''s', now());
             insert into workspace_group_members values ('{workspace}', '{stray}', '{nobodys}');
             update workspace_groups set display_name = 'Crow' where display_name = 'Crew'",
            promoted = id(&promoted),
            vanished = id(&vanished),
            revived = id(&revived),
            deleted = id(&deleted),
            left_out = id(&left_out),
            stray = id(&stray),
            workspace = workspace.id,
            nobodys = uuid::Uuid::new_v4(),
        );
        instance.database.execute(&drift).await;
        Self { promoted, vanished, revived, deleted, left_out, stray, group }
    }

    async fn assert_repaired(&self, instance: &Instance, workspace: &Workspace) {
        let member = async |person: &Person| workspace.member(&person.member).await;
        assert_eq!(member(&self.promoted).await["member"]["role"], "viewer");
        let anew = workspace.member_of(&self.vanished.user).await;
        assert_eq!((&anew["status"], &anew["role"]), (&json!("invited"), &json!("viewer")));
        for person in [&self.revived, &self.deleted] {
            assert_eq!(member(person).await["member"]["status"], "deactivated");
            assert_eq!(person.checks(workspace).await, [401]);
            let receipts = person.receipts(workspace).await;
            assert_eq!(receipts.len(), 2);
            assert_eq!(receipts[0]["cause"], "reconciled");
        }
        assert_eq!(member(&self.left_out).await["groups"], json!([{ "id": self.group["id"], "display_name": "Crew" }]));
        assert_eq!(member(&self.stray).await["groups"], json!([]));
        for table in ["select count(*) from workspace_groups", "select count(*) from workspace_group_members"] {
            assert_eq!(instance.database.count(table).await, 1, "{table}");
        }
    }
}

#[tokio::test]
async fn reconcile_now_repairs_all_drift_and_finds_nothing_the_second_time() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let drifted = Drifted::make(&instance, &workspace).await;
    let audited = "select count(*) from audit_log where actor = 'worker'";
    let found = reconcile_now(&instance, &workspace).await;
    assert!(found >= 8, "{found}");
    drifted.assert_repaired(&instance, &workspace).await;
    instance.settle().await;
    let ready = async || instance.anonymous().get("/readyz").await.expect(200);
    assert_eq!(ready().await["last_sweep_drift"], found);
    let told = workspace.admin().get("/audit-log?action=drift.repaired&actor=system").await.expect(200);
    assert_eq!(told["entries"][0]["detail"], json!({ "repaired": found }), "{told}");
    let before = instance.database.count(audited).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    assert_eq!(instance.database.count(audited).await, before, "nothing was done, so nothing was written down");
    let ready = ready().await;
    assert_eq!(ready["last_sweep_drift"], 0);
    assert!(ready["zero_drift_age_seconds"].as_i64().is_some_and(|age| (0..30).contains(&age)), "{ready}");
    let metrics = instance.anonymous().get("/metrics").await.text;
    assert!(metrics.contains("rollcall_sweep_drift 0"), "{metrics}");
    instance.finish().await;
}

#[tokio::test]
async fn what_an_operator_changes_for_everybody_is_no_drift() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    instance.settle().await;
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "default_role": "guest" })).await.expect(200);
    instance.settle().await;
    assert_eq!(workspace.member_of(&user).await["role"], "guest");
    let ready = instance.anonymous().get("/readyz").await.expect(200);
    assert_eq!(ready["last_sweep_drift"], 0, "{ready}");
    assert_eq!(
        instance.database.count("select count(*) from sweeps where checked_at is not null").await,
        0,
        "nothing was checked"
    );
    instance.finish().await;
}

#[tokio::test]
async fn the_periodic_sweep_does_the_same_in_every_workspace_and_touches_no_healthy_one() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let healthy = instance.workspace().open().await;
    let well = Person::sign_in(&healthy, "well", 1).await;
    let drifted = Drifted::make(&instance, &workspace).await;
    let before = healthy.member(&well.member).await;
    instance.worker(0).terminate();
    instance.start_worker_with(&[("ROLLCALL_SWEEP_SECONDS", "1")]);
    eventually("everything is repaired", async || repairs(&instance.logs(), &workspace) >= 8).await;
    instance.settle().await;
    assert_eq!(repairs(&instance.logs(), &healthy), 0);
    drifted.assert_repaired(&instance, &workspace).await;
    assert_eq!(healthy.member(&well.member).await, before);
    assert_eq!(well.checks(&healthy).await, [200]);
    let ready = instance.anonymous().get("/readyz").await.expect(200);
    assert!(ready["last_sweep_age_seconds"].is_i64(), "{ready}");
    instance.worker(1).terminate();
    instance.abandon("a sweep a second leaves one open more often than not");
}

#[tokio::test]
async fn a_sweep_that_is_asked_for_during_a_sweep_begins_anew() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "early", 0).await;
    instance.settle().await;
    instance.worker(0).terminate();
    // A sweep that has passed by everybody already.
    let passed = format!(
        "insert into sweeps (workspace_id, phase, cursor, started_at)
         values ('{}', 'members', 'ffffffff-ffff-ffff-ffff-ffffffffffff', now());
         update members set role = 'admin' where origin = 'directory'",
        workspace.id
    );
    instance.database.execute(&passed).await;
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    instance.start_worker();
    workspace.member_becomes(&person.member, "repaired", |member| member["member"]["role"] == "viewer").await;
    instance.finish().await;
}

#[tokio::test]
async fn a_lost_mark_is_made_good_by_the_sweep() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("forgotten@acme.test").await;
    let path = path_of(&user);
    workspace
        .scim()
        .operations(&path, json!([{ "op": "add", "path": "roles", "value": [{ "value": "editor" }] }]))
        .await
        .expect(200);
    instance.database.execute("delete from dirty").await;
    instance.start_worker();
    reconcile_now(&instance, &workspace).await;
    assert_eq!(workspace.member_of(&user).await["role"], "editor");
    instance.finish().await;
}
