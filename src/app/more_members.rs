//! The members of a large group, page by page while an answer is sent: no answer holds them all, and no transaction waits for a client
//! that reads slowly.

use serde_json::Value;
use uuid::Uuid;

use super::{App, error::AppError, resource};
use crate::{
    ids::{GroupId, WorkspaceId},
    store::{
        Db, WorkspaceTx,
        group_members::{self, GroupMember},
    },
};

/// Members that stand in the resource itself. A group with more is streamed.
pub const INLINE: usize = 100;
/// Members of each further page.
const PAGE: i64 = 1_000;

/// What comes after the members that stand in the resource. Each page shows the group as it is when the page is read.
#[derive(Debug, Clone)]
pub struct MoreMembers {
    db: Db,
    workspace: WorkspaceId,
    group: GroupId,
    after: Option<Uuid>,
}

impl MoreMembers {
    /// Splits the first members of a group, of which one more than [`INLINE`] were read if there are so many.
    pub(super) fn split(app: &App, tx: &WorkspaceTx, group: GroupId, first: &mut Vec<GroupMember>) -> Option<Self> {
        if first.len() <= INLINE {
            return None;
        }
        first.truncate(INLINE);
        let after = first.last().map(|member| member.id());
        Some(Self { db: app.db.clone(), workspace: tx.workspace(), group, after })
    }

    /// The next members as `members` shows them; none at the end.
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub async fn next(&mut self) -> Result<Vec<Value>, AppError> {
        let Some(after) = self.after else { return Ok(Vec::new()) };
        let mut tx = self.db.workspace(self.workspace).await?;
        let members = group_members::after(&mut tx, self.group, after, PAGE).await?;
        self.after = members.last().map(|member| member.id());
        Ok(members.into_iter().map(resource::member).collect())
    }
}
