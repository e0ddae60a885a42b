//! What belongs to every write: the audit row, the mark that the worker drains, and, for somebody who leaves, the closing of the row.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{caller::Caller, error::AppError, guard};
use crate::{
    clock,
    directory::{change::UserChange, event::EventType},
    ids::{GroupId, UserId},
    jobs::{Deprovision, Leaver, enqueue},
    store::{
        WorkspaceTx,
        audit::{self, Entry},
        dirty::{self, Subject},
        events::{self, NewEvent},
        group_members::GroupMember,
        members::{self, Closed, Whom},
    },
};

/// Group membership in one audit row names at most this many members of a kind; the rest is counted.
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
    let entry = Entry { actor: &caller.actor, action, subject, request: Some(caller.request), detail };
    Ok(audit::append(tx, entry).await?)
}

/// Appends an event, to which the worker gives its number. After the commit, tell [`crate::jobs::wake::Waker::reconcile`].
///
/// # Errors
/// Postgres is busy or away.
pub async fn event(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    kind: EventType,
    subject: Uuid,
    data: Option<Value>,
) -> Result<(), AppError> {
    let data = data.unwrap_or_else(|| json!({}));
    let event = NewEvent { kind, at: caller.received, subject, request: Some(caller.request), data };
    Ok(events::append(tx, [event]).await?)
}

/// What a change of a directory user entails. Somebody who leaves is out with the commit of this transaction, unless a guard holds it:
/// the row is the lock.
///
/// # Errors
/// Postgres is busy or away.
pub async fn user_changed(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    user: UserId,
    change: UserChange,
    detail: Option<Value>,
) -> Result<(), AppError> {
    if change.closes_the_member() {
        guard::put_out(tx, caller, user, change.action()).await?;
    }
    audit(tx, caller, change.action(), user.as_uuid(), detail).await?;
    dirty::mark(tx, &[Subject::User(user)], Some(caller.request)).await?;
    Ok(())
}

/// What the creation of several users at once entails: for each what [`user_changed`] does for one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn users_created(tx: &mut WorkspaceTx, caller: &Caller, users: &[UserId]) -> Result<(), AppError> {
    let subjects: Vec<Uuid> = users.iter().map(UserId::as_uuid).collect();
    let action = UserChange::Created.action();
    let entry = |subject| Entry { actor: &caller.actor, action, subject, request: Some(caller.request), detail: None };
    audit::append_all(tx, subjects.into_iter().map(entry)).await?;
    let marks: Vec<Subject> = users.iter().copied().map(Subject::User).collect();
    dirty::mark(tx, &marks, Some(caller.request)).await?;
    Ok(())
}

/// What the deactivation of several users at once entails: for each what [`user_changed`] does for one, each with its detail for the audit
/// log. False when a guard wants to look at them one by one; then the transaction must not be committed.
///
/// # Errors
/// Postgres is busy or away.
pub async fn users_deactivated(tx: &mut WorkspaceTx, caller: &Caller, users: Vec<(UserId, Value)>) -> Result<bool, AppError> {
    let action = UserChange::Deactivated.action();
    let ids: Vec<UserId> = users.iter().map(|(id, _)| *id).collect();
    if !guard::put_out_all(tx, caller, &ids, action).await? {
        return Ok(false);
    }
    let entry = |(id, detail): (UserId, Value)| Entry {
        actor: &caller.actor,
        action,
        subject: id.as_uuid(),
        request: Some(caller.request),
        detail: Some(detail),
    };
    audit::append_all(tx, users.into_iter().map(entry)).await?;
    let marks: Vec<Subject> = ids.into_iter().map(Subject::User).collect();
    dirty::mark(tx, &marks, Some(caller.request)).await?;
    Ok(true)
}

/// What the removal of a directory user entails; comes before the row itself goes. The mark is the member's: its user is gone by the
/// time the worker looks.
///
/// # Errors
/// Postgres is busy or away.
pub async fn user_deleted(tx: &mut WorkspaceTx, caller: &Caller, user: UserId) -> Result<(), AppError> {
    let change = UserChange::Deleted;
    guard::put_out(tx, caller, user, change.action()).await?;
    audit(tx, caller, change.action(), user.as_uuid(), None).await?;
    let member = members::of_user(tx, user).await?;
    if let Some(member) = member {
        event(tx, caller, EventType::MemberRemoved, member.as_uuid(), None).await?;
    }
    dirty::mark(tx, &member.map(Subject::Member).into_iter().collect::<Vec<_>>(), Some(caller.request)).await?;
    Ok(())
}

/// Puts people out: row, tokens and receipt in this transaction, sessions and roles by jobs that are enqueued in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn close(tx: &mut WorkspaceTx, caller: &Caller, whom: Whom<'_>, cause: &str) -> Result<Vec<Closed>, AppError> {
    let closed = members::close(tx, whom, cause, Some(caller.request), caller.received, clock::now()).await?;
    super::receipts::timing::row_closed(caller.received, closed.len());
    super::invitations::closed(tx, &closed).await?;
    let (mut news, mut people) = (Vec::with_capacity(closed.len()), Vec::with_capacity(closed.len()));
    for Closed { member_id, receipt_id } in &closed {
        news.push(NewEvent {
            kind: EventType::MemberDeactivated,
            at: caller.received,
            subject: member_id.as_uuid(),
            request: Some(caller.request),
            data: json!({ "cause": cause }),
        });
        people.push(Leaver { member_id: *member_id, receipt_id: *receipt_id });
    }
    events::append(tx, news).await?;
    let jobs = Deprovision::of(tx.workspace(), &people);
    enqueue::deprovision(tx.connection(), &jobs).await.map_err(crate::store::StoreError::from)?;
    Ok(closed)
}

/// What a change of a group's members entails. Of a group among them, everybody below it is reconciled.
///
/// # Errors
/// Postgres is busy or away.
pub async fn members_changed(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    group: GroupId,
    added: &[GroupMember],
    removed: &[GroupMember],
) -> Result<(), AppError> {
    let mut detail = Map::new();
    let (mut people, mut below) = (Vec::new(), Vec::new());
    for (name, members) in [("added", added), ("removed", removed)] {
        let (users, groups) = by_kind(members);
        describe(&mut detail, name, &users);
        if !groups.is_empty() {
            describe(&mut detail, &format!("{name}_groups"), &groups);
        }
        people.extend(users.into_iter().map(Subject::User));
        below.extend(groups);
    }
    event(tx, caller, EventType::GroupMembersChanged, group.as_uuid(), Some(detail.clone().into())).await?;
    audit(tx, caller, "group.members_changed", group.as_uuid(), Some(detail.into())).await?;
    dirty::mark(tx, &people, Some(caller.request)).await?;
    dirty::mark_below(tx, &below, Some(caller.request)).await?;
    Ok(())
}

fn by_kind(members: &[GroupMember]) -> (Vec<UserId>, Vec<GroupId>) {
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    for member in members {
        match member {
            GroupMember::User(user) => users.push(*user),
            GroupMember::Group(group) => groups.push(*group),
        }
    }
    (users, groups)
}

fn describe<T: ToString>(detail: &mut Map<String, Value>, name: &str, ids: &[T]) {
    let named: Vec<String> = ids.iter().take(NAMED_IN_AUDIT).map(ToString::to_string).collect();
    detail.insert(name.to_owned(), named.into());
    detail.insert(format!("{name}_count"), ids.len().into());
}

/// What a change of a group's own attributes entails.
///
/// # Errors
/// Postgres is busy or away.
pub async fn group_changed(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    group: GroupId,
    action: &'static str,
    detail: Value,
) -> Result<(), AppError> {
    audit(tx, caller, action, group.as_uuid(), Some(detail)).await?;
    dirty::mark(tx, &[Subject::Group(group)], Some(caller.request)).await?;
    Ok(())
}
