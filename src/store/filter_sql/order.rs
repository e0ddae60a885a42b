//! By what rows are ordered: one SQL expression for the value of an attribute in its comparable form.

use sqlx::QueryBuilder;

use super::{
    Compiler, Table,
    compare::INSTANT,
    values::{Rows, Scope, Value, Values, chosen_element, literal, part},
};
use crate::scim::{
    filter::Target,
    schema::{ResourceSchema, Type},
    sort::Sort,
};

/// Characters of a text by which it is ordered. The value of the last row travels in the cursor, where a text of megabytes has no
/// room; texts that are the same so far come in the order of their ids.
const CHARACTERS: usize = 250;

/// The type of an order's values. Two tables that are ordered by one attribute have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text, by code points.
    Text,
    /// Identifiers, whose order as UUIDs is that of their texts.
    Id,
    /// Microseconds since 1970.
    Time,
    /// Numbers, and instants with nanoseconds.
    Number,
    /// False before true.
    Boolean,
}

impl Kind {
    /// The type in SQL. Its text can be read back without loss.
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Id => "uuid",
            Self::Time => "bigint",
            Self::Number => "numeric",
            Self::Boolean => "boolean",
        }
    }
}

/// What rows `r` are ordered by.
pub(super) struct Key {
    /// The expression; null where there is no value.
    pub sql: String,
    /// Its type.
    pub kind: Kind,
    /// Every row of the table has a value, and no two the same one: an index keeps them in order.
    pub unique: bool,
}

impl Key {
    /// That of a table under an order.
    pub fn of(sort: &Sort, table: Table) -> Self {
        // Names become literals, so nothing is bound and the query stays empty.
        Compiler { query: &mut QueryBuilder::new(""), table, base: "" }.key(&sort.target)
    }
}

impl Compiler<'_> {
    fn key(&self, target: &Target) -> Key {
        if target.is_core("schemas") {
            // The first one is always the core schema.
            let core = &ResourceSchema::builtin(self.resource_type()).core.id;
            return text(&format!("{}::text", literal(core)), true);
        }
        let path = &target.path;
        let sub_attribute = path.sub_attribute.as_deref();
        match (self.table, path.attribute.as_str()) {
            (Table::Users, "groups") if path.schema.is_none() => {
                return self.first_row(&Rows::of_memberships(), sub_attribute, "m.group_id");
            }
            (Table::Groups, "members") if path.schema.is_none() => {
                return self.first_row(&Rows::of_members(), sub_attribute, "m.id");
            }
            _ => {}
        }
        match self.values(target, Scope::Resource) {
            Values::One(value) => of_value(value, target),
            Values::Many { .. } => {
                let chosen = chosen_element(target);
                let shown = sub_attribute.map_or(chosen.clone(), |sub| part(&chosen, sub, target.kind));
                // The first of several.
                let first = if target.part_multi_valued { format!("jsonb_path_query_first({shown}, '$[*]')") } else { shown };
                of_json(&first, target)
            }
        }
    }

    /// Memberships are rows and none of them is primary: the first is the one that is shown first.
    fn first_row(&self, rows: &Rows, sub_attribute: Option<&str>, order: &str) -> Key {
        let shown = match self.of_membership(sub_attribute.unwrap_or("value")) {
            Value::Text(sql) | Value::Json(sql) => sql,
            Value::Key(column) => column.to_owned(),
            Value::Id { column, of: _ } | Value::Time(column) => format!("{column}::text"),
            // The addresses of groups come before those of users.
            Value::Member => "(m.type || m.id)".to_owned(),
        };
        text(&format!("(select {shown} from {} order by {order} limit 1)", rows.from), true)
    }
}

fn of_value(value: Value, target: &Target) -> Key {
    match value {
        Value::Text(sql) => text(&sql, target.case_exact),
        Value::Key(column) => Key { sql: column.to_owned(), kind: Kind::Text, unique: true },
        Value::Id { column, of: _ } => Key { sql: column.to_owned(), kind: Kind::Id, unique: true },
        Value::Time(column) => {
            Key { sql: format!("(extract(epoch from {column}) * 1000000)::bigint"), kind: Kind::Time, unique: false }
        }
        Value::Json(sql) => of_json(&sql, target),
        // Of the rows of a group only.
        Value::Member => text("null::text", true),
    }
}

/// A value of another type than the schema's counts as none, as it equals nothing in a filter.
fn of_json(json: &str, target: &Target) -> Key {
    let (json_type, sql, kind) = match target.kind {
        Type::String | Type::Reference | Type::Binary | Type::Complex => {
            return text(&format!("(case jsonb_typeof({json}) when 'string' then {json} #>> '{{}}' end)"), target.case_exact);
        }
        Type::Boolean => ("boolean", format!("({json})::boolean"), Kind::Boolean),
        Type::Integer | Type::Decimal => ("number", format!("({json})::numeric"), Kind::Number),
        Type::DateTime => ("string", INSTANT.replace("{text}", &format!("{json} #>> '{{}}'")), Kind::Number),
    };
    Key { sql: format!("(case jsonb_typeof({json}) when '{json_type}' then {sql} end)"), kind, unique: false }
}

fn text(sql: &str, exact: bool) -> Key {
    let comparable = if exact { sql.to_owned() } else { format!("lower({sql} collate \"und-x-icu\")") };
    Key { sql: format!("(left({comparable}, {CHARACTERS}) collate \"C\")"), kind: Kind::Text, unique: false }
}
