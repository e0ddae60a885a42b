//! Why somebody has a role, and which one they would have if a reason for it were removed.

use std::collections::{BTreeMap, BTreeSet};

use super::roles::{self, Role};
use crate::ids::GroupId;

/// Everything that a person's role follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons {
    /// What was given by hand.
    pub by_hand: Option<Role>,
    /// What the directory says; none about people whom it does not know.
    pub directory: Option<DirectoryReasons>,
}

/// What the directory says about a person's role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryReasons {
    /// Whether the person is to be in.
    pub active: bool,
    /// What the user's attributes say.
    pub attribute: Option<Role>,
    /// The groups that the user is a member of.
    pub direct: BTreeSet<GroupId>,
    /// The groups that a group is a member of, for the groups that the user is in, directly or through others.
    pub above: BTreeMap<GroupId, BTreeSet<GroupId>>,
    /// Which of these groups give which role.
    pub mapped: BTreeMap<GroupId, Role>,
    /// What there is when nothing else gives one.
    pub default: Role,
}

/// A reason that could be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// What was given by hand.
    ByHand,
    /// The role in the user's attributes.
    Attribute,
    /// The mapping of a group to a role; the group stays.
    Mapping(GroupId),
    /// A group, with everything that leads through it.
    Group(GroupId),
}

impl Reasons {
    /// The role; none for people who are out.
    pub fn role(&self) -> Option<Role> {
        self.role_without(None)
    }

    /// The role that is left when a reason is removed.
    pub fn role_without(&self, removed: Option<Reason>) -> Option<Role> {
        let is_removed = |reason| removed == Some(reason);
        let by_hand = self.by_hand.clone().filter(|_| !is_removed(Reason::ByHand));
        let Some(directory) = &self.directory else { return by_hand };
        if !directory.active {
            return None;
        }
        let groups = directory.groups(match removed {
            Some(Reason::Group(group)) => Some(group),
            Some(Reason::ByHand | Reason::Attribute | Reason::Mapping(_)) | None => None,
        });
        let mapped = directory.mapped.iter().map(|(group, role)| (*group, role.clone()));
        let mapped = mapped.filter(|(group, _)| groups.contains(group) && !is_removed(Reason::Mapping(*group)));
        let attribute = directory.attribute.clone().filter(|_| !is_removed(Reason::Attribute));
        roles::strongest(&roles::from_directory(attribute, mapped, &directory.default)).max(by_hand)
    }

    /// Each reason that could be removed, with the role that is left then. Of the groups only those without which the person would not be
    /// in a mapped one any more: nothing else follows from the others.
    pub fn what_if(&self) -> Vec<(Reason, Option<Role>)> {
        let mut reasons: Vec<Reason> = self.by_hand.as_ref().map(|_| Reason::ByHand).into_iter().collect();
        if let Some(directory) = &self.directory {
            reasons.extend(directory.attribute.as_ref().map(|_| Reason::Attribute));
            reasons.extend(directory.mapped.keys().copied().map(Reason::Mapping));
            reasons.extend(directory.groups_that_lead_to_mapped_ones().into_iter().map(Reason::Group));
        }
        reasons.into_iter().map(|reason| (reason, self.role_without(Some(reason)))).collect()
    }
}

impl DirectoryReasons {
    /// The groups that the user is in, if one of them were not there.
    fn groups(&self, without: Option<GroupId>) -> BTreeSet<GroupId> {
        let mut found = BTreeSet::new();
        let mut next: Vec<GroupId> = self.direct.iter().copied().collect();
        while let Some(group) = next.pop() {
            if Some(group) != without && found.insert(group) {
                next.extend(self.above.get(&group).into_iter().flatten());
            }
        }
        found
    }

    /// Mapped groups, and those that a mapped one is reached through. Going down from the mapped ones finds them, however many groups
    /// the user is in.
    fn groups_that_lead_to_mapped_ones(&self) -> BTreeSet<GroupId> {
        let mut below: BTreeMap<GroupId, Vec<GroupId>> = BTreeMap::new();
        for (group, above) in &self.above {
            for outer in above {
                below.entry(*outer).or_default().push(*group);
            }
        }
        let mut found = BTreeSet::new();
        let mut next: Vec<GroupId> = self.mapped.keys().copied().collect();
        while let Some(group) = next.pop() {
            if found.insert(group) {
                next.extend(below.get(&group).into_iter().flatten());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_map, collection::btree_set, option, prelude::*};
    use uuid::Uuid;

    use super::*;

    fn group(n: u8) -> GroupId {
        GroupId::from_uuid(Uuid::from_u128(u128::from(n)))
    }

    prop_compose! {
        fn role()(index in 0..Role::BUILT_IN.len()) -> Role { Role::BUILT_IN[index].clone() }
    }

    prop_compose! {
        fn directory()(
            active: bool, attribute in option::of(role()), direct in btree_set(0u8..6, 0..3),
            above in btree_map(0u8..6, btree_set(0u8..6, 0..3), 0..6), mapped in btree_map(0u8..6, role(), 0..4), default in role(),
        ) -> DirectoryReasons {
            let groups = |numbers: BTreeSet<u8>| numbers.into_iter().map(group).collect();
            DirectoryReasons {
                active, attribute, direct: groups(direct), default,
                above: above.into_iter().map(|(inner, outer)| (group(inner), groups(outer))).collect(),
                mapped: mapped.into_iter().map(|(n, role)| (group(n), role)).collect(),
            }
        }
    }

    prop_compose! {
        fn reasons()(by_hand in option::of(role()), directory in option::of(directory())) -> Reasons {
            Reasons { by_hand, directory }
        }
    }

    /// The same person after it was really removed.
    fn after(reasons: &Reasons, removed: Reason) -> Reasons {
        let mut after = reasons.clone();
        match (removed, &mut after.directory) {
            (Reason::ByHand, _) => after.by_hand = None,
            (Reason::Attribute, Some(directory)) => directory.attribute = None,
            (Reason::Mapping(group), Some(directory)) => drop(directory.mapped.remove(&group)),
            (Reason::Group(group), Some(directory)) => {
                directory.direct.remove(&group);
                directory.above.remove(&group);
                directory.above.values_mut().for_each(|outer| outer.retain(|other| *other != group));
                directory.mapped.remove(&group);
            }
            (Reason::Attribute | Reason::Mapping(_) | Reason::Group(_), None) => {}
        }
        after
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_there_is_afterwards(reasons in reasons()) {
            for (removed, role) in reasons.what_if() {
                prop_assert_eq!(role, after(&reasons, removed).role(), "{:?}", removed);
            }
        }

        #[test]
        fn what_is_not_listed_changes_nothing(reasons in reasons()) {
            let listed: BTreeSet<Reason> = reasons.what_if().into_iter().map(|(reason, _)| reason).collect();
            let all = (0..6).flat_map(|n| [Reason::Mapping(group(n)), Reason::Group(group(n))]).chain([Reason::ByHand, Reason::Attribute]);
            for reason in all.filter(|reason| !listed.contains(reason)) {
                prop_assert_eq!(after(&reasons, reason).role(), reasons.role(), "{:?}", reason);
            }
        }
    }

    #[test]
    fn a_group_that_is_reached_in_two_ways_stays_when_one_is_gone() {
        let directory = DirectoryReasons {
            active: true,
            attribute: None,
            direct: [1, 2].map(group).into(),
            above: [(group(1), [group(3)].into()), (group(2), [group(3)].into())].into(),
            mapped: [(group(3), Role::ADMIN)].into(),
            default: Role::GUEST,
        };
        let reasons = Reasons { by_hand: None, directory: Some(directory) };
        assert_eq!(reasons.role(), Some(Role::ADMIN));
        let stays = Some(Role::ADMIN);
        let falls = Some(Role::GUEST);
        assert_eq!(
            reasons.what_if(),
            [
                (Reason::Mapping(group(3)), falls.clone()),
                (Reason::Group(group(1)), stays.clone()),
                (Reason::Group(group(2)), stays),
                (Reason::Group(group(3)), falls),
            ]
        );
    }
}
