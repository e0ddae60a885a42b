//! From a filter and an order to SQL: the only SQL that is put together at run time.
//!
//! A condition made here is true for exactly the rows whose rendered resource passes
//! [`matches`](crate::scim::filter::matches); a test compares the two on generated rows. Three things make that so:
//!
//! - Every term is true or false, never null, so that `not` means what it says.
//! - Where a column or table holds a value in its comparable form, prepared by the code that [`Target::comparable`] calls,
//!   it is compared with `=` and ranges, the operators for which Postgres uses an index under row-level security. Text in the
//!   document is folded by ICU on both sides: unlike libc's, its `lower` is that of Rust, final sigma and dotted I included.
//! - Documents have the shape of their schema; a value of another type differs from everything and is never an error.
//!
//! Names come from the schema and become literals, values are bound.

mod compare;
mod listing;
mod order;
mod values;

use sqlx::{Postgres, QueryBuilder};

pub use self::listing::{Listing, Source};
use self::values::{Rows, Scope, Values};
use crate::scim::{
    filter::{Comparison, Filter, Literal, Op, Target},
    schema::ResourceType,
};

/// Which resources are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `users`
    Users,
    /// `groups`
    Groups,
}

impl Table {
    /// Where resources of this type are.
    pub const fn of(resource_type: ResourceType) -> Self {
        match resource_type {
            ResourceType::User => Self::Users,
            ResourceType::Group => Self::Groups,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }
}

/// Appends ` and (…)`, true for the rows `r` of `table` that pass `filter`.
///
/// `base` is what addresses of resources begin with, up to and without the slash before `Users`: `meta.location` and `$ref`
/// are compared as they are shown.
pub fn push_and(query: &mut QueryBuilder<Postgres>, filter: &Filter, table: Table, base: &str) {
    query.push(" and (");
    Compiler { query, table, base }.filter(filter, Scope::Resource);
    query.push(")");
}

/// Writes conditions to the end of a query.
struct Compiler<'a> {
    query: &'a mut QueryBuilder<Postgres>,
    table: Table,
    base: &'a str,
}

impl Compiler<'_> {
    fn filter(&mut self, filter: &Filter, scope: Scope) {
        match filter {
            Filter::And(filters) => self.joined(filters, " and ", scope),
            Filter::Or(filters) => self.joined(filters, " or ", scope),
            Filter::Not(filter) => {
                self.query.push("not (");
                self.filter(filter, scope);
                self.query.push(")");
            }
            Filter::Compare(comparison) => self.comparison(comparison, scope),
            Filter::Present(target) => self.present(target, scope),
            Filter::ValuePath { target, filter } => self.value_path(target, filter),
        }
    }

    fn joined(&mut self, filters: &[Filter], word: &str, scope: Scope) {
        for (index, filter) in filters.iter().enumerate() {
            self.query.push(if index > 0 { word } else { "" }).push("(");
            self.filter(filter, scope);
            self.query.push(")");
        }
    }

    fn comparison(&mut self, comparison: &Comparison, scope: Scope) {
        let Comparison { target, op, value: literal } = comparison;
        if *literal == Literal::Null {
            self.query.push(if *op == Op::Ne { "" } else { "not " });
            return self.present(target, scope);
        }
        if let (true, Scope::Resource, Op::Eq, Literal::Text(text)) = (self.is_address(target), scope, op, literal) {
            return self.has_address(target, text);
        }
        match self.values(target, scope) {
            Values::One(value) => self.holds(&value, comparison),
            Values::Many { rows, value } => {
                self.query.push(format_args!("(exists (select from {} and {} and ", rows.from, value.exists()));
                self.holds(&value, comparison);
                self.query.push(rows.end).push(")");
                // Nothing differs from everything.
                if *op == Op::Ne {
                    self.query.push(format_args!(" or not exists (select from {})", rows.that(&value.exists())));
                }
                self.query.push(")");
            }
        }
    }

    fn present(&mut self, target: &Target, scope: Scope) {
        match self.values(target, scope) {
            Values::One(value) => self.query.push(value.is_present()),
            Values::Many { rows, value } => {
                self.query.push(format_args!("exists (select from {})", rows.that(&value.is_present())))
            }
        };
    }

    /// One and the same value passes the filter.
    fn value_path(&mut self, target: &Target, filter: &Filter) {
        if target.is_core("groups") && self.table == Table::Users {
            return self.in_a_group(filter);
        }
        let (from, inner) = self.elements(target);
        self.query.push("(");
        if target.is_core("emails")
            && self.table == Table::Users
            && let Some((address, text)) = filter.required_text("value")
        {
            // Finds the few candidates by index; the document then tells about the rest.
            self.has_address(address, text);
            self.query.push(" and ");
        }
        match from {
            None => self.filter(filter, inner),
            Some(from) => {
                self.query.push(format_args!("exists (select from {from} and ("));
                self.filter(filter, inner);
                self.query.push("))");
            }
        }
        self.query.push(")");
    }

    /// A group that the user is in, through whichever others, passes the filter. What is asked of the group itself is asked of the
    /// groups, whose people are then found by index; whether somebody is in it directly has to be looked up for each.
    fn in_a_group(&mut self, filter: &Filter) {
        let parts = match filter {
            Filter::And(parts) => parts.as_slice(),
            Filter::Or(_) | Filter::Not(_) | Filter::Compare(_) | Filter::Present(_) | Filter::ValuePath { .. } => {
                std::slice::from_ref(filter)
            }
        };
        let of_the_group: Vec<&Filter> = parts.iter().filter(|part| !part.asks_for("type")).collect();
        let is_all = of_the_group.len() == parts.len();
        self.query.push("(");
        if !of_the_group.is_empty() {
            let rows = Rows::of_groups_above();
            self.query.push(format_args!("exists (select from {}", rows.from));
            for part in of_the_group {
                self.query.push(" and (");
                self.filter(part, Scope::Group);
                self.query.push(")");
            }
            self.query.push(rows.end).push(if is_all { ")" } else { ") and " });
        }
        if !is_all {
            self.query.push(format_args!("exists (select from {} and (", Rows::of_memberships().from));
            self.filter(filter, Scope::Membership);
            self.query.push("))");
        }
        self.query.push(")");
    }

    /// `target` is `emails.value`, whose values are rows of `user_emails`.
    fn is_address(&self, target: &Target) -> bool {
        let path = &target.path;
        self.table == Table::Users
            && path.schema.is_none()
            && path.attribute == "emails"
            && path.sub_attribute.as_deref() == Some("value")
    }

    fn has_address(&mut self, target: &Target, text: &str) {
        self.query
            .push(
                "exists (select from user_emails a where a.workspace_id = r.workspace_id and a.user_id = r.id and a.email_key = ",
            )
            .push_bind(target.comparable(text).into_owned())
            .push(")");
    }
}
