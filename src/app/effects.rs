//! What belongs to every write: the audit row, the mark that the worker drains, and, for somebody who leaves, the closing of the row.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{caller::Caller, error::AppError};
use crate::{
    clock,
    directory::change::UserChange,
    ids::{GroupId, UserId},
    jobs::{Deprovision, enqueue},
    store::{
        WorkspaceTx,
        audit::{self, Entry},
        dirty::{self, Subject},
        members::{self, Closed, Whom},
    },
};

/// Group membership in one audit row names at most this many people; the rest is counted.
const NAMED_IN_AUDIT: usize = 100;

/// Writes an audit row.
///
/// # Errors
/// Postgres is busy or away.
pub async fn audit(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    action: &'static str,
    subject: Uuid,
    detail: Option<Value>,
) -> Result<(), AppError> {
    let entry = Entry { at: caller.received, actor: &caller.actor, action, subject, request: Some(caller.request), detail };
    Ok(audit::append(tx, entry).await?)
}

/// What a change of a directory user entails. Somebody who leaves is out with the commit of this transaction: the row is the lock.
///
/// # Errors
/// Postgres is busy or away.
pub async fn user_changed(tx: &mut WorkspaceTx, caller: &Caller, user: UserId, change: UserChange) -> Result<(), AppError> {
    if change.closes_the_member() {
        close(tx, caller, Whom::Users(&[user]), change.action()).await?;
    }
    audit(tx, caller, change.action(), user.as_uuid(), None).await?;
    dirty::mark(tx, &[Subject::User(user)], Some(caller.request)).await?;
    Ok(())
}

/// What the removal of a directory user entails; comes before the row itself goes. The mark is the member's: its user is gone by the
/// time the worker looks.
///
/// # Errors
/// Postgres is busy or away.
pub async fn user_deleted(tx: &mut WorkspaceTx, caller: &Caller, user: UserId) -> Result<(), AppError> {
    let change = UserChange::Deleted;
    close(tx, caller, Whom::Users(&[user]), change.action()).await?;
    audit(tx, caller, change.action(), user.as_uuid(), None).await?;
    let member = members::of_user(tx, user).await?;
    dirty::mark(tx, &member.map(Subject::Member).into_iter().collect::<Vec<_>>(), Some(caller.request)).await?;
    Ok(())
}

/// Puts people out: row, tokens and receipt in this transaction, sessions and roles by a job that is enqueued in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn close(tx: &mut WorkspaceTx, caller: &Caller, whom: Whom<'_>, cause: &str) -> Result<Vec<Closed>, AppError> {
    let closed = members::close(tx, whom, cause, Some(caller.request), caller.received, clock::now()).await?;
    for member in &closed {
        let job =
            Deprovision { workspace_id: tx.workspace(), member_id: member.member_id, receipt_id: member.receipt_id.as_uuid() };
        enqueue::deprovision(tx.connection(), &job).await.map_err(crate::store::StoreError::from)?;
    }
    Ok(closed)
}

/// What a change of a group's members entails.
///
/// # Errors
/// Postgres is busy or away.
pub async fn members_changed(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    group: GroupId,
    added: &[UserId],
    removed: &[UserId],
) -> Result<(), AppError> {
    let named = |users: &[UserId]| users.iter().take(NAMED_IN_AUDIT).map(ToString::to_string).collect::<Vec<_>>();
    let detail = json!({
        "added": named(added), "added_count": added.len(), "removed": named(removed), "removed_count": removed.len(),
    });
    audit(tx, caller, "group.members_changed", group.as_uuid(), Some(detail)).await?;
    let subjects: Vec<Subject> = added.iter().chain(removed).copied().map(Subject::User).collect();
    dirty::mark(tx, &subjects, Some(caller.request)).await?;
    Ok(())
}

/// What a change of a group's own attributes entails.
///
/// # Errors
/// Postgres is busy or away.
pub async fn group_changed(tx: &mut WorkspaceTx, caller: &Caller, group: GroupId, action: &'static str) -> Result<(), AppError> {
    audit(tx, caller, action, group.as_uuid(), None).await?;
    dirty::mark(tx, &[Subject::Group(group)], Some(caller.request)).await?;
    Ok(())
}
