//! Resources and filters by chance: the same ones in each run of one seed.

use rollcall::scim::{
    Document, Tolerated,
    document::value::date_time,
    schema::{Attribute, Extension, ResourceSchema, ResourceType, Returned, Schema, Type},
};
use serde_json::{Map, Value, json};

pub const CUSTOM: &str = "urn:example:params:scim:schemas:2.0:Custom";

pub const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "Ab",
    "aB",
    "b",
    "ab",
    "a%",
    "a_b",
    "a\\b",
    "%",
    "_",
    "\\",
    "O'Malley",
    "say \"x\"",
    "İ",
    "i\u{307}",
    "i",
    "I",
    "ı",
    "ß",
    "ẞ",
    "SS",
    "ss",
    "Σ",
    "σ",
    "ς",
    "ΟΔΟΣ",
    "οδος",
    "οδοσ",
    "ΑΣ Β",
    "é",
    "É",
    "e\u{301}",
    "Ǆ",
    "ǆ",
    "😀",
    "\u{10ffff}",
    "\u{e000}",
    "work",
    "Work",
    "home",
    "User",
    "Group",
    "direct",
    "indirect",
    "Ada@Example.com",
    "ada@example.com",
    "10",
    "9",
];
pub const TIMES: &[&str] = &[
    "2026-01-31T12:00:00Z",
    "2026-01-31T13:00:00+01:00",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00:00.5Z",
    "2026-01-31T12:00:00.500000001Z",
    "0000-03-01T00:00:00Z",
    "1969-12-31T23:59:59.999999999Z",
    "2024-02-29T23:59:59-23:59",
    "9999-12-31T23:59:59Z",
];

/// What chance would seldom ask: times between two microseconds of a column, and an address that is not quite one.
pub const BOUNDARIES: &[&str] = &[
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
pub const OF_USERS: &[&str] = &[
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
pub const OF_GROUPS: &[&str] = &[
    r#"members pr"#,
    r#"members[type eq "Group"]"#,
    r#"members[type eq "User"] and members[type eq "group"]"#,
    r#"not (members.type eq "User")"#,
    r#"members.type ne "User""#,
    r#"members.$ref co "/Groups/""#,
    r#"members.$ref sw "https://rollcall.example/o'hara/scim/v2/Users/""#,
    r#"members[not (type eq "User") and $ref co "Groups"]"#,
];

/// SplitMix64: the same pairs in each run of one seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The builtin schema, and an extension with the types that no builtin attribute has.
pub fn schema(kind: ResourceType) -> ResourceSchema {
    let mut schema = ResourceSchema::builtin(kind).clone();
    let parts = vec![
        Attribute::string("value", "-"),
        Attribute::date_time("since", "-"),
        Attribute::new("level", Type::Integer, "-"),
        Attribute::boolean("primary", "-"),
    ];
    let attributes = vec![
        Attribute::date_time("hired", "-"),
        Attribute::new("floor", Type::Integer, "-"),
        Attribute::new("height", Type::Decimal, "-"),
        Attribute::boolean("remote", "-"),
        Attribute::string("badge", "-").exact(),
        Attribute::string("tags", "-").many(),
        Attribute::new("numbers", Type::Integer, "-").many(),
        Attribute::date_time("days", "-").many(),
        Attribute::complex("desks", "-", parts.clone()).many(),
        Attribute::complex("desk", "-", parts),
    ];
    let custom = Schema { id: CUSTOM.into(), name: "Custom".into(), description: "-".into(), attributes };
    schema.extensions.push(Extension { schema: custom, required: false });
    schema
}

pub fn value(dice: &mut Dice, attribute: &Attribute) -> Value {
    if attribute.multi_valued {
        let single = Attribute { multi_valued: false, ..attribute.clone() };
        return (0..dice.below(4)).map(|_| value(dice, &single)).collect();
    }
    match attribute.kind {
        Type::String | Type::Reference if attribute.closed => json!(dice.pick(&attribute.canonical_values)),
        Type::String | Type::Reference => json!(dice.pick(TEXTS)),
        Type::Binary => json!(["AAAA", "aaaa", "AQID"][dice.below(3)]),
        Type::Boolean => json!(dice.chance(50)),
        Type::Integer => json!(*dice.pick(&[0, 9, 10, -1, i64::MAX, i64::MIN, 9_007_199_254_740_993])),
        Type::Decimal => dice
            .pick(&[json!(0.1), json!(10), json!(-2.5), json!(1e300), json!(1e-300), json!(9_007_199_254_740_993_i64)])
            .clone(),
        Type::DateTime => json!(dice.pick(TIMES)),
        Type::Complex => Value::Object(object(dice, &attribute.sub_attributes, 60)),
    }
}

pub fn object(dice: &mut Dice, attributes: &[Attribute], percent: usize) -> Map<String, Value> {
    let chosen: Vec<_> = attributes.iter().filter(|_| dice.chance(percent)).collect();
    chosen.into_iter().map(|attribute| (attribute.name.clone(), value(dice, attribute))).collect()
}

pub fn document(dice: &mut Dice, schema: &ResourceSchema, name: (&str, String)) -> Document {
    loop {
        let mut body = object(dice, &schema.core.attributes, 40);
        for extension in &schema.extensions {
            if dice.chance(60) {
                body.insert(extension.schema.id.clone(), Value::Object(object(dice, &extension.schema.attributes, 50)));
            }
        }
        if dice.chance(50) {
            body.insert("externalId".into(), json!(dice.pick(TEXTS)));
        }
        body.insert(name.0.into(), json!(name.1));
        // Two primary values are refused; then again.
        if let Ok(parsed) = Document::parse(schema, Value::Object(body), &mut Tolerated::default()) {
            return parsed.document;
        }
    }
}

/// All that one attribute of a resource holds, as JSON scalars: what is worth asking for.
pub fn scalars(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| scalars(value, found)),
        Value::Object(map) => map.values().for_each(|value| scalars(value, found)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(value.clone()),
    }
}

pub struct Asker<'a> {
    pub schema: &'a ResourceSchema,
    pub resources: &'a [(String, Map<String, Value>)],
}

impl Asker<'_> {
    pub fn filter(&self, dice: &mut Dice, depth: usize) -> String {
        match dice.below(if depth == 0 { 6 } else { 10 }) {
            6 => format!("({} and {})", self.filter(dice, depth - 1), self.filter(dice, depth - 1)),
            7 => format!("({} or {})", self.filter(dice, depth - 1), self.filter(dice, depth - 1)),
            8 | 9 => format!("not ({})", self.filter(dice, depth - 1)),
            _ => self.term(dice),
        }
    }

    fn term(&self, dice: &mut Dice) -> String {
        let common = ["schemas", "id", "externalId", "meta"].map(|name| (None, self.schema.attribute(name).unwrap()));
        let core = self.schema.core.attributes.iter().filter(|a| a.returned != Returned::Never).map(|a| (None, a));
        let mut all: Vec<_> = core.collect();
        for extension in &self.schema.extensions {
            all.extend(extension.schema.attributes.iter().map(|a| (Some(extension.schema.id.as_str()), a)));
        }
        all.extend(common);
        if dice.chance(30) {
            all.retain(|(_, a)| ["emails", "groups", "members", "userName", "displayName", "id"].contains(&a.name.as_str()));
        }
        let (urn, attribute) = *dice.pick(&all);
        let name = urn.map_or_else(|| attribute.name.clone(), |urn| format!("{urn}:{}", attribute.name));
        let (_, resource) = dice.pick(self.resources);
        let holder = urn.map_or(Some(resource), |urn| resource.get(urn).and_then(Value::as_object));
        let stored = holder.and_then(|holder| holder.get(&attribute.name)).cloned().unwrap_or_default();
        if attribute.kind != Type::Complex {
            return if attribute.multi_valued && dice.chance(40) {
                let test = self.connected(dice, |dice| self.test(dice, attribute, "value", &stored));
                format!("{name}[{test}]")
            } else {
                self.test(dice, attribute, &name, &stored)
            };
        }
        if dice.chance(10) {
            return format!("{name} pr");
        }
        // One and the same element, so that conjunctions have something to find.
        let element = match &stored {
            Value::Array(elements) if !elements.is_empty() => dice.pick(elements).clone(),
            other => other.clone(),
        };
        let one = |dice: &mut Dice, prefix: &str| {
            let sub = dice.pick(&attribute.sub_attributes);
            let part = element.get(&sub.name).cloned().unwrap_or_default();
            self.test(dice, sub, &format!("{prefix}{}", sub.name), &part)
        };
        if dice.chance(50) {
            one(dice, &format!("{name}."))
        } else {
            format!("{name}[{}]", self.connected(dice, |dice| one(dice, "")))
        }
    }

    fn connected(&self, dice: &mut Dice, mut test: impl FnMut(&mut Dice) -> String) -> String {
        let first = test(dice);
        match dice.below(5) {
            0 => format!("{first} and {}", test(dice)),
            1 => format!("{first} or {}", test(dice)),
            2 => format!("not ({first})"),
            3 => format!("{first} and not ({} or {})", test(dice), test(dice)),
            _ => first,
        }
    }

    fn test(&self, dice: &mut Dice, attribute: &Attribute, name: &str, stored: &Value) -> String {
        let mut known = Vec::new();
        scalars(stored, &mut known);
        known.retain(|value| match attribute.kind {
            Type::String | Type::Reference | Type::Binary => value.is_string(),
            Type::DateTime => value.as_str().is_some_and(|text| date_time(text).is_some()),
            Type::Integer => value.is_i64(),
            Type::Decimal => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::Complex => false,
        });
        match dice.below(12) {
            0 => return format!("{name} pr"),
            1 => return format!("{name} eq null"),
            2 => return format!("{name} ne null"),
            _ => {}
        }
        let mut literal = if !known.is_empty() && dice.chance(70) {
            dice.pick(&known).clone()
        } else {
            value(dice, &Attribute { multi_valued: false, closed: false, ..attribute.clone() })
        };
        let ops: &[&str] = match attribute.kind {
            Type::String | Type::Reference => &["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"],
            Type::DateTime | Type::Integer | Type::Decimal => &["eq", "ne", "gt", "ge", "lt", "le"],
            Type::Boolean | Type::Binary => &["eq", "ne"],
            Type::Complex => unreachable!(),
        };
        let op = *dice.pick(ops);
        if let (Value::String(text), true) = (&literal, matches!(attribute.kind, Type::String | Type::Reference)) {
            let chars: Vec<char> = text.chars().collect();
            let cut = dice.below(chars.len() + 1);
            let text: String = match (op, dice.below(4)) {
                ("sw", 0..3) => chars[..cut].iter().collect(),
                ("ew", 0..3) => chars[cut..].iter().collect(),
                ("co", 0..3) => chars[cut / 2..cut].iter().collect(),
                _ => text.clone(),
            };
            literal = json!(match dice.below(4) {
                0 => text.to_uppercase(),
                1 => text.to_lowercase(),
                _ => text,
            });
        }
        format!("{name} {op} {literal}")
    }
}
