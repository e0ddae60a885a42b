//! Looking around in a workspace: members, groups, and who is in a group.

use super::{App, caller::AdminCaller, error::AppError};
use crate::{
    ids::{GroupId, MemberId, UserId},
    scim::identity,
    store::{browse, members},
};

pub use crate::store::browse::{GroupLine, PersonInGroup};

/// Which members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those whose address begins so.
    Address(String),
    /// Administrators.
    Administrators,
    /// People who are out.
    Deactivated,
}

/// Members after this one; those that are found by address are not paged.
///
/// # Errors
/// Postgres is busy or away.
pub async fn members(
    app: &App,
    caller: &AdminCaller,
    which: &Which,
    after: Option<MemberId>,
    limit: i64,
) -> Result<Vec<members::MemberRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(match which {
        Which::All => members::page(&mut tx, after, limit).await?,
        Which::Address(text) if text.contains('\0') => Vec::new(),
        Which::Address(text) => browse::members_by_address(&mut tx, &identity::fold(text.trim()), limit).await?,
        Which::Administrators => browse::administrators(&mut tx, after, limit).await?,
        Which::Deactivated => browse::deactivated(&mut tx, after, limit).await?,
    })
}

/// Groups of the directory whose names begin so, after the key of another one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups(
    app: &App,
    caller: &AdminCaller,
    beginning: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<GroupLine>, AppError> {
    if beginning.contains('\0') || after.is_some_and(|after| after.contains('\0')) {
        return Ok(Vec::new());
    }
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(browse::groups(&mut tx, &identity::fold(beginning.trim()), after, limit).await?)
}

/// One group, and who is in it directly, after this user.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such group.
pub async fn group(
    app: &App,
    caller: &AdminCaller,
    id: GroupId,
    after: Option<UserId>,
    limit: i64,
) -> Result<(GroupLine, Vec<PersonInGroup>), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let group = browse::group(&mut tx, id).await?.ok_or(AppError::NotFound("group"))?;
    let people = browse::people_in(&mut tx, id, after, limit).await?;
    Ok((group, people))
}
