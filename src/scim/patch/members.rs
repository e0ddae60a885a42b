//! The members of a group, as deltas.

use serde_json::Value;

use super::{Target, Verb, invalid_value, mutability, values};
use crate::scim::document::MemberRef;
use crate::scim::error::{ScimError, ScimType};
use crate::scim::filter::{Comparison, Filter, Literal, Op};
use crate::scim::tolerance::{Tolerance, Tolerated};

/// One operation on the members of a group. None of them needs the members that are there to be read first, save
/// [`RemoveWhere`](Self::RemoveWhere).
#[derive(Debug, Clone, PartialEq)]
pub enum MemberChange {
    /// Those who are not members yet become so; never empty.
    Add(Vec<MemberRef>),
    /// Those of these ids who are members cease to be; never empty.
    Remove(Vec<String>),
    /// All to whom a filter over the sub-attributes of `members` applies.
    RemoveWhere(Filter),
    /// All of them.
    RemoveAll,
    /// These, and nobody else.
    Replace(Vec<MemberRef>),
}

impl MemberChange {
    /// Takes over what the change after this one does, if it is of the same kind and one statement can do both; else gives
    /// it back.
    pub(super) fn absorb(&mut self, next: Self) -> Option<Self> {
        match (self, next) {
            (Self::Add(members), Self::Add(more)) => members.extend(more),
            (Self::Remove(ids), Self::Remove(more)) => ids.extend(more),
            (Self::RemoveAll, Self::RemoveAll) => {}
            (
                Self::Add(_) | Self::Remove(_) | Self::RemoveWhere(_) | Self::RemoveAll | Self::Replace(_),
                next @ (Self::Add(_) | Self::Remove(_) | Self::RemoveWhere(_) | Self::RemoveAll | Self::Replace(_)),
            ) => return Some(next),
        }
        None
    }
}

/// What an operation whose attribute is `members` does; `None` if it is nothing.
///
/// # Errors
/// 400 `mutability` when it would change a member rather than add or remove one (RFC 7643 §4.2); 400 `invalidValue`
/// when a list is needed and there is none.
pub(super) fn change(
    verb: Verb,
    target: &Target,
    value: Option<Value>,
    notes: &mut Tolerated,
) -> Result<Option<MemberChange>, ScimError> {
    if target.path.sub_attribute.is_some() || (target.filter.is_some() && verb != Verb::Remove) {
        return Err(mutability(format!("{} cannot be changed. Remove the member and add another.", target.shown())));
    }
    let list = |value: Option<Value>, notes: &mut Tolerated| match value {
        // Only a replacement must be a list: one member is added as well as several (RFC 7644 §3.5.2.1).
        Some(value) if verb == Verb::Replace => MemberRef::list(value, notes),
        Some(value) => MemberRef::list(values::listed(&value), notes),
        None => Err(invalid_value("The operation on members has no value. Send the list of members, or remove them.")),
    };
    let change = match (verb, &target.filter) {
        (Verb::Add, _) => MemberChange::Add(list(value, notes)?),
        (Verb::Replace, _) => MemberChange::Replace(list(value, notes)?),
        (Verb::Remove, Some(filter)) => {
            ids(filter).map_or_else(|| MemberChange::RemoveWhere(filter.clone()), MemberChange::Remove)
        }
        (Verb::Remove, None) => match value {
            None | Some(Value::Null) => MemberChange::RemoveAll,
            // By the letter the value means nothing and the group would be emptied. Entra, authentik, Rauthy and
            // JumpCloud mean the members that they list.
            listed => {
                notes.need(Tolerance::RemoveWithValue, ScimType::InvalidSyntax, || {
                    "A remove operation has no value. Select the member in the path: members[value eq \"...\"].".to_owned()
                })?;
                MemberChange::Remove(list(listed, notes)?.into_iter().map(|member| member.value).collect())
            }
        },
    };
    Ok(match change {
        MemberChange::Add(members) if members.is_empty() => None,
        MemberChange::Remove(ids) if ids.is_empty() => None,
        change => Some(change),
    })
}

/// The ids in `value eq "…"`, also several of these with `or`.
fn ids(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Compare(Comparison { target, op: Op::Eq, value: Literal::Text(id) }) if target.is_core("value") => {
            Some(vec![id.clone()])
        }
        Filter::Or(filters) => {
            let each: Option<Vec<Vec<String>>> = filters.iter().map(ids).collect();
            each.map(|each| each.concat())
        }
        Filter::Compare(_) | Filter::And(_) | Filter::Not(_) | Filter::Present(_) | Filter::ValuePath { .. } => None,
    }
}
