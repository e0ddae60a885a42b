//! What the API shows.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use secrecy::ExposeSecret;

use super::invitations::InvitationAnswer;
use crate::{
    app::{
        members::MemberDetail,
        principal::Scope,
        role_mappings::RoleMappingRow,
        sessions::CurrentSession,
        tokens::{MadeToken, NewToken, TokenRow},
    },
    http::problem::Problem,
    ids::MemberId,
};

/// A workspace group.
#[derive(Debug, Object)]
#[oai(rename = "WorkspaceGroup")]
pub struct GroupAnswer {
    /// The same as the directory group's.
    id: String,
    /// Its name.
    display_name: String,
}

/// Why a member has a role.
#[derive(Debug, Object)]
#[oai(rename = "Grant")]
pub struct GrantAnswer {
    /// `manual`, `attribute`, `group` or `default`.
    source: String,
    /// The group, for `group`.
    group_id: Option<String>,
    /// What it gives.
    role: String,
    /// Since when.
    granted_at: DateTime<Utc>,
    /// The request that caused it.
    request_id: Option<String>,
}

impl From<crate::app::members::GrantRow> for GrantAnswer {
    fn from(grant: crate::app::members::GrantRow) -> Self {
        Self {
            group_id: (!grant.source_key.is_empty()).then_some(grant.source_key),
            source: grant.source,
            role: grant.role,
            granted_at: grant.granted_at,
            request_id: grant.request_id.map(|id| id.to_string()),
        }
    }
}

/// Somebody who is or was in the workspace.
#[derive(Debug, Object)]
#[oai(rename = "Member")]
pub struct MemberAnswer {
    /// The member.
    id: String,
    /// The SCIM user behind it, if there is one.
    user_id: Option<String>,
    /// `directory` or `manual`.
    origin: String,
    /// Address.
    email: Option<String>,
    /// Name.
    display_name: Option<String>,
    /// `invited`, `active` or `deactivated`.
    status: String,
    /// The strongest of the grants; none for people who are out.
    role: Option<String>,
    /// When the member was made.
    created_at: DateTime<Utc>,
    /// First sign-in.
    activated_at: Option<DateTime<Utc>>,
    /// When the person was put out, if out.
    deactivated_at: Option<DateTime<Utc>>,
    /// Whether this is a break-glass owner, from whom the directory takes nothing.
    break_glass: bool,
}

impl From<crate::app::members::MemberRow> for MemberAnswer {
    fn from(row: crate::app::members::MemberRow) -> Self {
        Self {
            id: row.id.to_string(),
            user_id: row.user_id.map(|id| id.to_string()),
            origin: row.origin,
            email: row.email,
            display_name: row.display_name,
            status: row.status.0.as_str().into(),
            role: row.role,
            created_at: row.created_at,
            activated_at: row.activated_at,
            deactivated_at: row.deactivated_at,
            break_glass: row.break_glass,
        }
    }
}

/// A page of members.
#[derive(Debug, Object)]
#[oai(rename = "MemberPage")]
pub struct MemberPage {
    /// The page.
    pub members: Vec<MemberAnswer>,
    /// Pass it as `after` to get the next page; none on the last one.
    pub next: Option<String>,
}

/// A member with what it has.
#[derive(Debug, Object)]
#[oai(rename = "MemberDetail")]
pub struct MemberDetailAnswer {
    /// The member.
    member: MemberAnswer,
    /// The workspace groups that it is in.
    groups: Vec<GroupAnswer>,
    /// Why it has its role.
    grants: Vec<GrantAnswer>,
    /// The newest invitation by e-mail, if there was one.
    invitation: Option<InvitationAnswer>,
}

impl From<MemberDetail> for MemberDetailAnswer {
    fn from(detail: MemberDetail) -> Self {
        let grants = detail.grants.into_iter().map(GrantAnswer::from);
        let invitation = detail.invitation.map(InvitationAnswer::from);
        Self { invitation, grants: grants.collect(), groups: groups(detail.groups), member: detail.member.into() }
    }
}

fn groups(groups: Vec<crate::app::members::GroupOfMember>) -> Vec<GroupAnswer> {
    groups.into_iter().map(|group| GroupAnswer { id: group.id.to_string(), display_name: group.display_name }).collect()
}

/// The record of one deprovisioning. Times that are missing are still to come.
#[derive(Debug, Object)]
#[oai(rename = "Receipt")]
pub struct ReceiptAnswer {
    /// The receipt.
    id: String,
    /// Who left.
    member_id: String,
    /// `user.deactivated`, `user.deleted` or `reconciled`.
    cause: String,
    /// The request that asked.
    request_id: Option<String>,
    /// When the request was received.
    received_at: DateTime<Utc>,
    /// When the member's row was closed: from then on nobody accepts the person.
    row_closed_at: DateTime<Utc>,
    /// When the sessions were deleted.
    sessions_closed_at: Option<DateTime<Utc>>,
    /// How many.
    sessions_count: Option<i32>,
    /// When the person's API tokens were revoked.
    tokens_closed_at: Option<DateTime<Utc>>,
    /// How many.
    tokens_count: Option<i32>,
    /// When invitations by e-mail that had not been sent were cancelled; none where nobody is invited by e-mail.
    invitations_closed_at: Option<DateTime<Utc>>,
    /// How many.
    invitations_count: Option<i32>,
    /// When role, grants and workspace groups were taken.
    roles_closed_at: Option<DateTime<Utc>>,
    /// How many grants.
    roles_count: Option<i32>,
    /// When all of it was done.
    completed_at: Option<DateTime<Utc>>,
}

impl From<crate::app::members::ReceiptRow> for ReceiptAnswer {
    fn from(row: crate::app::members::ReceiptRow) -> Self {
        Self {
            id: row.id.to_string(),
            member_id: row.member_id.to_string(),
            cause: row.cause,
            request_id: row.request_id.map(|id| id.to_string()),
            received_at: row.received_at,
            row_closed_at: row.row_closed_at,
            sessions_closed_at: row.sessions_closed_at,
            sessions_count: row.sessions_count,
            tokens_closed_at: row.tokens_closed_at,
            tokens_count: row.tokens_count,
            invitations_closed_at: row.invitations_closed_at,
            invitations_count: row.invitations_count,
            roles_closed_at: row.roles_closed_at,
            roles_count: row.roles_count,
            completed_at: row.completed_at,
        }
    }
}

/// Who is signed in, as of now.
#[derive(Debug, Object)]
#[oai(rename = "CurrentSession")]
pub struct CurrentSessionAnswer {
    /// The workspace.
    workspace_id: String,
    /// The member.
    member: MemberAnswer,
    /// The workspace groups that the person is in.
    groups: Vec<GroupAnswer>,
    /// Names the session in lists and opens nothing.
    public_id: String,
    /// When the session was opened.
    created_at: DateTime<Utc>,
    /// When it ends unless it is used before.
    idle_expires_at: DateTime<Utc>,
    /// When the session ends at the latest.
    expires_at: DateTime<Utc>,
}

impl From<CurrentSession> for CurrentSessionAnswer {
    fn from(session: CurrentSession) -> Self {
        Self {
            workspace_id: session.workspace.to_string(),
            member: session.member.into(),
            groups: groups(session.groups),
            public_id: session.summary.digest,
            created_at: session.summary.session.created_at,
            idle_expires_at: session.summary.idle_ends_at,
            expires_at: session.summary.session.expires_at,
        }
    }
}

/// A group that is mapped to a role.
#[derive(Debug, Object)]
#[oai(rename = "RoleMapping")]
pub struct RoleMappingAnswer {
    /// The directory group.
    group_id: String,
    /// Its name now; it may change, the mapping stays.
    display_name: Option<String>,
    /// What being in it gives.
    role: String,
}

impl From<RoleMappingRow> for RoleMappingAnswer {
    fn from(row: RoleMappingRow) -> Self {
        Self { group_id: row.group_id.to_string(), display_name: row.display_name, role: row.role }
    }
}

/// A role.
#[derive(Debug, Object)]
#[oai(rename = "RoleWish", deny_unknown_fields)]
pub struct RoleBody {
    /// `admin`, `editor`, `viewer`, `guest` or a role of the workspace's own.
    pub role: String,
}

/// A token that is to be made.
#[derive(Debug, Object)]
#[oai(rename = "NewToken", deny_unknown_fields)]
pub struct NewTokenBody {
    /// What it is for.
    name: String,
    /// Any of `members:read`, `sessions`, `admin`; or `scim` alone.
    scopes: Vec<String>,
    /// The member it dies with; not for `scim`.
    member_id: Option<String>,
    /// When it stops working by itself: a year from now, when left out, and three years from now at most.
    expires_at: Option<DateTime<Utc>>,
}

impl NewTokenBody {
    /// The wish, read.
    pub fn read(self) -> Result<NewToken, Problem> {
        let invalid = |error: String| Problem::from(crate::app::error::AppError::Invalid(error));
        let scopes: Result<Vec<Scope>, String> = self.scopes.iter().map(|scope| scope.parse()).collect();
        let member = self.member_id.map(|id| MemberId::parse(&id).ok_or_else(|| Problem::not_found("member"))).transpose()?;
        let scopes = scopes.map_err(|error| invalid(format!("scopes: {error}")))?;
        Ok(NewToken { name: self.name, scopes, member, expires_at: self.expires_at })
    }
}

/// An API token, without its secret.
#[derive(Debug, Object)]
#[oai(rename = "Token")]
pub struct TokenAnswer {
    /// The token.
    id: String,
    /// The first characters of the secret.
    hint: String,
    /// What it is for.
    name: String,
    /// What it may do.
    scopes: Vec<String>,
    /// The member it dies with.
    member_id: Option<String>,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: DateTime<Utc>,
    /// When it stops working by itself.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<TokenRow> for TokenAnswer {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id.to_string(),
            hint: row.hint,
            name: row.name,
            scopes: row.scopes,
            member_id: row.member_id.map(|id| id.to_string()),
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A token that was just made.
#[derive(Debug, Object)]
#[oai(rename = "MadeToken")]
pub struct MadeTokenAnswer {
    /// As lists show it.
    token: TokenAnswer,
    /// The secret. It is shown this once.
    secret: String,
}

impl From<MadeToken> for MadeTokenAnswer {
    fn from(made: MadeToken) -> Self {
        Self { secret: made.secret.expose_secret().to_owned(), token: made.token.into() }
    }
}
