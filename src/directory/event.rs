//! What happens in a workspace and others may want to hear of, as closed words. An event says what has happened and to whom, by id; how
//! things stand now is told by the API.

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// A person is in the workspace for the first time. Subject: the member.
    MemberInvited,
    /// A person has signed in for the first time. Subject: the member.
    MemberActivated,
    /// A person who was out is in again. Subject: the member. Data: the `status`.
    MemberReactivated,
    /// A person is out: no session and no token of theirs is accepted any more. Subject: the member. Data: the `cause`.
    MemberDeactivated,
    /// All sessions of a person were ended, by the person or an administrator; the person is in and may sign in again. Subject: the member.
    /// Data: how many `sessions`, null when that could not be counted.
    MemberSessionsEnded,
    /// A person's role is another one. Subject: the member. Data: the role `before` and `after`, null for none.
    MemberRoleChanged,
    /// A member is the directory's from now on, or again. Subject: the member. Data: the directory `user_id`, and what it was linked `by`:
    /// `email`, `externalId` or `userName`.
    MemberLinked,
    /// A member is managed by hand from now on, because SCIM was switched off and the people of the directory were handed over. Subject:
    /// the member. Data: the `role`, null for people who are out.
    MemberUnlinked,
    /// The directory has deleted a person. Subject: the member, who is kept for the day on which the person comes back.
    MemberRemoved,
    /// The directory would take something from a person, and that is held until somebody has looked. Subject: the member. Data: the
    /// `effect` and the `reason`.
    MemberChangeHeld,
    /// A directory group was created. Subject: the group.
    GroupCreated,
    /// A directory group has another name. Subject: the group. Data: the name `before` and `after`.
    GroupRenamed,
    /// A directory group was deleted. Subject: the group that was.
    GroupDeleted,
    /// A directory group has other members. Subject: the group. Data: how many were `added` and `removed`, and the first hundred of each.
    GroupMembersChanged,
    /// An API token was made. Subject: the token. Data: its `name`, `scopes` and `expires_at`.
    TokenCreated,
    /// An API token was revoked. Subject: the token. Those of a person who is put out end with the person and are not told one by one.
    TokenRevoked,
    /// A directory group gives a role. Subject: the group. Data: the `role`.
    RoleMappingSet,
    /// A directory group gives no role any more. Subject: the group.
    RoleMappingRemoved,
    /// A certificate by which people sign in runs out soon. Subject: the connection. Data: its `fingerprint`, `subject` and `not_after`, and
    /// within how many `days`: 30, 7 or 1, of which each is told once.
    ConnectionCertificateExpiring,
    /// SCIM is offered to the workspace, or no longer. Subject: the workspace. Data: whether it is `open`.
    WorkspaceGateChanged,
    /// Too many people would lose access or role at once: the change is held. Subject: the batch.
    BrakeEngaged,
    /// A batch was decided about. Subject: the batch. Data: the `decision`, and how many `changes` that was.
    BrakeReleased,
}

impl EventType {
    /// Every kind.
    pub const ALL: [Self; 22] = [
        Self::MemberInvited,
        Self::MemberActivated,
        Self::MemberReactivated,
        Self::MemberDeactivated,
        Self::MemberSessionsEnded,
        Self::MemberRoleChanged,
        Self::MemberLinked,
        Self::MemberUnlinked,
        Self::MemberRemoved,
        Self::MemberChangeHeld,
        Self::GroupCreated,
        Self::GroupRenamed,
        Self::GroupDeleted,
        Self::GroupMembersChanged,
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::RoleMappingSet,
        Self::RoleMappingRemoved,
        Self::ConnectionCertificateExpiring,
        Self::WorkspaceGateChanged,
        Self::BrakeEngaged,
        Self::BrakeReleased,
    ];

    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MemberInvited => "member.invited",
            Self::MemberActivated => "member.activated",
            Self::MemberReactivated => "member.reactivated",
            Self::MemberDeactivated => "member.deactivated",
            Self::MemberSessionsEnded => "member.sessions_ended",
            Self::MemberRoleChanged => "member.role_changed",
            Self::MemberLinked => "member.linked",
            Self::MemberUnlinked => "member.unlinked",
            Self::MemberRemoved => "member.removed",
            Self::MemberChangeHeld => "member.change_held",
            Self::GroupCreated => "group.created",
            Self::GroupRenamed => "group.renamed",
            Self::GroupDeleted => "group.deleted",
            Self::GroupMembersChanged => "group.members_changed",
            Self::TokenCreated => "token.created",
            Self::TokenRevoked => "token.revoked",
            Self::RoleMappingSet => "role_mapping.set",
            Self::RoleMappingRemoved => "role_mapping.removed",
            Self::ConnectionCertificateExpiring => "connection.certificate_expiring",
            Self::WorkspaceGateChanged => "workspace.gate_changed",
            Self::BrakeEngaged => "brake.engaged",
            Self::BrakeReleased => "brake.released",
        }
    }

    /// The kind of this name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_is_found_by_it() {
        let names: BTreeSet<&str> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), EventType::ALL.len());
        for kind in EventType::ALL {
            assert_eq!(EventType::named(kind.as_str()), Some(kind));
        }
        assert_eq!(EventType::named("member"), None);
    }
}
