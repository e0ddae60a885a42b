//! From desired to effective: what has to happen so that a member is what the directory says. Looks at state, never at what
//! changed, so planning again after applying plans nothing.

use std::collections::BTreeSet;

use super::roles::{Grant, Role, Source, strongest};
use crate::ids::{GroupId, MemberId, UserId};

/// A member's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// In the workspace, has never signed in.
    Invited,
    /// In the workspace.
    Active,
    /// Out.
    Deactivated,
}

impl Status {
    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }

    /// The status of this stored name.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Deactivated].into_iter().find(|status| status.as_str() == text)
    }

    /// Whether the person is in.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Invited | Self::Active => true,
            Self::Deactivated => false,
        }
    }
}

/// How a member is known and shown, as the directory says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The directory user behind the member; none once it was deleted.
    pub user: Option<UserId>,
    /// `externalId`: how the person is recognised after a DELETE.
    pub external_id: Option<String>,
    /// `userName`, prepared for comparison.
    pub user_name_key: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Name.
    pub display_name: Option<String>,
}

/// What the directory says about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// How the member is to be known and shown.
    pub profile: Profile,
    /// Whether the person is to be in.
    pub active: bool,
    /// The workspace groups to be in.
    pub groups: BTreeSet<GroupId>,
    /// The grants to have from the directory.
    pub grants: BTreeSet<Grant>,
}

/// What a member is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The member.
    pub id: MemberId,
    /// How it is known and shown.
    pub profile: Profile,
    /// Status.
    pub status: Status,
    /// Whether the person has ever signed in.
    pub has_signed_in: bool,
    /// Role, none for people who are out.
    pub role: Option<Role>,
    /// The workspace groups it is in.
    pub groups: BTreeSet<GroupId>,
    /// Every grant, those given by hand included.
    pub grants: BTreeSet<Grant>,
    /// Whether the directory may take nothing from the person.
    pub break_glass: bool,
    /// Whether the member was given by hand so far, and is the directory's from now on.
    pub by_hand: bool,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the member, in status `invited`.
    Invite,
    /// Take over how the member is known and shown.
    UpdateProfile,
    /// Let the person in again, in this status.
    Reopen(Status),
    /// Put the person out: status, session epoch, tokens, receipt.
    Close,
    /// Give a grant.
    Give(Grant),
    /// Take a grant back.
    TakeBack(Grant),
    /// The effective role becomes this.
    SetRole(Option<Role>),
    /// Into a workspace group.
    Join(GroupId),
    /// Out of a workspace group.
    Leave(GroupId),
}

/// Plans the steps from what a member is to what the directory says. `desired` is none when the directory user is gone;
/// `effective` is none when there is no member yet.
pub fn plan(desired: Option<&Desired>, effective: Option<&Effective>) -> Vec<Step> {
    let wanted = desired.filter(|desired| desired.active);
    let mut steps = Vec::new();
    match (effective, wanted) {
        // Somebody who was never in has nothing to lose, and is not made a member only to be put out.
        (None, None) => return steps,
        (None, Some(_)) => steps.push(Step::Invite),
        (Some(now), None) => {
            if now.status.is_open() {
                steps.push(Step::Close);
            }
        }
        (Some(now), Some(_)) => {
            if !now.status.is_open() {
                steps.push(Step::Reopen(if now.has_signed_in { Status::Active } else { Status::Invited }));
            }
        }
    }
    if let (Some(now), Some(desired)) = (effective, desired)
        && now.profile != desired.profile
    {
        steps.push(Step::UpdateProfile);
    }
    plan_role(wanted, effective, &mut steps);
    plan_groups(wanted, effective, &mut steps);
    steps
}

fn plan_role(wanted: Option<&Desired>, effective: Option<&Effective>, steps: &mut Vec<Step>) {
    let none = BTreeSet::new();
    let held = effective.map_or(&none, |now| &now.grants);
    let wanted_grants = wanted.map_or(&none, |desired| &desired.grants);
    // Grants given by hand stay with the person, also while out: they are there when the person comes back.
    let by_hand: BTreeSet<Grant> = held.iter().filter(|grant| grant.source == Source::Manual).cloned().collect();
    let taken = held.iter().filter(|grant| !by_hand.contains(grant) && !wanted_grants.contains(grant));
    steps.extend(taken.cloned().map(Step::TakeBack));
    steps.extend(wanted_grants.difference(held).cloned().map(Step::Give));
    let role = wanted.and_then(|desired| strongest(desired.grants.iter().chain(&by_hand)));
    if effective.and_then(|now| now.role.as_ref()) != role.as_ref() {
        steps.push(Step::SetRole(role));
    }
}

fn plan_groups(wanted: Option<&Desired>, effective: Option<&Effective>, steps: &mut Vec<Step>) {
    let none = BTreeSet::new();
    let is_in = effective.map_or(&none, |now| &now.groups);
    let to_be_in = wanted.map_or(&none, |desired| &desired.groups);
    steps.extend(is_in.difference(to_be_in).map(|group| Step::Leave(*group)));
    steps.extend(to_be_in.difference(is_in).map(|group| Step::Join(*group)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn group(n: u8) -> GroupId {
        GroupId::from_uuid(Uuid::from_u128(u128::from(n)))
    }

    fn profile(name: u8) -> Profile {
        Profile {
            user: Some(UserId::from_uuid(Uuid::from_u128(1))),
            external_id: Some(format!("external {name}")),
            user_name_key: Some(format!("name{name}")),
            email: None,
            display_name: None,
        }
    }

    /// What the store does with the steps, on one member in memory.
    fn apply(desired: Option<&Desired>, effective: Option<Effective>, steps: &[Step]) -> Option<Effective> {
        let mut member = effective;
        for step in steps {
            if *step == Step::Invite {
                member = Some(Effective {
                    id: MemberId::from_uuid(Uuid::nil()),
                    profile: desired.expect("an invited member has a directory user").profile.clone(),
                    status: Status::Invited,
                    has_signed_in: false,
                    role: None,
                    groups: BTreeSet::new(),
                    grants: BTreeSet::new(),
                    break_glass: false,
                    by_hand: false,
                });
                continue;
            }
            let now = member.as_mut().expect("every other step needs a member");
            match step {
                Step::Invite => {}
                Step::UpdateProfile => now.profile = desired.expect("a profile comes from a directory user").profile.clone(),
                Step::Reopen(status) => now.status = *status,
                Step::Close => now.status = Status::Deactivated,
                Step::Give(grant) => {
                    now.grants.retain(|held| held.source != grant.source);
                    now.grants.insert(grant.clone());
                }
                Step::TakeBack(grant) => {
                    now.grants.remove(grant);
                }
                Step::SetRole(role) => now.role = role.clone(),
                Step::Join(group) => {
                    now.groups.insert(*group);
                }
                Step::Leave(group) => {
                    now.groups.remove(group);
                }
            }
        }
        member
    }

    prop_compose! {
        fn roles()(index in 0..Role::BUILT_IN.len()) -> Role { Role::BUILT_IN[index].clone() }
    }

    prop_compose! {
        fn desired()(
            name in 0u8..3, active: bool, groups in prop::collection::btree_set(0u8..4, 0..4),
            attribute in prop::option::of(roles()), mapped in prop::collection::btree_map(0u8..4, roles(), 0..3), default in roles(),
        ) -> Desired {
            let mapped = mapped.into_iter().map(|(n, role)| (group(n), role));
            Desired {
                profile: profile(name), active, groups: groups.into_iter().map(group).collect(),
                grants: crate::directory::roles::from_directory(attribute, mapped, &default),
            }
        }
    }

    prop_compose! {
        fn effective()(
            name in 0u8..3, status in 0usize..3, has_signed_in: bool, role in prop::option::of(roles()),
            groups in prop::collection::btree_set(0u8..4, 0..4), manual in prop::option::of(roles()), other in prop::option::of(roles()),
        ) -> Effective {
            let mut grants = BTreeSet::new();
            grants.extend(manual.map(|role| Grant { source: Source::Manual, role }));
            grants.extend(other.map(|role| Grant { source: Source::Default, role }));
            Effective {
                id: MemberId::from_uuid(Uuid::nil()), profile: profile(name),
                status: [Status::Invited, Status::Active, Status::Deactivated][status], has_signed_in, role,
                groups: groups.into_iter().map(group).collect(), grants, break_glass: false,
                    by_hand: false,
            }
        }
    }

    proptest! {
        #[test]
        fn plan_apply_plan_again_is_empty(desired in prop::option::of(desired()), effective in prop::option::of(effective())) {
            let steps = plan(desired.as_ref(), effective.as_ref());
            let after = apply(desired.as_ref(), effective, &steps);
            prop_assert_eq!(plan(desired.as_ref(), after.as_ref()), Vec::<Step>::new());
        }

        #[test]
        fn who_is_inactive_or_gone_is_out_and_keeps_only_what_was_given_by_hand(
            desired in prop::option::of(desired()), effective in effective(),
        ) {
            let desired = desired.map(|desired| Desired { active: false, ..desired });
            let by_hand: Vec<Grant> =
                effective.grants.iter().filter(|grant| grant.source == Source::Manual).cloned().collect();
            let steps = plan(desired.as_ref(), Some(&effective));
            let after = apply(desired.as_ref(), Some(effective), &steps).expect("the member stays");
            prop_assert_eq!(after.status, Status::Deactivated);
            prop_assert_eq!(after.role, None);
            prop_assert!(after.groups.is_empty());
            prop_assert_eq!(after.grants.into_iter().collect::<Vec<_>>(), by_hand);
        }
    }

    #[test]
    fn nobody_is_made_a_member_only_to_be_put_out() {
        assert_eq!(plan(None, None), []);
        let inactive = Desired { profile: profile(1), active: false, groups: BTreeSet::new(), grants: BTreeSet::new() };
        assert_eq!(plan(Some(&inactive), None), []);
    }
}
