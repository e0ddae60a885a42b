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
    /// A group, row `g`.
    Group,
    /// Somebody or something in a group, `m`.
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
    /// One for each row.
    Many { rows: Rows, value: Value },
}

/// Rows that hold values.
pub(super) struct Rows {
    /// What to select from. It ends in a condition that more can be added to with `and`.
    pub from: String,
    /// What comes after these conditions.
    pub end: &'static str,
    /// The same without conditions, where there is a shorter way to say it.
    any: Option<&'static str>,
}

/// Somebody is in a group exactly if they are in one directly.
const IN_ANY_GROUP: &str = "group_members m where m.workspace_id = r.workspace_id and m.user_id = r.id";

/// The groups of a user, `m`, each once, and how the user is in it. Postgres leaves the join out when nothing asks for the name.
const MEMBERSHIPS: &str = "(with recursive up (group_id, direct) as (\
     select m.group_id, true from group_members m where m.workspace_id = r.workspace_id and m.user_id = r.id \
     union select s.group_id, false from up cross join lateral (select e.group_id from group_subgroups e \
     where e.workspace_id = r.workspace_id and e.subgroup_id = up.group_id limit all) s) \
     select group_id, case when bool_or(direct) then 'direct' else 'indirect' end as type from up group by group_id) m \
     left join groups g on g.workspace_id = r.workspace_id and g.id = m.group_id where true";

/// What is in a group, `m`: the people and the groups.
const MEMBERS: &str = "(select workspace_id, group_id, user_id as id, 'User' as type from group_members \
     union all select workspace_id, group_id, subgroup_id, 'Group' from group_subgroups) m \
     where m.workspace_id = r.workspace_id and m.group_id = r.id";

impl Rows {
    /// From this, which ends in a condition.
    fn of(from: impl Into<String>) -> Self {
        Self { from: from.into(), end: "", any: None }
    }

    /// The groups `g` that the user is in, directly or through others. The conditions choose groups, from there it goes down: the
    /// walk is the same for every user, so it is taken once, and its end is a look-up by index.
    pub fn of_groups_above() -> Self {
        Self {
            from: format!(
                "{IN_ANY_GROUP} and m.group_id = any(array(with recursive below (id) as (\
                 select g.id from groups g where g.workspace_id = rollcall_workspace_id()"
            ),
            // `limit all` keeps the planner from reading every edge of the workspace instead of those of a few groups.
            end: " union select s.subgroup_id from below b cross join lateral (select e.subgroup_id from group_subgroups e \
                  where e.workspace_id = rollcall_workspace_id() and e.group_id = b.id limit all) s) select id from below))",
            any: Some(IN_ANY_GROUP),
        }
    }

    /// How the user is in the groups.
    pub fn of_memberships() -> Self {
        Self::of(MEMBERSHIPS)
    }

    /// What is in the group.
    pub fn of_members() -> Self {
        Self::of(MEMBERS)
    }

    /// Those for which a condition holds, to be put after `from`.
    pub fn that(&self, condition: &str) -> String {
        match self.any {
            Some(any) if condition == "true" => any.to_owned(),
            Some(_) | None => format!("{} and {condition}{}", self.from, self.end),
        }
    }
}

/// An SQL expression for one value.
pub(super) enum Value {
    /// Text as it is shown. May be null.
    Text(String),
    /// Text in its comparable form. Never null.
    Key(&'static str),
    /// A UUID, shown as it is or as the end of an address. Never null.
    Id { column: &'static str, of: Option<ResourceType> },
    /// The address of the user or group `m`. Never null.
    Member,
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
            Self::Key(_) | Self::Id { .. } | Self::Member | Self::Time(_) => "true".to_owned(),
        }
    }

    /// The condition of `pr`: a value that is not empty, at any depth.
    pub fn is_present(&self) -> String {
        match self {
            Self::Text(sql) => format!("coalesce({sql} <> '', false)"),
            Self::Key(column) => format!("{column} <> ''"),
            Self::Id { .. } | Self::Member | Self::Time(_) => "true".to_owned(),
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
            Scope::Group => Values::One(of_group(&path.attribute)),
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
                    return Values::Many { rows: Rows::of(self.schemas()), value: Value::Text("s.urn".to_owned()) };
                }
                (Table::Users, "groups") if sub == Some("type") => {
                    return Values::Many { rows: Rows::of_memberships(), value: self.of_membership("type") };
                }
                (Table::Users, "groups") => {
                    return Values::Many { rows: Rows::of_groups_above(), value: of_group(sub.unwrap_or("value")) };
                }
                (Table::Groups, "members") => {
                    return Values::Many { rows: Rows::of_members(), value: self.of_membership(sub.unwrap_or("value")) };
                }
                _ => {}
            }
        }
        if target.part_multi_valued {
            let rows = Rows::of(values_at(&every_element_of(target, sub)));
            return Values::Many { rows, value: Value::Json("e.v".to_owned()) };
        }
        if target.multi_valued {
            let value = sub.map_or_else(|| "e.v".to_owned(), |sub| part("e.v", sub, target.kind));
            return Values::Many { rows: Rows::of(elements(target)), value: Value::Json(value) };
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

    /// What the brackets after `target` select from, and what they are in; no rows if it is the resource's own row. The groups of a
    /// user go another way.
    pub(super) fn elements(&self, target: &Target) -> (Option<String>, Scope) {
        if target.path.schema.is_none() {
            match (self.table, target.path.attribute.as_str()) {
                (_, "meta") => return (None, Scope::Meta),
                (_, "schemas") => return (Some(self.schemas()), Scope::Schema),
                (Table::Groups, "members") => return (Some(MEMBERS.to_owned()), Scope::Membership),
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

    pub(super) fn resource_type(&self) -> ResourceType {
        match self.table {
            Table::Users => ResourceType::User,
            Table::Groups => ResourceType::Group,
        }
    }

    pub(super) fn of_membership(&self, name: &str) -> Value {
        match (self.table, name) {
            (Table::Users, "value") => Value::Id { column: "m.group_id", of: None },
            (Table::Users, "$ref") => Value::Id { column: "m.group_id", of: Some(ResourceType::Group) },
            (Table::Users, "display") => Value::Key("g.display_name_key"),
            (Table::Groups, "value") => Value::Id { column: "m.id", of: None },
            (Table::Groups, "$ref") => Value::Member,
            (Table::Users | Table::Groups, "type") => Value::Text("m.type".to_owned()),
            // Members show no `display`.
            (Table::Users | Table::Groups, _) => Value::Text("null::text".to_owned()),
        }
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

/// What a user's `groups` show of the group itself.
fn of_group(name: &str) -> Value {
    match name {
        "value" => Value::Id { column: "g.id", of: None },
        "$ref" => Value::Id { column: "g.id", of: Some(ResourceType::Group) },
        "display" => Value::Key("g.display_name_key"),
        _ => Value::Text("null::text".to_owned()),
    }
}

/// The values of an attribute in the document, `e.v`, whether it is a list or not.
fn elements(target: &Target) -> String {
    values_at(&every_element(target))
}

fn values_at(path: &str) -> String {
    format!("jsonb_path_query(r.document, {}) as e(v) where jsonb_typeof(e.v) <> 'null'", literal(path))
}

/// The one value of an attribute with several that stands for all of them: the primary one, else the first.
pub(super) fn chosen_element(target: &Target) -> String {
    let every = every_element(target);
    let first = |test: &str| format!("jsonb_path_query_first(r.document, {})", literal(&format!("{every} ? ({test})")));
    format!("coalesce({}, {})", first("@.primary == true"), first("@.type() != \"null\""))
}

/// A path to the values of an attribute in the document, whether it is a list or not.
fn every_element(target: &Target) -> String {
    every_element_of(target, None)
}

/// The same of a sub-attribute that may be a list itself.
fn every_element_of(target: &Target, sub_attribute: Option<&str>) -> String {
    let mut path = "$".to_owned();
    for name in target.path.schema.as_deref().into_iter().chain([target.path.attribute.as_str()]).chain(sub_attribute) {
        path.push('.');
        path.push_str(&serde_json::Value::from(name).to_string());
    }
    path.push_str("[*]");
    path
}

/// The values of one value that may be a list.
fn opened(value: Value) -> Values {
    match value {
        Value::Json(sql) => {
            let from = format!("jsonb_path_query({sql}, '$[*]') as p(v) where jsonb_typeof(p.v) <> 'null'");
            Values::Many { rows: Rows::of(from), value: Value::Json("p.v".to_owned()) }
        }
        Value::Text(_) | Value::Key(_) | Value::Id { .. } | Value::Member | Value::Time(_) => Values::One(value),
    }
}

/// A sub-attribute; `primary` is false where it is missing (RFC 7643 §2.4).
pub(super) fn part(of: &str, name: &str, kind: Type) -> String {
    let name_literal = literal(name);
    if name == "primary" && kind == Type::Boolean {
        format!("(case jsonb_typeof({of}) when 'object' then coalesce({of} -> {name_literal}, 'false') end)")
    } else {
        format!("({of} -> {name_literal})")
    }
}

/// A name from the schema, as a literal.
pub(super) fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}
