//! The proof that nobody who is out has a live credential: where the walk of one workspace is, what it looks at, what the last one found.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::{MemberId, ReceiptId, UserId};

/// Somebody who is out, and what they still have in Postgres.
#[derive(Debug, Clone, FromRow)]
pub struct Leftover {
    /// Who.
    pub member_id: MemberId,
    /// The directory user behind the member.
    pub user_id: Option<UserId>,
    /// API tokens that are not revoked.
    pub tokens: i64,
    /// The effective role.
    pub role: Option<String>,
    /// Grants that the directory gave.
    pub grants: i64,
    /// Workspace groups.
    pub groups: i64,
    /// The oldest receipt that is not complete.
    pub receipt_id: Option<ReceiptId>,
    /// Since when that one is open.
    pub open_since: Option<DateTime<Utc>>,
}

/// How many credentials of each kind were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Found {
    /// People looked at.
    pub looked_at: i64,
    /// People who still had something.
    pub violations: i64,
    /// Sessions.
    pub sessions: i64,
    /// API tokens that were not revoked.
    pub tokens: i64,
    /// Roles and the grants behind them.
    pub roles: i64,
    /// Workspace groups that they were in.
    pub groups: i64,
    /// Receipts that were open for too long.
    pub receipts: i64,
}

/// The last finished walk.
#[derive(Debug, Clone, FromRow)]
pub struct ProofRow {
    /// What it found.
    #[sqlx(flatten)]
    pub found: Found,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

/// What a member who is out still has: [`Leftover`].
macro_rules! leftovers {
    ($which:literal) => {
        concat!(
            "select m.id as member_id, m.user_id, m.role,
                    (select count(*) from api_tokens t
                     where t.workspace_id = $1 and t.member_id = m.id and t.revoked_at is null) as tokens,
                    (select count(*) from grants g
                     where g.workspace_id = $1 and g.member_id = m.id and g.source <> 'manual') as grants,
                    (select count(*) from workspace_group_members w where w.workspace_id = $1 and w.member_id = m.id) as groups,
                    receipt.id as receipt_id, receipt.row_closed_at as open_since
             from members m left join lateral (
                 select r.id, r.row_closed_at from receipts r
                 where r.workspace_id = $1 and r.member_id = m.id and r.completed_at is null
                 order by r.row_closed_at limit 1
             ) receipt on true
             where m.workspace_id = $1 and m.status = 'deactivated' and ",
            $which
        )
    };
}

/// Where the walk under way is, locked; none when there is none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_walk(tx: &mut WorkspaceTx) -> Result<Option<MemberId>, StoreError> {
    let cursor = sqlx::query_scalar("select cursor from proof_walks where workspace_id = $1 for update")
        .bind(tx.workspace())
        .fetch_optional(tx.connection())
        .await?;
    Ok(cursor)
}

/// The next people who are out, with what they still have.
///
/// # Errors
/// Postgres is busy or away.
pub async fn next(tx: &mut WorkspaceTx, after: MemberId, limit: i64) -> Result<Vec<Leftover>, StoreError> {
    let rows = sqlx::query_as(leftovers!("m.id > $2 order by m.id limit $3"))
        .bind(tx.workspace())
        .bind(after)
        .bind(limit)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// What one of them still has now; the member's row stays locked. None when the person is in again.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, member: MemberId) -> Result<Option<Leftover>, StoreError> {
    // The row first, so that what is counted is what there is once nobody else can change it.
    sqlx::query("select from members where workspace_id = $1 and id = $2 for update")
        .bind(tx.workspace())
        .bind(member)
        .execute(tx.connection())
        .await?;
    let row = sqlx::query_as(leftovers!("m.id = $2")).bind(tx.workspace()).bind(member).fetch_optional(tx.connection()).await?;
    Ok(row)
}

/// Writes down where the locked walk has got to, and what it has found since.
///
/// # Errors
/// Postgres is busy or away.
pub async fn advance(tx: &mut WorkspaceTx, to: MemberId, found: Found) -> Result<(), StoreError> {
    sqlx::query(
        "update proof_walks
         set cursor = $2, looked_at = looked_at + $3, violations = violations + $4, sessions = sessions + $5, tokens = tokens + $6,
             roles = roles + $7, groups = groups + $8, receipts = receipts + $9
         where workspace_id = $1",
    )
    .bind(tx.workspace())
    .bind(to)
    .bind(found.looked_at)
    .bind(found.violations)
    .bind(found.sessions)
    .bind(found.tokens)
    .bind(found.roles)
    .bind(found.groups)
    .bind(found.receipts)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Ends the locked walk: what it found is the workspace's proof from now on.
///
/// # Errors
/// Postgres is busy or away.
pub async fn finish(tx: &mut WorkspaceTx, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "with walked as (
             delete from proof_walks where workspace_id = $1
             returning looked_at, violations, sessions, tokens, roles, groups, receipts, started_at
         )
         insert into proofs
             (workspace_id, looked_at, violations, sessions, tokens, roles, groups, receipts, started_at, ended_at)
         select $1, looked_at, violations, sessions, tokens, roles, groups, receipts, started_at, $2 from walked
         on conflict (workspace_id) do update
         set looked_at = excluded.looked_at, violations = excluded.violations, sessions = excluded.sessions, tokens = excluded.tokens,
             roles = excluded.roles, groups = excluded.groups, receipts = excluded.receipts, started_at = excluded.started_at,
             ended_at = excluded.ended_at",
    )
    .bind(tx.workspace())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The workspace's last proof.
///
/// # Errors
/// Postgres is busy or away.
pub async fn last(tx: &mut WorkspaceTx) -> Result<Option<ProofRow>, StoreError> {
    let row = sqlx::query_as(
        "select looked_at, violations, sessions, tokens, roles, groups, receipts, started_at, ended_at
         from proofs where workspace_id = $1",
    )
    .bind(tx.workspace())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}
