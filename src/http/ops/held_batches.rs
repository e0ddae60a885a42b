//! `/held-batches`

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};

use super::auth::OperatorAuth;
use crate::{
    app::{App, guard::held},
    http::{problem::Problem, workspace::HeldBatchAnswer},
};

/// Mass changes that brakes have held.
pub struct HeldBatchesApi;

/// An open batch, with its workspace.
#[derive(Debug, Object)]
struct OpenBatch {
    /// The workspace.
    workspace: String,
    /// The batch.
    batch: HeldBatchAnswer,
}

#[OpenApi]
impl HeldBatchesApi {
    /// Lists open batches
    ///
    /// Every mass change that waits for the decision of a workspace's administrator, the oldest first; a thousand at most.
    #[oai(path = "/held-batches", method = "get", operation_id = "listOpenBatches")]
    async fn list(&self, auth: OperatorAuth, Data(app): Data<&App>) -> Result<Json<Vec<OpenBatch>>, Problem> {
        let open = held::open_everywhere(app, auth.0).await?;
        Ok(Json(open.into_iter().map(|open| OpenBatch { workspace: open.slug, batch: open.batch.into() }).collect()))
    }
}
