//! The SQL of a filter is checked against the evaluator in memory: generated resources, generated filters, equal results.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall::{
    directory::{group::GroupRecord, user::UserRecord},
    ids::{GroupId, UserId},
    scim::{
        Meta, Projection,
        document::Stored,
        filter, identity, render,
        schema::{ResourceSchema, ResourceType},
        version_tag,
    },
    store::{
        WorkspaceTx,
        group_members::{self, GroupMember},
        group_subgroups, groups, listing as lists, users,
    },
};
use serde_json::{Map, Value, json};

use super::{BASE, Directory, answer, listing};
use crate::generate::{
    dice::Dice,
    documents::{CUSTOM, TEXTS, document, schema},
    filters::Asker,
};

/// What chance would seldom ask: times between two microseconds of a column, and an address that is not quite one.
const BOUNDARIES: &[&str] = &[
    r#"meta.created eq "2026-01-31T12:00:00.500000001Z""#,
    r#"meta.created ne "2026-01-31T12:00:00.500000001Z""#,
    r#"meta.created gt "2026-01-31T12:00:00.500000001Z""#,
    r#"meta.created ge "2026-01-31T12:00:00.500000001Z""#,
    r#"meta.created lt "2026-01-31T12:00:00.500000001Z""#,
    r#"meta.created le "2026-01-31T12:00:00.500000001Z""#,
    r#"meta.created le "2026-01-31T12:00:00.5Z""#,
    r#"meta.location sw "https://rollcall.example/o'hara""#,
    r#"meta.location ne "Users/00000000-0000-7000-8000-000000000001""#,
    r#"schemas[value eq "urn:example:params:scim:schemas:2.0:Custom"]"#,
];

/// What is asked of people in groups, beside what chance finds.
const OF_USERS: &[&str] = &[
    r#"groups pr"#,
    r#"groups.type pr"#,
    r#"groups[type eq "indirect"]"#,
    r#"groups[type eq "direct"]"#,
    r#"not (groups[type eq "indirect"])"#,
    r#"groups[type eq "indirect" and not (display co "a")]"#,
    r#"groups[not (type eq "indirect") or display co "a"]"#,
    r#"groups.type ne "direct""#,
    r#"groups.$ref co "/Groups/""#,
];

/// What is asked of groups in groups, beside what chance finds.
const OF_GROUPS: &[&str] = &[
    r#"members pr"#,
    r#"members[type eq "Group"]"#,
    r#"members[type eq "User"] and members[type eq "group"]"#,
    r#"not (members.type eq "User")"#,
    r#"members.type ne "User""#,
    r#"members.$ref co "/Groups/""#,
    r#"members.$ref sw "https://rollcall.example/o'hara/scim/v2/Users/""#,
    r#"members[not (type eq "User") and $ref co "Groups"]"#,
];

fn rendered(
    schema: &ResourceSchema,
    id: &str,
    stored: &Stored,
    read_only: Map<String, Value>,
    meta: &Meta,
) -> Map<String, Value> {
    let everything = Projection::parse(schema, None, None).unwrap();
    serde_json::from_str(&render(schema, id, stored, read_only, meta, &everything).to_text()).expect("an object")
}

fn meta(kind: ResourceType, id: &str, created: DateTime<Utc>, last_modified: DateTime<Utc>, version: i64) -> Meta {
    Meta { created, last_modified, location: format!("{BASE}{}/{id}", kind.endpoint()), version: version_tag(version) }
}

fn reference(kind: ResourceType, id: &str, display: Option<&str>, role: &str) -> Value {
    let mut value = json!({"value": id, "$ref": format!("{BASE}{}/{id}", kind.endpoint()), "type": role});
    if let Some(display) = display {
        value["display"] = display.into();
    }
    value
}

pub async fn all_users(tx: &mut WorkspaceTx, schema: &ResourceSchema) -> Vec<(String, Map<String, Value>)> {
    let listing = listing(ResourceType::User, None, None);
    let mut rows = Vec::new();
    lists::users(tx, &listing, &listing.sources[0], None, 10_000, |row, _| rows.push(row)).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let groups = users::groups_of_each(tx, &ids, usize::MAX).await.unwrap().expect("all of them");
    rows.into_iter()
        .map(|row| {
            let own = groups.iter().filter(|group| group.user_id == row.id);
            let own: Vec<_> = own
                .map(|g| {
                    let role = if g.direct { "direct" } else { "indirect" };
                    reference(ResourceType::Group, &g.group_id.to_string(), g.display_name.as_deref(), role)
                })
                .collect();
            let read_only = if own.is_empty() { Map::new() } else { Map::from_iter([("groups".to_owned(), Value::Array(own))]) };
            let id = row.id.to_string();
            let meta = meta(ResourceType::User, &id, row.created_at, row.updated_at, row.version);
            let resource = rendered(schema, &id, &row.document.0, read_only, &meta);
            (id, resource)
        })
        .collect()
}

pub async fn all_groups(tx: &mut WorkspaceTx, schema: &ResourceSchema) -> Vec<(String, Map<String, Value>)> {
    let listing = listing(ResourceType::Group, None, None);
    let mut rows = Vec::new();
    lists::groups(tx, &listing, &listing.sources[0], None, 10_000, |row, _| rows.push(row)).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let members = group_members::first(tx, &ids, usize::MAX).await.unwrap();
    rows.into_iter()
        .map(|row| {
            let own = members.iter().filter(|member| member.group_id == row.id);
            let own: Vec<_> = own
                .map(|row| match row.member {
                    GroupMember::User(id) => reference(ResourceType::User, &id.to_string(), None, "User"),
                    GroupMember::Group(id) => reference(ResourceType::Group, &id.to_string(), None, "Group"),
                })
                .collect();
            let id = row.id.to_string();
            let meta = meta(ResourceType::Group, &id, row.created_at, row.updated_at, row.version);
            let resource =
                rendered(schema, &id, &row.document.0, Map::from_iter([("members".to_owned(), Value::Array(own))]), &meta);
            (id, resource)
        })
        .collect()
}

/// A directory of `n` people and a third as many groups, in each other in no order and also in circles; among the people documents
/// that no schema would let pass.
pub async fn fill(tx: &mut WorkspaceTx, dice: &mut Dice, n: usize) {
    let (user_schema, group_schema) = (schema(ResourceType::User), schema(ResourceType::Group));
    let start: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
    let mut ids = Vec::new();
    for index in 0..n {
        let texts: Vec<_> = TEXTS.iter().filter(|text| identity::user_name_key(text).is_ok()).collect();
        let name = format!("{}{index}", dice.pick(&texts));
        let mut document = document(dice, &user_schema, ("userName", name));
        if index % 10 == 0 {
            let odd = [
                json!("2026-02-31T00:00:00Z"),
                json!("no date"),
                json!(7),
                json!("7"),
                json!(true),
                json!(null),
                json!({"a": "b"}),
            ];
            let mut custom = Map::new();
            for name in ["hired", "floor", "height", "remote", "badge"] {
                custom.insert(name.to_owned(), dice.pick(&odd).clone());
            }
            document.as_map_mut().insert(CUSTOM.into(), Value::Object(custom));
        }
        let id = UserId::new();
        let now = start + TimeDelta::microseconds(dice.below(4) as i64 * 500_000);
        users::insert(tx, id, &UserRecord::new(document.clone(), true).unwrap(), now).await.unwrap();
        if dice.chance(30) {
            let changed = UserRecord::new(document, true).unwrap();
            users::update(tx, id, &changed, true, changed.active, now + TimeDelta::milliseconds(1)).await.unwrap();
        }
        ids.push(id);
    }
    let group_ids: Vec<_> = (0..n / 3).map(|_| GroupId::new()).collect();
    for (index, id) in group_ids.iter().copied().enumerate() {
        let name = format!("{}{index}", dice.pick(TEXTS));
        groups::insert(tx, id, &GroupRecord::new(document(dice, &group_schema, ("displayName", name))), start).await.unwrap();
        let members: Vec<_> = (0..dice.below(5)).map(|_| *dice.pick(&ids)).collect::<BTreeSet<_>>().into_iter().collect();
        group_members::add(tx, id, &members).await.unwrap();
    }
    for id in &group_ids {
        let inner: BTreeSet<_> = (0..dice.below(3)).map(|_| *dice.pick(&group_ids)).filter(|inner| inner != id).collect();
        group_subgroups::add(tx, *id, &Vec::from_iter(inner)).await.unwrap();
    }
}

#[tokio::test]
async fn sql_finds_what_the_evaluator_finds() {
    let directory = Directory::create().await;
    let mut tx = directory.db.workspace(directory.workspace).await.unwrap();
    let mut dice = Dice(7);
    fill(&mut tx, &mut dice, 60).await;
    let mut wrong = Vec::new();
    let mut some = 0;
    for (kind, asked, of_groups) in [(ResourceType::User, 3_000, OF_USERS), (ResourceType::Group, 1_500, OF_GROUPS)] {
        let schema = schema(kind);
        let resources = match kind {
            ResourceType::User => all_users(&mut tx, &schema).await,
            ResourceType::Group => all_groups(&mut tx, &schema).await,
        };
        let asker = Asker { schema: &schema, resources: &resources };
        let fixed = BOUNDARIES.iter().chain(of_groups).map(|text| (*text).to_owned());
        let generated: Vec<_> = (0..asked).map(|_| asker.filter(&mut dice, 2)).collect();
        for text in fixed.chain(generated) {
            let filter = filter::parse(&text, &schema).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(filter::parse(&filter.to_string(), &schema).as_ref(), Ok(&filter), "{text}");
            let expected: Vec<String> =
                resources.iter().filter(|(_, resource)| filter::matches(&filter, resource)).map(|(id, _)| id.clone()).collect();
            let (total, found) = answer(&mut tx, kind, &filter, 0, 1_000).await;
            some += usize::from(!expected.is_empty() && expected.len() < resources.len());
            if found != expected || total as usize != expected.len() {
                let differ: Vec<_> = resources.iter().filter(|(id, _)| found.contains(id) != expected.contains(id)).collect();
                wrong.push(format!("{text}\n   {} differ, for instance {}", differ.len(), json!(differ.first().map(|d| &d.1))));
            }
            let skip = dice.below(expected.len() + 2);
            let limit = 1 + dice.below(5);
            let page: Vec<_> = expected.iter().skip(skip).take(limit).cloned().collect();
            let (_, found) = answer(&mut tx, kind, &filter, skip as u64, limit as u64).await;
            if found != page {
                wrong.push(format!("{text}: page {skip}+{limit}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(12)].join("\n"));
    assert!(some > 1_000, "the filters tell too little apart: {some}");
}

/// `and` binds more tightly than `or`, `not` more tightly than both (RFC 7644 §3.4.2.2).
#[test]
fn a_chain_means_what_its_parentheses_would_say() {
    let schema = schema(ResourceType::User);
    let mut dice = Dice(11);
    let resources: Vec<(String, Map<String, Value>)> =
        (0..40).map(|n| (n.to_string(), document(&mut dice, &schema, ("userName", format!("u{n}"))).into_map())).collect();
    let asker = Asker { schema: &schema, resources: &resources };
    let mut mixed = 0;
    for _ in 0..2_000 {
        let (plain, explicit) = asker.chain(&mut dice);
        let (read, meant) = (filter::parse(&plain, &schema).unwrap(), filter::parse(&explicit, &schema).unwrap());
        assert_eq!(read, meant, "{plain}");
        mixed += usize::from(explicit.contains(" and ") && explicit.contains(") or ("));
    }
    assert!(mixed > 500, "few chains have both connectives: {mixed}");
}
