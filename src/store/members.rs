//! Members: who is in the workspace.

mod leaving;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx, seats};
use crate::{
    directory::membership::Status,
    ids::{GroupId, MemberId, RequestId, UserId},
};

pub use leaving::{Closed, Departed, Guarded, Leaver, Whom, close, lock, lock_departed, lock_leaver, lock_leavers};

/// A member as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct MemberRow {
    /// The member.
    pub id: MemberId,
    /// The directory user behind it.
    pub user_id: Option<UserId>,
    /// `directory` or `manual`.
    pub origin: String,
    /// Address.
    pub email: Option<String>,
    /// Name.
    pub display_name: Option<String>,
    /// Status.
    #[sqlx(try_from = "String")]
    pub status: StoredStatus,
    /// Effective role; none for people who are out.
    pub role: Option<String>,
    /// Sessions opened under another epoch are dead.
    pub session_epoch: i64,
    /// When the member was made.
    pub created_at: DateTime<Utc>,
    /// First sign-in.
    pub activated_at: Option<DateTime<Utc>>,
    /// When the person was put out, if out.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// Whether the directory may take nothing from the person.
    pub break_glass: bool,
}

/// The columns of [`MemberRow`].
macro_rules! member_columns {
    () => {
        "id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at, break_glass"
    };
}
pub(super) use member_columns;

/// A status as stored; the check constraint of the table allows no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredStatus(pub Status);

impl TryFrom<String> for StoredStatus {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Status::named(&text).map(Self).ok_or_else(|| format!("unknown member status {text}"))
    }
}

/// Reads one member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: MemberId) -> Result<Option<MemberRow>, StoreError> {
    let row = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members where workspace_id = $1 and id = $2"
    ))
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// A member, and how the workspace wants people to be signed in.
#[derive(Debug, Clone, FromRow)]
pub struct HolderRow {
    /// The member.
    #[sqlx(flatten)]
    pub member: MemberRow,
    /// Whether sessions must have been opened by SAML.
    pub sso_required: bool,
}

/// Reads the member whose session is looked at.
///
/// # Errors
/// Postgres is busy or away.
pub async fn holder(tx: &mut WorkspaceTx, id: MemberId) -> Result<Option<HolderRow>, StoreError> {
    let row = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        ",
                exists (select from workspaces w where w.id = $1 and w.sso_required_at is not null) as sso_required
         from members where workspace_id = $1 and id = $2"
    ))
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// How members are called.
#[derive(Debug, Clone, FromRow)]
pub struct MemberName {
    /// The member.
    pub id: MemberId,
    /// Name.
    pub display_name: Option<String>,
    /// Address.
    pub email: Option<String>,
}

/// How these members are called; those that there are not are left out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn named(tx: &mut WorkspaceTx, ids: &[MemberId]) -> Result<Vec<MemberName>, StoreError> {
    let rows = sqlx::query_as("select id, display_name, email from members where workspace_id = $1 and id = any($2)")
        .bind(tx.workspace())
        .bind(ids)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// The member behind a directory user.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of_user(tx: &mut WorkspaceTx, user: UserId) -> Result<Option<MemberId>, StoreError> {
    let id = sqlx::query_scalar("select id from members where workspace_id = $1 and user_id = $2")
        .bind(tx.workspace())
        .bind(user)
        .fetch_optional(tx.connection())
        .await?;
    Ok(id)
}

/// The members with this e-mail address, folded; at most two, which is enough to see that it is not one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn with_email(tx: &mut WorkspaceTx, email_key: &str) -> Result<Vec<MemberRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members where workspace_id = $1 and email_key = $2
         order by (status = 'deactivated'), id limit 2"
    ))
    .bind(tx.workspace())
    .bind(email_key)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Members after this one in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn page(tx: &mut WorkspaceTx, after: Option<MemberId>, limit: i64) -> Result<Vec<MemberRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members where workspace_id = $1 and id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
         order by id limit $3"
    ))
    .bind(tx.workspace())
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A workspace group that a member is in.
#[derive(Debug, Clone, FromRow)]
pub struct GroupOfMember {
    /// The group.
    pub id: GroupId,
    /// Its name.
    pub display_name: String,
}

/// The workspace groups that a member is in.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups_of(tx: &mut WorkspaceTx, id: MemberId) -> Result<Vec<GroupOfMember>, StoreError> {
    let rows = sqlx::query_as(
        "select g.id, g.display_name
         from workspace_group_members m join workspace_groups g on g.workspace_id = m.workspace_id and g.id = m.group_id
         where m.workspace_id = $1 and m.member_id = $2 order by g.id",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A grant as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct GrantRow {
    /// `manual`, `attribute`, `group`, `default`.
    pub source: String,
    /// The group's id for a group mapping, else empty.
    pub source_key: String,
    /// What it gives.
    pub role: String,
    /// Since when.
    pub granted_at: DateTime<Utc>,
    /// The request that caused it.
    pub request_id: Option<RequestId>,
}

/// The grants of a member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn grants_of(tx: &mut WorkspaceTx, id: MemberId) -> Result<Vec<GrantRow>, StoreError> {
    let rows = sqlx::query_as(
        "select source, source_key, role, granted_at, request_id from grants where workspace_id = $1 and member_id = $2
         order by source, source_key",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Counts members who are in again, or for the first time.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn count_in(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<(), StoreError> {
    if members.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into directory_counts (workspace_id, kind, slot, n) values ($1, 'member', counter_slot(), $2)
         on conflict (workspace_id, kind, slot) do update set n = directory_counts.n + excluded.n",
    )
    .bind(tx.workspace())
    .bind(i64::try_from(members.len()).unwrap_or(i64::MAX))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What a sign-in finds.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn {
    /// The member's session epoch.
    pub session_epoch: i64,
    /// Whether it is the first one.
    pub is_first: bool,
    /// When all sessions of the person were last ended; sign-ins that began before open none.
    pub sessions_ended_at: Option<DateTime<Utc>>,
}

/// Turns `invited` into `active` at the first sign-in. None when the person is out. The row stays locked until the end of the transaction,
/// so a deactivation that runs at the same time comes before or after, never in between.
///
/// # Errors
/// Postgres is busy or away.
pub async fn sign_in(tx: &mut WorkspaceTx, id: MemberId, now: DateTime<Utc>) -> Result<Option<SignedIn>, StoreError> {
    // Nothing is to be written about who is in already, and several of their sign-ins do not wait for each other.
    if let Some(signed_in) = hold_active(tx, id).await? {
        return Ok(Some(signed_in));
    }
    let first: Option<(i64, Option<DateTime<Utc>>)> = sqlx::query_as(
        "update members set status = 'active', activated_at = coalesce(activated_at, $3), updated_at = $3
         where workspace_id = $1 and id = $2 and status = 'invited'
         returning session_epoch, sessions_ended_at",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    match first {
        Some((session_epoch, sessions_ended_at)) => Ok(Some(SignedIn { session_epoch, is_first: true, sessions_ended_at })),
        // Out, or somebody has been first for whom this one has waited.
        None => hold_active(tx, id).await,
    }
}

/// Somebody who is in and has signed in before; they stay so until the end of the transaction.
async fn hold_active(tx: &mut WorkspaceTx, id: MemberId) -> Result<Option<SignedIn>, StoreError> {
    let row: Option<(i64, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select session_epoch, sessions_ended_at from members where workspace_id = $1 and id = $2 and status = 'active' for share",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|(session_epoch, sessions_ended_at)| SignedIn { session_epoch, is_first: false, sessions_ended_at }))
}

/// Ends every session of somebody who is in: from the commit on none of an older epoch is accepted, and no sign-in that has begun before
/// opens one. Answers the new epoch; none when the person is out or there is no such member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn end_sessions(tx: &mut WorkspaceTx, id: MemberId, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
    let epoch = sqlx::query_scalar(
        "update members set session_epoch = session_epoch + 1, sessions_ended_at = $3, updated_at = $3
         where workspace_id = $1 and id = $2 and status <> 'deactivated'
         returning session_epoch",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    Ok(epoch)
}

/// Makes the one member who was given by hand, is in, and has this address the directory's, behind this user. None when there is no such
/// member, or more than one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn link(tx: &mut WorkspaceTx, email_key: &str, user: UserId) -> Result<Option<MemberId>, StoreError> {
    let linked = sqlx::query_scalar(
        "with candidates as (
             select id from members where workspace_id = $1 and email_key = $2 and origin = 'manual' and status <> 'deactivated'
             for update
         )
         update members set origin = 'directory', user_id = $3
         where workspace_id = $1 and id in (select id from candidates) and (select count(*) from candidates) = 1
         returning id",
    )
    .bind(tx.workspace())
    .bind(email_key)
    .bind(user)
    .fetch_optional(tx.connection())
    .await?;
    seats::leave(tx, linked.as_slice()).await?;
    Ok(linked)
}
