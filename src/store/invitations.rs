//! Invitations by e-mail: what is to be sent, and what became of it. What is due is looked for in [`super::global`], since it may be any
//! workspace's.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx, members::Closed};
use crate::ids::{InvitationId, MemberId, RequestId};

/// An invitation as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct InvitationRow {
    /// The invitation.
    pub id: InvitationId,
    /// `queued`, `sending`, `sent`, `failed`, `unknown` or `cancelled`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// While it is queued, not before this time.
    pub due_at: DateTime<Utc>,
    /// When the last attempt began.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it was sent, failed, or was cancelled.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it is not sent, in plain words.
    pub reason: Option<String>,
    /// The request that caused it.
    pub request_id: Option<RequestId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl InvitationRow {
    /// When something was last done about it.
    pub fn moved_at(&self) -> DateTime<Utc> {
        self.begun_at.map_or(self.created_at, |begun| begun.max(self.created_at))
    }
}

/// Puts an invitation into the queue.
///
/// # Errors
/// Postgres is busy or away.
pub async fn queue(tx: &mut WorkspaceTx, member: MemberId, request: RequestId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into invitations (workspace_id, id, member_id, due_at, request_id, created_at) values ($1, $2, $3, $5, $4, $5)",
    )
    .bind(tx.workspace())
    .bind(InvitationId::new())
    .bind(member)
    .bind(request)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Puts an invitation into the queue for everybody of these who is invited, each caused by a request, unless the person has one already
/// that was sent, may have been, or is to be.
///
/// # Errors
/// Postgres is busy or away.
pub async fn queue_first(tx: &mut WorkspaceTx, people: &[(MemberId, RequestId)], now: DateTime<Utc>) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let (members, requests): (Vec<MemberId>, Vec<RequestId>) = people.iter().copied().unzip();
    let ids: Vec<InvitationId> = people.iter().map(|_| InvitationId::new()).collect();
    sqlx::query(
        "insert into invitations (workspace_id, id, member_id, due_at, request_id, created_at)
         select $1, wanted.id, wanted.member_id, $5, wanted.request_id, $5
         from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as wanted (id, member_id, request_id)
         join members m on m.workspace_id = $1 and m.id = wanted.member_id and m.status = 'invited'
         where not exists (
             select from invitations i
             where i.workspace_id = $1 and i.member_id = m.id and i.state in ('queued', 'sending', 'sent', 'unknown')
         )",
    )
    .bind(tx.workspace())
    .bind(ids)
    .bind(members)
    .bind(requests)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The newest invitation of a member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn newest(tx: &mut WorkspaceTx, member: MemberId) -> Result<Option<InvitationRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, state, attempts, due_at, begun_at, ended_at, reason, request_id, created_at
         from invitations where workspace_id = $1 and member_id = $2 order by id desc limit 1",
    )
    .bind(tx.workspace())
    .bind(member)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Makes a queued invitation due. False when it is queued no more.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hurry(tx: &mut WorkspaceTx, id: InvitationId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let hurried = sqlx::query("update invitations set due_at = $3 where workspace_id = $1 and id = $2 and state = 'queued'")
        .bind(tx.workspace())
        .bind(id)
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(hurried.rows_affected() == 1)
}

/// Cancels what is still queued for people who have just been put out, and writes it into their receipts.
///
/// # Errors
/// Postgres is busy or away.
pub async fn close(tx: &mut WorkspaceTx, closed: &[Closed], now: DateTime<Utc>) -> Result<(), StoreError> {
    let (members, receipts): (Vec<MemberId>, Vec<Uuid>) =
        closed.iter().map(|closed| (closed.member_id, closed.receipt_id.as_uuid())).unzip();
    sqlx::query(
        "with cancelled as (
             update invitations set state = 'cancelled', ended_at = $4, reason = 'The person was deactivated before it was sent.'
             where workspace_id = $1 and member_id = any($2) and state = 'queued'
             returning member_id
         )
         update receipts r
         set invitations_closed_at = $4, invitations_count = (select count(*) from cancelled c where c.member_id = r.member_id)
         where r.workspace_id = $1 and r.id = any($3)",
    )
    .bind(tx.workspace())
    .bind(members)
    .bind(receipts)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What is to be written, to whom.
#[derive(Debug, Clone, FromRow)]
pub struct LetterRow {
    /// Address.
    pub email: Option<String>,
    /// Name.
    pub display_name: Option<String>,
    /// The workspace's name.
    pub workspace: String,
}

/// What an invitation says.
///
/// # Errors
/// Postgres is busy or away.
pub async fn letter(tx: &mut WorkspaceTx, member: MemberId) -> Result<Option<LetterRow>, StoreError> {
    let row = sqlx::query_as(
        "select m.email, m.display_name, w.name as workspace
         from members m join workspaces w on w.id = m.workspace_id where m.workspace_id = $1 and m.id = $2",
    )
    .bind(tx.workspace())
    .bind(member)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// What an attempt has come to.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// It was sent.
    Sent,
    /// It is not to be tried again, for this reason.
    Failed(&'a str),
    /// Whether it was sent is not known, for this reason.
    Unknown(&'a str),
    /// It is to be tried again at this time, for this reason.
    Later(DateTime<Utc>, &'a str),
}

/// Writes down what an attempt has come to. False when it is no longer under way: then somebody has given it up meanwhile.
///
/// # Errors
/// Postgres is busy or away.
pub async fn end(tx: &mut WorkspaceTx, id: InvitationId, end: End<'_>, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let (state, due, reason) = match end {
        End::Sent => ("sent", None, None),
        End::Failed(reason) => ("failed", None, Some(reason)),
        End::Unknown(reason) => ("unknown", None, Some(reason)),
        End::Later(at, reason) => ("queued", Some(at), Some(reason)),
    };
    let ended = sqlx::query(
        "update invitations
         set state = $3, due_at = coalesce($4, due_at), reason = $5, ended_at = case when $4::timestamptz is null then $6 end
         where workspace_id = $1 and id = $2 and state = 'sending'",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(state)
    .bind(due)
    .bind(reason)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(ended.rows_affected() == 1)
}
