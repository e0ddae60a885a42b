//! One bulk request is what its operations are one by one (Q204).

use std::collections::BTreeMap;

use reqwest::Method;

use super::*;
use crate::generate::dice::Dice;

const PEOPLE: &[&str] = &["ada", "ADA", "bob", "cid", "dora", "eve"];
const GROUPS: &[&str] = &["Analysts", "analysts", "Captains", "Mates"];
const TITLES: &[&str] = &["T", "", "Captain"];

/// Makes operations by chance. Whoever is referred to has been created before, or has failed.
struct Maker {
    dice: Dice,
    users: Vec<String>,
    groups: Vec<String>,
}

impl Maker {
    fn new(seed: u64) -> Self {
        Self { dice: Dice(seed), users: Vec::new(), groups: Vec::new() }
    }

    fn user(&mut self) -> String {
        if self.users.is_empty() || self.dice.chance(4) {
            NOBODY.to_owned()
        } else {
            format!("bulkId:{}", self.dice.pick(&self.users))
        }
    }

    fn group(&mut self) -> String {
        if self.groups.is_empty() || self.dice.chance(4) {
            NOBODY.to_owned()
        } else {
            format!("bulkId:{}", self.dice.pick(&self.groups))
        }
    }

    fn members(&mut self) -> Value {
        let member = |maker: &mut Self| if maker.dice.chance(25) { maker.group() } else { maker.user() };
        (0..self.dice.below(3)).map(|_| json!({ "value": member(self) })).collect()
    }

    fn person(&mut self) -> Value {
        let mut user = json!({ "userName": format!("{}@acme.test", self.dice.pick(PEOPLE)), "title": *self.dice.pick(TITLES) });
        match self.dice.below(6) {
            0 => user["active"] = json!(self.dice.chance(50)),
            1 => user["active"] = json!("perhaps"),
            2 | 3 => user[ENTERPRISE] = json!({ "manager": { "value": self.user() } }),
            _ => {}
        }
        user
    }

    fn group_body(&mut self) -> Value {
        json!({ "displayName": *self.dice.pick(GROUPS), "members": self.members() })
    }

    fn operation(&mut self, number: usize) -> Value {
        let at = |endpoint: &str, id: &str| format!("{endpoint}/{id}");
        match self.dice.below(12) {
            0..=3 => {
                let operation = post("/Users", &format!("u{number}"), self.person());
                self.users.push(format!("u{number}"));
                operation
            }
            4 | 5 => {
                let operation = post("/Groups", &format!("g{number}"), self.group_body());
                self.groups.push(format!("g{number}"));
                operation
            }
            6 => json!({ "method": "PUT", "path": at("/Users", &self.user()), "data": self.person() }),
            7 => json!({ "method": "PUT", "path": at("/Groups", &self.group()), "data": self.group_body() }),
            8 => {
                let change = match self.dice.below(4) {
                    0 => json!({ "op": "replace", "path": "active", "value": self.dice.chance(50) }),
                    1 => json!({ "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": self.user() }),
                    2 => json!({ "op": "replace", "path": "userName", "value": format!("{}@acme.test", self.dice.pick(PEOPLE)) }),
                    _ => json!({ "op": "remove", "path": "title" }),
                };
                patch_at(&at("/Users", &self.user()), json!([change]))
            }
            9 => {
                let change = match self.dice.below(3) {
                    0 => json!({ "op": "add", "path": "members", "value": self.members() }),
                    1 => json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", self.user()) }),
                    _ => json!({ "op": "replace", "path": "members", "value": self.members() }),
                };
                patch_at(&at("/Groups", &self.group()), json!([change]))
            }
            10 => delete(&at("/Users", &self.user())),
            _ => delete(&at("/Groups", &self.group())),
        }
    }
}

/// Sends operations one by one, with the ids that have come about in the place of references; answers their statuses.
async fn one_by_one(workspace: &Workspace, operations: &[Value], ids: &mut BTreeMap<String, String>) -> Vec<String> {
    let scim = workspace.scim();
    let mut statuses = Vec::new();
    for operation in operations {
        let mut text = operation.to_string();
        for (name, id) in ids.iter() {
            text = text
                .replace(&format!("bulkId:{name}\""), &format!("{id}\""))
                .replace(&format!("bulkId:{name}\\\""), &format!("{id}\\\""));
        }
        if text.contains("bulkId:") {
            statuses.push("409".to_owned()); // it refers to what has failed
            continue;
        }
        let operation: Value = serde_json::from_str(&text).expect("JSON");
        let method: Method = operation["method"].as_str().expect("a method").parse().expect("a method");
        let request = scim.request(method, operation["path"].as_str().expect("a path"));
        let request = request.header("content-type", "application/scim+json").body(operation["data"].to_string());
        let answer = scim.send(request).await;
        if answer.status == 201 {
            ids.insert(operation["bulkId"].as_str().expect("a name").to_owned(), id(&answer.json()).to_owned());
        }
        statuses.push(answer.status.to_string());
    }
    statuses
}

/// Everything in a directory, in an order and with names that do not depend on ids and times.
async fn directory(workspace: &Workspace, ids: &BTreeMap<String, String>) -> Vec<String> {
    let mut all = Vec::new();
    for endpoint in ["/Users", "/Groups"] {
        let page = workspace.scim().get(&format!("{endpoint}?count=1000")).await.expect(200);
        for mut resource in page["Resources"].as_array().expect("resources").clone() {
            let meta = resource["meta"].take();
            // What comes after the point is made of the ids of groups.
            resource["version"] = meta["version"].as_str().and_then(|tag| tag.split(['.', '"']).nth(1)).into();
            let mut text = resource.to_string();
            for (name, id) in ids {
                text = text.replace(id, name);
            }
            let mut named: Value = serde_json::from_str(&text).expect("JSON");
            for list in ["members", "groups"] {
                if let Some(list) = named[list].as_array_mut() {
                    for element in list.iter_mut() {
                        element["$ref"] = Value::Null; // its address differs by the port only
                    }
                    list.sort_by_key(Value::to_string);
                }
            }
            all.push(named.to_string());
        }
    }
    all.sort();
    all
}

/// The ids of what the POSTs of a bulk request have created.
fn created(results: &[Value]) -> BTreeMap<String, String> {
    let made = results.iter().filter(|result| result["status"] == "201");
    made.map(|result| {
        let name = result["bulkId"].as_str().expect("a name").to_owned();
        (name, place(result).rsplit('/').next().expect("an id").to_owned())
    })
    .collect()
}

#[tokio::test]
async fn generated_operations_give_the_same_directory_in_bulk_and_one_by_one() {
    let instance = Instance::start().await;
    let mut seen = BTreeMap::new();
    for seed in 1..=6 {
        let mut maker = Maker::new(seed);
        let operations: Vec<Value> = (0..150).map(|number| maker.operation(number)).collect();
        let (together, single) = (instance.workspace().open().await, instance.workspace().open().await);
        let came = send(&together.scim(), &json!(operations)).await;
        let mut ids = BTreeMap::new();
        let alone = one_by_one(&single, &operations, &mut ids).await;
        for (number, (result, status)) in came.iter().zip(&alone).enumerate() {
            assert_eq!(
                result["status"].as_str(),
                Some(status.as_str()),
                "seed {seed}, {number}: {} {result}",
                operations[number]
            );
            *seen.entry(format!("{} {status}", operations[number]["method"])).or_insert(0) += 1;
        }
        assert_eq!(came.len(), operations.len());
        assert_eq!(directory(&together, &created(&came)).await, directory(&single, &ids).await, "seed {seed}");
    }
    // By chance everything has come up that can: otherwise nothing was compared.
    for kind in [
        "POST 201",
        "POST 400",
        "POST 409",
        "PUT 200",
        "PUT 404",
        "PUT 409",
        "PATCH 200",
        "PATCH 404",
        "DELETE 204",
        "DELETE 404",
    ] {
        let (method, status) = kind.split_once(' ').expect("two words");
        assert!(seen.contains_key(&format!("\"{method}\" {status}")), "never came up: {kind} in {seen:?}");
    }
    instance.finish().await;
}

/// In whatever order people and groups that refer to each other come, the same directory comes about.
#[tokio::test]
async fn creations_give_the_same_directory_in_every_order() {
    let instance = Instance::start().await;
    let mut wanted = None;
    for seed in 1..=8 {
        let mut dice = Dice(7);
        let mut operations: Vec<Value> = (0..40)
            .map(|n: usize| {
                let manager = format!("bulkId:u{}", if n == 0 { 0 } else { dice.below(n) });
                post(
                    "/Users",
                    &format!("u{n}"),
                    json!({ "userName": format!("u{n}"), (ENTERPRISE): { "manager": { "value": manager } } }),
                )
            })
            .collect();
        operations.extend((0..10).map(|n| {
            let members: Value = (0..5).map(|_| json!({ "value": format!("bulkId:u{}", dice.below(40)) })).collect();
            post("/Groups", &format!("g{n}"), json!({ "displayName": format!("g{n}"), "members": members }))
        }));
        let mut dice = Dice(seed);
        for last in (1..operations.len()).rev() {
            operations.swap(last, dice.below(last + 1));
        }
        let workspace = instance.workspace().open().await;
        let came = send(&workspace.scim(), &json!(operations)).await;
        let names = |list: &[Value]| list.iter().map(|one| one["bulkId"].clone()).collect::<Vec<_>>();
        assert_eq!(names(&came), names(&operations), "results stand where their operations stand");
        assert_eq!(statuses(&came), ["201"; 50], "seed {seed}");
        let directory = directory(&workspace, &created(&came)).await;
        assert_eq!(&directory, wanted.get_or_insert_with(|| directory.clone()), "seed {seed}");
    }
    instance.finish().await;
}
