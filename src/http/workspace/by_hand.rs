//! `/members/{id}` for what administrators do by hand.

use poem::web::Data;
use poem_openapi::{OpenApi, param::Path, payload::Json};

use super::{answers::RoleBody, auth::AdminAuth, members::member_id, tokens::Done};
use crate::{
    app::{App, by_hand},
    http::problem::Problem,
};

/// What administrators do with members beside the directory.
pub struct ByHandApi;

#[OpenApi]
impl ByHandApi {
    /// Gives a role by hand
    ///
    /// Beside what the directory gives: the strongest holds. One that was given by hand before is replaced.
    #[oai(path = "/members/:id/grant", method = "put", operation_id = "giveRole")]
    async fn give(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<RoleBody>,
    ) -> Result<Done, Problem> {
        by_hand::give(app, &auth.0, member_id(&id)?, &body.role).await?;
        Ok(Done::Done)
    }

    /// Takes back what was given by hand
    ///
    /// What the directory gives remains.
    #[oai(path = "/members/:id/grant", method = "delete", operation_id = "takeBackRole")]
    async fn take_back(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        by_hand::take_back(app, &auth.0, member_id(&id)?).await?;
        Ok(Done::Done)
    }

    /// Deactivates a member
    ///
    /// One whom the directory does not know. Nobody accepts the person from the answer on.
    #[oai(path = "/members/:id/deactivate", method = "post", operation_id = "deactivateMember")]
    async fn deactivate(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        by_hand::deactivate(app, &auth.0, member_id(&id)?).await?;
        Ok(Done::Done)
    }

    /// Reactivates a member
    ///
    /// One whom the directory does not know, with the role that was given by hand.
    #[oai(path = "/members/:id/reactivate", method = "post", operation_id = "reactivateMember")]
    async fn reactivate(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        by_hand::reactivate(app, &auth.0, member_id(&id)?).await?;
        Ok(Done::Done)
    }

    /// Marks a break-glass owner
    ///
    /// An administrator from whom the directory can take nothing: what it asks for is held and shown.
    #[oai(path = "/members/:id/break-glass", method = "put", operation_id = "markBreakGlass")]
    async fn mark(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        by_hand::mark_break_glass(app, &auth.0, member_id(&id)?, true).await?;
        Ok(Done::Done)
    }

    /// Takes the mark of a break-glass owner away
    ///
    /// What was held because of it takes effect.
    #[oai(path = "/members/:id/break-glass", method = "delete", operation_id = "unmarkBreakGlass")]
    async fn unmark(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        by_hand::mark_break_glass(app, &auth.0, member_id(&id)?, false).await?;
        Ok(Done::Done)
    }
}
