//! The filter language of RFC 7644 §3.4.2.2, from text to answer.
//!
//! A filter passes three stations, each in its own file: `lex` cuts the text into tokens, `parse` arranges them by the
//! grammar alone, and `typed` asks the schema what each name means. What comes out is a [`Filter`]: every attribute is
//! known, every operator is legal for its attribute, every value has the attribute's type. Whoever uses a filter,
//! [`matches()`] for a resource in memory or the SQL compiler for a table, can neither meet a name it does not know nor
//! has to look one up.
//!
//! Some things are accepted although the grammar has no room for them, because Microsoft Entra sends them:
//! `emails[type eq "work"].value eq "x"`, the text `"True"` where a boolean belongs, `manager eq "x"` for the value of an extension's
//! attribute. The functions `…_noting` take down which, and refuse those that the workspace refuses.

mod ast;
mod eval;
mod lex;
mod parse;
#[cfg(test)]
mod tests;
mod typed;

pub use ast::{Comparison, Filter, Literal, Op, Target};
pub use eval::{matches, matches_value};
pub(super) use lex::string_length;

use super::error::{ScimError, ScimType};
use super::schema::{Attribute, ResourceSchema};
use super::tolerance::Tolerated;

/// Reads the filter of a query, as a workspace with the default rules takes it.
///
/// # Errors
/// 400 `invalidFilter` for text outside the grammar, for an attribute that the resource does not have or that is never
/// returned, for an operator or a value that the attribute's type does not allow, and for a filter over the bounds of
/// [`LIMITS`](super::discovery::LIMITS).
pub fn parse(text: &str, schema: &ResourceSchema) -> Result<Filter, ScimError> {
    parse_among(text, schema, &[])
}

/// Reads the filter of a query over several resource types (RFC 7644 §3.4.2.1), as it applies to the resources of `schema`: an
/// attribute that only the `others` have is one without a value.
///
/// # Errors
/// 400 `invalidFilter`, as [`parse()`]; an attribute that none of them has.
pub fn parse_among(text: &str, schema: &ResourceSchema, others: &[&ResourceSchema]) -> Result<Filter, ScimError> {
    parse_noting(text, schema, others, &mut Tolerated::default())
}

/// As [`parse_among`], with the workspace's rules.
///
/// # Errors
/// 400 `invalidFilter`, as [`parse_among`]; for what the workspace refuses to let pass.
pub fn parse_noting(
    text: &str,
    schema: &ResourceSchema,
    others: &[&ResourceSchema],
    notes: &mut Tolerated,
) -> Result<Filter, ScimError> {
    typed::typed(parse::parse(text)?, typed::Scope::Resource(schema, others), notes)
}

/// Reads what stands between the brackets of a PATCH path (`type eq "work"`), as a filter over one value of
/// `attribute`.
///
/// # Errors
/// 400 `invalidFilter`, as [`parse()`].
pub fn parse_value_filter(text: &str, attribute: &Attribute) -> Result<Filter, ScimError> {
    parse_value_filter_noting(text, attribute, &mut Tolerated::default())
}

/// As [`parse_value_filter`], with the workspace's rules.
///
/// # Errors
/// 400 `invalidFilter`, as [`parse()`]; for what the workspace refuses to let pass.
pub fn parse_value_filter_noting(text: &str, attribute: &Attribute, notes: &mut Tolerated) -> Result<Filter, ScimError> {
    typed::typed(parse::parse(text)?, typed::Scope::Value(attribute), notes)
}

/// The one way to refuse a filter.
fn invalid(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidFilter, detail)
}
