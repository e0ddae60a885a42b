//! Invitations that are due, whose ever they are.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use crate::{
    ids::{InvitationId, MemberId, WorkspaceId},
    store::StoreError,
};

/// An invitation whose turn it is.
#[derive(Debug, Clone, FromRow)]
pub struct DueInvitation {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub member_id: MemberId,
    /// `sending`, and it is the caller's to send; or `cancelled`, because the person is not to be invited any more.
    pub state: String,
    /// How often it was tried, this time included.
    pub attempts: i32,
}

/// Takes the invitation that is due for the longest time in the next workspace after this one: one of each in turn, so that none with very
/// many keeps the others waiting. From the end of this statement on it is nobody else's.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin_invitation(
    pool: &PgPool,
    after: Option<WorkspaceId>,
    now: DateTime<Utc>,
) -> Result<Option<DueInvitation>, StoreError> {
    let due = sqlx::query_as(
        "with next as (
             (select workspace_id from invitations
              where state = 'queued' and due_at <= $2 and workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
              order by workspace_id limit 1)
             union all
             (select workspace_id from invitations where state = 'queued' and due_at <= $2 order by workspace_id limit 1)
             limit 1
         ), due as (
             select i.workspace_id, i.id from invitations i
             where i.workspace_id = (select workspace_id from next) and i.state = 'queued' and i.due_at <= $2
             order by i.due_at, i.id limit 1 for update skip locked
         )
         update invitations i
         set state = case when m.status = 'invited' then 'sending' else 'cancelled' end,
             attempts = i.attempts + case when m.status = 'invited' then 1 else 0 end,
             begun_at = $2,
             ended_at = case when m.status = 'invited' then null else $2 end,
             reason = case m.status when 'active' then 'The person signed in before it was sent.'
                                    when 'deactivated' then 'The person was deactivated before it was sent.' end
         from due join members m on m.workspace_id = due.workspace_id
         where i.workspace_id = due.workspace_id and i.id = due.id and m.id = i.member_id
         returning i.workspace_id, i.id, i.member_id, i.state, i.attempts",
    )
    .bind(after)
    .bind(now)
    .fetch_optional(pool)
    .await?;
    Ok(due)
}

/// Writes down that nobody knows what became of invitations that were begun before a time and have not ended. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn give_up_invitations(
    pool: &PgPool,
    before: DateTime<Utc>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let given_up = sqlx::query(
        "update invitations set state = 'unknown', reason = $2, ended_at = $3 where state = 'sending' and begun_at < $1",
    )
    .bind(before)
    .bind(reason)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(given_up.rows_affected())
}
