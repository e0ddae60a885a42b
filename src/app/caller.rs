//! Who calls, proven. Each kind of caller is a type of its own that only [`super::principal`] makes, of people who are signed in
//! [`super::sessions`], so that no use case can be reached without the check that belongs to it.

use std::{ops::Deref, sync::Arc};

use chrono::{DateTime, Utc};

use super::trace::{Notes, Trace};
use crate::{
    clock,
    ids::{Actor, MemberId, RequestId, WorkspaceId},
    scim::{Profile, ResourceSchema, ResourceType, Rules, Tolerated},
};

/// What a use case needs to know of its caller.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The one workspace that it may see.
    pub workspace: WorkspaceId,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The person behind a token that belongs to one; what they make dies with them too.
    pub member: Option<MemberId>,
    /// The request.
    pub request: RequestId,
    /// When the request was received.
    pub received: DateTime<Utc>,
}

impl Caller {
    /// The worker, which acts by itself.
    pub(super) fn worker(workspace: WorkspaceId) -> Self {
        Self { workspace, actor: Actor::Worker, member: None, request: RequestId::new(), received: clock::now() }
    }
}

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name(pub(super) Caller);

        impl Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }
    )*};
}

callers!(
    /// Whoever administers the workspace: token with scope `admin`.
    AdminCaller,
    /// Whoever may see the members: token with scope `members:read` or `admin`.
    MembersCaller,
    /// The SaaS's own backend: token with scope `sessions`.
    SessionsCaller,
    /// Whoever is signed in: a session that is accepted. Made by [`super::sessions::Holder`].
    PersonCaller,
    /// Whoever was sent a set-up link: token with scope `setup`. They set up SAML and SCIM and do nothing else.
    SetUpCaller,
);

impl AdminCaller {
    /// As reader of members, which every administrator is.
    pub const fn members(self) -> MembersCaller {
        MembersCaller(self.0)
    }
}

/// Whoever may set up SAML and SCIM: an administrator, or whoever was sent a set-up link.
pub trait SetsUp: Deref<Target = Caller> + Send + Sync {
    /// Whether they may change by what people sign in already. Whoever holds a link may not: they would come in as anybody.
    fn may_change_what_is_in_use(&self) -> bool;
}

impl SetsUp for AdminCaller {
    fn may_change_what_is_in_use(&self) -> bool {
        true
    }
}

impl SetsUp for SetUpCaller {
    fn may_change_what_is_in_use(&self) -> bool {
        false
    }
}

/// One of the two, for pages that both of them see.
#[derive(Debug, Clone, Copy)]
pub enum AnySetUpCaller {
    /// An administrator.
    Admin(AdminCaller),
    /// Whoever was sent a link.
    Link(SetUpCaller),
}

impl Deref for AnySetUpCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        match self {
            Self::Admin(caller) => caller,
            Self::Link(caller) => caller,
        }
    }
}

impl SetsUp for AnySetUpCaller {
    fn may_change_what_is_in_use(&self) -> bool {
        match self {
            Self::Admin(caller) => caller.may_change_what_is_in_use(),
            Self::Link(caller) => caller.may_change_what_is_in_use(),
        }
    }
}

/// An identity provider: token with scope `scim`, and the gate is open.
#[derive(Debug, Clone)]
pub struct ScimCaller {
    pub(super) caller: Caller,
    /// Of its token, so that it can be proven again.
    pub(super) digest: [u8; 32],
    pub(super) profile: Arc<Profile>,
    /// The address of the SCIM root as it reaches it, without a slash at the end.
    pub(super) root: Arc<str>,
    pub(super) trace: Trace,
}

impl Deref for ScimCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl ScimCaller {
    /// What SCIM is in the caller's workspace.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The schema of a resource type, with the workspace's own extensions.
    pub fn schema(&self, kind: ResourceType) -> &ResourceSchema {
        self.profile.schema(kind)
    }

    /// How the workspace wants to be served.
    pub fn rules(&self) -> &Rules {
        &self.profile.rules
    }

    /// The address of the SCIM root as this caller reaches it, without a slash at the end: what `location` and `$ref` start with.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// For taking down what is let pass in this request.
    pub fn notes(&self) -> Notes {
        Notes::new(Tolerated::under(self.profile.rules), self.trace.clone())
    }

    /// For taking down what the request is about.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

/// The people who run Rollcall: operator token, or a shell on the machine.
#[derive(Debug, Clone, Copy)]
pub struct OperatorCaller {
    /// The request, or the run of the command.
    pub request: RequestId,
    /// When it was received.
    pub received: DateTime<Utc>,
}

impl OperatorCaller {
    /// Somebody who has a shell with the configuration at hand.
    pub fn on_the_command_line(now: DateTime<Utc>) -> Self {
        Self { request: RequestId::new(), received: now }
    }

    /// As caller of a use case of one workspace.
    pub(super) fn of(self, workspace: WorkspaceId) -> Caller {
        Caller { workspace, actor: Actor::Operator, member: None, request: self.request, received: self.received }
    }
}
