//! `/roles`

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use super::{auth::AdminAuth, tokens::Done};
use crate::{
    app::{App, roles},
    directory::roles::Role,
    http::problem::Problem,
};

/// What members may do.
pub struct RolesApi;

/// A role of the workspace.
#[derive(Debug, Object)]
#[oai(rename = "Role")]
struct RoleAnswer {
    /// Its name, by which mappings, grants and the identity provider's attributes give it.
    name: String,
    /// Of several roles that a member is given, the one with the highest rank holds. `admin` has 1000, `editor` 300, `viewer` 200,
    /// `guest` 100.
    rank: u16,
    /// Whether every workspace has it.
    built_in: bool,
    /// Whether people get it to whom nothing else gives one.
    is_default: bool,
}

impl RoleAnswer {
    fn new(role: &Role, default: &Role) -> Self {
        Self { name: role.as_str().to_owned(), rank: role.rank(), built_in: role.is_built_in(), is_default: role == default }
    }
}

/// The definition of a role.
#[derive(Debug, Object)]
#[oai(rename = "RoleDefinition", deny_unknown_fields)]
struct RoleDefinition {
    /// From 1 to 999, and no other role's.
    rank: u16,
}

#[OpenApi]
impl RolesApi {
    /// Lists roles
    ///
    /// Those that every workspace has and those that this one has defined, weakest first.
    #[oai(path = "/roles", method = "get", operation_id = "listRoles")]
    async fn list(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<RoleAnswer>>, Problem> {
        let roles = roles::list(app, &auth.0).await?;
        Ok(Json(roles.iter().map(|role| RoleAnswer::new(role, roles.default())).collect()))
    }

    /// Defines a role
    ///
    /// Or gives it another rank; then everybody's role is looked at anew. The application decides what the role may do.
    #[oai(path = "/roles/:name", method = "put", operation_id = "putRole")]
    async fn put(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        name: Path<String>,
        body: Json<RoleDefinition>,
    ) -> Result<Done, Problem> {
        roles::put(app, &auth.0, &name, body.rank).await?;
        Ok(Done::Done)
    }

    /// Deletes a role
    ///
    /// Refused while something gives it to somebody.
    #[oai(path = "/roles/:name", method = "delete", operation_id = "deleteRole")]
    async fn delete(&self, auth: AdminAuth, Data(app): Data<&App>, name: Path<String>) -> Result<Done, Problem> {
        roles::delete(app, &auth.0, &name).await?;
        Ok(Done::Done)
    }
}
