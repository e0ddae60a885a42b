//! The members of a group, as one request changes them: who comes, who goes, and what those who are named have to be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{caller::ScimCaller, effects, error::AppError, resource};
use crate::{
    ids::{GroupId, UserId},
    scim::{
        MemberRef, ResourceType, ScimError, ScimType,
        error::excerpt,
        filter::{self, Filter},
        patch::MemberChange,
    },
    store::{
        WorkspaceTx,
        group_members::{self, GroupMember},
        group_subgroups,
    },
};

/// Who came and who went, over all operations of one request: true for came. Whoever came and went again did neither.
#[derive(Default)]
pub(super) struct Delta(BTreeMap<GroupMember, bool>);

impl Delta {
    /// Whether everybody is where they were.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn note<T>(&mut self, members: Vec<T>, kind: impl Fn(T) -> GroupMember, came: bool) {
        for member in members.into_iter().map(kind) {
            if self.0.get(&member).is_some_and(|before| *before != came) {
                self.0.remove(&member);
            } else {
                self.0.insert(member, came);
            }
        }
    }

    /// Makes one change to a locked group. `root` is the address of the SCIM root, for filters on addresses.
    ///
    /// # Errors
    /// `invalidValue`, as [`Delta::add`].
    pub async fn apply(
        &mut self,
        tx: &mut WorkspaceTx,
        root: &str,
        group: GroupId,
        change: MemberChange,
    ) -> Result<(), AppError> {
        match change {
            MemberChange::Add(members) => self.add(tx, group, &members).await?,
            // Somebody who is not in the group, or not anywhere, is not in it afterwards either.
            MemberChange::Remove(values) => {
                let ids: Vec<UserId> = values.iter().filter_map(|value| UserId::parse(value)).collect();
                let users = group_members::remove(tx, group, &ids).await?;
                let groups: Vec<GroupId> = without(&ids, &users).into_iter().map(GroupId::from_uuid).collect();
                self.note(users, GroupMember::User, false);
                self.take_groups(tx, group, &groups).await?;
            }
            MemberChange::RemoveWhere(filter) => {
                let (users, groups) = matching(tx, root, group, &filter).await?;
                self.note(group_members::remove(tx, group, &users).await?, GroupMember::User, false);
                self.take_groups(tx, group, &groups).await?;
            }
            MemberChange::RemoveAll => {
                self.note(group_members::remove_all(tx, group).await?, GroupMember::User, false);
                self.note(group_subgroups::keep_only(tx, group, &[]).await?, GroupMember::Group, false);
            }
            MemberChange::Replace(members) => {
                let (users, groups) = named(tx, group, &members).await?;
                self.note(group_members::keep_only(tx, group, &users).await?, GroupMember::User, false);
                self.note(group_subgroups::keep_only(tx, group, &groups).await?, GroupMember::Group, false);
                self.put(tx, group, &users, &groups).await?;
            }
        }
        Ok(())
    }

    /// Adds members to a locked group.
    ///
    /// # Errors
    /// `invalidValue` that names the first one that is no user or group of this workspace (another workspace's is no other case), that
    /// is of another kind than its reference says, or that is the group itself.
    pub async fn add(&mut self, tx: &mut WorkspaceTx, group: GroupId, members: &[MemberRef]) -> Result<(), AppError> {
        let (users, groups) = named(tx, group, members).await?;
        self.put(tx, group, &users, &groups).await
    }

    async fn put(&mut self, tx: &mut WorkspaceTx, group: GroupId, users: &[UserId], groups: &[GroupId]) -> Result<(), AppError> {
        self.note(group_members::add(tx, group, users).await?, GroupMember::User, true);
        if !groups.is_empty() {
            self.note(group_subgroups::add(tx, group, groups).await?, GroupMember::Group, true);
        }
        Ok(())
    }

    async fn take_groups(&mut self, tx: &mut WorkspaceTx, group: GroupId, groups: &[GroupId]) -> Result<(), AppError> {
        if !groups.is_empty() {
            self.note(group_subgroups::remove(tx, group, groups).await?, GroupMember::Group, false);
        }
        Ok(())
    }

    /// Writes down what has come of it.
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub async fn record(&self, tx: &mut WorkspaceTx, caller: &ScimCaller, group: GroupId) -> Result<(), AppError> {
        if self.is_empty() {
            return Ok(());
        }
        let users = self.0.keys().filter_map(|member| match member {
            GroupMember::User(id) => Some(*id),
            GroupMember::Group(_) => None,
        });
        caller.trace().people(users);
        let of = |came: bool| self.0.iter().filter(|(_, c)| **c == came).map(|(member, _)| *member).collect::<Vec<_>>();
        effects::members_changed(tx, caller, group, &of(true), &of(false)).await
    }
}

/// Users (or groups: an id does not tell) that these references name, for the provisioning log.
pub(super) fn users_in(members: &[MemberRef]) -> impl Iterator<Item = UserId> {
    members.iter().filter_map(|member| UserId::parse(&member.value))
}

/// Whom a change names, for the provisioning log: also those to whom it does nothing. Of a replacement only who comes and goes is told.
pub(super) fn users_asked_for(change: &MemberChange) -> Vec<UserId> {
    match change {
        MemberChange::Add(members) => users_in(members).collect(),
        MemberChange::Remove(values) => values.iter().filter_map(|value| UserId::parse(value)).collect(),
        MemberChange::RemoveWhere(_) | MemberChange::RemoveAll | MemberChange::Replace(_) => Vec::new(),
    }
}

/// Those of `ids` that are not among these users.
fn without(ids: &[UserId], users: &[UserId]) -> Vec<Uuid> {
    let users: BTreeSet<&UserId> = users.iter().collect();
    ids.iter().filter(|id| !users.contains(id)).map(UserId::as_uuid).collect()
}

/// The users and groups that these references name. A user is looked for first: an id is never that of both.
async fn named(tx: &mut WorkspaceTx, group: GroupId, members: &[MemberRef]) -> Result<(Vec<UserId>, Vec<GroupId>), AppError> {
    let mut kinds: BTreeMap<UserId, Option<ResourceType>> = BTreeMap::new();
    for member in members {
        kinds.insert(UserId::parse(&member.value).ok_or_else(|| no_such_member(&member.value))?, member.kind);
    }
    let ids: Vec<UserId> = kinds.keys().copied().collect();
    let users = if ids.is_empty() { Vec::new() } else { group_members::known(tx, &ids).await? };
    let others: Vec<GroupId> = without(&ids, &users).into_iter().map(GroupId::from_uuid).collect();
    let groups = if others.is_empty() { Vec::new() } else { group_subgroups::known(tx, &others).await? };
    let known: BTreeSet<&GroupId> = groups.iter().collect();
    if let Some(other) = others.iter().find(|other| !known.contains(other)) {
        return Err(no_such_member(&other.to_string()));
    }
    for (kind, ids) in [
        (ResourceType::User, users.iter().map(UserId::as_uuid).collect::<Vec<_>>()),
        (ResourceType::Group, groups.iter().map(GroupId::as_uuid).collect()),
    ] {
        for id in ids {
            if kinds.get(&UserId::from_uuid(id)).copied().flatten().is_some_and(|said| said != kind) {
                return Err(of_another_kind(id, kind));
            }
        }
    }
    if groups.contains(&group) {
        let id = excerpt(&group.to_string());
        return Err(bad(format!("members: {id} is this group itself. A group cannot be a member of itself; leave it out.")));
    }
    Ok((users, groups))
}

fn no_such_member(value: &str) -> AppError {
    bad(format!(
        "members: {} is the id of no user or group of this workspace; create it first, then add it to the group.",
        excerpt(value)
    ))
}

fn of_another_kind(id: Uuid, kind: ResourceType) -> AppError {
    let (is, said) = match kind {
        ResourceType::User => ("a user", "a Group"),
        ResourceType::Group => ("a group", "a User"),
    };
    let id = excerpt(&id.to_string());
    bad(format!(
        "members: {id} is {is}, but type or $ref says that it is {said}. Leave type and $ref out, or let both say what it is."
    ))
}

fn bad(detail: String) -> AppError {
    ScimError::bad(ScimType::InvalidValue, detail).into()
}

/// The members that a filter like `members[type eq "Group"]` matches. Unless it names one of them, this is the one change that reads the
/// group.
async fn matching(
    tx: &mut WorkspaceTx,
    root: &str,
    group: GroupId,
    filter: &Filter,
) -> Result<(Vec<UserId>, Vec<GroupId>), AppError> {
    let candidates = match filter.required_text("value") {
        Some((_, text)) => match UserId::parse(text) {
            Some(id) => group_members::one(tx, group, id.as_uuid()).await?.into_iter().collect(),
            None => Vec::new(),
        },
        None => group_members::first(tx, &[group], usize::MAX).await?.into_iter().map(|member| member.member).collect(),
    };
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    for member in candidates {
        let mut element = resource::member(member);
        resource::make_absolute(&mut element, root);
        let element: Map<String, Value> = element.as_object().cloned().unwrap_or_default();
        if filter::matches(filter, &element) {
            match member {
                GroupMember::User(user) => users.push(user),
                GroupMember::Group(group) => groups.push(group),
            }
        }
    }
    Ok((users, groups))
}
