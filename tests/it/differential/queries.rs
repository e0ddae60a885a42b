//! A query in the address and the same one in a body get the same answer.

use reqwest::Method;
use rollcall::scim::schema::{ResourceSchema, ResourceType};
use serde_json::{Map, Value, json};

use crate::{
    generate::{
        dice::Dice,
        documents::{TEXTS, document},
        filters::Asker,
    },
    harness::{Answer, Api, Instance, Workspace},
    scim::LIST,
};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// A query, as it is written in both ways.
#[derive(Default)]
struct Query {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<&'static str>,
    cursor: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Query {
    async fn by_address(&self, scim: &Api, endpoint: &str) -> Answer {
        let mut pairs = Vec::new();
        pairs.extend(self.filter.as_ref().map(|filter| ("filter", filter.clone())));
        pairs.extend(self.sort_by.as_ref().map(|name| ("sortBy", name.clone())));
        pairs.extend(self.sort_order.map(|order| ("sortOrder", order.to_owned())));
        pairs.extend(self.cursor.as_ref().map(|cursor| ("cursor", cursor.clone())));
        pairs.extend(self.start_index.map(|n| ("startIndex", n.to_string())));
        pairs.extend(self.count.map(|n| ("count", n.to_string())));
        for (name, listed) in [("attributes", &self.attributes), ("excludedAttributes", &self.excluded)] {
            if !listed.is_empty() {
                pairs.push((name, listed.join(",")));
            }
        }
        scim.send(scim.request(Method::GET, endpoint).query(&pairs)).await
    }

    fn body(&self) -> Value {
        let mut body = json!({"schemas": [SEARCH]});
        let parts = [
            ("filter", json!(self.filter)),
            ("sortBy", json!(self.sort_by)),
            ("sortOrder", json!(self.sort_order)),
            ("cursor", json!(self.cursor)),
            ("startIndex", json!(self.start_index)),
            ("count", json!(self.count)),
            ("attributes", json!(self.attributes)),
            ("excludedAttributes", json!(self.excluded)),
        ];
        for (name, value) in parts {
            if !value.is_null() && value != json!([]) {
                body[name] = value;
            }
        }
        body
    }

    async fn by_body(&self, scim: &Api, endpoint: &str) -> Answer {
        scim.post(&format!("{endpoint}/.search"), self.body()).await
    }
}

async fn fill(workspace: &Workspace, dice: &mut Dice) {
    let scim = workspace.scim();
    let mut people = Vec::new();
    for n in 0..30 {
        let schema = ResourceSchema::builtin(ResourceType::User);
        let names: Vec<_> =
            TEXTS.iter().filter(|text| text.chars().all(|c| c.is_ascii_alphanumeric()) && !text.is_empty()).collect();
        let name = format!("{}{n}", dice.pick(&names));
        let body = document(dice, schema, ("userName", name)).into_map();
        people.push(scim.post("/Users", Value::Object(body)).await.expect(201)["id"].clone());
    }
    for n in 0..12 {
        let schema = ResourceSchema::builtin(ResourceType::Group);
        let name = format!("{}{n}", dice.pick(TEXTS));
        let mut body = document(dice, schema, ("displayName", name)).into_map();
        let members: Vec<Value> = (0..dice.below(4)).map(|_| json!({"value": dice.pick(&people)})).collect();
        body.insert("members".to_owned(), json!(members));
        scim.post("/Groups", Value::Object(body)).await.expect(201);
    }
}

async fn all(scim: &Api, endpoint: &str) -> Vec<(String, Map<String, Value>)> {
    let list = scim.get(&format!("{endpoint}?count=1000")).await.expect(200);
    let resources = list["Resources"].as_array().cloned().unwrap_or_default();
    let resource =
        |resource: Value| (resource["id"].as_str().expect("an id").to_owned(), resource.as_object().cloned().unwrap_or_default());
    resources.into_iter().map(resource).collect()
}

/// Two cursors for one place are two texts. They lead to the same page, as the walk below shows.
fn without_cursor(answer: &Answer) -> Value {
    let mut body = answer.json();
    if let Some(cursor) = body.get_mut("nextCursor") {
        assert!(cursor.as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
        *cursor = json!("a cursor");
    }
    body
}

fn names(dice: &mut Dice, schema: &ResourceSchema) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let attribute = dice.pick(&schema.core.attributes);
        let sub = if attribute.sub_attributes.is_empty() { None } else { Some(dice.pick(&attribute.sub_attributes)) };
        names.push(match (dice.below(6), sub) {
            (0, _) => schema.extensions.first().map_or_else(|| "meta".to_owned(), |extension| extension.schema.id.clone()),
            (1, _) => (*dice.pick(&["id", "meta.version", "externalId", "nothing", "schemas"])).to_owned(),
            (2, Some(sub)) => format!("{}.{}", attribute.name, sub.name),
            (3, _) => attribute.name.to_uppercase(),
            _ => attribute.name.clone(),
        });
    }
    names
}

#[tokio::test]
async fn a_list_and_a_search_answer_the_same() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (scim, mut dice) = (workspace.scim(), Dice(21));
    fill(&workspace, &mut dice).await;
    let (mut found, mut refused) = (0, 0);
    for (kind, endpoint) in [(ResourceType::User, "/Users"), (ResourceType::Group, "/Groups")] {
        let (schema, resources) = (ResourceSchema::builtin(kind), all(&scim, endpoint).await);
        let asker = Asker { schema, resources: &resources };
        for _ in 0..250 {
            let mut query = Query::default();
            if dice.chance(75) {
                let filter = asker.filter(&mut dice, 2);
                // Half of one is no filter, mostly.
                let whole = dice.chance(90);
                query.filter = Some(if whole { filter } else { filter.chars().take(dice.below(20)).collect() });
            }
            let numbers = [-1, 0, 1, 2, 3, 7, 20, 1_000, i64::MAX, i64::MIN];
            query.start_index = dice.chance(50).then(|| *dice.pick(&numbers));
            query.count = dice.chance(50).then(|| *dice.pick(&numbers));
            if dice.chance(30) {
                query.sort_by = names(&mut dice, schema).into_iter().next();
                query.sort_order = [None, Some("ascending"), Some("Descending"), Some("sideways")][dice.below(4)];
            }
            if dice.chance(20) {
                query.cursor = Some(if dice.chance(20) { "AAAA".to_owned() } else { String::new() });
                query.start_index = query.start_index.filter(|_| dice.chance(20));
            }
            if dice.chance(30) {
                query.attributes = names(&mut dice, schema);
            }
            if dice.chance(25) {
                query.excluded = names(&mut dice, schema);
            }
            let (listed, searched) = (query.by_address(&scim, endpoint).await, query.by_body(&scim, endpoint).await);
            let shown = format!("{endpoint} {}", query.body());
            assert_eq!((listed.status, without_cursor(&listed)), (searched.status, without_cursor(&searched)), "{shown}");
            match listed.status {
                200 => found += usize::from(listed.json()["Resources"] != json!([])),
                400 => refused += 1,
                status => panic!("{status}: {shown}: {}", listed.text),
            }
        }
    }
    println!("{found} found something, {refused} were refused");
    assert!(found > 100 && refused > 20, "{found} {refused}");
    instance.abandon("nothing is reconciled");
}

/// The users that match come first, then the groups, page by page.
#[tokio::test]
async fn a_search_over_everything_is_one_over_users_and_one_over_groups() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (scim, mut dice) = (workspace.scim(), Dice(22));
    fill(&workspace, &mut dice).await;
    // What both have: a filter on these means the same in both places.
    let common = ["id", "externalId", "displayName", "meta.created", "meta.resourceType", "meta.location"];
    for n in 0..150 {
        let name = dice.pick(&common);
        let literal = match *name {
            "meta.created" => json!("2020-01-01T00:00:00Z"),
            "meta.resourceType" => json!(dice.pick(&["User", "Group", "group"])),
            _ => json!(dice.pick(TEXTS)),
        };
        let op = if *name == "meta.created" { "gt" } else { *dice.pick(&["eq", "ne", "co", "sw", "ge"]) };
        let filter = [format!("{name} pr"), format!("{name} {op} {literal}"), format!("not ({name} {op} {literal})")]
            [dice.below(3)]
        .clone();
        let everything = Query { filter: Some(filter.clone()), count: Some(1_000), ..Query::default() };
        let (users, groups) =
            (everything.by_address(&scim, "/Users").await.expect(200), everything.by_address(&scim, "/Groups").await.expect(200));
        let mut wanted = users["Resources"].as_array().cloned().unwrap_or_default();
        wanted.extend(groups["Resources"].as_array().cloned().unwrap_or_default());
        let (start, count) = (1 + dice.below(wanted.len() + 3), dice.below(12));
        let page = Query { filter: Some(filter), start_index: Some(start as i64), count: Some(count as i64), ..Query::default() };
        let found = page.by_body(&scim, "").await.expect(200);
        let slice: Vec<Value> = wanted.iter().skip(start - 1).take(count).cloned().collect();
        assert_eq!(found["schemas"], json!([LIST]));
        assert_eq!((&found["totalResults"], &found["Resources"]), (&json!(wanted.len()), &json!(slice)), "{n}: {}", page.body());
    }
    instance.abandon("nothing is reconciled");
}

/// Walks by index, by cursor in the address and by cursor in the body meet the same resources in the same order.
#[tokio::test]
async fn every_walk_through_a_list_meets_the_same() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (scim, mut dice) = (workspace.scim(), Dice(23));
    fill(&workspace, &mut dice).await;
    for (kind, endpoint) in [(ResourceType::User, "/Users"), (ResourceType::Group, "/Groups")] {
        let (schema, resources) = (ResourceSchema::builtin(kind), all(&scim, endpoint).await);
        let asker = Asker { schema, resources: &resources };
        let sortable: &[&str] = match kind {
            ResourceType::User => &["userName", "displayName", "externalId", "meta.created", "emails.value", "title"],
            ResourceType::Group => &["displayName", "externalId", "meta.created"],
        };
        for _ in 0..25 {
            let filter = dice.chance(50).then(|| asker.filter(&mut dice, 1));
            let sort_by = dice.chance(60).then(|| (*dice.pick(sortable)).to_owned());
            let sort_order = dice.chance(50).then_some("descending");
            let count = Some(1 + dice.below(9) as i64);
            let query = || Query { filter: filter.clone(), sort_by: sort_by.clone(), sort_order, count, ..Query::default() };
            let whole =
                Query { count: Some(1_000), ..query() }.by_address(&scim, endpoint).await.expect(200)["Resources"].clone();
            for way in 0..3 {
                let (mut met, mut cursor, mut next) = (Vec::new(), String::new(), 1_i64);
                loop {
                    let page = match way {
                        0 => Query { start_index: Some(next), ..query() }.by_address(&scim, endpoint).await,
                        1 => Query { cursor: Some(cursor.clone()), ..query() }.by_address(&scim, endpoint).await,
                        _ => Query { cursor: Some(cursor.clone()), ..query() }.by_body(&scim, endpoint).await,
                    };
                    let page = page.expect(200);
                    let found = page["Resources"].as_array().cloned().unwrap_or_default();
                    next += found.len() as i64;
                    let is_last = if way == 0 { found.is_empty() } else { page.get("nextCursor").is_none() };
                    met.extend(found);
                    if is_last {
                        break;
                    }
                    cursor = page["nextCursor"].as_str().unwrap_or_default().to_owned();
                }
                assert_eq!(json!(met), whole, "way {way} through {endpoint} {}", query().body());
            }
        }
    }
    instance.abandon("nothing is reconciled");
}
