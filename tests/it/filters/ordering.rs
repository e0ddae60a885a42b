//! The SQL of an order is checked against one in memory: generated resources, every attribute, both directions, pages of any size.

use std::cmp::Ordering;

use rollcall::{
    scim::{
        Position, Sort,
        document::value::date_time,
        identity,
        schema::{ResourceSchema, ResourceType, Type},
        sort,
    },
    store::{
        WorkspaceTx,
        listing::{self as lists, Listing, Source},
    },
};
use serde_json::{Map, Value};

use super::{
    BASE, Directory,
    differential::{all_groups, all_users, fill},
    ids, listing, page,
};
use crate::generate::{dice::Dice, documents::schema};

/// A value that can be put in order.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Known {
    Text(String),
    Whole(i128),
    /// Those with one double here are as long as each other, so their texts tell which is greater.
    Decimal(f64, String),
    Truth(bool),
}

/// What a resource is sorted by, in words of its own: nothing here is shared with the code that is tested, but for the forms in which
/// texts and times are compared.
fn known(sort: &Sort, resource: &Map<String, Value>) -> Option<Known> {
    let path = &sort.target.path;
    let holder = match &path.schema {
        None => resource,
        Some(urn) => resource.get(urn)?.as_object()?,
    };
    let mut value = holder.get(&path.attribute)?;
    if let Value::Array(elements) = value {
        let elements: Vec<&Value> = elements.iter().filter(|element| !element.is_null()).collect();
        value = elements.iter().find(|element| element["primary"] == true).or(elements.first())?;
    }
    let primary_of_none = Value::Bool(false);
    if let Some(sub) = &path.sub_attribute {
        let object = value.as_object()?;
        value = object.get(sub).or((sub == "primary").then_some(&primary_of_none))?;
    }
    match sort.target.kind {
        Type::String | Type::Reference | Type::Binary => {
            let text = value.as_str()?;
            let text = if sort.target.case_exact {
                text.to_owned()
            } else if path.attribute == "userName" {
                identity::user_name_key(text).unwrap()
            } else {
                identity::fold(text)
            };
            Some(Known::Text(text.chars().take(250).collect()))
        }
        Type::Boolean => value.as_bool().map(Known::Truth),
        Type::Integer => value.as_i64().map(|number| Known::Whole(number.into())),
        Type::Decimal => value.as_f64().map(|double| Known::Decimal(double, value.to_string().trim_end_matches('0').to_owned())),
        Type::DateTime => {
            let time = date_time(value.as_str()?)?;
            Some(Known::Whole(i128::from(time.timestamp()) * 1_000_000_000 + i128::from(time.timestamp_subsec_nanos())))
        }
        Type::Complex => None,
    }
}

fn order(sort: &Sort, a: &Option<Known>, b: &Option<Known>) -> Ordering {
    let ascending = match (a, b) {
        (Some(a), Some(b)) => a.partial_cmp(b).unwrap(),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    if sort.descending { ascending.reverse() } else { ascending }
}

/// Everything that one can name in `sortBy`.
fn sortable(schema: &ResourceSchema) -> Vec<String> {
    let common = ["schemas", "id", "externalId", "meta"].map(|name| (None, schema.attribute(name).unwrap()));
    let core = schema.core.attributes.iter().map(|attribute| (None, attribute));
    let own = |id: &'static str| {
        let extension = schema.extension(id).unwrap();
        extension.schema.attributes.iter().map(move |attribute| (Some(id), attribute)).collect::<Vec<_>>()
    };
    let extensions = schema.extensions.iter().flat_map(|extension| own(extension.schema.id.clone().leak()));
    let mut names = Vec::new();
    for (urn, attribute) in common.into_iter().chain(core).chain(extensions) {
        let name = urn.map_or(attribute.name.clone(), |urn| format!("{urn}:{}", attribute.name));
        if attribute.kind == Type::Complex {
            names.extend(attribute.sub_attributes.iter().map(|sub| format!("{name}.{}", sub.name)));
        } else if attribute.name != "password" {
            names.push(name);
        }
    }
    names
}

/// The list read in pages of this size, each after the last row of the one before.
async fn in_pages(tx: &mut WorkspaceTx, listing: &Listing<'_>, size: u64) -> Vec<Position> {
    let mut read: Vec<Position> = Vec::new();
    loop {
        let next = lists::positions(tx, listing, read.last(), size).await.unwrap_or_else(|e| panic!("{listing:?}: {e:?}"));
        if next.is_empty() {
            return read;
        }
        read.extend(next);
    }
}

#[tokio::test]
async fn rows_come_in_the_order_of_every_attribute() {
    let directory = Directory::create().await;
    let mut tx = directory.db.workspace(directory.workspace).await.unwrap();
    let mut dice = Dice(11);
    fill(&mut tx, &mut dice, 60).await;
    for kind in ResourceType::ALL {
        let schema = schema(kind);
        let resources = match kind {
            ResourceType::User => all_users(&mut tx, &schema).await,
            ResourceType::Group => all_groups(&mut tx, &schema).await,
        };
        let mut told_apart = 0;
        for name in sortable(&schema) {
            for word in ["ascending", "descending"] {
                let sort = Sort::parse(Some(&name), Some(word), &schema).unwrap().unwrap();
                let mut wanted: Vec<_> = resources.iter().map(|(id, resource)| (known(&sort, resource), id.clone())).collect();
                wanted.sort_by(|(a, a_id), (b, b_id)| order(&sort, a, b).then(a_id.cmp(b_id)));
                told_apart += usize::from(wanted.first().map(|w| &w.0) != wanted.last().map(|w| &w.0));
                let wanted: Vec<String> = wanted.into_iter().map(|(_, id)| id).collect();
                let listing = listing(kind, None, Some(&sort));
                let size = 1 + dice.below(9) as u64;
                assert_eq!(ids(&in_pages(&mut tx, &listing, size).await), wanted, "{sort} in pages of {size}");
                let skip = dice.below(wanted.len());
                let by_number = page(&mut tx, &listing, skip as u64, 5).await;
                assert_eq!(ids(&by_number), wanted[skip..wanted.len().min(skip + 5)], "{sort}, the page at {skip}");
            }
        }
        assert!(told_apart > 40 || kind == ResourceType::Group, "the resources are too much alike: {told_apart}");
    }
}

#[tokio::test]
async fn users_and_groups_come_in_one_order() {
    let directory = Directory::create().await;
    let mut tx = directory.db.workspace(directory.workspace).await.unwrap();
    let mut dice = Dice(13);
    fill(&mut tx, &mut dice, 40).await;
    let [users, groups] = ResourceType::ALL.map(schema);
    let everybody = all_users(&mut tx, &users).await.into_iter().map(|(id, resource)| (0, id, resource));
    let every_group = all_groups(&mut tx, &groups).await.into_iter().map(|(id, resource)| (1, id, resource));
    let all: Vec<(usize, String, Map<String, Value>)> = everybody.chain(every_group).collect();
    let names = [
        "displayName",
        "externalId",
        "id",
        "userName",
        "members.value",
        "groups.value",
        "meta.created",
        "meta.version",
        "schemas",
    ];
    for name in names.into_iter().map(Some).chain([None]) {
        for word in ["ascending", "descending"] {
            let parse = |schema| sort::Sort::parse_among(name, Some(word), schema, &[&users, &groups]).unwrap();
            let sorts = [parse(&users), parse(&groups)];
            let mut wanted: Vec<_> = all
                .iter()
                .map(|(place, id, resource)| (sorts[*place].as_ref().and_then(|sort| known(sort, resource)), *place, id.clone()))
                .collect();
            wanted.sort_by(|(a, a_place, a_id), (b, b_place, b_id)| {
                let by_value = sorts[0].as_ref().map_or(Ordering::Equal, |sort| order(sort, a, b));
                by_value.then(a_place.cmp(b_place)).then(a_id.cmp(b_id))
            });
            let wanted: Vec<String> = wanted.into_iter().map(|(_, _, id)| id).collect();
            let sources = ResourceType::ALL.into_iter().zip(&sorts);
            let source = |(resource_type, sort): (ResourceType, &'_ Option<Sort>)| (resource_type, sort.clone());
            let owned: Vec<(ResourceType, Option<Sort>)> = sources.map(source).collect();
            let sources = owned.iter().map(|(resource_type, sort)| Source {
                resource_type: *resource_type,
                filter: None,
                sort: sort.as_ref(),
            });
            let listing = Listing { root: BASE, sources: sources.collect() };
            let size = 1 + dice.below(9) as u64;
            assert_eq!(ids(&in_pages(&mut tx, &listing, size).await), wanted, "{name:?} {word} in pages of {size}");
            let skip = dice.below(wanted.len());
            let by_number = page(&mut tx, &listing, skip as u64, 5).await;
            assert_eq!(ids(&by_number), wanted[skip..wanted.len().min(skip + 5)], "{name:?} {word}, the page at {skip}");
        }
    }
}
