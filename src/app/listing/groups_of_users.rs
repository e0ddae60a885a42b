//! The groups that are shown with the users of a page: looked up for many users at once, and bounded, because nothing bounds how many
//! groups somebody is in.

use crate::{
    app::{
        error::AppError,
        resource::{Resource, slice_of},
    },
    ids::UserId,
    scim::{LIMITS, project::Projection},
    store::{
        WorkspaceTx,
        users::{self, GroupOfUser, UserRow},
    },
};

/// The groups of the first users of a list.
pub(super) struct GroupsOfFirst {
    /// How many users these are: as many as have no more groups than a page may show ([`LIMITS`]), and one at least, who shows all.
    pub(super) users: usize,
    groups: Vec<GroupOfUser>,
}

/// Whether a user cannot be shown without a look at the groups: they are in the entity tag too.
pub(super) fn are_shown(projection: &Projection) -> bool {
    projection.wants("groups") || projection.wants("meta")
}

/// Looks up the groups of users, of the first of them if all have too many; of none, if none are to be shown.
pub(super) async fn of_first(tx: &mut WorkspaceTx, ids: &[UserId], projection: &Projection) -> Result<GroupsOfFirst, AppError> {
    if !are_shown(projection) {
        return Ok(GroupsOfFirst { users: ids.len(), groups: Vec::new() });
    }
    let mut first = ids;
    while first.len() > 1 {
        if let Some(groups) = users::groups_of_each(tx, first, LIMITS.max_page_groups).await? {
            return Ok(GroupsOfFirst { users: first.len(), groups });
        }
        first = first.split_at(first.len() / 2).0;
    }
    let groups = match first {
        [user, ..] => users::groups_of(tx, *user).await?,
        [] => Vec::new(),
    };
    Ok(GroupsOfFirst { users: first.len(), groups })
}

impl GroupsOfFirst {
    /// As full as they make a page, in bytes of documents.
    pub(super) fn bytes(&self) -> usize {
        self.groups.len() * (LIMITS.max_page_bytes / LIMITS.max_page_groups)
    }

    /// One of these users as a resource.
    pub(super) fn resource(&self, row: UserRow, projection: &Projection) -> Resource {
        let own = slice_of(&self.groups, row.id, |group| group.user_id);
        Resource::user(row, own, projection.wants("groups"))
    }
}
