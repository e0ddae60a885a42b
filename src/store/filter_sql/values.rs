//! Where the rows have what a filter names.

use super::{Compiler, Table};
use crate::scim::{
    filter::Target,
    schema::{ResourceType, Type},
    urn,
};

/// What the names of a filter are parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The resource, row `r`.
    Resource,
    /// A complex value in the document, `e.v`.
    Element,
    /// A value without parts in the document, `e.v`, which is its own `value`.
    Itself,
    /// A row of `group_members`, `m`.
    Membership,
    /// `meta`, which is columns.
    Meta,
    /// One of `schemas`, `s.urn`.
    Schema,
}

/// The values of a target.
pub(super) enum Values {
    /// One, or none.
    One(Value),
    /// One for each row of `from`, which ends in a condition that more can be added to with `and`.
    Many { from: String, value: Value },
}

/// An SQL expression for one value.
pub(super) enum Value {
    /// Text as it is shown. May be null.
    Text(String),
    /// Text in its comparable form. Never null.
    Key(&'static str),
    /// A UUID, shown as it is or as the end of an address. Never null.
    Id { column: &'static str, of: Option<ResourceType> },
    /// A point in time. Never null.
    Time(&'static str),
    /// JSON of any type. May be null.
    Json(String),
}

impl Value {
    /// The condition that there is a value.
    pub fn exists(&self) -> String {
        match self {
            Self::Text(sql) => format!("{sql} is not null"),
            Self::Json(sql) => format!("coalesce(jsonb_typeof({sql}) <> 'null', false)"),
            Self::Key(_) | Self::Id { .. } | Self::Time(_) => "true".to_owned(),
        }
    }

    /// The condition of `pr`: a value that is not empty, at any depth.
    pub fn is_present(&self) -> String {
        match self {
            Self::Text(sql) => format!("coalesce({sql} <> '', false)"),
            Self::Key(column) => format!("{column} <> ''"),
            Self::Id { .. } | Self::Time(_) => "true".to_owned(),
            Self::Json(sql) => format!(
                "coalesce(jsonb_path_exists({sql}, '$.** ? (@.type() == \"boolean\" || @.type() == \"number\" \
                 || (@.type() == \"string\" && @ != \"\"))'), false)"
            ),
        }
    }
}

impl Compiler<'_> {
    pub(super) fn values(&self, target: &Target, scope: Scope) -> Values {
        let path = &target.path;
        match scope {
            Scope::Resource => self.of_resource(target),
            Scope::Element => {
                let value = Value::Json(part("e.v", &path.attribute, target.kind));
                if target.multi_valued { opened(value) } else { Values::One(value) }
            }
            Scope::Itself => Values::One(Value::Json("e.v".to_owned())),
            Scope::Membership => Values::One(self.of_membership(&path.attribute)),
            Scope::Meta => Values::One(self.of_meta(&path.attribute)),
            Scope::Schema => Values::One(Value::Text("s.urn".to_owned())),
        }
    }

    fn of_resource(&self, target: &Target) -> Values {
        let path = &target.path;
        let sub = path.sub_attribute.as_deref();
        if path.schema.is_none() {
            match (self.table, path.attribute.as_str()) {
                (_, "id") => return Values::One(Value::Id { column: "r.id", of: None }),
                (_, "externalId") => return Values::One(Value::Text("r.external_id".to_owned())),
                (_, "meta") => return Values::One(self.of_meta(sub.unwrap_or("resourceType"))),
                (Table::Users, "userName") => return Values::One(Value::Key("r.user_name_key")),
                (Table::Groups, "displayName") => return Values::One(Value::Key("r.display_name_key")),
                (_, "schemas") => {
                    return Values::Many { from: self.schemas(), value: Value::Text("s.urn".to_owned()) };
                }
                (Table::Users, "groups") | (Table::Groups, "members") => {
                    return Values::Many { from: self.memberships(), value: self.of_membership(sub.unwrap_or("value")) };
                }
                _ => {}
            }
        }
        if target.multi_valued {
            let value = sub.map_or_else(|| "e.v".to_owned(), |sub| part("e.v", sub, target.kind));
            return Values::Many { from: elements(target), value: Value::Json(value) };
        }
        let holder = match &path.schema {
            None => "r.document".to_owned(),
            Some(urn) => format!("r.document -> {}", literal(urn)),
        };
        let attribute = format!("{holder} -> {}", literal(&path.attribute));
        Values::One(Value::Json(match sub {
            None => format!("({attribute})"),
            Some(sub) => part(&format!("({attribute})"), sub, target.kind),
        }))
    }

    /// What the brackets after `target` select from, and what they are in; no rows if it is the resource's own row.
    pub(super) fn elements(&self, target: &Target) -> (Option<String>, Scope) {
        if target.path.schema.is_none() {
            match (self.table, target.path.attribute.as_str()) {
                (_, "meta") => return (None, Scope::Meta),
                (_, "schemas") => return (Some(self.schemas()), Scope::Schema),
                (Table::Users, "groups") | (Table::Groups, "members") => return (Some(self.memberships()), Scope::Membership),
                _ => {}
            }
        }
        let scope = if target.kind == Type::Complex { Scope::Element } else { Scope::Itself };
        (Some(elements(target)), scope)
    }

    fn of_meta(&self, name: &str) -> Value {
        match name {
            "created" => Value::Time("r.created_at"),
            "lastModified" => Value::Time("r.updated_at"),
            "version" => Value::Text("('W/\"' || r.version || '\"')".to_owned()),
            "location" => Value::Id { column: "r.id", of: Some(self.resource_type()) },
            "resourceType" => Value::Text(literal(self.resource_type().name())),
            _ => Value::Text("null::text".to_owned()),
        }
    }

    fn resource_type(&self) -> ResourceType {
        match self.table {
            Table::Users => ResourceType::User,
            Table::Groups => ResourceType::Group,
        }
    }

    fn of_membership(&self, name: &str) -> Value {
        match (self.table, name) {
            (Table::Users, "value") => Value::Id { column: "m.group_id", of: None },
            (Table::Users, "$ref") => Value::Id { column: "m.group_id", of: Some(ResourceType::Group) },
            (Table::Users, "type") => Value::Text(literal("direct")),
            (Table::Users, "display") => Value::Key("g.display_name_key"),
            (Table::Groups, "value") => Value::Id { column: "m.user_id", of: None },
            (Table::Groups, "$ref") => Value::Id { column: "m.user_id", of: Some(ResourceType::User) },
            (Table::Groups, "type") => Value::Text(literal("User")),
            // Members show no `display`.
            (Table::Users | Table::Groups, _) => Value::Text("null::text".to_owned()),
        }
    }

    /// Postgres leaves the join out when nothing asks for the group's name.
    fn memberships(&self) -> String {
        match self.table {
            Table::Users => {
                "group_members m left join groups g on g.workspace_id = m.workspace_id and g.id = m.group_id \
                 where m.workspace_id = r.workspace_id and m.user_id = r.id"
            }
            Table::Groups => "group_members m where m.workspace_id = r.workspace_id and m.group_id = r.id",
        }
        .to_owned()
    }

    /// The core schema, and the extensions of which the document has attributes: only a URN has a colon.
    fn schemas(&self) -> String {
        let core = match self.table {
            Table::Users => urn::USER,
            Table::Groups => urn::GROUP,
        };
        let core = literal(core);
        format!(
            "(select {core}::text union all select k from jsonb_object_keys(r.document) k where strpos(k, ':') > 0) as s(urn) where true"
        )
    }
}

/// The values of an attribute in the document, `e.v`, whether it is a list or not.
fn elements(target: &Target) -> String {
    let mut path = "$".to_owned();
    for name in target.path.schema.iter().chain([&target.path.attribute]) {
        path.push('.');
        path.push_str(&serde_json::Value::from(name.as_str()).to_string());
    }
    path.push_str("[*]");
    format!("jsonb_path_query(r.document, {}) as e(v) where jsonb_typeof(e.v) <> 'null'", literal(&path))
}

/// The values of one value that may be a list.
fn opened(value: Value) -> Values {
    match value {
        Value::Json(sql) => {
            let from = format!("jsonb_path_query({sql}, '$[*]') as p(v) where jsonb_typeof(p.v) <> 'null'");
            Values::Many { from, value: Value::Json("p.v".to_owned()) }
        }
        Value::Text(_) | Value::Key(_) | Value::Id { .. } | Value::Time(_) => Values::One(value),
    }
}

/// A sub-attribute; `primary` is false where it is missing (RFC 7643 §2.4).
fn part(of: &str, name: &str, kind: Type) -> String {
    let name_literal = literal(name);
    if name == "primary" && kind == Type::Boolean {
        format!("(case jsonb_typeof({of}) when 'object' then coalesce({of} -> {name_literal}, 'false') end)")
    } else {
        format!("({of} -> {name_literal})")
    }
}

/// A name from the schema, as a literal.
fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}
