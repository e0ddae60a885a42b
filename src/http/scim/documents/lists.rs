//! Lists, and what is asked of them.

use poem_openapi::{Object, types::Any};
use serde_json::Value;

use super::{GroupDocument, UserDocument};

/// A page of users (RFC 7644 §3.4.2).
#[derive(Object)]
#[oai(rename = "ScimUserList", rename_all = "camelCase")]
pub struct UserListDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`
    schemas: Vec<String>,
    /// How many match in all. Left out of a page by cursor, unless `count` is 0.
    total_results: Option<u64>,
    /// The place of the first one, from 1. Left out of a page by cursor.
    start_index: Option<u64>,
    /// How many are on this page.
    items_per_page: u64,
    /// Of a page by cursor: the cursor of the page after it. Left out of the last page.
    next_cursor: Option<String>,
    /// The page.
    #[oai(rename = "Resources")]
    resources: Vec<UserDocument>,
}

/// A page of groups (RFC 7644 §3.4.2).
#[derive(Object)]
#[oai(rename = "ScimGroupList", rename_all = "camelCase")]
pub struct GroupListDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`
    schemas: Vec<String>,
    /// How many match in all. Left out of a page by cursor, unless `count` is 0.
    total_results: Option<u64>,
    /// The place of the first one, from 1. Left out of a page by cursor.
    start_index: Option<u64>,
    /// How many are on this page.
    items_per_page: u64,
    /// Of a page by cursor: the cursor of the page after it. Left out of the last page.
    next_cursor: Option<String>,
    /// The page.
    #[oai(rename = "Resources")]
    resources: Vec<GroupDocument>,
}

/// A query in a body (RFC 7644 §3.4.3).
#[derive(Object)]
#[oai(rename = "ScimSearch", rename_all = "camelCase")]
pub struct SearchDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:SearchRequest`
    schemas: Vec<String>,
    /// Which resources.
    filter: Option<String>,
    /// In the order of this attribute.
    sort_by: Option<String>,
    /// `ascending` or `descending`.
    sort_order: Option<String>,
    /// The place of the first one, from 1.
    start_index: Option<i64>,
    /// `nextCursor` of the page before; empty for the first page (RFC 9865).
    cursor: Option<String>,
    /// How many at most.
    count: Option<i64>,
    /// Only these attributes.
    attributes: Option<Vec<String>>,
    /// All but these attributes.
    excluded_attributes: Option<Vec<String>>,
}

/// A page of users and groups (RFC 7644 §3.4.2.1).
#[derive(Object)]
#[oai(rename = "ScimMixedList", rename_all = "camelCase")]
pub struct SearchListDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`
    schemas: Vec<String>,
    /// How many match in all. Left out of a page by cursor, unless `count` is 0.
    total_results: Option<u64>,
    /// The place of the first one, from 1. Left out of a page by cursor.
    start_index: Option<u64>,
    /// How many are on this page.
    items_per_page: u64,
    /// Of a page by cursor: the cursor of the page after it. Left out of the last page.
    next_cursor: Option<String>,
    /// Users, then groups, unless they are sorted.
    #[oai(rename = "Resources")]
    resources: Vec<Any<Value>>,
}
