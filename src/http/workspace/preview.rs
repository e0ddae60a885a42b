//! `/provisioning/preview`

use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, payload::Json};

use super::auth::AdminAuth;
use crate::{
    app::{
        App,
        error::AppError,
        preview::{self, Among, Page, Place, Previewed, Question},
    },
    directory::preview::Change,
    http::problem::Problem,
    ids::GroupId,
};

/// What would happen, before it does.
pub struct PreviewApi;

/// A role mapping that is to be looked at.
#[derive(Debug, Object)]
#[oai(rename = "MappingWish", deny_unknown_fields)]
struct MappingBody {
    /// The directory group.
    group_id: String,
    /// The role that it would give; none when the mapping would be removed.
    role: Option<String>,
}

/// What is to be looked at.
#[derive(Debug, Object)]
#[oai(rename = "PreviewWish", deny_unknown_fields)]
struct PreviewBody {
    /// Role mappings as they would be; all others as they are.
    #[oai(default)]
    role_mappings: Vec<MappingBody>,
    /// `next` of the answer before.
    after: Option<String>,
}

/// What would happen to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "PreviewedChange", rename_all = "lowercase")]
enum ChangeAnswer {
    /// The person would be invited.
    Added,
    /// The person was in before and would be in again.
    Returning,
    /// The person would be put out.
    Removed,
    /// The person would get a stronger role.
    Promoted,
    /// The person would get a weaker role.
    Demoted,
    /// Role and access stay; groups, grants or the profile would change.
    Updated,
}

impl From<Change> for ChangeAnswer {
    fn from(change: Change) -> Self {
        match change {
            Change::Added => Self::Added,
            Change::Returning => Self::Returning,
            Change::Removed => Self::Removed,
            Change::Promoted => Self::Promoted,
            Change::Demoted => Self::Demoted,
            Change::Updated => Self::Updated,
        }
    }
}

/// A person about whom something would change, or who matches no role.
#[derive(Debug, Object)]
#[oai(rename = "PreviewedPerson")]
struct PersonAnswer {
    /// The SCIM user; none for members whose user was deleted.
    user_id: Option<String>,
    /// The member; none for people who are not in yet.
    member_id: Option<String>,
    /// Address.
    email: Option<String>,
    /// Name.
    display_name: Option<String>,
    /// What would happen; none when nothing would.
    change: Option<ChangeAnswer>,
    /// The role that the person has.
    role_before: Option<String>,
    /// The role that the person would have.
    role_after: Option<String>,
    /// Neither attribute nor group nor anybody by hand gives a role: it would be the default one.
    matches_no_role: bool,
    /// An administrator would be one no more.
    loses_admin: bool,
    /// Why it would not happen after all: a guard or the brake has `held` it, or an administrator has `rejected` it.
    kept_back: Option<String>,
}

impl From<Previewed> for PersonAnswer {
    fn from(person: Previewed) -> Self {
        Self {
            loses_admin: person.loses_admin(),
            kept_back: person.kept_back.map(|state| state.as_str().to_owned()),
            user_id: person.user.map(|id| id.to_string()),
            member_id: person.member.map(|id| id.to_string()),
            email: person.email,
            display_name: person.display_name,
            change: person.preview.change.map(ChangeAnswer::from),
            role_before: person.preview.before.map(|role| role.to_string()),
            role_after: person.preview.after.map(|role| role.to_string()),
            matches_no_role: person.preview.matches_no_role,
        }
    }
}

/// What would happen to the people who were looked at for this answer.
#[derive(Debug, Object)]
#[oai(rename = "Preview")]
struct PreviewAnswer {
    /// How many people were looked at: at most some ten thousand.
    looked_at: u64,
    /// How many would be invited.
    added: usize,
    /// How many were in before and would be in again.
    returning: usize,
    /// How many would be put out, those not among them whose change is kept back already. The brake may hold some of them.
    removed: usize,
    /// How many would get a stronger role.
    promoted: usize,
    /// How many would get a weaker role, those not among them whose change is kept back already. The brake may hold some of them.
    demoted: usize,
    /// How many would change in groups, grants or profile alone.
    updated: usize,
    /// How many would lose access or role, if that were not kept back.
    kept_back: usize,
    /// How many match no role and would have the default one.
    match_no_role: usize,
    /// How many administrators would be one no more.
    lose_admin: usize,
    /// Those people, in the order of their ids.
    people: Vec<PersonAnswer>,
    /// Pass it as `after` to look at the next people; none when everybody was looked at.
    next: Option<String>,
}

impl From<Page> for PreviewAnswer {
    fn from(page: Page) -> Self {
        Self {
            looked_at: page.looked_at,
            added: page.count(Change::Added),
            returning: page.count(Change::Returning),
            removed: page.count(Change::Removed),
            promoted: page.count(Change::Promoted),
            demoted: page.count(Change::Demoted),
            updated: page.count(Change::Updated),
            kept_back: page.kept_back(),
            match_no_role: page.people.iter().filter(|person| person.preview.matches_no_role).count(),
            lose_admin: page.people.iter().filter(|person| person.loses_admin()).count(),
            people: page.people.into_iter().map(PersonAnswer::from).collect(),
            next: page.next.map(|place| place.to_string()),
        }
    }
}

#[OpenApi]
impl PreviewApi {
    /// Previews what would happen
    ///
    /// If a workspace that observes went live, or role mappings were others. Nothing is changed by it. A large directory is looked at in
    /// several calls.
    #[oai(path = "/provisioning/preview", method = "post", operation_id = "previewProvisioning")]
    async fn preview(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        body: Json<PreviewBody>,
    ) -> Result<Json<PreviewAnswer>, Problem> {
        let mappings: Result<Vec<_>, Problem> = (body.0.role_mappings.into_iter())
            .map(|wish| Ok((GroupId::parse(&wish.group_id).ok_or_else(|| Problem::not_found("group"))?, wish.role)))
            .collect();
        let invalid = || Problem::from(AppError::Invalid("after: must be `next` of an answer before.".into()));
        let after = body.0.after.as_deref().map(|text| Place::parse(text).ok_or_else(invalid)).transpose()?;
        let question = Question { mappings: mappings?, among: Among::Everybody, after, most: preview::MOST };
        Ok(Json(preview::preview(app, &auth.0, question).await?.into()))
    }
}
