//! The typed tree of a filter.
//!
//! `Display` writes a filter in the language it was read from, with canonical names, so that reading it again gives
//! the same tree.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};

use crate::scim::attr::AttrPath;
use crate::scim::decimal::Decimal;
use crate::scim::document::value::date_time_text;
use crate::scim::identity;
use crate::scim::schema::Type;

/// A filter of which every name, operator and value is known to be right.
///
/// `And` and `Or` hold at least two members, none of their own kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every one of them holds.
    And(Vec<Filter>),
    /// At least one of them holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// An attribute compared with a literal.
    Compare(Comparison),
    /// `pr`: there is a value, or a complex value that is not empty.
    Present(Target),
    /// `target[filter]`: one and the same value of `target` passes `filter`, whose targets are sub-attributes.
    ValuePath {
        /// The attribute whose values are looked at.
        target: Target,
        /// What one of them must pass.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// How many terms it has, which is what one evaluation costs.
    pub fn terms(&self) -> usize {
        match self {
            Filter::And(filters) | Filter::Or(filters) => filters.iter().map(Filter::terms).sum(),
            Filter::Not(filter) => filter.terms(),
            Filter::Compare(_) | Filter::Present(_) => 1,
            Filter::ValuePath { filter, .. } => 1 + filter.terms(),
        }
    }

    /// The text that the sub-attribute `name` must equal for a value to pass, whatever else this filter over one value wants;
    /// with it the few candidates are found without a look at all values.
    pub fn required_text(&self, name: &str) -> Option<(&Target, &str)> {
        match self {
            Filter::Compare(Comparison { target, op: Op::Eq, value: Literal::Text(text) }) => {
                target.is_core(name).then_some((target, text))
            }
            Filter::And(filters) => filters.iter().find_map(|filter| filter.required_text(name)),
            Filter::Compare(_) | Filter::Or(_) | Filter::Not(_) | Filter::Present(_) | Filter::ValuePath { .. } => None,
        }
    }

    /// Whether this filter over one value asks for its sub-attribute `name`.
    pub fn asks_for(&self, name: &str) -> bool {
        match self {
            Filter::And(filters) | Filter::Or(filters) => filters.iter().any(|filter| filter.asks_for(name)),
            Filter::Not(filter) => filter.asks_for(name),
            Filter::Compare(Comparison { target, .. }) | Filter::Present(target) => target.is_core(name),
            Filter::ValuePath { filter, .. } => filter.asks_for(name),
        }
    }

    /// All of `filters`.
    pub(super) fn all(filters: Vec<Filter>) -> Filter {
        let flat = filters.into_iter().flat_map(|filter| match filter {
            Filter::And(inner) => inner,
            Filter::Or(_) | Filter::Not(_) | Filter::Compare(_) | Filter::Present(_) | Filter::ValuePath { .. } => {
                vec![filter]
            }
        });
        one_or(flat.collect(), Filter::And)
    }

    /// Any of `filters`.
    pub(super) fn any(filters: Vec<Filter>) -> Filter {
        let flat = filters.into_iter().flat_map(|filter| match filter {
            Filter::Or(inner) => inner,
            Filter::And(_) | Filter::Not(_) | Filter::Compare(_) | Filter::Present(_) | Filter::ValuePath { .. } => {
                vec![filter]
            }
        });
        one_or(flat.collect(), Filter::Or)
    }
}

fn one_or(mut filters: Vec<Filter>, many: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            many(filters)
        }
        None => many(filters),
    }
}

/// What a term of a filter looks at, with all that an evaluator or an SQL compiler must know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Canonical names. The schema is named for attributes of an extension only. Within a [`Filter::ValuePath`] this
    /// is a sub-attribute alone (`type`, not `emails.type`); of an attribute whose values are not complex, `value`
    /// stands for the value itself.
    pub path: AttrPath,
    /// The type of the value that is compared.
    pub kind: Type,
    /// The attribute (within a value path: the sub-attribute) may have several values, any of which may match.
    pub multi_valued: bool,
    /// The sub-attribute, if there is one, may have several values in each value of the attribute.
    pub part_multi_valued: bool,
    /// Letters of different case differ.
    pub case_exact: bool,
}

impl Target {
    /// The form in which a text of this attribute is compared, on both sides of the operator.
    ///
    /// User names are compared as RFC 8265 prepares them (RFC 7644 §5); other text as it is, or folded when case does
    /// not count. A piece of a user name that cannot be prepared by itself is folded.
    pub fn comparable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.case_exact {
            return Cow::Borrowed(text);
        }
        if self.is_core("userName")
            && let Ok(key) = identity::user_name_key(text)
        {
            return Cow::Owned(key);
        }
        Cow::Owned(identity::fold(text))
    }

    /// This is the whole attribute `name` of the core schema, or one of the common attributes.
    pub fn is_core(&self, name: &str) -> bool {
        self.path.schema.is_none() && self.path.sub_attribute.is_none() && self.path.attribute == name
    }
}

/// One attribute, one operator, one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The attribute.
    pub target: Target,
    /// The operator, which the attribute's type allows.
    pub op: Op,
    /// The value, of the attribute's type or `null`.
    pub value: Literal,
}

/// The comparing operators of RFC 7644 §3.4.2.2, Table 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

impl Op {
    const ALL: [Op; 9] = [Op::Eq, Op::Ne, Op::Co, Op::Sw, Op::Ew, Op::Gt, Op::Ge, Op::Lt, Op::Le];

    /// The operator as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Eq => "eq",
            Op::Ne => "ne",
            Op::Co => "co",
            Op::Sw => "sw",
            Op::Ew => "ew",
            Op::Gt => "gt",
            Op::Ge => "ge",
            Op::Lt => "lt",
            Op::Le => "le",
        }
    }

    /// The operator that `word` names, in any case.
    pub(super) fn from_word(word: &str) -> Option<Op> {
        Self::ALL.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(word))
    }
}

/// The value that an attribute is compared with, in the attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Equal to an attribute without a value (RFC 7643 §2.5).
    Null,
    /// Of a boolean.
    Bool(bool),
    /// Of an integer.
    Integer(i64),
    /// Of a decimal.
    Decimal(Decimal),
    /// Of a string, a reference or a binary value. Never with U+0000.
    Text(String),
    /// Of a dateTime.
    DateTime(DateTime<Utc>),
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::And(filters) => joined(f, filters, " and "),
            Filter::Or(filters) => joined(f, filters, " or "),
            Filter::Not(filter) => write!(f, "not ({filter})"),
            Filter::Compare(Comparison { target, op, value }) => write!(f, "{target} {} {value}", op.as_str()),
            Filter::Present(target) => write!(f, "{target} pr"),
            Filter::ValuePath { target, filter } => write!(f, "{target}[{filter}]"),
        }
    }
}

/// `or` binds weakest, so a disjunction inside anything else needs parentheses.
fn joined(f: &mut fmt::Formatter<'_>, filters: &[Filter], word: &str) -> fmt::Result {
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match filter {
            Filter::Or(_) => write!(f, "({filter})")?,
            Filter::And(_) | Filter::Not(_) | Filter::Compare(_) | Filter::Present(_) | Filter::ValuePath { .. } => {
                write!(f, "{filter}")?;
            }
        }
    }
    Ok(())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Bool(value) => write!(f, "{value}"),
            Literal::Integer(value) => write!(f, "{value}"),
            Literal::Decimal(value) => write!(f, "{value}"),
            Literal::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Literal::DateTime(instant) => write!(f, "\"{}\"", date_time_text(*instant)),
        }
    }
}
