//! What can go wrong in Postgres, in our words. Constraint names are mapped here and nowhere else.

/// A rule of the schema that a write would have broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// `userName` is taken in this workspace.
    UserName,
    /// A group's `displayName` is taken in this workspace.
    GroupDisplayName,
    /// A workspace's short name is taken.
    WorkspaceSlug,
    /// A group member that is no user or group of this workspace.
    GroupMember,
}

/// Why Postgres did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The write breaks a rule; nothing was written.
    #[error("the write breaks the rule {0:?}")]
    Constraint(Constraint),
    /// Another resource of the workspace has the value of this attribute, which may be there only once. The transaction must not go on.
    #[error("another resource has the value of {0}")]
    Taken(String),
    /// The workspace has this many seats, and all are taken. The transaction must not be committed as it is.
    #[error("all {0} seats are taken")]
    NoSeat(i32),
    /// Too much to do at the moment, or a lock was not to be had in time: try again.
    #[error("Postgres is busy")]
    Busy(#[source] sqlx::Error),
    /// Postgres cannot be reached.
    #[error("Postgres cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// Anything else is a mistake of ours.
    #[error("unexpected answer from Postgres")]
    Bug(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                sqlx::Error::PoolTimedOut => Self::Busy(error),
                sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
                    Self::Unavailable(error)
                }
                _ => Self::Bug(error),
            };
        };
        let constraint = match database.constraint() {
            Some("users_user_name_key") => Some(Constraint::UserName),
            Some("groups_display_name_key") => Some(Constraint::GroupDisplayName),
            Some("workspaces_slug_key") => Some(Constraint::WorkspaceSlug),
            Some("group_members_user_id_fkey" | "group_subgroups_subgroup_id_fkey") => Some(Constraint::GroupMember),
            _ => None,
        };
        if let Some(constraint) = constraint {
            return Self::Constraint(constraint);
        }
        match database.code().as_deref() {
            // serialization failure, deadlock, lock not available, statement or lock timeout
            Some("40001" | "40P01" | "55P03" | "57014") => Self::Busy(error),
            // too many connections, no connections allowed, shutting down, starting up, connection exceptions
            Some(code) if code.starts_with("08") || code.starts_with("57P") || matches!(code, "53300" | "55000") => {
                Self::Unavailable(error)
            }
            _ => Self::Bug(error),
        }
    }
}

/// Whether the connection was lost, as opposed to a statement that went wrong on a living one.
pub(super) fn connection_is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Its last words: ended by an administrator, by a crash, by a shutdown.
        sqlx::Error::Database(last) => last.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}
