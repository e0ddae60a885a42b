//! Pages of lists. A page begins after a position, found by comparing and never by counting rows, so that it costs the same anywhere
//! in the list.

use std::cmp::Ordering;

use sqlx::{Postgres, QueryBuilder};

use super::{
    Table,
    order::{Key, Kind},
    push_and,
};
use crate::{
    ids::WorkspaceId,
    scim::{cursor::Position, filter::Filter, schema::ResourceType, sort::Sort},
};

/// What is listed of one resource type.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The type.
    pub resource_type: ResourceType,
    /// Which of its resources; none for all.
    pub filter: Option<&'a Filter>,
    /// In which order; none for that of their ids.
    pub sort: Option<&'a Sort>,
}

/// A list: of one resource type or of several, which are sorted in one order or come one after the other.
#[derive(Debug, Clone)]
pub struct Listing<'a> {
    /// What addresses of resources begin with, up to and without the slash before `Users`.
    pub root: &'a str,
    /// What is listed, all in the same order.
    pub sources: Vec<Source<'a>>,
}

impl<'a> Listing<'a> {
    /// A list of one resource type.
    pub fn of(root: &'a str, source: Source<'a>) -> Self {
        Self { root, sources: vec![source] }
    }

    fn sort(&self) -> Option<&'a Sort> {
        self.sources.first().and_then(|source| source.sort)
    }

    /// Whether nothing but the ids orders it.
    pub fn is_unsorted(&self) -> bool {
        self.sort().is_none()
    }

    /// Whether everything is in it.
    pub fn is_unfiltered(&self) -> bool {
        self.sources.iter().all(|source| source.filter.is_none())
    }

    /// The number by which positions in this list name a resource type, and the type of such a number.
    pub(in crate::store) fn place_of(&self, resource_type: ResourceType) -> usize {
        self.sources.iter().position(|source| source.resource_type == resource_type).unwrap_or_default()
    }

    /// The resource type of that number.
    pub(in crate::store) fn type_at(&self, place: i16) -> Option<ResourceType> {
        Some(self.sources.get(usize::try_from(place).ok()?)?.resource_type)
    }

    /// Appends how many rows of a source are in the list.
    pub(in crate::store) fn push_count(&self, query: &mut QueryBuilder<Postgres>, workspace: WorkspaceId, source: &Source<'_>) {
        query.push("select count(*) from ").push(Table::of(source.resource_type).name());
        query.push(" r where r.workspace_id = ").push_bind(workspace);
        self.push_filter(query, source);
    }

    /// Appends `limit` rows of a source after a position: `columns` of `r`, and as `sort_value` what a sorted list is sorted by.
    pub fn push_rows(
        &self,
        query: &mut QueryBuilder<Postgres>,
        workspace: WorkspaceId,
        source: &Source<'_>,
        columns: &str,
        after: Option<&Position>,
        limit: u64,
    ) {
        query.push("select ").push(columns).push(if self.is_unsorted() { "" } else { ", k.value::text as sort_value" });
        self.push_source(query, workspace, source, after, limit);
    }

    /// Appends the `limit` positions after a position: `place`, `id` and `value`.
    pub fn push_positions(
        &self,
        query: &mut QueryBuilder<Postgres>,
        workspace: WorkspaceId,
        after: Option<&Position>,
        limit: u64,
    ) {
        self.push_ordered(query, workspace, after, limit, false);
    }

    /// Appends the last of the `limit` positions after a position, with the others read and none of them kept.
    pub fn push_last_position(
        &self,
        query: &mut QueryBuilder<Postgres>,
        workspace: WorkspaceId,
        after: Option<&Position>,
        limit: u64,
    ) {
        self.push_ordered(query, workspace, after, limit, true);
        query.push(" limit 1");
    }

    fn push_ordered(
        &self,
        query: &mut QueryBuilder<Postgres>,
        workspace: WorkspaceId,
        after: Option<&Position>,
        limit: u64,
        reversed: bool,
    ) {
        query.push("select p.place, p.id, p.value::text as value from (");
        let value = if self.is_unsorted() { "null::text" } else { "k.value" };
        let several = self.sources.len() > 1;
        if several {
            query.push("select u.place, u.id, u.value from (");
        }
        for (place, source) in self.sources.iter().enumerate() {
            query.push(if place > 0 { " union all " } else { "" }).push("(select ");
            query.push(format_args!("{place}::smallint as place, r.id, {value} as value"));
            self.push_source(query, workspace, source, after, limit);
            query.push(")");
        }
        if several {
            query.push(") u");
            self.push_order(query, "u", false);
            query.push(" limit ").push_bind(signed(limit));
        }
        query.push(") p");
        self.push_order(query, "p", reversed);
    }

    /// The order of rows with `place`, `id` and `value`, or its reverse. Where there is no value, Postgres puts a row last in
    /// ascending and first in descending order, as RFC 7644 §3.4.2.3 does.
    pub(in crate::store) fn push_order(&self, query: &mut QueryBuilder<Postgres>, rows: &str, reversed: bool) {
        let direction = |down: bool| if down { " desc" } else { "" };
        query.push(" order by ");
        if let Some(sort) = self.sort() {
            let collation = if self.kind() == Kind::Text { " collate \"C\"" } else { "" };
            query.push(format_args!("{rows}.value{collation}{}, ", direction(sort.descending != reversed)));
        }
        let down = direction(reversed);
        query.push(format_args!("{rows}.place{down}, {rows}.id{down}"));
    }

    /// The SQL type of what the list is sorted by.
    pub(in crate::store) fn value_type(&self) -> &'static str {
        self.kind().as_sql()
    }

    fn kind(&self) -> Kind {
        let key = |source: &Source<'_>| source.sort.map(|sort| Key::of(sort, Table::of(source.resource_type)).kind);
        self.sources.first().and_then(key).unwrap_or(Kind::Text)
    }

    fn push_filter(&self, query: &mut QueryBuilder<Postgres>, source: &Source<'_>) {
        if let Some(filter) = source.filter {
            push_and(query, filter, Table::of(source.resource_type), self.root);
        }
    }

    fn push_source(
        &self,
        query: &mut QueryBuilder<Postgres>,
        workspace: WorkspaceId,
        source: &Source<'_>,
        after: Option<&Position>,
        limit: u64,
    ) {
        let table = Table::of(source.resource_type);
        let key = source.sort.map(|sort| (Key::of(sort, table), sort.descending));
        query.push(" from ").push(table.name()).push(" r");
        if let Some((key, _)) = &key {
            query.push(format_args!(" cross join lateral (select {} as value) k", key.sql));
        }
        query.push(" where r.workspace_id = ").push_bind(workspace);
        self.push_filter(query, source);
        if let Some(after) = after {
            let place = self.place_of(source.resource_type).cmp(&self.place_of(after.resource_type));
            match &key {
                None => push_tie(query, " and ", place, after),
                Some((key, descending)) => push_after(query, key, *descending, place, after),
            }
        }
        query.push(" order by ");
        if let Some((key, descending)) = &key {
            query.push("k.value").push(if *descending { " desc" } else { "" }).push(if key.unique { "" } else { ", " });
        }
        query.push(if key.is_some_and(|(key, _)| key.unique) { "" } else { "r.id" }).push(" limit ").push_bind(signed(limit));
    }
}

/// The condition that a row comes after the position among those of the same value. `place` is where the row's type stands to the
/// position's.
fn push_tie(query: &mut QueryBuilder<Postgres>, before: &str, place: Ordering, after: &Position) {
    query.push(before);
    match place {
        Ordering::Less => query.push("false"),
        Ordering::Equal => query.push("r.id > ").push_bind(after.id),
        Ordering::Greater => query.push("true"),
    };
}

/// The condition that a row comes after the position.
fn push_after(query: &mut QueryBuilder<Postgres>, key: &Key, descending: bool, place: Ordering, after: &Position) {
    let beyond = if descending { "<" } else { ">" };
    query.push(" and ");
    let Some(value) = &after.value else {
        // Those without a value are the first ones of a descending order, and the last ones of an ascending one.
        query.push(if descending { "(k.value is not null or " } else { "(k.value is null and " });
        push_tie(query, "", place, after);
        query.push(")");
        return;
    };
    let bind = |query: &mut QueryBuilder<Postgres>| {
        query.push_bind(value.clone()).push("::").push(key.kind.as_sql());
    };
    if key.unique {
        // One range of an index.
        let or_equal = if place == Ordering::Greater { "=" } else { "" };
        query.push(format_args!("k.value {beyond}{or_equal} "));
        return bind(query);
    }
    query.push(format_args!("(k.value {beyond} "));
    bind(query);
    query.push(" or (k.value = ");
    bind(query);
    push_tie(query, " and ", place, after);
    query.push(if descending { "))" } else { ") or k.value is null)" });
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
