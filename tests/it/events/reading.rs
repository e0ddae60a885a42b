//! Pages, types, and what is refused.

use serde_json::{Value, json};

use super::{all, text};
use crate::harness::{Instance, Workspace};

/// Appends so many events, of two types in turn.
async fn fill(instance: &Instance, workspace: &Workspace, count: usize) {
    instance
        .database
        .execute(&format!(
            "insert into event_outbox (workspace_id, type, at, subject_id, data)
             select '{}', case when n % 1000 = 0 then 'member.removed' else 'group.created' end, now(), gen_random_uuid(), '{{}}'
             from generate_series(1, {count}) n",
            workspace.id
        ))
        .await;
    instance.settle().await;
}

fn problem(answer: Value) -> String {
    text(&answer["detail"]).to_owned()
}

#[tokio::test]
async fn pages_follow_each_other_and_the_last_one_says_so() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().create().await;
    fill(&instance, &workspace, 50).await;
    let get = async |query: &str| workspace.admin().get(&format!("/events{query}")).await.expect(200);
    let count = all(&workspace).await.len();
    let first = get("?limit=20").await;
    assert_eq!(first["events"].as_array().map(Vec::len), Some(20));
    assert_eq!((&first["next"], &first["oldest"], &first["last"]), (&json!(20), &json!(1), &json!(count)));
    let second = get(&format!("?after={}", first["next"])).await;
    assert_eq!(second["events"].as_array().map(Vec::len), Some(count - 20));
    assert_eq!(second["events"][0]["seq"], 21);
    assert_eq!(second["next"], second["last"]);
    let end = get(&format!("?after={}", second["next"])).await;
    assert_eq!((&end["events"], &end["next"]), (&json!([]), &second["last"]));
    instance.finish().await;
}

/// One in a thousand is wanted: each page looks at so many and says how far it has come.
#[tokio::test]
async fn of_one_type_all_are_found_and_next_moves_on_past_the_others() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().create().await;
    fill(&instance, &workspace, 25_000).await;
    let (mut found, mut after, mut pages) = (0, json!(0), 0);
    loop {
        let page = workspace.admin().get(&format!("/events?type=member.removed&limit=8&after={after}")).await.expect(200);
        let events = page["events"].as_array().expect("events");
        assert!(events.iter().all(|event| event["type"] == "member.removed"));
        assert!(events.len() <= 8 && page["next"].as_i64() > after.as_i64(), "{page}");
        (found, after, pages) = (found + events.len(), page["next"].clone(), pages + 1);
        if page["next"] == page["last"] {
            break;
        }
    }
    assert_eq!(found, 25);
    assert!(pages <= 6, "{pages} pages");
    instance.finish().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().create().await;
    instance.settle().await;
    let last = all(&workspace).await.len();
    for (query, says) in [
        ("?limit=0".to_owned(), "limit"),
        ("?limit=1001".to_owned(), "limit"),
        ("?type=member".to_owned(), "member.invited"),
        ("?after=-1".to_owned(), "after"),
        (format!("?after={}", last + 1), "newest"),
        ("?after=9223372036854775807".to_owned(), "newest"),
    ] {
        let detail = problem(workspace.admin().get(&format!("/events{query}")).await.expect(400));
        assert!(detail.contains(says), "{query}: {detail}");
    }
    workspace.admin().get("/events?after=x").await.expect(400);
    instance.finish().await;
}

#[tokio::test]
async fn each_workspace_has_numbers_of_its_own_and_sees_no_others() {
    let instance = Instance::start().await;
    let (one, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let user = one.user("ada@acme.test").await;
    let member = one.member_of(&user).await;
    instance.settle().await;
    let (ones, others) = (all(&one).await, all(&other).await);
    super::assert_without_gap(&ones);
    super::assert_without_gap(&others);
    assert!(ones.iter().any(|event| event["subject_id"] == member["id"]));
    assert!(!json!(others).to_string().contains(text(&member["id"])));
    assert!(ones.len() > others.len());
    instance.finish().await;
}
