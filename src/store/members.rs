//! Members: who is in the workspace.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::{
    directory::{membership::Status, roles::Role},
    ids::{GroupId, MemberId, ReceiptId, RequestId, UserId},
};

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
}

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
    let row = sqlx::query_as(
        "select id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at
         from members where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
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
    let rows = sqlx::query_as(
        "select id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at
         from members where workspace_id = $1 and email_key = $2
         order by (status = 'deactivated'), id limit 2",
    )
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
    let rows = sqlx::query_as(
        "select id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at
         from members where workspace_id = $1 and id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
         order by id limit $3",
    )
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

/// Makes a member by hand, with a role of its own.
///
/// # Errors
/// Postgres is busy or away.
pub async fn insert_manual(
    tx: &mut WorkspaceTx,
    id: MemberId,
    email: &str,
    email_key: &str,
    role: Role,
    request: RequestId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "with made as (
             insert into members (workspace_id, id, origin, email, email_key, status, role, created_at, updated_at)
             values ($1, $2, 'manual', $3, $4, 'invited', $5, $7, $7)
             returning workspace_id, id
         )
         insert into grants (workspace_id, member_id, source, source_key, role, request_id, granted_at)
         select workspace_id, id, 'manual', '', $5, $6, $7 from made",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(email)
    .bind(email_key)
    .bind(role.as_str())
    .bind(request)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Turns `invited` into `active` at the first sign-in and answers the session epoch, unless the person is out. The row stays locked
/// until the end of the transaction, so a deactivation that runs at the same time comes before or after, never in between.
///
/// # Errors
/// Postgres is busy or away.
pub async fn sign_in(tx: &mut WorkspaceTx, id: MemberId, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
    let epoch = sqlx::query_scalar(
        "update members
         set status = 'active', activated_at = coalesce(activated_at, $3), updated_at = case when status = 'active' then updated_at else $3 end
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

/// Locks a member's row until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold(tx: &mut WorkspaceTx, id: MemberId) -> Result<(), StoreError> {
    sqlx::query("select from members where workspace_id = $1 and id = $2 for update")
        .bind(tx.workspace())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A member that was just put out.
#[derive(Debug, Clone, FromRow)]
pub struct Closed {
    /// The member.
    pub member_id: MemberId,
    /// The receipt that was begun.
    pub receipt_id: ReceiptId,
}

/// Whom to put out.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    /// The members behind these directory users.
    Users(&'a [UserId]),
    /// These members.
    Members(&'a [MemberId]),
}

/// Puts people out who are in, in one statement: status and session epoch (from the commit on no session is accepted), their tokens,
/// and the beginning of a receipt each.
///
/// # Errors
/// Postgres is busy or away.
pub async fn close(
    tx: &mut WorkspaceTx,
    whom: Whom<'_>,
    cause: &str,
    request: Option<RequestId>,
    received: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Closed>, StoreError> {
    let (users, members): (&[UserId], &[MemberId]) = match whom {
        Whom::Users(users) => (users, &[]),
        Whom::Members(members) => (&[], members),
    };
    let rows = sqlx::query_as(
        "with closed as (
             update members
             set status = 'deactivated', session_epoch = session_epoch + 1, deactivated_at = $6, updated_at = $6
             where workspace_id = $1 and (user_id = any($2) or id = any($7)) and status <> 'deactivated'
             returning id
         ), revoked as (
             update api_tokens set revoked_at = $6
             where workspace_id = $1 and member_id in (select id from closed) and revoked_at is null
             returning member_id
         )
         insert into receipts
             (workspace_id, id, member_id, cause, request_id, received_at, row_closed_at, tokens_closed_at, tokens_count, roles_count)
         select $1, gen_random_uuid(), c.id, $3, $4, $5, $6, $6, (select count(*) from revoked r where r.member_id = c.id),
                -- counted here, because the reconciliation may take them before the clean-up comes to it
                (select count(*) from grants g where g.workspace_id = $1 and g.member_id = c.id and g.source <> 'manual')
         from closed c
         returning member_id, id as receipt_id",
    )
    .bind(tx.workspace())
    .bind(users)
    .bind(cause)
    .bind(request)
    .bind(received)
    .bind(now)
    .bind(members)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
