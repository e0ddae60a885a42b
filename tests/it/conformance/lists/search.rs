//! `.search`, RFC 7644 §3.4.3.

use serde_json::{Map, Value, json};

use super::projection::{ada, keys};
use crate::{
    conformance::{
        asking::{names, person, search},
        framework::Ground,
    },
    harness::{Answer, Api},
    scim::{ENTERPRISE, GROUP, LIST},
};

/// Numbers for choosing, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // Constants of Knuth's MMIX generator; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Everything of an answer that must be the same whichever way was asked.
fn seen(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

async fn by_get(api: &Api, endpoint: &str, query: &Map<String, Value>) -> Answer {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let pairs: Vec<(&String, String)> = query.iter().map(|(name, value)| (name, text(value))).collect();
    api.send(api.request(reqwest::Method::GET, endpoint).query(&pairs)).await
}

pub async fn a_search_is_the_query_of_an_address(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let mut users = Vec::new();
    for n in 0..12 {
        let mut body = ada(&format!("u{n:02}@acme.test"));
        body["active"] = json!(n % 3 != 0);
        body["title"] = if n % 4 == 0 { Value::Null } else { json!(format!("T{}", n % 5)) };
        users.push(person(workspace, body).await);
    }
    for n in 0..6 {
        workspace.group(&format!("Group {n}"), &[&users[n], &users[n + 1]]).await;
    }
    let filters = [
        "userName sw \"u0\"",
        "active eq true",
        "title pr",
        "title eq \"T1\" or not (active eq true)",
        "emails[type eq \"work\"].value eq \"a@x\"",
        "id pr and meta.lastModified gt \"2020-01-01T00:00:00Z\"",
        "userName eq \"nobody\"",
        "displayName sw \"group\"",
        "members pr",
        "userName eq",
        "foo eq 1",
        "name eq \"x\"",
    ];
    let projections: [&[&str]; 6] =
        [&["userName"], &["displayName", "members"], &["name.givenName", "title"], &["meta"], &["id", "groups"], &[ENTERPRISE]];
    let mut dice = Dice(11);
    let mut answered = [0; 2];
    for _ in 0..150 {
        let endpoint = *dice.pick(&["/Users", "/Groups"]);
        let mut query = Map::new();
        if dice.below(3) > 0 {
            query.insert("filter".into(), json!(dice.pick(&filters)));
        }
        if dice.below(2) == 0 {
            query.insert("startIndex".into(), json!(*dice.pick(&[-3_i64, 0, 1, 2, 5, 100])));
        }
        if dice.below(2) == 0 {
            query.insert("count".into(), json!(*dice.pick(&[-1_i64, 0, 1, 3, 1000])));
        }
        match dice.below(4) {
            0 => drop(query.insert("attributes".into(), json!(dice.pick(&projections)))),
            1 => drop(query.insert("excludedAttributes".into(), json!(dice.pick(&projections)))),
            _ => {}
        }
        if dice.below(4) == 0 {
            query.insert("sortBy".into(), json!(dice.pick(&["userName", "displayName", "title", "id", "meta.created"])));
            query.insert("sortOrder".into(), json!(dice.pick(&["ascending", "descending"])));
        }
        let answers = (
            by_get(&workspace.scim(), endpoint, &query).await,
            search(&workspace.scim(), endpoint, Value::Object(query.clone())).await,
        );
        assert_eq!(seen(&answers.0), seen(&answers.1), "{endpoint} {query:?}");
        answered[usize::from(answers.0.status == 200)] += 1;
    }
    assert!(answered.iter().all(|count| *count > 10), "refused and answered: {answered:?}");
    // At the root both types are there, which no address asks for.
    let page = search(&workspace.scim(), "", json!({ "filter": "userName sw \"u00\" or displayName sw \"Group 0\"" })).await;
    let page = page.expect(200);
    assert_eq!((&page["schemas"], names(&page)), (&json!([LIST]), vec!["u00@acme.test".into(), "Group 0".into()]));
    assert_eq!(page["Resources"][0]["meta"]["resourceType"], "User");
    assert_eq!(page["Resources"][1]["schemas"], json!([GROUP]));
    for body in [json!({}), json!({ "schemas": [LIST], "filter": "id pr" }), json!({ "schemas": [], "count": 1 })] {
        for endpoint in ["", "/Users", "/Groups"] {
            let answer = workspace.scim().post(&format!("{endpoint}/.search"), body.clone()).await;
            answer.scim_error(400, Some("invalidSyntax"));
        }
    }
}

pub async fn the_types_of_a_search_request(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    person(workspace, json!({ "userName": "u" })).await;
    for (member, wrong) in [
        ("attributes", json!("userName")),
        ("attributes", json!([1])),
        ("attributes", json!({ "userName": true })),
        ("excludedAttributes", json!("userName")),
        ("excludedAttributes", json!([["userName"]])),
        ("startIndex", json!("1")),
        ("startIndex", json!([1])),
        ("count", json!("1")),
        ("count", json!(true)),
        ("filter", json!(1)),
        ("filter", json!(["userName pr"])),
        ("sortBy", json!(["userName"])),
        ("sortOrder", json!(1)),
    ] {
        for endpoint in ["", "/Users", "/Groups"] {
            let answer = search(&workspace.scim(), endpoint, json!({ member: wrong })).await;
            let detail = answer.scim_error(400, Some("invalidSyntax"));
            assert!(detail.contains(member), "{member}: {wrong}: {detail}");
        }
    }
    let right = json!({ "attributes": ["userName"], "startIndex": 1, "count": 1, "filter": "userName pr" });
    let page = search(&workspace.scim(), "/Users", right).await.expect(200);
    assert_eq!(keys(&page["Resources"][0]), ["id", "schemas", "userName"]);
    let null = json!({ "attributes": null, "startIndex": null, "count": null, "filter": null, "sortBy": null });
    search(&workspace.scim(), "/Users", null).await.expect(200);
}
