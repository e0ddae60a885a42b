//! Finding receipts again, and what they come to.

use reqwest::Method;
use serde_json::{Value, json};

use super::{departures, ids};
use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, Workspace},
};

async fn list(workspace: &Workspace, query: &[(&str, &str)]) -> Value {
    let request = workspace.admin().request(Method::GET, "/receipts").query(query);
    workspace.admin().send(request).await.expect(200)
}

#[tokio::test]
async fn a_walk_by_cursor_meets_every_receipt_once_whenever_it_was_asked_for() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    departures(&instance, &workspace, 5).await;
    // Three at the same moment.
    instance
        .database
        .execute("update receipts set received_at = '2026-01-01' where id in (select id from receipts limit 3)")
        .await;
    let all = ids(&list(&workspace, &[]).await);
    assert_eq!(all.len(), 5);
    let (mut met, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", "2")];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page = ids(&list(&workspace, &query).await);
        after = page.last().cloned();
        met.extend(page);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(met, all);
    instance.finish().await;
}

#[tokio::test]
async fn receipts_are_found_by_state_and_time() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    departures(&instance, &workspace, 2).await;
    let open = Person::sign_in(&workspace, "open", 1).await;
    instance.settle().await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &open.user).await;
    let waiting = list(&workspace, &[("state", "open")]).await;
    assert_eq!(waiting[0]["member_id"], open.member);
    assert_eq!((ids(&waiting).len(), ids(&list(&workspace, &[("state", "complete")]).await).len()), (1, 2));
    let all = list(&workspace, &[]).await;
    for (place, receipt) in all.as_array().expect("receipts").iter().enumerate() {
        let at = receipt["received_at"].as_str().expect("a time");
        assert_eq!(ids(&list(&workspace, &[("from", at)]).await).len(), place + 1);
        assert_eq!(ids(&list(&workspace, &[("to", at)]).await).len(), 2 - place);
        assert_eq!(ids(&list(&workspace, &[("from", at), ("to", at)]).await), [""; 0]);
    }
    let unknown = "019f0000-0000-4000-8000-000000000000";
    for (name, value) in [("state", "closed"), ("from", "x"), ("to", ""), ("after", "7"), ("after", unknown), ("limit", "1001")] {
        let request = workspace.admin().request(Method::GET, "/receipts").query(&[(name, value)]);
        let answer = workspace.admin().send(request).await;
        assert!(answer.status == 400 && answer.text.contains(name), "{name}={value}: {} {}", answer.status, answer.text);
    }
    instance.start_worker();
    instance.finish().await;
}

#[tokio::test]
async fn a_summary_has_the_figures_of_its_receipts() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let none = workspace.admin().get("/receipts/summary").await.expect(200);
    assert_eq!(none, json!({ "receipts": 0, "complete": 0, "open": 0, "is_cut": false, "row_closed": null, "completed": null }));
    let gone = departures(&instance, &workspace, 1).await;
    let before = instance.workspace().open().await;
    // A hundred that took 1 to 100 ms until the row was closed, and ten times as long until all was done, but for the last one.
    let known = format!(
        "delete from receipts;
         insert into receipts (workspace_id, id, member_id, cause, received_at, row_closed_at, completed_at)
         select '{}', gen_random_uuid(), '{}', 'user.deactivated', at, at + n * interval '1 ms',
                case when n < 100 then at + n * interval '10 ms' end
         from (select n, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour' as at from generate_series(1, 100) n) as times",
        workspace.id,
        gone[0].member.as_str().expect("an id")
    );
    instance.database.execute(&known).await;
    let all = workspace.admin().get("/receipts/summary").await.expect(200);
    assert_eq!(
        (&all["receipts"], &all["complete"], &all["open"], &all["is_cut"]),
        (&json!(100), &json!(99), &json!(1), &json!(false))
    );
    assert_eq!(all["row_closed"], json!({ "p50_ms": 50.0, "p99_ms": 99.0, "max_ms": 100.0 }));
    assert_eq!(all["completed"], json!({ "p50_ms": 500.0, "p99_ms": 990.0, "max_ms": 990.0 }));
    let ten = "/receipts/summary?from=2026-01-01T01:00:00Z&to=2026-01-01T11:00:00Z";
    let ten = workspace.admin().get(ten).await.expect(200);
    assert_eq!(ten["receipts"], 10);
    assert_eq!(ten["row_closed"], json!({ "p50_ms": 5.0, "p99_ms": 10.0, "max_ms": 10.0 }));
    assert_eq!(before.admin().get("/receipts/summary").await.expect(200)["receipts"], 0, "another workspace");
    instance.finish().await;
}
