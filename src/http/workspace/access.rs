//! `/members/{id}/access`

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};

use super::{
    answers::{GrantAnswer, MemberAnswer},
    auth::AdminAuth,
    members::member_id,
};
use crate::{
    app::{
        App,
        access::{self, Access},
    },
    directory::access::Reason,
    http::problem::Problem,
    ids::GroupId,
};

/// Why somebody has the role that they have.
pub struct AccessApi;

/// Why a member has its role, from the directory record to the role, and what would be left without each of its reasons.
#[derive(Debug, Object)]
#[oai(rename = "MemberAccess")]
struct AccessAnswer {
    /// The member.
    member: MemberAnswer,
    /// What the identity provider says of the person; none for people given by hand, and when it was deleted.
    directory: Option<DirectoryRecordAnswer>,
    /// The directory groups that the person is in.
    groups: Vec<GroupAboveAnswer>,
    /// The grants. The strongest gives the role.
    grants: Vec<GrantAnswer>,
    /// The role of whoever has no other.
    default_role: String,
    /// The role that follows from directory, groups and mappings; none for people who are out.
    role: Option<String>,
    /// Whether the member has this role already. If not, the reconciliation is still to come.
    is_reconciled: bool,
    /// What the role would be without each of its reasons. What is not listed changes nothing.
    what_if: Vec<WhatIfAnswer>,
}

/// What the identity provider says of a person.
#[derive(Debug, Object)]
#[oai(rename = "DirectoryRecord")]
struct DirectoryRecordAnswer {
    /// The SCIM user.
    user_id: String,
    /// `userName`.
    user_name: Option<String>,
    /// `externalId`.
    external_id: Option<String>,
    /// Whether the person is to be in.
    active: bool,
    /// The role that the user's attributes say. It goes before those of groups.
    role: Option<String>,
    /// When the identity provider created it.
    created_at: DateTime<Utc>,
    /// When the identity provider changed it last.
    updated_at: DateTime<Utc>,
}

/// A directory group that a person is in.
#[derive(Debug, Object)]
#[oai(rename = "AccessGroup")]
struct GroupAboveAnswer {
    /// The group.
    id: String,
    /// Its name.
    display_name: Option<String>,
    /// Whether the person is a member of the group itself; else of a group in it.
    direct: bool,
    /// Which of the person's groups are members of it.
    through: Vec<String>,
    /// The role that it is mapped to.
    mapped_role: Option<String>,
    /// Since when it is mapped to that.
    mapped_since: Option<DateTime<Utc>>,
}

/// A reason that could be removed.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "lowercase", rename = "AccessReason")]
enum ReasonAnswer {
    /// What was given by hand.
    Manual,
    /// The role in the user's attributes.
    Attribute,
    /// The mapping of the group; the group stays.
    Mapping,
    /// The group, or the person's or another group's membership in it.
    Group,
}

/// What the role would be.
#[derive(Debug, Object)]
#[oai(rename = "AccessWhatIf")]
struct WhatIfAnswer {
    /// What would be removed.
    without: ReasonAnswer,
    /// Of a group or its mapping, which.
    group_id: Option<String>,
    /// The role that would be left.
    role: Option<String>,
    /// Whether it is another one.
    changes: bool,
}

#[OpenApi]
impl AccessApi {
    /// Explains a member's role
    ///
    /// From the directory record over groups, mappings and grants to the role, each with its time and the request that caused it, and
    /// what would be left without each reason.
    #[oai(path = "/members/:id/access", method = "get", operation_id = "explainMember")]
    async fn get(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<AccessAnswer>, Problem> {
        Ok(Json(access::explain(app, &auth.0, member_id(&id)?).await?.into()))
    }
}

impl From<Access> for AccessAnswer {
    fn from(access: Access) -> Self {
        let mut through: BTreeMap<GroupId, Vec<String>> = BTreeMap::new();
        for (inner, outer) in access.edges {
            through.entry(outer).or_default().push(inner.to_string());
        }
        let mut mappings: BTreeMap<GroupId, _> = access.mappings.into_iter().map(|mapping| (mapping.group_id, mapping)).collect();
        let text = |role: crate::directory::roles::Role| role.as_str().to_owned();
        let role = access.role.clone().map(text);
        let what_if = access.what_if.into_iter().map(|(reason, left)| {
            let (without, group_id) = match reason {
                Reason::ByHand => (ReasonAnswer::Manual, None),
                Reason::Attribute => (ReasonAnswer::Attribute, None),
                Reason::Mapping(group) => (ReasonAnswer::Mapping, Some(group.to_string())),
                Reason::Group(group) => (ReasonAnswer::Group, Some(group.to_string())),
            };
            WhatIfAnswer { without, group_id, changes: left != access.role, role: left.map(text) }
        });
        Self {
            what_if: what_if.collect(),
            directory: access.directory.map(|record| DirectoryRecordAnswer {
                user_id: record.user_id.to_string(),
                user_name: record.user_name,
                external_id: record.external_id,
                active: record.active,
                role: record.role.map(text),
                created_at: record.created_at,
                updated_at: record.updated_at,
            }),
            groups: (access.groups.into_iter())
                .map(|group| {
                    let mapping = mappings.remove(&group.group_id);
                    GroupAboveAnswer {
                        through: through.remove(&group.group_id).unwrap_or_default(),
                        id: group.group_id.to_string(),
                        display_name: group.display_name,
                        direct: group.direct,
                        mapped_since: mapping.as_ref().map(|mapping| mapping.created_at),
                        mapped_role: mapping.map(|mapping| mapping.role),
                    }
                })
                .collect(),
            grants: access.grants.into_iter().map(GrantAnswer::from).collect(),
            default_role: text(access.default_role),
            is_reconciled: access.member.role == role,
            member: access.member.into(),
            role,
        }
    }
}
