//! Memory stays bounded, whoever sends what at the same time.

use std::thread;

use serde_json::json;

use crate::{
    harness::Instance,
    scim::{GROUP, path},
};

/// All that the server may ever have.
const BOUND: u64 = 200 * 1024 * 1024;
const AT_ONCE: usize = 16;

/// Bodies that cost the most for what they are.
fn bodies(group: &str) -> Vec<(&'static str, &'static str, String, Vec<u8>)> {
    let list = |item: &str, n: usize| format!("{{\"a\":[{}]}}", vec![item; n].join(",")).into_bytes();
    let deep = |open: &str, close: &str| format!("{}0{}", open.repeat(28), close.repeat(28));
    let users = |n: usize| (0..n).map(|n| json!({"value": format!("019f0000-0000-7000-8000-{n:012x}")})).collect::<Vec<_>>();
    let operations: Vec<_> =
        users(60_000).into_iter().map(|user| json!({"op": "add", "path": "members", "value": [user]})).collect();
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    let roles: Vec<_> = (0..100).map(|n| json!({"value": n.to_string()})).collect();
    let created =
        |n| json!({"method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": {"userName": "", "roles": roles}});
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": (0..500).map(created).collect::<Vec<_>>(),
    });
    let people = json!({"schemas": [GROUP], "displayName": "Everybody", "members": users(100_000)});
    let mut text = b"{\"userName\":\"".to_vec();
    text.resize(16 * 1024 * 1024 - 2, b'x');
    text.extend_from_slice(b"\"}");
    vec![
        ("numbers", "POST", "/Users".into(), list("0", 990_000)),
        ("objects", "POST", "/Users".into(), list("{\"\":0}", 490_000)),
        ("deep lists", "POST", "/Groups".into(), list(&deep("[", "]"), 34_000)),
        ("deep objects", "POST", "/.search".into(), list(&deep("{\"\":", "}"), 34_000)),
        ("objects as far as there is room", "POST", "/Users".into(), list("{\"\":0}", 90_000)),
        ("deep lists as far as there is room", "POST", "/.search".into(), list(&deep("[", "]"), 6_000)),
        ("a text", "POST", "/Users".into(), text),
        ("a group of a hundred thousand strangers", "POST", "/Groups".into(), people.to_string().into_bytes()),
        ("a PATCH of very many operations", "PATCH", group.into(), patch.to_string().into_bytes()),
        ("many operations", "POST", "/Bulk".into(), bulk.to_string().into_bytes()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_below_its_bound_whoever_sends_what_at_the_same_time() {
    let mut instance = Instance::without_worker().await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let group = path(&workspace.group("Analysts", &[]).await);
    let mut without_room = 0;
    for (what, method, target, body) in bodies(&group) {
        let request = || workspace.scim().raw(method, &target).header("Content-Type", "application/scim+json").body(body.clone());
        // One after the other, then many at once, and somebody else's small requests in between.
        let mut statuses = vec![request().send().status];
        assert_ne!(statuses, [503], "{what}: there is room for one");
        let sent: Vec<_> = (0..AT_ONCE).map(|_| request()).map(|request| thread::spawn(move || request.send())).collect();
        for n in 0..3 {
            other.user(&format!("{n}-{}@acme.test", what.replace(' ', "-"))).await;
        }
        for answer in sent {
            let answer = answer.join().expect("an answer");
            assert!(answer.status != 503 || !answer.header("retry-after").is_empty(), "{what}: {}", answer.text);
            without_room += usize::from(answer.text.contains("too many large requests"));
            statuses.push(answer.status);
        }
        let peak = instance.server().peak_memory();
        println!("{what}: {statuses:?}, {} MiB at the most", peak / 1024 / 1024);
        assert!(statuses.iter().all(|status| [200, 400, 413, 503].contains(status)), "{what}: {statuses:?}");
        assert!(peak < BOUND, "after {what} the server has had {peak} bytes");
    }
    assert!(instance.server().is_running());
    // An operator sees it.
    let metrics = instance.anonymous().get("/metrics").await.text;
    let counted = metrics.lines().filter(|line| line.starts_with("rollcall_requests_without_room_total"));
    let counted: usize = counted.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum();
    assert_eq!(counted, without_room, "{metrics}");
    instance.abandon("nothing is reconciled");
}
