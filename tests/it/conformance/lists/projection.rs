//! Which attributes are shown, RFC 7644 §3.4.2.5 and §3.9.

use serde_json::{Value, json};

use crate::{
    conformance::{
        asking::{ACME, counted, define_acme, names, person, search, stored_id, stored_members, stored_users},
        framework::Ground,
    },
    harness::{Instance, Workspace},
    scim::{ENTERPRISE, USER, id, patch, path},
};

/// The names of an object's members, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// A user with something of everything.
pub fn ada(name: &str) -> Value {
    json!({
        "userName": name, "title": "T", "name": { "givenName": "A", "familyName": "L" },
        "emails": [{ "value": "a@x", "type": "work" }], (ENTERPRISE): { "department": "D", "division": "N" },
    })
}

/// The same projection on every call that answers a resource: create, read, list, replace, change, search.
async fn shown(workspace: &Workspace, parameter: &str, list: &str) -> Vec<(&'static str, Value)> {
    let scim = workspace.scim();
    let query = format!("?{parameter}={list}");
    let user_name = format!("u{}", uuid::Uuid::new_v4().simple());
    let made = scim.post(&format!("/Users{query}"), ada(&user_name)).await.expect(201);
    let at = format!("/Users/{}", id(&made));
    let rename = patch(json!([{ "op": "replace", "path": "nickName", "value": "N" }]));
    let remove = patch(json!([{ "op": "remove", "path": "nickName" }]));
    let filter = format!("userName eq \"{user_name}\"");
    let names: Vec<&str> = list.split(',').collect();
    let found = search(&scim, "/Users", json!({ "filter": filter, parameter: names })).await.expect(200);
    let at_root = search(&scim, "", json!({ "filter": filter, parameter: names })).await.expect(200);
    let request = scim.request(reqwest::Method::GET, "/Users").query(&[("filter", filter.as_str()), (parameter, list)]);
    let listed = scim.send(request).await.expect(200);
    let mut answers = vec![
        ("read", scim.get(&format!("{at}{query}")).await.expect(200)),
        ("change", scim.patch(&format!("{at}{query}"), rename).await.expect(200)),
        ("change back", scim.patch(&format!("{at}{query}"), remove).await.expect(200)),
        ("replace", scim.put(&format!("{at}{query}"), ada(&user_name)).await.expect(200)),
        ("list", listed["Resources"][0].clone()),
        ("search", found["Resources"][0].clone()),
        ("search at the root", at_root["Resources"][0].clone()),
    ];
    answers.push(("create", made));
    answers
}

const ROUNDS: usize = 4;

/// Blocks of a table and its indexes that were touched so far.
async fn blocks(instance: &Instance, table: &'static str) -> i64 {
    counted(instance).await;
    let sql = "select coalesce(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit, 0)::bigint
               from pg_statio_user_tables where relname = $1";
    sqlx::query_scalar(sql).bind(table).fetch_one(&instance.database.pool).await.expect("a count")
}

pub async fn projection_on_every_call(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (call, resource) in shown(workspace, "attributes", "title").await {
        assert_eq!(keys(&resource), ["id", "schemas", "title"], "{call}");
    }
    for (call, resource) in shown(workspace, "excludedAttributes", "title").await {
        assert!(resource.get("title").is_none() && resource.get("userName").is_some(), "{call}: {resource}");
    }
    let scim = workspace.scim();
    let user = person(workspace, json!({ "userName": "member" })).await;
    let body = json!({ "displayName": "Group", "members": [{ "value": id(&user) }] });
    let group = scim.post("/Groups?attributes=displayName", body.clone()).await.expect(201);
    let at = format!("/Groups/{}", id(&group));
    let change = |name: &str| patch(json!([{ "op": "replace", "path": "externalId", "value": name }]));
    let by = |list: Value| list["Resources"][0].clone();
    for resource in [
        group,
        scim.get(&format!("{at}?attributes=displayName")).await.expect(200),
        scim.put(&format!("{at}?attributes=displayName"), body.clone()).await.expect(200),
        scim.patch(&format!("{at}?attributes=displayName"), change("x")).await.expect(200),
        by(scim.get("/Groups?attributes=displayName").await.expect(200)),
        by(search(&scim, "/Groups", json!({ "attributes": ["displayName"] })).await.expect(200)),
    ] {
        assert_eq!(keys(&resource), ["displayName", "id", "schemas"]);
    }
    for resource in [
        scim.get(&format!("{at}?excludedAttributes=members")).await.expect(200),
        scim.put(&format!("{at}?excludedAttributes=members"), body).await.expect(200),
        scim.patch(&format!("{at}?excludedAttributes=members"), change("y")).await.expect(200),
        by(scim.get("/Groups?excludedAttributes=members").await.expect(200)),
        by(search(&scim, "/Groups", json!({ "excludedAttributes": ["members"] })).await.expect(200)),
    ] {
        assert!(resource.get("members").is_none() && resource.get("displayName").is_some(), "{resource}");
    }
}

pub async fn only_what_is_asked_for_and_what_is_always_shown(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for list in ["userName", "USERNAME", &format!("{USER}:userName"), "userName,userName", "userName,nothing"] {
        for (call, resource) in shown(workspace, "attributes", list).await {
            assert_eq!(keys(&resource), ["id", "schemas", "userName"], "{call} {list}");
        }
    }
    // Nothing that exists is asked for: what is always shown is left.
    for (call, resource) in shown(workspace, "attributes", "nothing").await {
        assert_eq!(keys(&resource), ["id", "schemas"], "{call}");
    }
}

pub async fn parts_and_names_with_their_schema(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let department = format!("{ENTERPRISE}:department");
    for (list, shows) in [
        ("name.givenName", json!({ "name": { "givenName": "A" } })),
        (&format!("{USER}:name.familyName"), json!({ "name": { "familyName": "L" } })),
        ("name", json!({ "name": { "givenName": "A", "familyName": "L" } })),
        ("emails.value", json!({ "emails": [{ "value": "a@x" }] })),
        (&department, json!({ (ENTERPRISE): { "department": "D" } })),
        (&department.to_uppercase(), json!({ (ENTERPRISE): { "department": "D" } })),
        (ENTERPRISE, json!({ (ENTERPRISE): { "department": "D", "division": "N" } })),
    ] {
        for (call, mut resource) in shown(workspace, "attributes", list).await {
            let resource = resource.as_object_mut().expect("an object");
            resource.remove("id");
            resource.remove("schemas");
            assert_eq!(Value::Object(resource.clone()), shows, "{call} {list}");
        }
    }
    for (list, attribute, left) in [
        ("name.givenName", "name", json!({ "familyName": "L" })),
        (&department, ENTERPRISE, json!({ "division": "N" })),
        (ENTERPRISE, ENTERPRISE, Value::Null),
        ("emails.type", "emails", json!([{ "value": "a@x" }])),
        (&format!("{USER}:name"), "name", Value::Null),
    ] {
        for (call, resource) in shown(workspace, "excludedAttributes", list).await {
            assert_eq!(resource.get(attribute).unwrap_or(&Value::Null), &left, "{call} without {list}");
            assert!(resource["userName"].is_string() && resource["title"].is_string(), "{call} without {list}");
        }
    }
}

pub async fn what_is_always_shown_cannot_be_excluded(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for list in ["id", "ID", "id,schemas", &format!("{USER}:id"), "id,userName,meta"] {
        for (call, resource) in shown(workspace, "excludedAttributes", list).await {
            assert!(resource["id"].is_string() && resource["schemas"].is_array(), "{call} without {list}: {resource}");
        }
    }
    let group = workspace.group("Group", &[]).await;
    let seen = workspace.scim().get(&format!("{}?excludedAttributes=id,displayName", path(&group))).await.expect(200);
    assert_eq!((&seen["id"], seen.get("displayName")), (&group["id"], None));
}

pub async fn on_request_and_never(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    define_acme(workspace).await;
    let scim = workspace.scim();
    let body =
        |grade: &str| json!({ "userName": "u", "password": "secret", (ACME): { "grade": grade, "pin": "1234", "floor": 1 } });
    let grade = |resource: &Value| resource[ACME]["grade"].clone();
    let made = scim.post("/Users", body("a")).await.expect(201);
    assert_eq!(grade(&made), "a", "a write shows what it has set");
    let at = path(&made);
    let first = |page: Value| page["Resources"][0].clone();
    let usual = [
        scim.get(&at).await.expect(200),
        scim.get(&format!("{at}?excludedAttributes=title")).await.expect(200),
        first(scim.get("/Users").await.expect(200)),
        first(search(&scim, "/Users", json!({})).await.expect(200)),
        first(search(&scim, "", json!({})).await.expect(200)),
        scim.put(&at, body("a")).await.expect(200),
        scim.operations(&at, json!([{ "op": "replace", "path": "title", "value": "T" }])).await.expect(200),
    ];
    for resource in &usual {
        assert_eq!((&grade(resource), &resource[ACME]["floor"]), (&Value::Null, &json!(1)), "{resource}");
    }
    let asked = format!("attributes={ACME}:grade");
    let by_post = json!({ "attributes": [format!("{ACME}:grade")] });
    for resource in [
        scim.get(&format!("{at}?{asked}")).await.expect(200),
        scim.get(&format!("{at}?attributes={ACME}:GRADE,title")).await.expect(200),
        first(scim.get(&format!("/Users?{asked}")).await.expect(200)),
        first(search(&scim, "/Users", by_post).await.expect(200)),
    ] {
        assert_eq!(grade(&resource), "a", "{resource}");
    }
    assert_eq!(grade(&scim.put(&at, body("b")).await.expect(200)), "b");
    let never = format!("{at}?attributes=password,{ACME}:pin,{ACME},userName");
    for resource in [made, scim.get(&never).await.expect(200), scim.get(&at).await.expect(200)] {
        let text = resource.to_string();
        assert!(!text.contains("password") && !text.contains("secret") && !text.contains("1234"), "{text}");
    }
}

pub async fn one_parameter_excludes_the_other(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let (scim, user) = (workspace.scim(), person(workspace, json!({ "userName": "u" })).await);
    let group = workspace.group("Group", &[]).await;
    let both = "?attributes=title&excludedAttributes=name";
    let change = patch(json!([{ "op": "replace", "path": "externalId", "value": "changed" }]));
    let lists = json!({ "attributes": ["title"], "excludedAttributes": ["name"] });
    for answer in [
        scim.get(&format!("{}{both}", path(&user))).await,
        scim.get(&format!("{}{both}", path(&group))).await,
        scim.get(&format!("/Users{both}")).await,
        scim.get(&format!("/Groups{both}")).await,
        scim.post(&format!("/Users{both}"), json!({ "userName": "new" })).await,
        scim.post(&format!("/Groups{both}"), json!({ "displayName": "new" })).await,
        scim.put(&format!("{}{both}", path(&user)), json!({ "userName": "changed" })).await,
        scim.patch(&format!("{}{both}", path(&user)), change.clone()).await,
        scim.patch(&format!("{}{both}", path(&group)), change).await,
        search(&scim, "/Users", lists.clone()).await,
        search(&scim, "/Groups", lists.clone()).await,
        search(&scim, "", lists).await,
    ] {
        answer.scim_error(400, Some("invalidValue"));
    }
    // And nothing was written.
    assert_eq!(scim.get(&path(&user)).await.expect(200), user);
    assert_eq!(scim.get(&path(&group)).await.expect(200), group);
    assert_eq!(scim.get("/Users?count=0").await.expect(200)["totalResults"], 1);
}

pub async fn members_that_are_not_wanted_are_not_read(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    stored_users(&instance, &workspace, 20_000).await;
    let (small, large) = (workspace.group("Small", &[]).await, workspace.group("Large", &[]).await);
    stored_members(&instance, &workspace, &small, 10).await;
    stored_members(&instance, &workspace, &large, 20_000).await;
    for table in ["groups", "group_members"] {
        instance.database.execute(&format!("vacuum analyze {table}")).await;
    }
    let scim = workspace.scim();
    // The first request of a connection looks into more than its own rows, and so does whoever comes first to a row that was changed;
    // Postgres looks after its tables meanwhile. The least of some rounds is what it costs.
    let (mut of_groups, mut of_members) = ([i64::MAX; 2], [i64::MAX; 2]);
    for (place, group) in [&small, &large].into_iter().enumerate().cycle().take(2 * ROUNDS) {
        let before = (blocks(&instance, "groups").await, blocks(&instance, "group_members").await);
        for _ in 0..5 {
            let seen = scim.get(&format!("{}?excludedAttributes=members", path(group))).await.expect(200);
            assert_eq!((&seen["displayName"], seen.get("members")), (&group["displayName"], None));
            let filter = format!("displayName eq {}", group["displayName"]);
            let request = scim.request(reqwest::Method::GET, "/Groups");
            let request = request.query(&[("filter", filter.as_str()), ("excludedAttributes", "members")]);
            let page = scim.send(request).await.expect(200);
            assert_eq!((names(&page).len(), page["Resources"][0].get("members")), (1, None));
            scim.get(&format!("{}?attributes=displayName", path(group))).await.expect(200);
        }
        of_groups[place] = of_groups[place].min(blocks(&instance, "groups").await - before.0);
        of_members[place] = of_members[place].min(blocks(&instance, "group_members").await - before.1);
    }
    assert_eq!(of_members, [0, 0], "members were read");
    // A row that was changed takes a block more to look at, once in each of fifteen requests, as long as somebody may still see what it
    // was; members would take hundreds more.
    assert!((of_groups[0] - of_groups[1]).abs() <= 15, "blocks of groups for the small and the large one: {of_groups:?}");
    // The measure itself: this one reads them.
    let before = blocks(&instance, "group_members").await;
    let whole = scim.get(&path(&large)).await.expect(200);
    assert_eq!(whole["members"].as_array().map(Vec::len), Some(20_000));
    assert!(whole["members"].as_array().is_some_and(|members| members.iter().any(|member| member["value"] == stored_id(9))));
    assert!(blocks(&instance, "group_members").await > before, "the measure measures nothing");
    instance.abandon("nobody works here");
}
