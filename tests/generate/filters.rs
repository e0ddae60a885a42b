//! Filters by chance, in all the ways in which one may be written.

use rollcall::scim::{
    document::value::date_time,
    schema::{Attribute, ResourceSchema, Returned, Type},
};
use serde_json::{Map, Value, json};

use super::{
    dice::Dice,
    documents::{scalars, value},
};

/// Asks for what the resources have, and for what they almost have.
pub struct Asker<'a> {
    pub schema: &'a ResourceSchema,
    pub resources: &'a [(String, Map<String, Value>)],
}

/// A word in one of the cases in which it counts as the same word.
fn spelled(dice: &mut Dice, word: &str) -> String {
    match dice.below(8) {
        0 => word.to_ascii_uppercase(),
        1 => word.chars().map(|c| if dice.chance(50) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect(),
        _ => word.to_owned(),
    }
}

impl Asker<'_> {
    pub fn filter(&self, dice: &mut Dice, depth: usize) -> String {
        match dice.below(if depth == 0 { 6 } else { 11 }) {
            6 => format!("({} {} {})", self.filter(dice, depth - 1), spelled(dice, "and"), self.filter(dice, depth - 1)),
            7 => format!("({} {} {})", self.filter(dice, depth - 1), spelled(dice, "or"), self.filter(dice, depth - 1)),
            8 => format!("({})", self.chain(dice).0),
            9 | 10 => format!("{}({})", spelled(dice, "not"), self.filter(dice, depth - 1)),
            _ => self.term(dice),
        }
    }

    /// Terms between `and` and `or` as precedence has it, and the same with every parenthesis written.
    pub fn chain(&self, dice: &mut Dice) -> (String, String) {
        let (mut plain, mut explicit) = (String::new(), "((".to_owned());
        for place in 0..2 + dice.below(4) {
            if place > 0 {
                let binds = dice.chance(50);
                let word = spelled(dice, if binds { "and" } else { "or" });
                plain += &format!(" {word} ");
                explicit += if binds { " and " } else { ") or (" };
            }
            let term = if dice.chance(20) { format!("not ({})", self.term(dice)) } else { self.term(dice) };
            plain += &term;
            explicit += &term;
        }
        (plain, explicit + "))")
    }

    fn term(&self, dice: &mut Dice) -> String {
        let common = ["schemas", "id", "externalId", "meta"]
            .map(|name| (None, self.schema.attribute(name).expect("an attribute that every resource has")));
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
        let name = self.name(dice, urn, attribute);
        let (_, resource) = dice.pick(self.resources);
        let holder = urn.map_or(Some(resource), |urn| resource.get(urn).and_then(Value::as_object));
        let stored = holder.and_then(|holder| holder.get(&attribute.name)).cloned().unwrap_or_default();
        if attribute.kind != Type::Complex {
            return if attribute.multi_valued && dice.chance(40) {
                let test = self.connected(dice, |dice| test(dice, attribute, "value", &stored));
                format!("{name}[{test}]")
            } else {
                test(dice, attribute, &name, &stored)
            };
        }
        if dice.chance(10) {
            return format!("{name} {}", spelled(dice, "pr"));
        }
        // One and the same element, so that conjunctions have something to find.
        let element = match &stored {
            Value::Array(elements) if !elements.is_empty() => dice.pick(elements).clone(),
            other => other.clone(),
        };
        let one = |dice: &mut Dice, prefix: &str| {
            let sub = dice.pick(&attribute.sub_attributes);
            let part = element.get(&sub.name).cloned().unwrap_or_default();
            let name = spelled(dice, &sub.name);
            test(dice, sub, &format!("{prefix}{name}"), &part)
        };
        match dice.below(10) {
            0..5 => one(dice, &format!("{name}.")),
            // As Entra writes it.
            5 => format!("{name}[{}].{}", self.connected(dice, |dice| one(dice, "")), one(dice, "")),
            _ => format!("{name}[{}]", self.connected(dice, |dice| one(dice, ""))),
        }
    }

    /// An attribute's name in one of its spellings, RFC 7644 §3.10.
    fn name(&self, dice: &mut Dice, urn: Option<&str>, attribute: &Attribute) -> String {
        let name = spelled(dice, &attribute.name);
        let owners = self.schema.extensions.iter().filter(|extension| extension.schema.attribute(&name).is_some());
        match urn {
            Some(_) if dice.chance(15) && owners.count() == 1 && self.schema.attribute(&name).is_none() => name,
            Some(urn) => format!("{}:{name}", spelled(dice, urn)),
            None if dice.chance(15) => format!("{}:{name}", spelled(dice, &self.schema.core.id)),
            None => name,
        }
    }

    fn connected(&self, dice: &mut Dice, mut test: impl FnMut(&mut Dice) -> String) -> String {
        let first = test(dice);
        match dice.below(6) {
            0 => format!("{first} and {}", test(dice)),
            1 => format!("{first} or {}", test(dice)),
            2 => format!("not ({first})"),
            3 => format!("{first} and not ({} or {})", test(dice), test(dice)),
            4 => format!("{first} or {} and {}", test(dice), test(dice)),
            _ => first,
        }
    }
}

/// One attribute, by the operators that its type has, compared with what is `stored` or with something else.
pub fn test(dice: &mut Dice, attribute: &Attribute, name: &str, stored: &Value) -> String {
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
        0 => return format!("{name} {}", spelled(dice, "pr")),
        1 => return format!("{name} {} null", spelled(dice, "eq")),
        2 => return format!("{name} {} null", spelled(dice, "ne")),
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
    // As Entra writes booleans.
    if let (Value::Bool(truth), true) = (&literal, dice.chance(20)) {
        literal = json!(["true", "false", "True", "False"][usize::from(!truth) + 2 * dice.below(2)]);
    }
    format!("{name} {} {literal}", spelled(dice, op))
}
