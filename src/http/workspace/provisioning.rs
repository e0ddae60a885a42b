//! `/provisioning`

use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, payload::Json};

use super::{auth::AdminAuth, tokens::Done};
use crate::{
    app::{App, provisioning},
    directory::provisioning::Provisioning,
    http::problem::Problem,
};

/// Whether anything follows from what the identity provider says.
pub struct ProvisioningApi;

/// What the identity provider's requests do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ProvisioningMode", rename_all = "lowercase")]
enum Mode {
    /// The membership follows the directory.
    Live,
    /// The directory fills and is answered from as ever; members stay as they are, leavers too.
    Observe,
}

impl From<Provisioning> for Mode {
    fn from(mode: Provisioning) -> Self {
        match mode {
            Provisioning::Live => Self::Live,
            Provisioning::Observe => Self::Observe,
        }
    }
}

impl From<Mode> for Provisioning {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Live => Self::Live,
            Mode::Observe => Self::Observe,
        }
    }
}

/// The mode of the workspace.
#[derive(Debug, Object)]
#[oai(rename = "Provisioning", deny_unknown_fields)]
struct ProvisioningBody {
    /// The mode.
    mode: Mode,
}

#[OpenApi]
impl ProvisioningApi {
    /// Reads the mode of provisioning
    #[oai(path = "/provisioning", method = "get", operation_id = "getProvisioning")]
    async fn get(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<ProvisioningBody>, Problem> {
        Ok(Json(ProvisioningBody { mode: provisioning::get(app, &auth.0).await?.into() }))
    }

    /// Changes the mode of provisioning
    ///
    /// Set `observe` before an identity provider is connected, look at the preview, then set `live`: the membership is made what the
    /// directory says by then. A workspace that only observes deactivates nobody.
    #[oai(path = "/provisioning", method = "put", operation_id = "setProvisioning")]
    async fn set(&self, auth: AdminAuth, Data(app): Data<&App>, body: Json<ProvisioningBody>) -> Result<Done, Problem> {
        provisioning::set(app, &auth.0, body.mode.into()).await?;
        Ok(Done::Done)
    }
}
