//! What a reconciliation would change about a person, without changing it.

use super::{
    guard::{self, Effect},
    membership::{Desired, Effective, Step, plan},
    roles::{Role, Source},
};

/// What would happen to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The person would be invited.
    Added,
    /// The person was in before and would be in again.
    Returning,
    /// The person would be put out.
    Removed,
    /// The person would get a stronger role.
    Promoted,
    /// The person would get a weaker role.
    Demoted,
    /// Role and access stay; groups, grants or the profile would change.
    Updated,
}

/// What would become of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What would happen; none when nothing would.
    pub change: Option<Change>,
    /// The role that the person has.
    pub before: Option<Role>,
    /// The role that the person would have.
    pub after: Option<Role>,
    /// Neither attribute nor group nor anybody by hand gives a role: it would be the default one.
    pub matches_no_role: bool,
}

impl Preview {
    /// Of a person of whom the directory says this, and who is that.
    pub fn of(desired: Option<&Desired>, effective: Option<&Effective>) -> Self {
        let steps = plan(desired, effective);
        let before = effective.and_then(|now| now.role.clone());
        let set = steps.iter().find_map(|step| if let Step::SetRole(role) = step { Some(role.clone()) } else { None });
        let after = set.unwrap_or_else(|| before.clone());
        let change = match guard::loss(&steps, effective) {
            Some(Effect::Access) => Some(Change::Removed),
            Some(Effect::Role) => Some(Change::Demoted),
            None if steps.contains(&Step::Invite) => Some(Change::Added),
            None if steps.iter().any(|step| matches!(step, Step::Reopen(_))) => Some(Change::Returning),
            None if after > before => Some(Change::Promoted),
            None => (!steps.is_empty()).then_some(Change::Updated),
        };
        let by_hand = effective.is_some_and(|now| now.grants.iter().any(|grant| grant.source == Source::Manual));
        let by_default = |desired: &Desired| desired.active && desired.grants.iter().all(|grant| grant.source == Source::Default);
        Self { change, before, after, matches_no_role: !by_hand && desired.is_some_and(by_default) }
    }

    /// Whether an administrator would be one no more.
    pub fn loses_admin(&self) -> bool {
        self.before.as_ref() == Some(&Role::ADMIN) && self.after.as_ref() != Some(&Role::ADMIN)
    }
}
