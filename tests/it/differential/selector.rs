//! The filters between the brackets of a path, read and answered as simply as can be: for `eq`, `ne`, `co`, `sw` and `pr` with `and`,
//! `or`, `not` and parentheses.

use serde_json::Value;

/// A filter over one value.
pub enum Selector {
    Term(String, String, Value),
    Present(String),
    And(Box<Selector>, Box<Selector>),
    Or(Box<Selector>, Box<Selector>),
    Not(Box<Selector>),
}

impl Selector {
    /// Reads a filter that is one.
    pub fn read(text: &str) -> Self {
        let mut rest = text.trim();
        let read = Self::either(&mut rest);
        assert!(rest.is_empty(), "{text} is no filter: {rest}");
        read
    }

    fn either(rest: &mut &str) -> Self {
        let mut left = Self::both(rest);
        while take(rest, "or ") {
            left = Self::Or(Box::new(left), Box::new(Self::both(rest)));
        }
        left
    }

    fn both(rest: &mut &str) -> Self {
        let mut left = Self::one(rest);
        while take(rest, "and ") {
            left = Self::And(Box::new(left), Box::new(Self::one(rest)));
        }
        left
    }

    fn one(rest: &mut &str) -> Self {
        if take(rest, "not (") {
            let inner = Self::either(rest);
            assert!(take(rest, ")"));
            return Self::Not(Box::new(inner));
        }
        if take(rest, "(") {
            let inner = Self::either(rest);
            assert!(take(rest, ")"));
            return inner;
        }
        let name = word(rest);
        let operator = word(rest).to_lowercase();
        if operator == "pr" {
            return Self::Present(name);
        }
        let literal = serde_json::from_str(&literal(rest)).expect("a JSON literal");
        Self::Term(name, operator, literal)
    }

    /// Whether the value passes.
    pub fn selects(&self, value: &Value) -> bool {
        match self {
            Self::And(left, right) => left.selects(value) && right.selects(value),
            Self::Or(left, right) => left.selects(value) || right.selects(value),
            Self::Not(inner) => !inner.selects(value),
            Self::Present(name) => part(value, name).is_some_and(|part| *part != ""),
            Self::Term(name, operator, literal) => {
                let wanted = wanted(name, literal);
                // Whoever says nothing of primary says false.
                let absent = if name.eq_ignore_ascii_case("primary") { Some(Value::Bool(false)) } else { None };
                let Some(found) = part(value, name).cloned().or(absent) else { return operator == "ne" };
                match (operator.as_str(), &found, &wanted) {
                    ("eq", ..) => folded(&found) == folded(&wanted),
                    ("ne", ..) => folded(&found) != folded(&wanted),
                    ("co", Value::String(found), Value::String(wanted)) => found.to_lowercase().contains(&wanted.to_lowercase()),
                    ("sw", Value::String(found), Value::String(wanted)) => {
                        found.to_lowercase().starts_with(&wanted.to_lowercase())
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    /// What an element that passes must be, if the filter is a conjunction of equalities.
    pub fn describes(&self) -> Option<Vec<(String, Value)>> {
        match self {
            Self::Term(name, operator, literal) if operator == "eq" => Some(vec![(name.clone(), wanted(name, literal))]),
            Self::And(left, right) => Some([left.describes()?, right.describes()?].concat()),
            _ => None,
        }
    }
}

/// Entra writes the truth of `primary` as a text.
fn wanted(name: &str, literal: &Value) -> Value {
    match literal {
        Value::String(text) if name.eq_ignore_ascii_case("primary") => Value::Bool(text.eq_ignore_ascii_case("true")),
        other => other.clone(),
    }
}

fn folded(value: &Value) -> String {
    value.to_string().to_lowercase()
}

fn part<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, part)| part)
}

fn take(rest: &mut &str, word: &str) -> bool {
    match rest.strip_prefix(word) {
        Some(after) => {
            *rest = after.trim_start();
            true
        }
        None => false,
    }
}

/// Takes what stands before the next blank, bracket or end.
fn word(rest: &mut &str) -> String {
    let end = rest.find([' ', ')']).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    let word = word.to_owned();
    *rest = after.trim_start();
    word
}

/// Takes a text in quotes, or a word.
fn literal(rest: &mut &str) -> String {
    if !rest.starts_with('"') {
        return word(rest);
    }
    let mut escaped = false;
    let is_end = |c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    };
    let end = rest[1..].find(is_end).expect("the end of a text") + 2;
    let (text, after) = rest.split_at(end);
    let text = text.to_owned();
    *rest = after.trim_start();
    text
}
