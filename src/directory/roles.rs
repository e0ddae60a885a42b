//! Roles and the grants behind them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::ids::GroupId;

/// What a member may do, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees what is shared with them.
    Guest,
    /// Sees everything.
    Viewer,
    /// Changes things.
    Editor,
    /// Changes the workspace itself.
    Admin,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Self; 4] = [Self::Guest, Self::Viewer, Self::Editor, Self::Admin];

    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of this name, in any case: identity providers send what people typed.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::named(text).ok_or_else(|| "a role is one of admin, editor, viewer, guest".into())
    }
}

/// Where a grant comes from, in the order in which sources are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Given by hand. The directory never touches it.
    Manual,
    /// The user's `role` in our extension, or one of `roles`.
    Attribute,
    /// A group that is mapped to a role.
    Group(GroupId),
    /// Nothing else gave one.
    Default,
}

/// Why a member has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// Where it comes from.
    pub source: Source,
    /// What it gives.
    pub role: Role,
}

/// The grants that a directory user gets: from the attribute, else from every mapped group, else the default.
pub fn from_directory(
    attribute: Option<Role>,
    mapped: impl IntoIterator<Item = (GroupId, Role)>,
    default: Role,
) -> BTreeSet<Grant> {
    if let Some(role) = attribute {
        return BTreeSet::from([Grant { source: Source::Attribute, role }]);
    }
    let groups: BTreeSet<Grant> = mapped.into_iter().map(|(group, role)| Grant { source: Source::Group(group), role }).collect();
    if groups.is_empty() { BTreeSet::from([Grant { source: Source::Default, role: default }]) } else { groups }
}

/// The strongest role among the grants.
pub fn strongest<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Option<Role> {
    grants.into_iter().map(|grant| grant.role).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_goes_before_groups_and_groups_before_the_default() {
        let (one, two) = (GroupId::new(), GroupId::new());
        let groups = [(one, Role::Editor), (two, Role::Guest)];
        let grants = from_directory(Some(Role::Viewer), groups, Role::Guest);
        assert_eq!(strongest(&grants), Some(Role::Viewer));
        let grants = from_directory(None, groups, Role::Admin);
        assert_eq!(grants.len(), 2);
        assert_eq!(strongest(&grants), Some(Role::Editor));
        let grants = from_directory(None, [], Role::Guest);
        assert_eq!(grants, BTreeSet::from([Grant { source: Source::Default, role: Role::Guest }]));
    }

    #[test]
    fn a_role_is_found_in_any_case() {
        assert_eq!(Role::named(" Admin "), Some(Role::Admin));
        assert_eq!(Role::named("owner"), None);
    }
}
