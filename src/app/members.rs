//! Reading who is in the workspace.

use std::collections::BTreeMap;

use super::{
    App,
    caller::{AdminCaller, MembersCaller},
    error::AppError,
};
use crate::{
    ids::MemberId,
    store::{invitations, members, receipts, seats},
};

pub use crate::store::{
    invitations::InvitationRow,
    members::{GrantRow, GroupOfMember, MemberRow},
    receipts::ReceiptRow,
    seats::Seats,
};

/// A member with what it has.
pub struct MemberDetail {
    /// The member.
    pub member: MemberRow,
    /// The workspace groups that it is in.
    pub groups: Vec<GroupOfMember>,
    /// Why it has its role.
    pub grants: Vec<GrantRow>,
    /// Its newest invitation by e-mail.
    pub invitation: Option<InvitationRow>,
}

/// Members after this one, in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &MembersCaller, after: Option<MemberId>, limit: i64) -> Result<Vec<MemberRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(members::page(&mut tx, after, limit).await?)
}

/// One member with groups and grants.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub async fn get(app: &App, caller: &MembersCaller, id: MemberId) -> Result<MemberDetail, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = members::find(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    let groups = members::groups_of(&mut tx, id).await?;
    let grants = members::grants_of(&mut tx, id).await?;
    let invitation = invitations::newest(&mut tx, id).await?;
    Ok(MemberDetail { member, groups, grants, invitation })
}

/// How these members are called: by name, else by address. Those that there are not are left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn called(app: &App, caller: &AdminCaller, ids: &[MemberId]) -> Result<BTreeMap<MemberId, String>, AppError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut tx = app.db.workspace(caller.workspace).await?;
    let named = members::named(&mut tx, ids).await?.into_iter();
    let is_told = |text: &String| !text.trim().is_empty();
    Ok(named.filter_map(|row| Some((row.id, row.display_name.filter(is_told).or(row.email.filter(is_told))?))).collect())
}

/// How many people the workspace may have, and how many it has.
///
/// # Errors
/// Postgres is busy or away.
pub async fn seats(app: &App, caller: &AdminCaller) -> Result<Seats, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(seats::read(&mut tx).await?)
}

/// The receipts of a member, newest first.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub async fn receipts(app: &App, caller: &AdminCaller, member: MemberId, limit: i64) -> Result<Vec<ReceiptRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    members::find(&mut tx, member).await?.ok_or(AppError::NotFound("member"))?;
    Ok(receipts::of_member(&mut tx, member, limit).await?)
}
