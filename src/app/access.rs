//! Why somebody has the role that they have: directory record, groups, mappings, grants, role; and what would be left without each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{App, caller::AdminCaller, error::AppError};
use crate::{
    directory::{
        access::{DirectoryReasons, Reason, Reasons},
        roles::{Role, Roles},
        user,
    },
    ids::{GroupId, MemberId, UserId},
    store::{
        WorkspaceTx, group_subgroups,
        members::{self, GrantRow, MemberRow},
        role_mappings::{self, MappedRow},
        roles,
        users::{self, GroupOfUser},
    },
};

/// Everything that a member's role follows from.
pub struct Access {
    /// The member.
    pub member: MemberRow,
    /// The directory's record of the person; none for people given by hand, and when it was deleted.
    pub directory: Option<DirectoryRecord>,
    /// The directory groups that the person is in, directly or through others.
    pub groups: Vec<GroupOfUser>,
    /// What these groups give.
    pub mappings: Vec<MappedRow>,
    /// Pairs of groups of which the first is a member of the second.
    pub edges: Vec<(GroupId, GroupId)>,
    /// The grants, each with its request.
    pub grants: Vec<GrantRow>,
    /// The role of whoever has no other.
    pub default_role: Role,
    /// The role that follows from all this. It is the member's, unless the reconciliation is still to come.
    pub role: Option<Role>,
    /// What the role would be without each of its reasons.
    pub what_if: Vec<(Reason, Option<Role>)>,
}

/// What the directory says about a person.
pub struct DirectoryRecord {
    /// The SCIM user.
    pub user_id: UserId,
    /// `userName`.
    pub user_name: Option<String>,
    /// `externalId`.
    pub external_id: Option<String>,
    /// Whether the person is to be in.
    pub active: bool,
    /// The role that its attributes say.
    pub role: Option<Role>,
    /// When the identity provider created it.
    pub created_at: DateTime<Utc>,
    /// When the identity provider changed it last.
    pub updated_at: DateTime<Utc>,
}

/// Explains a member's role.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub async fn explain(app: &App, caller: &AdminCaller, id: MemberId) -> Result<Access, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = members::find(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    let grants = members::grants_of(&mut tx, id).await?;
    let roles = roles::load(&mut tx).await?;
    let directory = match member.user_id {
        Some(user) => record(&mut tx, user, &roles).await?,
        None => None,
    };
    let groups = match &directory {
        Some(record) => users::groups_of(&mut tx, record.user_id).await?,
        None => Vec::new(),
    };
    let ids: Vec<GroupId> = groups.iter().map(|group| group.group_id).collect();
    let mappings = role_mappings::of(&mut tx, &ids).await?;
    let edges = group_subgroups::around(&mut tx, &ids).await?;
    let by_hand = grants.iter().find(|grant| grant.source == "manual").map(|grant| roles.stored(&grant.role));
    let reasons = Reasons {
        by_hand,
        directory: directory.as_ref().map(|record| DirectoryReasons {
            active: record.active,
            attribute: record.role.clone(),
            direct: groups.iter().filter(|group| group.direct).map(|group| group.group_id).collect(),
            above: above(&edges),
            mapped: mappings.iter().map(|mapping| (mapping.group_id, roles.stored(&mapping.role))).collect(),
            default: roles.default().clone(),
        }),
    };
    // Somebody who is out stays out, whatever was given by hand, unless the directory says otherwise.
    let is_out = directory.is_none() && !member.status.0.is_open();
    let (role, what_if) = if is_out { (None, Vec::new()) } else { (reasons.role(), reasons.what_if()) };
    Ok(Access { member, directory, groups, mappings, edges, grants, default_role: roles.default().clone(), role, what_if })
}

async fn record(tx: &mut WorkspaceTx, user_id: UserId, roles: &Roles) -> Result<Option<DirectoryRecord>, AppError> {
    let Some(row) = users::find(tx, user_id).await? else { return Ok(None) };
    let document = row.document.read()?;
    Ok(Some(DirectoryRecord {
        user_id,
        user_name: document.user_name().map(str::to_owned),
        external_id: document.external_id().map(str::to_owned),
        active: row.active,
        role: user::role(&document, roles),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }))
}

fn above(edges: &[(GroupId, GroupId)]) -> BTreeMap<GroupId, BTreeSet<GroupId>> {
    let mut above: BTreeMap<GroupId, BTreeSet<GroupId>> = BTreeMap::new();
    for (inner, outer) in edges {
        above.entry(*inner).or_default().insert(*outer);
    }
    above
}
