//! Marks of what has to be reconciled: written in the transaction of a change, drained in order by the worker.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::ids::{GroupId, MemberId, RequestId, UserId, WalkId};

/// What is reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A directory user, and the member behind it.
    User(UserId),
    /// A member whose directory user is gone.
    Member(MemberId),
    /// A directory group, and the workspace group that follows it.
    Group(GroupId),
}

impl Subject {
    fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::User(id) => ("user", id.as_uuid()),
            Self::Member(id) => ("member", id.as_uuid()),
            Self::Group(id) => ("group", id.as_uuid()),
        }
    }

    /// Its id.
    pub fn id(self) -> Uuid {
        self.parts().1
    }
}

/// Marks subjects.
///
/// # Errors
/// Postgres is busy or away.
pub async fn mark(tx: &mut WorkspaceTx, subjects: &[Subject], request: Option<RequestId>) -> Result<(), StoreError> {
    append(tx, subjects.iter().map(|subject| subject.parts()), request).await
}

/// How many marks wait, counted up to a number.
///
/// # Errors
/// Postgres is busy or away.
pub async fn waiting(tx: &mut WorkspaceTx, most: i64) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar("select count(*) from (select from dirty where workspace_id = $1 limit $2) as waiting")
        .bind(tx.workspace())
        .bind(most)
        .fetch_one(tx.connection())
        .await?;
    Ok(count)
}

/// Marks everybody below these groups, at any depth: one mark each, however many people it is. [`super::group_walks`] finds them.
///
/// # Errors
/// Postgres is busy or away.
pub async fn mark_below(tx: &mut WorkspaceTx, groups: &[GroupId], request: Option<RequestId>) -> Result<(), StoreError> {
    append(tx, groups.iter().map(|group| ("below", group.as_uuid())), request).await
}

/// Marks walks that are to go on.
///
/// # Errors
/// Postgres is busy or away.
pub async fn mark_walks(tx: &mut WorkspaceTx, walks: &[WalkId]) -> Result<(), StoreError> {
    append(tx, walks.iter().map(|walk| ("walk", walk.as_uuid())), None).await
}

async fn append(
    tx: &mut WorkspaceTx,
    marks: impl Iterator<Item = (&'static str, Uuid)>,
    request: Option<RequestId>,
) -> Result<(), StoreError> {
    let (kinds, ids): (Vec<&str>, Vec<Uuid>) = marks.unzip();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into dirty (workspace_id, kind, subject_id, request_id)
         select $1, kind, id, $4 from unnest($2::text[], $3::uuid[]) as marked (kind, id)",
    )
    .bind(tx.workspace())
    .bind(kinds)
    .bind(ids)
    .bind(request)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// How many of these nobody has marked: what differs without a mark differs although it was reconciled, or was never marked. Where
/// everybody below a group is marked, nobody can be told from those, so nobody counts.
///
/// # Errors
/// Postgres is busy or away.
pub async fn unmarked(tx: &mut WorkspaceTx, subjects: &[Subject]) -> Result<u64, StoreError> {
    if subjects.is_empty() {
        return Ok(0);
    }
    let (kinds, ids): (Vec<&str>, Vec<Uuid>) = subjects.iter().map(|subject| subject.parts()).unzip();
    let count: i64 = sqlx::query_scalar(
        "select count(*) from unnest($2::text[], $3::uuid[]) as changed (kind, id)
         where not exists (select from dirty where workspace_id = $1 and kind in ('below', 'walk'))
           and not exists (
               select from dirty d where d.workspace_id = $1 and d.kind = changed.kind and d.subject_id = changed.id
           )",
    )
    .bind(tx.workspace())
    .bind(kinds)
    .bind(ids)
    .fetch_one(tx.connection())
    .await?;
    Ok(count.unsigned_abs())
}

/// Marks that were taken, each with the request that made it.
#[derive(Debug, Default)]
pub struct Marks {
    /// What is to be reconciled.
    pub subjects: BTreeMap<Subject, Option<RequestId>>,
    /// Groups everybody below which is to be reconciled.
    pub below: BTreeMap<GroupId, Option<RequestId>>,
    /// Walks that are to go on.
    pub walks: BTreeSet<WalkId>,
}

impl Marks {
    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.below.is_empty() && self.walks.is_empty()
    }
}

/// Forgets marks, at most `limit` of them, and the walks that are under way. False when there was nothing.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget(tx: &mut WorkspaceTx, limit: i64) -> Result<bool, StoreError> {
    let marks = sqlx::query(
        "delete from dirty where workspace_id = $1 and seq in (select seq from dirty where workspace_id = $1 order by seq limit $2)",
    )
    .bind(tx.workspace())
    .bind(limit)
    .execute(tx.connection())
    .await?;
    let walks =
        sqlx::query("delete from group_walks where workspace_id = $1").bind(tx.workspace()).execute(tx.connection()).await?;
    Ok(marks.rows_affected() + walks.rows_affected() > 0)
}

#[derive(FromRow)]
struct Mark {
    kind: String,
    subject_id: Uuid,
    request_id: Option<RequestId>,
}

/// Takes the oldest marks, at most `limit` of them. They are gone when the transaction commits. What was marked several times comes
/// once, with the request that marked it last.
///
/// # Errors
/// Postgres is busy or away.
pub async fn take(tx: &mut WorkspaceTx, limit: i64) -> Result<Marks, StoreError> {
    let rows: Vec<Mark> = sqlx::query_as(
        "with taken as (
             delete from dirty where workspace_id = $1 and seq in (
                 select seq from dirty where workspace_id = $1 order by seq limit $2
             ) returning seq, kind, subject_id, request_id
         )
         select kind, subject_id, request_id from taken order by seq",
    )
    .bind(tx.workspace())
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    let mut marks = Marks::default();
    for Mark { kind, subject_id: id, request_id: request } in rows {
        let subject = match kind.as_str() {
            "user" => Subject::User(UserId::from_uuid(id)),
            "member" => Subject::Member(MemberId::from_uuid(id)),
            "group" => Subject::Group(GroupId::from_uuid(id)),
            "below" => {
                marks.below.insert(GroupId::from_uuid(id), request);
                continue;
            }
            "walk" => {
                marks.walks.insert(WalkId::from_uuid(id));
                continue;
            }
            _ => continue, // the check constraint of the table allows no other
        };
        marks.subjects.insert(subject, request);
    }
    Ok(marks)
}
