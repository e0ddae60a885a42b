//! The schema's word on a parsed filter: which attribute each name means, and whether it can be asked that.

use super::ast::{Comparison, Filter, Literal, Op, Target};
use super::invalid;
use super::parse::{Expression, Term, Test};
use crate::scim::attr::AttrPath;
use crate::scim::document::value::date_time;
use crate::scim::error::{ScimError, ScimType, excerpt};
use crate::scim::etag;
use crate::scim::schema::{Attribute, Resolved, ResourceSchema, Returned, Type, needs_urn};
use crate::scim::tolerance::{Tolerance, Tolerated};

/// Where the names of a filter are looked up.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// The attributes of a resource; a name that it does not have is looked for in the others, and has no value then.
    Resource(&'a ResourceSchema, &'a [&'a ResourceSchema]),
    /// Between brackets: the sub-attributes of one attribute.
    Value(&'a Attribute),
}

/// An attribute that a filter names.
struct Named<'a> {
    path: AttrPath,
    /// The sub-attribute if the path has one, else the attribute.
    attribute: &'a Attribute,
    multi_valued: bool,
    /// So may the sub-attribute.
    part_multi_valued: bool,
}

/// Gives every name in `expression` its meaning.
///
/// # Errors
/// 400 `invalidFilter` for an unknown or unreadable attribute, an operator that its type does not have, and a value of
/// another type; for what the workspace refuses to let pass.
pub(super) fn typed(expression: Expression, scope: Scope<'_>, notes: &mut Tolerated) -> Result<Filter, ScimError> {
    match expression {
        Expression::And(members) => Ok(Filter::all(each(members, scope, notes)?)),
        Expression::Or(members) => Ok(Filter::any(each(members, scope, notes)?)),
        Expression::Not(inner) => Ok(Filter::Not(Box::new(typed(*inner, scope, notes)?))),
        Expression::Term(term) => test(term, scope, notes),
        Expression::ValuePath { path, filter, rest } => {
            let named = scope.collection(&path, notes)?;
            let values = Scope::Value(named.attribute);
            let mut terms = vec![typed(*filter, values, notes)?];
            if let Some(rest) = rest {
                let (path, part) = (&named.path, rest.path.to_string());
                let detail =
                    || format!("Nothing may follow {path}[...]. Put the comparison of {part} into the brackets, after \"and\".");
                notes.need(Tolerance::ComparisonAfterBrackets, ScimType::InvalidFilter, detail)?;
                terms.push(test(rest, values, notes)?);
            }
            let filter = Box::new(Filter::all(terms));
            Ok(Filter::ValuePath { target: named.target(), filter })
        }
    }
}

fn each(members: Vec<Expression>, scope: Scope<'_>, notes: &mut Tolerated) -> Result<Vec<Filter>, ScimError> {
    members.into_iter().map(|member| typed(member, scope, notes)).collect()
}

fn test(term: Term, scope: Scope<'_>, notes: &mut Tolerated) -> Result<Filter, ScimError> {
    let named = scope.resolve(&term.path, notes)?;
    match term.test {
        Test::Present => Ok(Filter::Present(named.target())),
        Test::Compare(op, literal) => {
            let target = named.comparable(notes)?.target();
            let value = value(&target, op, literal, notes)?;
            let value = if scope.is_version(&target.path) { of_version(op, value) } else { value };
            Ok(Filter::Compare(Comparison { target, op, value }))
        }
    }
}

/// A tag that was shown with groups is looked for by the version in it.
fn of_version(op: Op, literal: Literal) -> Literal {
    match (op, literal) {
        (Op::Eq | Op::Ne, Literal::Text(tag)) => Literal::Text(etag::without_groups(&tag)),
        (_, literal) => literal,
    }
}

impl<'a> Scope<'a> {
    /// Whether this is `meta.version`.
    fn is_version(self, path: &AttrPath) -> bool {
        match self {
            Scope::Resource(..) => {
                path.schema.is_none() && path.attribute == "meta" && path.sub_attribute.as_deref() == Some("version")
            }
            Scope::Value(attribute) => attribute.name == "meta" && path.attribute == "version",
        }
    }

    fn resolve(self, path: &AttrPath, notes: &mut Tolerated) -> Result<Named<'a>, ScimError> {
        let named = match self {
            Scope::Resource(schema, others) => Named::in_resource(schema, path)
                .or_else(|unknown| others.iter().find_map(|other| Named::in_resource(other, path).ok()).ok_or(unknown)),
            Scope::Value(attribute) => Named::in_value(attribute, path),
        }?;
        needs_urn(path, &named.path, notes).map_err(|error| error.with_type(ScimType::InvalidFilter))?;
        if named.attribute.returned == Returned::Never {
            return Err(invalid(format!(
                "{} is never shown, so it cannot be filtered by. Leave it out of the filter.",
                named.path
            )));
        }
        Ok(named)
    }

    /// The attribute before a bracket, which must have values that a filter can tell apart.
    fn collection(self, path: &AttrPath, notes: &mut Tolerated) -> Result<Named<'a>, ScimError> {
        let named = self.resolve(path, notes)?;
        let inside_value = matches!(self, Scope::Value(_));
        let selectable = named.attribute.multi_valued || named.attribute.kind == Type::Complex;
        if inside_value || named.path.sub_attribute.is_some() || !selectable {
            return Err(invalid(format!(
                "{} has no values of its own that [...] could select from. Compare it without brackets.",
                named.path
            )));
        }
        Ok(named)
    }
}

impl<'a> Named<'a> {
    fn in_resource(schema: &'a ResourceSchema, path: &AttrPath) -> Result<Self, ScimError> {
        let resolved = schema.resolve_loosely(path).map_err(|error| error.with_type(ScimType::InvalidFilter))?;
        match resolved {
            Resolved::Extension(_) => {
                Err(invalid(format!("{} is a schema; name one of its attributes, after a colon.", excerpt(&path.to_string()))))
            }
            Resolved::Attribute { extension: _, attribute, sub_attribute } => Ok(Named {
                path: resolved.path(),
                attribute: sub_attribute.unwrap_or(attribute),
                multi_valued: attribute.multi_valued,
                part_multi_valued: sub_attribute.is_some_and(|sub| sub.multi_valued),
            }),
        }
    }

    fn in_value(attribute: &'a Attribute, path: &AttrPath) -> Result<Self, ScimError> {
        let plain = path.schema.is_none() && path.sub_attribute.is_none();
        let found = match attribute.kind {
            Type::Complex => attribute.sub_attribute(&path.attribute),
            // Values that are not objects have no parts; `value` means the value itself.
            Type::String | Type::Boolean | Type::Decimal | Type::Integer | Type::DateTime | Type::Binary | Type::Reference => {
                path.attribute.eq_ignore_ascii_case("value").then_some(attribute)
            }
        };
        let found = found.filter(|_| plain).ok_or_else(|| {
            invalid(format!(
                "{} has no sub-attribute {}; /Schemas lists those that it has.",
                attribute.name,
                excerpt(&path.to_string())
            ))
        })?;
        let is_itself = std::ptr::eq(found, attribute);
        let name = if is_itself { "value" } else { found.name.as_str() };
        Ok(Named {
            path: AttrPath::core(name),
            attribute: found,
            multi_valued: found.multi_valued && !is_itself,
            part_multi_valued: false,
        })
    }

    /// What a comparison compares: of a complex attribute without a sub-attribute, its `value`.
    fn comparable(self, notes: &mut Tolerated) -> Result<Self, ScimError> {
        if self.attribute.kind != Type::Complex {
            return Ok(self);
        }
        let path = &self.path;
        let several = |part: &str| invalid(format!("{path} has several parts; name the one to compare, such as {path}.{part}."));
        let Some(attribute) = self.attribute.sub_attribute("value") else {
            return Err(several(self.attribute.sub_attributes.first().map_or("", |sub| sub.name.as_str())));
        };
        if !self.multi_valued {
            notes.pass(Tolerance::ComplexInFilter, || several("value"))?;
        }
        let part_multi_valued = attribute.multi_valued;
        Ok(Named { path: self.path.sub(&attribute.name), attribute, multi_valued: self.multi_valued, part_multi_valued })
    }

    fn target(self) -> Target {
        Target {
            path: self.path,
            kind: self.attribute.kind,
            multi_valued: self.multi_valued,
            part_multi_valued: self.part_multi_valued,
            case_exact: self.attribute.case_exact,
        }
    }
}

/// The literal in the type of `target`, if the operator may stand between the two.
fn value(target: &Target, op: Op, literal: Literal, notes: &mut Tolerated) -> Result<Literal, ScimError> {
    let legal = match &literal {
        Literal::Null => &[Op::Eq, Op::Ne],
        Literal::Bool(_) | Literal::Integer(_) | Literal::Decimal(_) | Literal::Text(_) | Literal::DateTime(_) => {
            operators(target.kind)
        }
    };
    if !legal.contains(&op) {
        let (op, kind) = (op.as_str(), target.kind.as_str());
        let what = if literal == Literal::Null { "null" } else { kind };
        let legal = legal.iter().map(|op| op.as_str()).collect::<Vec<_>>().join(", ");
        return Err(invalid(format!("{target} is of type {kind}; {op} does not apply to {what}. Use one of {legal}.")));
    }
    let mismatch = || {
        let wanted = match target.kind {
            Type::String | Type::Reference | Type::Binary | Type::Complex => "text in double quotes",
            Type::Boolean => "true or false, without quotes",
            Type::Integer => "a whole number",
            Type::Decimal => "a number",
            Type::DateTime => "a date and time such as \"2026-01-31T12:00:00Z\"",
        };
        invalid(format!("{target} is of type {}; compare it with {wanted}.", target.kind.as_str()))
    };
    let is_word = matches!((target.kind, &literal), (Type::Boolean, Literal::Text(_)));
    let value = convert(target.kind, literal).ok_or_else(mismatch)?;
    if is_word {
        notes.pass(Tolerance::BooleanString, mismatch)?;
    }
    Ok(value)
}

/// RFC 7644 §3.4.2.2, Table 3; the text operators are kept to text.
fn operators(kind: Type) -> &'static [Op] {
    match kind {
        Type::String | Type::Reference => &[Op::Eq, Op::Ne, Op::Co, Op::Sw, Op::Ew, Op::Gt, Op::Ge, Op::Lt, Op::Le],
        Type::DateTime | Type::Integer | Type::Decimal => &[Op::Eq, Op::Ne, Op::Gt, Op::Ge, Op::Lt, Op::Le],
        Type::Boolean | Type::Binary => &[Op::Eq, Op::Ne],
        Type::Complex => &[],
    }
}

fn convert(kind: Type, literal: Literal) -> Option<Literal> {
    match (kind, literal) {
        (_, Literal::Null) => Some(Literal::Null),
        (Type::String | Type::Reference | Type::Binary, Literal::Text(text)) => Some(Literal::Text(text)),
        (Type::Boolean, Literal::Bool(value)) => Some(Literal::Bool(value)),
        // Entra: `roles[primary eq "True"]`.
        (Type::Boolean, Literal::Text(text)) => {
            let is = |word: &str| text.eq_ignore_ascii_case(word);
            (is("true") || is("false")).then(|| Literal::Bool(is("true")))
        }
        (Type::Integer, Literal::Integer(number)) => Some(Literal::Integer(number)),
        (Type::Decimal, Literal::Integer(number)) => Some(Literal::Decimal(number.into())),
        (Type::Decimal, Literal::Decimal(number)) => Some(Literal::Decimal(number)),
        (Type::DateTime, Literal::Text(text)) => date_time(&text).map(Literal::DateTime),
        (_, Literal::Bool(_) | Literal::Integer(_) | Literal::Decimal(_) | Literal::Text(_) | Literal::DateTime(_)) => None,
    }
}
