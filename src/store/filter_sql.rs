//! stub
use sqlx::{QueryBuilder, Postgres};
use crate::scim::filter::Filter;
pub enum Table { Users, Groups }
pub fn push_and(_q: &mut QueryBuilder<Postgres>, _f: &Filter, _t: Table) {}
pub fn push_page(q: &mut QueryBuilder<Postgres>, skip: u64, limit: u64) { q.push(format!(" order by r.id offset {skip} limit {limit}")); }
