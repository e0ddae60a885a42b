//! One error for every use case; each edge translates it once.

use crate::{
    directory::gate::Missing,
    scim::ScimError,
    sessions::SessionError,
    store::{Constraint, StoreError},
};

/// Why a use case did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The SCIM protocol has a word for it (RFC 7644 §3.12).
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// No valid credential; the text says what to do.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// A valid credential that may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The gate is closed.
    #[error("SCIM is not available to this workspace")]
    Gate(Vec<Missing>),
    /// There is no such thing, or it belongs to another workspace: the answer is the same.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// It was there and is no longer kept.
    #[error("{0}")]
    Gone(String),
    /// The request cannot be understood or accepted.
    #[error("{0}")]
    Invalid(String),
    /// Too much to do at the moment.
    #[error("the service is busy")]
    Busy(#[source] StoreError),
    /// More of something than there may be.
    #[error("{what}")]
    TooManyRequests {
        /// Of what there was too much, and when to try again.
        what: &'static str,
        /// After how many seconds to try again.
        seconds: u64,
    },
    /// Something that we need is away.
    #[error("{what} cannot be reached")]
    Unavailable {
        /// `Postgres` or `Redis`.
        what: &'static str,
        /// What it said.
        #[source]
        source: anyhow::Error,
    },
    /// A mistake of ours.
    #[error("internal error")]
    Bug(#[source] anyhow::Error),
}

impl AppError {
    /// Whether trying again later may help without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Busy(_) | Self::TooManyRequests { .. } | Self::Unavailable { .. } => true,
            Self::Scim(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::Gate(_)
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Gone(_)
            | Self::Invalid(_)
            | Self::Bug(_) => false,
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Constraint(Constraint::UserName) => Self::Scim(ScimError::conflict(
                "Another user of this workspace has this userName: look it up with the filter userName eq and change that user instead of creating a second one.",
            )),
            StoreError::Constraint(Constraint::GroupDisplayName) => Self::Scim(ScimError::conflict(
                "Another group of this workspace has this displayName: look it up with the filter displayName eq and change that group, or choose another name.",
            )),
            StoreError::Constraint(Constraint::GroupMember) => Self::Scim(ScimError::bad(
                crate::scim::ScimType::InvalidValue,
                "A value of members is the id of no user or group of this workspace: create it first, then add it to the group.",
            )),
            StoreError::Taken(attribute) => Self::Scim(ScimError::conflict(format!(
                "Another resource of this workspace has the same value of {attribute}, which the workspace has defined as unique: correct the value in the identity provider.",
            ))),
            StoreError::Constraint(Constraint::WorkspaceSlug) => Self::Conflict("A workspace of this name exists.".into()),
            StoreError::NoSeat(seats) => Self::Scim(ScimError::new(
                403,
                format!(
                    "All {seats} seats of this workspace are taken; nothing was changed. Deactivate somebody who needs none, or have the workspace's plan extended, then provision this person again.",
                ),
            )),
            StoreError::Busy(_) => Self::Busy(error),
            StoreError::Unavailable(source) => Self::Unavailable { what: "Postgres", source: source.into() },
            StoreError::Bug(source) => Self::Bug(source.into()),
        }
    }
}

impl From<SessionError> for AppError {
    fn from(error: SessionError) -> Self {
        Self::Unavailable { what: "Redis", source: error.into() }
    }
}
