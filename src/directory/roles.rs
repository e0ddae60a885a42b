//! Roles and the grants behind them.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use crate::ids::GroupId;

/// What a member may do. Of several roles the one with the highest rank holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role {
    rank: u16,
    name: Cow<'static, str>,
}

impl Role {
    /// Sees what is shared with them.
    pub const GUEST: Self = Self::built_in("guest", 100);
    /// Sees everything.
    pub const VIEWER: Self = Self::built_in("viewer", 200);
    /// Changes things.
    pub const EDITOR: Self = Self::built_in("editor", 300);
    /// Changes the workspace itself. No role is stronger.
    pub const ADMIN: Self = Self::built_in("admin", 1000);
    /// The roles that every workspace has, weakest first.
    pub const BUILT_IN: [Self; 4] = [Self::GUEST, Self::VIEWER, Self::EDITOR, Self::ADMIN];

    const fn built_in(name: &'static str, rank: u16) -> Self {
        Self { rank, name: Cow::Borrowed(name) }
    }

    /// A role of a workspace's own.
    ///
    /// # Errors
    /// A sentence about the name or the rank, when a workspace cannot have such a role.
    pub fn custom(name: &str, rank: u16) -> Result<Self, String> {
        let word = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'));
        if !word || name.len() > 63 || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err("name: at most 63 lower-case letters, digits, hyphens and underscores, beginning with a letter.".into());
        }
        if let Some(same) = Self::BUILT_IN.iter().find(|role| role.name == name) {
            return Err(format!("name: every workspace has the role {same}; its rank {} stays.", same.rank));
        }
        if let Some(same) = Self::BUILT_IN.iter().find(|role| role.rank == rank) {
            return Err(format!(
                "rank: {rank} is that of {same}. Choose another, so that it is clear which of two roles is the stronger."
            ));
        }
        if !(1..Self::ADMIN.rank).contains(&rank) {
            return Err(format!("rank: from 1 to {}; admin has {}.", Self::ADMIN.rank - 1, Self::ADMIN.rank));
        }
        Ok(Self { rank, name: name.to_owned().into() })
    }

    /// Its name as stored and spoken over the API.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The higher, the stronger.
    pub const fn rank(&self) -> u16 {
        self.rank
    }

    /// Whether every workspace has it.
    pub fn is_built_in(&self) -> bool {
        Self::BUILT_IN.contains(self)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The roles of a workspace, and which of them people have to whom nothing else gives one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    all: BTreeSet<Role>,
    default: Role,
}

impl Roles {
    /// The built-in ones and these.
    pub fn new(custom: impl IntoIterator<Item = Role>, default: &str) -> Self {
        let mut roles = Self { all: Role::BUILT_IN.into_iter().chain(custom).collect(), default: Role::GUEST };
        // It cannot be deleted; should it be gone all the same, the least is the safe reading.
        roles.default = roles.named(default).unwrap_or(Role::GUEST);
        roles
    }

    /// The role of whoever has no other.
    pub const fn default(&self) -> &Role {
        &self.default
    }

    /// All of them, weakest first.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.all.iter()
    }

    /// The role of this name, in any case: identity providers send what people typed.
    pub fn named(&self, text: &str) -> Option<Role> {
        self.all.iter().find(|role| role.name.eq_ignore_ascii_case(text.trim())).cloned()
    }

    /// The role that a row names. One that has been deleted meanwhile is worth nothing, and is still told from every other.
    pub fn stored(&self, name: &str) -> Role {
        self.named(name).unwrap_or_else(|| Role { rank: 0, name: name.to_owned().into() })
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    default: &Role,
) -> BTreeSet<Grant> {
    if let Some(role) = attribute {
        return BTreeSet::from([Grant { source: Source::Attribute, role }]);
    }
    let groups: BTreeSet<Grant> = mapped.into_iter().map(|(group, role)| Grant { source: Source::Group(group), role }).collect();
    if groups.is_empty() { BTreeSet::from([Grant { source: Source::Default, role: default.clone() }]) } else { groups }
}

/// Whether the role that a row names is that of an administrator.
pub fn is_admin(name: Option<&str>) -> bool {
    name == Some(Role::ADMIN.as_str())
}

/// The strongest role among the grants.
pub fn strongest<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Option<Role> {
    grants.into_iter().map(|grant| &grant.role).max().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn support() -> Role {
        Role::custom("support", 250).expect("a role")
    }

    #[test]
    fn the_attribute_goes_before_groups_and_groups_before_the_default() {
        let (one, two) = (GroupId::new(), GroupId::new());
        let groups = || [(one, Role::EDITOR), (two, Role::GUEST)];
        let grants = from_directory(Some(Role::VIEWER), groups(), &Role::GUEST);
        assert_eq!(strongest(&grants), Some(Role::VIEWER));
        let grants = from_directory(None, groups(), &Role::ADMIN);
        assert_eq!(grants.len(), 2);
        assert_eq!(strongest(&grants), Some(Role::EDITOR));
        let grants = from_directory(None, [], &Role::GUEST);
        assert_eq!(grants, BTreeSet::from([Grant { source: Source::Default, role: Role::GUEST }]));
    }

    #[test]
    fn rank_decides_and_not_the_name() {
        let grants = [Role::VIEWER, support(), Role::GUEST].map(|role| Grant { source: Source::Group(GroupId::new()), role });
        assert_eq!(strongest(&grants), Some(support()));
        assert!(Role::VIEWER < support() && support() < Role::EDITOR && Role::EDITOR < Role::ADMIN);
    }

    #[test]
    fn a_role_is_found_in_any_case() {
        let roles = Roles::new([support()], "support");
        assert_eq!(roles.named(" Admin "), Some(Role::ADMIN));
        assert_eq!(roles.named("SUPPORT"), Some(support()));
        assert_eq!(roles.named("owner"), None);
        assert_eq!(roles.default(), &support());
        assert!(roles.stored("owner") < Role::GUEST);
        assert_ne!(roles.stored("owner"), roles.stored("other"));
        assert_eq!(Roles::new([], "gone").default(), &Role::GUEST);
    }

    #[test]
    fn a_role_that_would_be_ambiguous_or_stronger_than_admin_is_refused() {
        for (name, rank) in
            [("", 1), ("Support", 1), ("2nd", 1), ("a b", 1), ("admin", 1), ("x", 0), ("x", 200), ("x", 1000), ("x", 4000)]
        {
            assert!(Role::custom(name, rank).is_err(), "{name} {rank}");
        }
        assert!(Role::custom(&"x".repeat(64), 1).is_err());
        assert!(Role::custom(&"x".repeat(63), 999).is_ok());
    }
}
