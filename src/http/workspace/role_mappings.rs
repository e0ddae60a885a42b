//! `/role-mappings`

use poem::web::Data;
use poem_openapi::{OpenApi, param::Path, payload::Json};

use super::{
    answers::{RoleBody, RoleMappingAnswer},
    auth::AdminAuth,
    tokens::Done,
};
use crate::{
    app::{App, role_mappings},
    http::problem::Problem,
    ids::GroupId,
};

/// Which directory group gives which role.
pub struct RoleMappingsApi;

fn group_id(text: &str) -> Result<GroupId, Problem> {
    GroupId::parse(text).ok_or_else(|| Problem::not_found("group"))
}

#[OpenApi]
impl RoleMappingsApi {
    /// Lists role mappings
    #[oai(path = "/role-mappings", method = "get", operation_id = "listRoleMappings")]
    async fn list(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<RoleMappingAnswer>>, Problem> {
        Ok(Json(role_mappings::list(app, &auth.0).await?.into_iter().map(RoleMappingAnswer::from).collect()))
    }

    /// Maps a group to a role
    ///
    /// By the group's id: a renamed group grants nothing new.
    #[oai(path = "/role-mappings/:group_id", method = "put", operation_id = "putRoleMapping")]
    async fn put(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        group_id: Path<String>,
        body: Json<RoleBody>,
    ) -> Result<Done, Problem> {
        let group = self::group_id(&group_id)?;
        role_mappings::put(app, &auth.0, group, &body.role).await?;
        Ok(Done::Done)
    }

    /// Removes a mapping
    #[oai(path = "/role-mappings/:group_id", method = "delete", operation_id = "deleteRoleMapping")]
    async fn delete(&self, auth: AdminAuth, Data(app): Data<&App>, group_id: Path<String>) -> Result<Done, Problem> {
        role_mappings::delete(app, &auth.0, self::group_id(&group_id)?).await?;
        Ok(Done::Done)
    }
}
