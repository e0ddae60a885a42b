//! Clients that go through a whole list, page by page, while others write: nobody who was there throughout is missed (Q100).

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::id;
use crate::harness::{Answer, Api, Instance, Workspace, eventually};

const RANGES: &str = "select count(*) from directory_ranks";

fn ids(page: &Value) -> Vec<String> {
    page["Resources"].as_array().expect("Resources").iter().map(|resource| id(resource).to_owned()).collect()
}

async fn people(workspace: &Workspace, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(id(&workspace.user(&format!("u{n:02}@acme.test")).await).to_owned());
    }
    ids
}

/// As every client does that is told to come again: on a busy machine the first connections may take their time.
pub async fn through(call: &impl AsyncFn() -> Answer) -> Answer {
    loop {
        let answer = call().await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

async fn page(scim: &Api, query: &str, start: usize) -> Value {
    let page = through(&async || scim.get(&format!("/Users?startIndex={start}&{query}")).await).await.expect(200);
    assert_eq!(page["startIndex"], start, "{query}");
    assert_eq!(page["itemsPerPage"], ids(&page).len(), "{query}");
    page
}

fn total(page: &Value) -> usize {
    page["totalResults"].as_u64().and_then(|total| usize::try_from(total).ok()).expect("a total")
}

/// Goes through a list as identity providers do: until it has as many as there are said to be. Between two pages, `meanwhile`.
pub async fn walk(scim: &Api, query: &str, meanwhile: impl AsyncFn()) -> Vec<String> {
    let mut read = Vec::new();
    loop {
        let page = page(scim, query, read.len() + 1).await;
        read.extend(ids(&page));
        if ids(&page).is_empty() || read.len() >= total(&page) {
            return read;
        }
        meanwhile().await;
    }
}

pub async fn walk_by_cursor(scim: &Api, query: &str, meanwhile: impl AsyncFn()) -> Vec<String> {
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = through(&async || scim.get(&format!("/Users?cursor={cursor}&{query}")).await).await.expect(200);
        read.extend(ids(&page));
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = next.to_owned(),
            None => return read,
        }
        meanwhile().await;
    }
}

/// Users by SQL as a creation would have stored them, with a name and a title each, in the order of their numbers.
pub async fn load(instance: &Instance, workspace: &Workspace, count: usize) -> Vec<String> {
    let workspace = &workspace.id;
    let id = |n: &str| format!("('01900000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid");
    instance
        .database
        .execute(&format!(
            "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '{workspace}', {id}, 'u' || n % 97 || '-' || n, true,
                    jsonb_build_object('userName', 'u' || n % 97 || '-' || n, 'title', 't' || n % 13, 'active', true), now(), now()
             from generate_series(1, {count}) n;
             insert into directory_counts (workspace_id, kind, slot, n) values ('{workspace}', 'user', 0, {count})
             on conflict (workspace_id, kind, slot) do update set n = directory_counts.n + excluded.n",
            id = id("n")
        ))
        .await;
    (1..=count).map(|n| format!("01900000-0000-7000-8000-{n:012x}")).collect()
}

/// Q100: the walks that identity providers make, and what an administrator does meanwhile.
#[tokio::test]
async fn nobody_who_was_there_throughout_is_missed() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = load(&instance, &workspace, 2_000).await;
    // Every fourth one goes while the walks go on, from the front, which is what moves the others.
    let (going, staying): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(place, _)| place % 4 == 0);
    let going: Vec<&String> = going.into_iter().map(|(_, id)| id).collect();
    let staying: BTreeSet<&String> = staying.into_iter().map(|(_, id)| id).collect();
    let gone = AtomicUsize::new(0);
    let write = async || {
        let number = gone.fetch_add(1, Ordering::SeqCst);
        let victim = going.get(number).expect("somebody who may go");
        scim.delete(&format!("/Users/{victim}")).await.expect(204);
        // Among the first in the order of names, and the last in that of creation.
        let body = json!({ "userName": format!("a{number}"), "title": "t0", "active": true });
        scim.post("/Users", body).await.expect(201);
    };
    let filter = "filter=active%20eq%20true%20and%20title%20sw%20%22t%22";
    let queries = [
        "count=100".to_owned(),
        format!("count=100&{filter}"),
        "count=100&sortBy=userName".to_owned(),
        format!("count=100&{filter}&sortBy=title&sortOrder=descending"),
    ];
    // All at once, and each of them writes between two of its pages.
    let by_index = futures::future::join_all(queries.iter().map(|query| walk(&scim, query, &write)));
    let by_cursor = futures::future::join_all(queries.iter().map(|query| walk_by_cursor(&scim, query, &write)));
    let (by_index, by_cursor) = futures::future::join(by_index, by_cursor).await;
    assert!(gone.load(Ordering::SeqCst) > 130, "too little has happened");
    for (read, query) in by_index.iter().zip(&queries).chain(by_cursor.iter().zip(&queries)) {
        let seen: BTreeSet<&String> = read.iter().collect();
        assert_eq!(seen.len(), read.len(), "{query}: somebody was seen twice");
        let missed: Vec<_> = staying.difference(&seen).collect();
        assert!(missed.is_empty(), "{query}: {} were missed, {missed:?}", missed.len());
    }
    // Nothing is remembered of walks that are over.
    assert_eq!(instance.database.count("select count(*) from list_walks").await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn a_page_begins_where_the_one_before_it_ended() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    for (query, sorted) in [("count=3", false), ("count=3&filter=active%20eq%20true", false), ("count=3&sortBy=userName", true)] {
        let all = people(&workspace, 9).await;
        let first = page(&scim, query, 1).await;
        assert_eq!((ids(&first), total(&first)), (all[..3].to_vec(), 9), "{query}");
        // Two of those who were seen go. By number, the next page would begin with the sixth.
        scim.delete(&format!("/Users/{}", all[0])).await.expect(204);
        scim.delete(&format!("/Users/{}", all[2])).await.expect(204);
        for _ in 0..2 {
            // Also for a client that did not get the answer and asks again.
            let second = page(&scim, query, 4).await;
            assert_eq!(ids(&second), all[3..6], "{query}");
            assert!(total(&second) >= 7, "{query}: the client would stop: {second}");
        }
        let third = page(&scim, query, 7).await;
        assert_eq!(ids(&third), all[6..], "{query}");
        assert_eq!(total(&third), 9, "{query}: as many as the client has seen");
        // Somebody who comes in front of everybody pushes nobody into the next page.
        if sorted {
            let left: Vec<String> = [1, 3, 4, 5, 6, 7, 8].into_iter().map(|place| all[place].clone()).collect();
            // The walk was asked for a page twice, and is waited for ten minutes; from here on it is over.
            instance.database.execute("update list_walks set at = at - interval '11 minutes'").await;
            assert_eq!(ids(&page(&scim, query, 1).await), left[..3]);
            workspace.user("aaa@acme.test").await;
            assert_eq!(ids(&page(&scim, query, 4).await), left[3..6]);
            assert_eq!(ids(&page(&scim, query, 7).await), left[6..]);
        }
        for user in ids(&scim.get("/Users").await.expect(200)) {
            scim.delete(&format!("/Users/{user}")).await.expect(204);
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn two_walks_of_one_token_miss_nobody() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = people(&workspace, 12).await;
    let read = async |start| ids(&page(&scim, "count=4", start).await);
    let mut one = read(1).await;
    scim.delete(&format!("/Users/{}", all[1])).await.expect(204);
    let mut other = read(1).await;
    assert_eq!((&one[..], &other[..]), (&all[..4], &[all[0].clone(), all[2].clone(), all[3].clone(), all[4].clone()][..]));
    // Whichever of them comes first, neither loses the fifth or any other.
    for start in [5, 9] {
        other.extend(read(start).await);
        scim.delete(&format!("/Users/{}", if start == 5 { &all[2] } else { &all[3] })).await.expect(204);
        one.extend(read(start).await);
    }
    one.extend(read(13).await);
    other.extend(read(13).await);
    for walk in [one, other] {
        let missed: Vec<_> = all[4..].iter().filter(|user| !walk.contains(user)).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_walk_that_is_over_does_not_count_for_the_next_one() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut all = people(&workspace, 10).await;
    for query in ["count=3", "count=5", "count=3&sortBy=userName&filter=active%20eq%20true"] {
        assert_eq!(walk(&scim, query, async || {}).await, all, "{query}");
        let gone = all.remove(1);
        scim.delete(&format!("/Users/{gone}")).await.expect(204);
        assert_eq!(walk(&scim, query, async || {}).await, all, "{query}, each once");
        // Another token's walk is another walk.
        let first = page(&scim, query, 1).await;
        let made = json!({ "name": "second", "scopes": ["scim"] });
        let made = instance.ops().post(&format!("/workspaces/{}/tokens", workspace.slug), made).await.expect(201);
        let second = scim.token(made["secret"].as_str().expect("a secret"));
        let gone = all.remove(0);
        scim.delete(&format!("/Users/{gone}")).await.expect(204);
        let start = ids(&first).len() + 1;
        assert_eq!(ids(&page(&second, query, start).await), all[start - 1..all.len().min(start - 1 + ids(&first).len())]);
        assert_eq!(ids(&page(&scim, query, start).await)[0], all[start - 2]);
        instance.database.execute("update list_walks set at = at - interval '11 minutes'").await;
    }
    instance.finish().await;
}

#[tokio::test]
async fn walks_that_nobody_goes_on_with_do_not_pile_up() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = people(&workspace, 4).await;
    page(&scim, "count=2", 1).await;
    // As if the first page had been asked for all day long.
    instance
        .database
        .execute(
            "insert into list_walks select w.workspace_id, w.token_id, w.list, gen_random_uuid(), w.page_index, w.page_place,
                 w.page_value, w.page_id, w.next_index, w.next_place, w.next_value, w.next_id, w.total, w.at - n * interval '1 second'
             from list_walks w, generate_series(1, 500) n",
        )
        .await;
    page(&scim, "count=2", 1).await;
    let kept = instance.database.count("select count(*) from list_walks").await;
    assert!((200..300).contains(&kept), "{kept}");
    assert_eq!(ids(&page(&scim, "count=2", 3).await), all[2..]);
    instance.finish().await;
}

/// T7, T8: any page of a list that nobody changes is exactly the one of its number, in a directory whose places the worker has sealed.
#[tokio::test]
async fn a_page_of_a_list_at_rest_is_the_one_of_its_number() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut all = load(&instance, &workspace, 4_600).await;
    // Whoever writes wakes the worker.
    all.push(id(&workspace.user("wakes@acme.test").await).to_owned());
    eventually("places are sealed", async || instance.database.count(RANGES).await == 3).await;
    let exact = async |all: &[String], seed: usize| {
        for number in 0..12 {
            // Backwards and crosswise: nobody walks like that.
            let start = 1 + (all.len() * 10 - number * 977 * seed) % (all.len() + 20);
            let page = page(&scim, "count=50&attributes=id", start).await;
            let wanted = all.get(start - 1..).unwrap_or_default();
            assert_eq!(ids(&page), wanted[..wanted.len().min(50)], "at {start}");
            assert_eq!(total(&page), all.len(), "at {start}");
        }
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "attributes": ["id"],
            "startIndex": all.len() - 3, "count": 100,
        });
        let mixed = scim.post("/.search", body).await.expect(200);
        assert_eq!(ids(&mixed)[..4], all[all.len() - 4..], "users, then groups");
        assert_eq!(total(&mixed), all.len() + 2);
        assert_eq!(ids(&mixed).len(), 6);
    };
    for name in ["One", "Two"] {
        workspace.group(name, &[]).await;
    }
    exact(&all, 1).await;
    // In a sealed range, at its end, at its beginning, and behind all of them.
    for place in [4_600, 4_000, 2_000, 1_999, 1_000, 999, 10, 0] {
        let gone = all.remove(place);
        scim.delete(&format!("/Users/{gone}")).await.expect(204);
    }
    for n in 0..3 {
        all.push(id(&workspace.user(&format!("new{n}@acme.test")).await).to_owned());
    }
    exact(&all, 3).await;
    // Far behind the end, and as far as numbers go.
    for start in [all.len() + 1, usize::try_from(i64::MAX).expect("64 bits")] {
        let page = page(&scim, "count=50", start).await;
        assert_eq!((ids(&page).len(), total(&page)), (0, all.len()), "{start}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn the_sweep_repairs_places_that_are_wrong() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut all = load(&instance, &workspace, 2_500).await;
    all.push(id(&workspace.user("wakes@acme.test").await).to_owned());
    eventually("places are sealed", async || instance.database.count(RANGES).await == 1).await;
    instance.database.execute("update directory_ranks set n = n + 7").await;
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    eventually("the count is right", async || {
        instance.database.count("select sum(n)::bigint from directory_ranks").await == 1_000
    })
    .await;
    assert_eq!(ids(&page(&scim, "count=3", 1_500).await), all[1_499..1_502]);
    instance.finish().await;
}
