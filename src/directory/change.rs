//! What a write to the directory means for the person: before and after in, one word out.

/// What happened to a directory user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange {
    /// It appeared.
    Created,
    /// It changed in a way that leaves the person in.
    Updated,
    /// It went from active to inactive: the person is out.
    Deactivated,
    /// It went from inactive to active: the person may come back.
    Reactivated,
    /// It was removed: the person is out.
    Deleted,
}

impl UserChange {
    /// What a replacement of attributes means.
    pub const fn of_update(active_before: bool, active_after: bool) -> Self {
        match (active_before, active_after) {
            (true, false) => Self::Deactivated,
            (false, true) => Self::Reactivated,
            (true, true) | (false, false) => Self::Updated,
        }
    }

    /// The audit log's word for it.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Created => "user.created",
            Self::Updated => "user.updated",
            Self::Deactivated => "user.deactivated",
            Self::Reactivated => "user.reactivated",
            Self::Deleted => "user.deleted",
        }
    }

    /// Whether the person must be out before the answer is sent.
    pub const fn closes_the_member(self) -> bool {
        match self {
            Self::Deactivated | Self::Deleted => true,
            Self::Created | Self::Updated | Self::Reactivated => false,
        }
    }
}
