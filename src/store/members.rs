//! Members: who is in the workspace.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx, seats};
use crate::{
    directory::membership::Status,
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
    /// Whether the directory may take nothing from the person.
    pub break_glass: bool,
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
        "select id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at, break_glass
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
        "select id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at, break_glass
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
        "select id, user_id, origin, email, display_name, status, role, session_epoch, created_at, activated_at, deactivated_at, break_glass
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

/// A member as the guards see it.
#[derive(Debug, Clone, FromRow)]
pub struct Guarded {
    /// The member.
    pub id: MemberId,
    /// Status.
    #[sqlx(try_from = "String")]
    pub status: StoredStatus,
    /// Effective role; none for people who are out.
    pub role: Option<String>,
    /// Whether the directory may take nothing from the person.
    pub break_glass: bool,
    /// `directory` or `manual`.
    pub origin: String,
}

/// A member whom the directory wants out.
#[derive(Debug, Clone, FromRow)]
pub struct Leaver {
    /// The member.
    #[sqlx(flatten)]
    pub member: Guarded,
    /// Whether nothing follows from what the directory says.
    pub observed: bool,
    /// What has been decided about it, if it was asked for before and was held.
    pub held: Option<String>,
    /// Whether it was held as one of too many.
    pub held_in_batch: bool,
}

/// Leavers, of these members.
macro_rules! leavers {
    ($before:literal, $which:literal) => {
        concat!(
            $before,
            "select m.id, m.status, m.role, m.break_glass, m.origin, w.provisioning = 'observe' as observed, h.state as held,
                    h.batch_id is not null as held_in_batch
             from members m join workspaces w on w.id = m.workspace_id
             left join held_changes h on h.workspace_id = m.workspace_id and h.member_id = m.id and h.effect = 'access'
             where m.workspace_id = $1 and ",
            $which,
            " for no key update of m"
        )
    };
}

/// Reads and locks the member behind a directory user.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_leaver(tx: &mut WorkspaceTx, user: UserId) -> Result<Option<Leaver>, StoreError> {
    let row =
        sqlx::query_as(leavers!("", "m.user_id = $2")).bind(tx.workspace()).bind(user).fetch_optional(tx.connection()).await?;
    Ok(row)
}

/// Reads and locks the members behind directory users.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_leavers(tx: &mut WorkspaceTx, users: &[UserId]) -> Result<Vec<Leaver>, StoreError> {
    // Found first and then locked in order: for the order alone Postgres would rather walk over all members of the workspace.
    let rows = sqlx::query_as(leavers!(
        "with leaving as materialized (select id from members where workspace_id = $1 and user_id = any($2)) ",
        "m.id = any(array(select id from leaving)) order by m.id"
    ))
    .bind(tx.workspace())
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A member whom the worker deprovisions.
#[derive(Debug, Clone, FromRow)]
pub struct Departed {
    /// The member.
    pub id: MemberId,
    /// Status; the person may have been let in again.
    #[sqlx(try_from = "String")]
    pub status: StoredStatus,
    /// Effective role, if it was not taken yet.
    pub role: Option<String>,
    /// Sessions opened under another epoch are dead.
    pub session_epoch: i64,
}

/// Reads and locks members so that nobody lets them in, gives them a role or takes one meanwhile.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_departed(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<Vec<Departed>, StoreError> {
    let rows = sqlx::query_as(
        "select id, status, role, session_epoch from members where workspace_id = $1 and id = any($2) order by id for update",
    )
    .bind(tx.workspace())
    .bind(members)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Reads and locks a member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: MemberId) -> Result<Option<Guarded>, StoreError> {
    let row = sqlx::query_as(
        "select id, status, role, break_glass, origin from members where workspace_id = $1 and id = $2 for no key update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
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
             returning id, origin
         ), revoked as (
             update api_tokens set revoked_at = $6
             where workspace_id = $1 and member_id in (select id from closed) and revoked_at is null
             returning member_id
         ), counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats)
             select $1, 'member', counter_slot(), -count(*), -count(*) filter (where origin = 'manual') from closed having count(*) > 0
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + excluded.n, seats = directory_counts.seats + excluded.seats
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
