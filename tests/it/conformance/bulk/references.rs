//! References by `bulkId`, RFC 7644 §3.7.1 and §3.7.2.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{body, change, delete, place, results, statuses, user};
use crate::{
    conformance::{asking::NOBODY, framework::Ground},
    harness::Workspace,
    scim::{ENTERPRISE, id, members, patch},
};

/// A POST of a group with these members.
fn group(bulk_id: &str, members: Value) -> Value {
    json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": { "displayName": bulk_id, "members": members } })
}

/// The resource of a result, as it is now.
async fn read(workspace: &Workspace, result: &Value) -> Value {
    workspace.scim().get(&place(result)).await.expect(200)
}

pub async fn everywhere(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let with_manager = json!({
        "method": "POST", "path": "/Users", "bulkId": "report",
        "data": { "userName": "report", (ENTERPRISE): { "manager": { "value": "bulkId:boss" } } },
    });
    let found = results(
        workspace,
        json!([
            user("boss"),
            with_manager,
            // The example of RFC 7644 §3.7.2.
            group("tour", json!([{ "type": "User", "value": "bulkId:boss" }])),
            group("second", json!([{ "value": "bulkId:report" }, { "value": "bulkId:tour" }])),
            change("/Groups/bulkId:tour", json!({ "op": "add", "path": "members", "value": [{ "value": "bulkId:report" }] })),
            change("/Users/bulkId:boss", json!({ "op": "add", "path": "title", "value": "Boss" })),
            change("/Groups/bulkId:second", json!({ "op": "remove", "path": "members[value eq \"bulkId:report\"]" })),
            { "method": "PUT", "path": "/Users/bulkId:report", "data":
              { "userName": "report", (ENTERPRISE): { "manager": { "value": "bulkId:boss" } }, "nickName": "R" } },
        ]),
    )
    .await;
    assert_eq!(statuses(&found), ["201", "201", "201", "201", "200", "200", "200", "200"], "{found:?}");
    let (boss, report) = (read(workspace, &found[0]).await, read(workspace, &found[1]).await);
    let (tour, second) = (read(workspace, &found[2]).await, read(workspace, &found[3]).await);
    assert_eq!((&report[ENTERPRISE]["manager"]["value"], &boss["title"]), (&boss["id"], &json!("Boss")));
    let mut both = vec![id(&boss).to_owned(), id(&report).to_owned()];
    both.sort();
    assert_eq!((members(&tour), members(&second)), (both, vec![id(&tour).to_owned()]));
    assert_eq!(report["nickName"], "R");
}

pub async fn forward_and_in_a_circle(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    // Who is referred to comes last.
    let found = results(
        workspace,
        json!([
            group("early", json!([{ "value": "bulkId:late" }, { "value": "bulkId:later" }])),
            change("/Groups/bulkId:later", json!({ "op": "add", "path": "externalId", "value": "L" })),
            user("late"),
            group("later", json!([{ "value": "bulkId:late" }])),
        ]),
    )
    .await;
    assert_eq!(statuses(&found), ["201", "200", "201", "201"], "{found:?}");
    let (early, late, later) =
        (read(workspace, &found[0]).await, read(workspace, &found[2]).await, read(workspace, &found[3]).await);
    let mut wanted = vec![id(&late).to_owned(), id(&later).to_owned()];
    wanted.sort();
    assert_eq!((members(&early), &later["externalId"]), (wanted, &json!("L")));
    // The example of RFC 7644 §3.7.1: two groups that contain each other. And three, and two users who manage each other.
    let manager = |name: &str, manager: &str| {
        json!({
            "method": "POST", "path": "/Users", "bulkId": name,
            "data": { "userName": name, (ENTERPRISE): { "manager": { "value": format!("bulkId:{manager}") } } },
        })
    };
    let of = |name: &str| json!([{ "type": "Group", "value": format!("bulkId:{name}") }]);
    let found = results(
        workspace,
        json!([
            group("one", of("other")),
            group("other", of("one")),
            group("a", of("b")),
            group("b", of("c")),
            group("c", of("a")),
            manager("ping", "pong"),
            manager("pong", "ping"),
        ]),
    )
    .await;
    assert_eq!(statuses(&found), ["201"; 7], "{found:?}");
    for (of, who) in [(0, 1), (1, 0), (2, 3), (3, 4), (4, 2)] {
        let (container, contained) = (read(workspace, &found[of]).await, read(workspace, &found[who]).await);
        assert_eq!(members(&container), [id(&contained)]);
    }
    let (ping, pong) = (read(workspace, &found[5]).await, read(workspace, &found[6]).await);
    assert_eq!((&ping[ENTERPRISE]["manager"]["value"], &pong[ENTERPRISE]["manager"]["value"]), (&pong["id"], &ping["id"]));
    // A circle that cannot be closed is no half of one: its operations fail, and those of nobody else.
    let mut broken = group("broken", of("half"));
    broken["data"]["displayName"] = Value::Null;
    let found = results(workspace, json!([broken, group("half", of("broken")), user("beside")])).await;
    let mut circle = vec![found[0]["status"].as_str(), found[1]["status"].as_str()];
    circle.sort();
    assert_eq!((circle, statuses(&found)[2]), (vec![Some("400"), Some("409")], "201"), "{found:?}");
    assert_eq!(workspace.scim().filter("/Groups", "displayName eq \"half\"").await.expect(200)["totalResults"], 0);
}

/// What a workspace has, by names instead of ids.
async fn outcome(workspace: &Workspace) -> Value {
    let scim = workspace.scim();
    let users = scim.get("/Users?count=1000").await.expect(200);
    let groups = scim.get("/Groups?count=1000").await.expect(200);
    let list = |page: &Value| page["Resources"].as_array().expect("Resources").clone();
    let mut names = BTreeMap::new();
    for resource in list(&users).iter().chain(&list(&groups)) {
        let name = resource["userName"].as_str().or(resource["displayName"].as_str()).expect("a name");
        names.insert(id(resource).to_owned(), name.to_owned());
    }
    let mut seen: Vec<Value> = Vec::new();
    for mut resource in list(&users).into_iter().chain(list(&groups)) {
        // What comes after the point is made of the ids of groups.
        let version = resource["meta"]["version"].as_str().and_then(|tag| tag.split(['.', '"']).nth(1)).map(str::to_owned);
        let mut inside: Vec<String> = members(&resource).iter().map(|id| names[id].clone()).collect();
        inside.sort();
        let manager = resource[ENTERPRISE]["manager"]["value"].as_str().and_then(|id| names.get(id).cloned());
        let parts = resource.as_object_mut().expect("an object");
        parts.retain(|name, _| !["id", "meta", "members", "groups", ENTERPRISE].contains(&name.as_str()));
        seen.push(json!([resource, version, inside, manager]));
    }
    seen.sort_by_key(|resource| resource[0].to_string());
    json!(seen)
}

/// Sends operations alone, one after the other, with the ids that have come about in the place of references.
async fn one_by_one(workspace: &Workspace, operations: &[Value]) -> Vec<u16> {
    let scim = workspace.scim();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut statuses = Vec::new();
    for operation in operations {
        let filled = ids.iter().fold(operation.to_string(), |text, (bulk_id, id)| text.replace(&format!("bulkId:{bulk_id}"), id));
        let filled: Value = serde_json::from_str(&filled).expect("JSON");
        let (target, data) = (filled["path"].as_str().expect("a path"), filled["data"].clone());
        let answer = match filled["method"].as_str() {
            Some("POST") => scim.post(target, data).await,
            Some("PUT") => scim.put(target, data).await,
            Some("PATCH") => scim.patch(&format!("{target}?attributes=id"), data).await,
            _ => scim.delete(target).await,
        };
        statuses.push(answer.status);
        if let (201, Some(bulk_id)) = (answer.status, filled["bulkId"].as_str()) {
            ids.insert(bulk_id.to_owned(), id(&answer.json()).to_owned());
        }
    }
    statuses
}

pub async fn same_as_one_by_one(ground: &Ground<'_>) {
    let (bulk, single) = (&ground.workspace, &ground.another().await);
    let mut random = 3_u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((random >> 33) % bound).expect("small")
    };
    let mut failures = 0;
    for round in 0..6 {
        // Operations over few names, so that many meet. A resource is referred to by its bulkId, which only this request knows.
        let name = |n: usize| format!("r{round}n{n}");
        let mut operations: Vec<Value> = (0..4).map(|n| user(&name(n))).collect();
        operations.push(group(&name(4), json!([{ "value": format!("bulkId:{}", name(0)) }])));
        operations.push(group(&name(5), json!([{ "value": format!("bulkId:{}", name(4)) }])));
        for step in 0..25 {
            let (who, of) = (name(below(4)), name(4 + below(2)));
            operations.push(match below(8) {
                0 => change(&format!("/Users/bulkId:{who}"), json!({ "op": "replace", "path": "title", "value": format!("{step}") })),
                1 => json!({ "method": "PUT", "path": format!("/Users/bulkId:{who}"), "data": { "userName": who, "nickName": "N" } }),
                2 => change(&format!("/Users/bulkId:{who}"), json!({ "op": "replace", "path": "userName", "value": name(below(4)) })),
                3 => change(&format!("/Groups/bulkId:{of}"), json!({ "op": "add", "path": "members", "value": [{ "value": format!("bulkId:{who}") }] })),
                4 => change(&format!("/Groups/bulkId:{of}"), json!({ "op": "remove", "path": format!("members[value eq \"bulkId:{who}\"]") })),
                5 => json!({ "method": "PATCH", "path": format!("/Groups/bulkId:{of}"), "data": patch(json!([
                    { "op": "replace", "path": "externalId", "value": format!("{step}") }, { "op": "remove", "path": "members" },
                ])) }),
                6 => change(&format!("/Users/bulkId:{who}"), json!({ "op": "replace", "path": "active", "value": "maybe" })),
                _ => delete(&format!("/Users/{NOBODY}")),
            });
        }
        operations.push(delete(&format!("/Users/bulkId:{}", name(3))));
        let found = results(bulk, json!(operations)).await;
        let alone = one_by_one(single, &operations).await;
        let together: Vec<u16> =
            found.iter().map(|result| result["status"].as_str().expect("a text").parse().expect("a number")).collect();
        assert_eq!(together, alone, "{operations:?}");
        failures += alone.iter().filter(|status| **status >= 400).count();
        assert_eq!(outcome(bulk).await, outcome(single).await, "round {round}");
    }
    assert!(failures > 10, "{failures} failures are too few to tell");
}

pub async fn nothing_is_left(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let manager = json!({ "userName": "lost", (ENTERPRISE): { "manager": { "value": "bulkId:nobody" } } });
    let found = results(
        workspace,
        json!([
            group("unknown", json!([{ "value": "bulkId:nobody" }])),
            { "method": "POST", "path": "/Users", "bulkId": "lost", "data": manager },
            change("/Users/bulkId:nobody", json!({ "op": "remove", "path": "title" })),
            delete("/Groups/bulkId:nobody"),
            user("twin"),
            user("twin"),
            group("of-a-twin", json!([{ "value": "bulkId:twin" }])),
            { "method": "POST", "path": "/Users", "bulkId": "failed", "data": {} },
            group("of-a-failure", json!([{ "value": "bulkId:failed" }])),
            user("fine"),
        ]),
    )
    .await;
    let wanted = ["409", "409", "409", "409", "409", "409", "409", "400", "409", "201"];
    assert_eq!(statuses(&found), wanted, "{found:?}");
    // Where it is no reference but a text of somebody's, it is none either: nothing of this form is ever stored.
    let title = json!({ "method": "POST", "path": "/Users", "bulkId": "t", "data": { "userName": "t", "title": "bulkId:fine" } });
    results(workspace, json!([user("other"), title])).await;
    let single = workspace.scim().post("/Users", json!({ "userName": "single", "externalId": "x" })).await.expect(201);
    assert!(!id(&single).contains("bulkId"));
    ground.instance.settle().await;
    let tables = "select count(*) from (
        select document::text as text from users union all select document::text from groups union all
        select user_name_key from users union all select detail::text from audit_log) as everything where text like '%bulkId:%'";
    assert_eq!(ground.instance.database.count(tables).await, 0);
    let sent = body(&json!([user("x")]));
    assert!(sent.to_string().contains("bulkId"), "what is sent has them");
}
