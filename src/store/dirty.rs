//! Marks of what has to be reconciled: written in the transaction of a change, drained in order by the worker.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::ids::{GroupId, MemberId, RequestId, UserId};

/// What a mark points at.
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
}

/// Marks subjects.
///
/// # Errors
/// Postgres is busy or away.
pub async fn mark(tx: &mut WorkspaceTx, subjects: &[Subject], request: Option<RequestId>) -> Result<(), StoreError> {
    if subjects.is_empty() {
        return Ok(());
    }
    let (kinds, ids): (Vec<&str>, Vec<Uuid>) = subjects.iter().map(|subject| subject.parts()).unzip();
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

/// Marks everybody who is in a group, without reading them into memory.
///
/// # Errors
/// Postgres is busy or away.
pub async fn mark_members_of(tx: &mut WorkspaceTx, group: GroupId, request: Option<RequestId>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dirty (workspace_id, kind, subject_id, request_id)
         select workspace_id, 'user', user_id, $3 from group_members where workspace_id = $1 and group_id = $2",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(request)
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Mark {
    kind: String,
    subject_id: Uuid,
    request_id: Option<RequestId>,
}

/// Takes the oldest marks, at most `limit` of them. They are gone when the transaction commits. A subject that was marked several
/// times comes once, with the request that marked it last.
///
/// # Errors
/// Postgres is busy or away.
pub async fn take(tx: &mut WorkspaceTx, limit: i64) -> Result<BTreeMap<Subject, Option<RequestId>>, StoreError> {
    let marks: Vec<Mark> = sqlx::query_as(
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
    Ok(marks
        .into_iter()
        .filter_map(|mark| {
            let subject = match mark.kind.as_str() {
                "user" => Subject::User(UserId::from_uuid(mark.subject_id)),
                "member" => Subject::Member(MemberId::from_uuid(mark.subject_id)),
                "group" => Subject::Group(GroupId::from_uuid(mark.subject_id)),
                _ => return None, // the check constraint of the table allows no other
            };
            Some((subject, mark.request_id))
        })
        .collect())
}
