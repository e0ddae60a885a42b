//! `/provisioning`

use poem::web::Data;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi, payload::Json};

use super::{auth::AdminAuth, tokens::Done};
use crate::{
    app::{App, hand_over, provisioning},
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
    /// Whether the directory's people are being handed over, see `handOver`.
    #[oai(read_only, default)]
    handing_over: bool,
}

#[derive(ApiResponse)]
enum Begun {
    /// Begun; the worker carries it out.
    #[oai(status = 202)]
    Begun,
}

#[OpenApi]
impl ProvisioningApi {
    /// Reads the mode of provisioning
    #[oai(path = "/provisioning", method = "get", operation_id = "getProvisioning")]
    async fn get(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<ProvisioningBody>, Problem> {
        let (mode, handing_over) = provisioning::get(app, &auth.0).await?;
        Ok(Json(ProvisioningBody { mode: mode.into(), handing_over }))
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

    /// Hands over the directory's people
    ///
    /// For a workspace whose SCIM is switched off and whose people were kept as they were: they stay in with the role that they have, and
    /// administrators manage them by hand from now on. The directory is emptied, its groups and their role mappings included. An identity
    /// provider that is connected again later finds them by their `externalId`.
    #[oai(path = "/provisioning/hand-over", method = "post", operation_id = "handOver")]
    async fn hand_over(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Begun, Problem> {
        hand_over::ask(app, &auth.0).await?;
        Ok(Begun::Begun)
    }
}
