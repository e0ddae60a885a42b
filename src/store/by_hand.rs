//! Members and grants that administrators make and change by hand.

use chrono::{DateTime, Utc};

use super::{StoreError, WorkspaceTx, dirty::Subject, seats};
use crate::{
    directory::roles::Role,
    ids::{MemberId, RequestId, UserId},
};

/// Waits for whoever else invites somebody of this address; held until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_email(tx: &mut WorkspaceTx, email_key: &str) -> Result<(), StoreError> {
    tx.lock(&format!("invite {email_key}")).await
}

/// Somebody who becomes a member without the directory.
#[derive(Debug, Clone, Copy)]
pub struct Invited<'a> {
    /// The member.
    pub id: MemberId,
    /// Address.
    pub email: &'a str,
    /// By which it is compared.
    pub email_key: &'a str,
    /// Name, as far as known.
    pub display_name: Option<&'a str>,
    /// Their role.
    pub role: &'a Role,
}

/// Makes a member by hand, with a role of its own.
///
/// # Errors
/// [`StoreError::NoSeat`].
pub async fn invite(
    tx: &mut WorkspaceTx,
    invited: Invited<'_>,
    request: RequestId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "with made as (
             insert into members (workspace_id, id, origin, email, email_key, display_name, status, role, created_at, updated_at)
             values ($1, $2, 'manual', $3, $4, $8, 'invited', $5, $7, $7)
             returning workspace_id, id
         ), counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats) values ($1, 'member', counter_slot(), 1, 1)
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + 1, seats = directory_counts.seats + 1
         )
         insert into grants (workspace_id, member_id, source, source_key, role, request_id, granted_at)
         select workspace_id, id, 'manual', '', $5, $6, $7 from made",
    )
    .bind(tx.workspace())
    .bind(invited.id)
    .bind(invited.email)
    .bind(invited.email_key)
    .bind(invited.role.as_str())
    .bind(request)
    .bind(now)
    .bind(invited.display_name)
    .execute(tx.connection())
    .await?;
    take_seat(tx).await
}

async fn take_seat(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    let limit = seats::read(tx).await?.seats;
    seats::check(tx, limit).await
}

/// Gives a role by hand instead of the one that was given so before.
///
/// # Errors
/// Postgres is busy or away.
pub async fn give(
    tx: &mut WorkspaceTx,
    id: MemberId,
    role: &Role,
    request: RequestId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into grants (workspace_id, member_id, source, source_key, role, request_id, granted_at)
         values ($1, $2, 'manual', '', $3, $4, $5)
         on conflict (workspace_id, member_id, source, source_key)
         do update set role = excluded.role, request_id = excluded.request_id, granted_at = excluded.granted_at",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(role.as_str())
    .bind(request)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes back the role that was given by hand.
///
/// # Errors
/// Postgres is busy or away.
pub async fn take_back(tx: &mut WorkspaceTx, id: MemberId) -> Result<(), StoreError> {
    sqlx::query("delete from grants where workspace_id = $1 and member_id = $2 and source = 'manual'")
        .bind(tx.workspace())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Makes the effective role of a member whom the directory does not know the one that was given.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_role(tx: &mut WorkspaceTx, id: MemberId, role: &Role, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update members set role = $3, updated_at = $4 where workspace_id = $1 and id = $2 and origin = 'manual'")
        .bind(tx.workspace())
        .bind(id)
        .bind(role.as_str())
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Lets a member in again whom the directory does not know, with the role that was given by hand, else the workspace's default. Sessions
/// of before stay dead.
///
/// # Errors
/// [`StoreError::NoSeat`].
pub async fn reopen(tx: &mut WorkspaceTx, id: MemberId, request: RequestId, now: DateTime<Utc>) -> Result<(), StoreError> {
    // Whoever was out when the directory's people were handed over was given nothing.
    sqlx::query(
        "insert into grants (workspace_id, member_id, source, source_key, role, request_id, granted_at)
         select $1, $2, 'manual', '', default_role, $3, $4 from workspaces where id = $1
         on conflict (workspace_id, member_id, source, source_key) do nothing",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(request)
    .bind(now)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "update members m
         set status = case when activated_at is null then 'invited' else 'active' end, deactivated_at = null, updated_at = $3,
             role = (select g.role from grants g where g.workspace_id = $1 and g.member_id = m.id and g.source = 'manual')
         where workspace_id = $1 and id = $2 and origin = 'manual' and status = 'deactivated'",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "insert into directory_counts (workspace_id, kind, slot, n, seats) values ($1, 'member', counter_slot(), 1, 1)
         on conflict (workspace_id, kind, slot) do update
         set n = directory_counts.n + 1, seats = directory_counts.seats + 1",
    )
    .bind(tx.workspace())
    .execute(tx.connection())
    .await?;
    take_seat(tx).await
}

/// Marks a break-glass owner, or takes the mark away.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_break_glass(tx: &mut WorkspaceTx, id: MemberId, is: bool, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update members set break_glass = $3, updated_at = $4 where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .bind(is)
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Under which mark a member is reconciled: its directory user's, as long as there is one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn subject(tx: &mut WorkspaceTx, id: MemberId) -> Result<Subject, StoreError> {
    let user: Option<UserId> = sqlx::query_scalar("select user_id from members where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .fetch_one(tx.connection())
        .await?;
    Ok(user.map_or(Subject::Member(id), Subject::User))
}
