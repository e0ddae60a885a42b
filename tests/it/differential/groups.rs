//! Generated PATCHes of groups: members are a set, and the server's set is the model's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    generate::dice::Dice,
    harness::Instance,
    scim::{id, members, path},
};

const PEOPLE: usize = 12;
const REQUESTS: usize = 500;

type Refusal = &'static str;

/// What a group is.
#[derive(Clone, PartialEq, Debug)]
struct Group {
    name: String,
    external_id: Option<String>,
    members: BTreeSet<String>,
}

/// The ids in a list of members, one member, or a bare id.
fn listed(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(listed).collect(),
        Value::String(id) => vec![id.clone()],
        other => other["value"].as_str().map(str::to_owned).into_iter().collect(),
    }
}

impl Group {
    /// RFC 7644 §3.5.2 on `members`, `displayName` and `externalId`; `known` are the ids of those whom the workspace has.
    fn patched(&self, operations: &[Value], known: &[String]) -> Result<Self, Refusal> {
        let mut after = self.clone();
        for operation in operations {
            let (op, value) = (operation["op"].as_str().expect("an op").to_lowercase(), &operation["value"]);
            let path = operation.get("path").and_then(Value::as_str);
            match path {
                None => {
                    for (name, value) in value.as_object().expect("an object") {
                        after.set(&op, name, value, known)?;
                    }
                }
                Some("members") if op == "remove" && value.is_null() => after.members.clear(),
                Some("members") if op == "remove" => {
                    let gone = listed(value);
                    after.members.retain(|id| !gone.contains(id));
                }
                Some(name @ ("members" | "displayName" | "externalId")) => after.set(&op, name, value, known)?,
                Some(path) => {
                    let (_, filter) = path.split_once('[').expect("a filter");
                    if !filter.ends_with(']') || op != "remove" {
                        return Err("mutability");
                    }
                    after.members.retain(|id| !selects(filter.trim_end_matches(']'), id));
                }
            }
        }
        Ok(after)
    }

    fn set(&mut self, op: &str, name: &str, value: &Value, known: &[String]) -> Result<(), Refusal> {
        match name {
            "displayName" => self.name = value.as_str().ok_or("invalidValue")?.to_owned(),
            "externalId" => {
                self.external_id = value.as_str().map(str::to_owned).or(self.external_id.take().filter(|_| op == "add"))
            }
            "members" => {
                let ids = listed(value);
                if ids.iter().any(|id| !known.contains(id)) {
                    return Err("invalidValue");
                }
                if op == "replace" {
                    self.members.clear();
                }
                self.members.extend(ids);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The few filters that are generated below.
fn selects(filter: &str, id: &str) -> bool {
    filter.split(" or ").any(|term| match term.split_once(' ').expect("a term") {
        ("value", rest) => {
            let (operator, wanted) = rest.split_once(' ').expect("an operator");
            let wanted = wanted.trim_matches('"');
            match operator {
                "eq" => id == wanted,
                "ne" => id != wanted,
                "ew" => id.ends_with(wanted),
                other => panic!("{other}"),
            }
        }
        ("type", rest) => rest == "eq \"User\"",
        ("$ref", rest) => rest.trim_start_matches("ew \"").trim_end_matches('"').ends_with(id),
        other => panic!("{other:?}"),
    })
}

fn some(dice: &mut Dice, people: &[String]) -> Vec<Value> {
    let nobody = "019f0000-0000-7000-8000-000000000000".to_owned();
    (0..1 + dice.below(3)).map(|_| json!({"value": if dice.chance(3) { &nobody } else { dice.pick(people) }})).collect()
}

fn operation(dice: &mut Dice, people: &[String]) -> Value {
    let (one, other) = (dice.pick(people).clone(), dice.pick(people).clone());
    let some = some(dice, people);
    match dice.below(20) {
        0..3 => json!({"op": "add", "path": "members", "value": some}),
        3 => json!({"op": "Add", "path": "members", "value": [{"$ref": null, "value": one}]}),
        4 => json!({"op": "add", "value": {"members": some}}),
        5 => json!({"op": "add", "path": "members", "value": [one, other]}),
        6 => json!({"op": "add", "path": "members", "value": {"value": one, "display": "somebody", "type": "User"}}),
        7 | 8 => json!({"op": "remove", "path": format!("members[value eq \"{one}\"]")}),
        9 => json!({"op": "remove", "path": format!("members[value eq \"{one}\" or value eq \"{other}\"]")}),
        10 => json!({"op": "Remove", "path": "members", "value": some}),
        11 => json!({"op": "remove", "path": format!("members[value ne \"{one}\"]")}),
        12 => json!({"op": "remove", "path": format!("members[value ew \"{}\"]", &one[one.len() - 1..])}),
        13 => json!({"op": "remove", "path": format!("members[$ref ew \"Users/{one}\"]")}),
        14 => [json!({"op": "remove", "path": "members"}), json!({"op": "remove", "path": "members[type eq \"User\"]"})]
            [dice.below(2)]
        .clone(),
        15 => json!({"op": "replace", "path": "members", "value": some}),
        16 => json!({"op": "replace", "value": {"members": some, "id": "x", "displayName": format!("Crew {}", dice.below(3))}}),
        17 => [json!({"op": "replace", "path": "members", "value": []}), json!({"op": "add", "path": "members", "value": []})]
            [dice.below(2)]
        .clone(),
        18 => json!({"op": "replace", "path": "externalId", "value": dice.pick(&[json!("e"), json!("f"), json!(null)])}),
        _ if dice.chance(30) => json!({"op": "replace", "path": format!("members[value eq \"{one}\"].value"), "value": other}),
        _ => json!({"op": "add", "path": "displayName", "value": format!("Crew {}", dice.below(3))}),
    }
}

#[tokio::test]
async fn members_are_the_set_that_a_naive_reading_of_the_rfc_gives() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (scim, mut dice) = (workspace.scim(), Dice(9));
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(id(&workspace.user(&format!("u{n}@acme.test")).await).to_owned());
    }
    let created = workspace.group("Crew 0", &[]).await;
    let at = path(&created);
    let mut state = Group { name: "Crew 0".into(), external_id: None, members: BTreeSet::new() };
    let mut tag = scim.get(&at).await.header("etag").to_owned();
    let (mut refused, mut changed, mut sizes) = (0, 0, BTreeSet::new());
    for _ in 0..REQUESTS {
        let operations: Vec<Value> = (0..1 + dice.below(4)).map(|_| operation(&mut dice, &people)).collect();
        let shown = format!("{}\nbefore: {state:?}", json!(operations));
        let expected = state.patched(&operations, &people);
        let answer = scim.operations(&at, json!(operations)).await;
        let read = scim.get(&at).await;
        let group = read.json();
        let after = Group {
            name: group["displayName"].as_str().expect("a name").to_owned(),
            external_id: group["externalId"].as_str().map(str::to_owned),
            members: members(&group).into_iter().collect(),
        };
        let is_change = match expected {
            Err(_) => {
                // A change of a member is seen before anybody is looked for.
                let found = answer.json()["scimType"].as_str().map(str::to_owned);
                assert_eq!(answer.status, 400, "{shown}");
                assert!(matches!(found.as_deref(), Some("mutability" | "invalidValue")), "{}: {shown}", answer.text);
                refused += 1;
                assert_eq!(after, state, "refused, yet changed: {shown}");
                false
            }
            Ok(expected) => {
                assert_eq!(answer.status, 200, "{}: {shown}", answer.text);
                assert_eq!(after, expected, "{shown}");
                let is_change = expected != state;
                state = expected;
                is_change
            }
        };
        sizes.insert(state.members.len());
        changed += usize::from(is_change);
        let same_tag = read.header("etag") == tag;
        assert!(!is_change || !same_tag, "a change without a version: {shown}");
        // Who comes and goes in one request has changed nothing, and may have been noticed all the same.
        tag = read.header("etag").to_owned();
    }
    println!("{changed} changed something, {refused} were refused, sizes {sizes:?}");
    assert!(changed > REQUESTS / 3 && refused > 10 && sizes.len() > 5, "{changed} {refused} {sizes:?}");
    instance.abandon("nothing is reconciled");
}
