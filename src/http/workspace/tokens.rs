//! `/tokens`

use poem::{Request, web::Data};
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};

use secrecy::ExposeSecret;

use super::{
    answers::{MadeTokenAnswer, NewTokenBody, TokenAnswer},
    auth::AdminAuth,
};
use crate::{
    app::{
        App,
        set_up::{self, NewLink},
        tokens::{self, MadeToken},
    },
    http::{context::browser_origin, pages::set_up_address, problem::Problem},
    ids::TokenId,
};

/// The workspace's API tokens.
pub struct TokensApi;

/// A token was made.
#[derive(ApiResponse)]
pub enum TokenMade {
    /// The token, with its secret, shown this once.
    #[oai(status = 201)]
    Made(Json<MadeTokenAnswer>),
}

/// Done.
#[derive(ApiResponse)]
pub enum Done {
    /// Done.
    #[oai(status = 204)]
    Done,
}

/// How a token is rotated.
#[derive(Debug, Object)]
#[oai(rename = "TokenRotation", deny_unknown_fields)]
struct Rotation {
    /// For how many hours the old token goes on being accepted: a day, when left out; 720 at most; 0 ends it now.
    hours: Option<u16>,
}

/// A set-up link that is to be made.
#[derive(Debug, Object)]
#[oai(rename = "NewSetUpLink", deny_unknown_fields)]
pub struct NewSetUpLinkBody {
    /// For whom it is.
    name: String,
    /// For how many days it is good: 7, when left out; 30 at most.
    days: Option<u16>,
}

impl NewSetUpLinkBody {
    /// The wish.
    pub fn read(self) -> NewLink {
        NewLink { name: self.name, days: self.days }
    }
}

/// A set-up link that was just made.
#[derive(Debug, Object)]
#[oai(rename = "MadeSetUpLink")]
pub struct MadeSetUpLinkAnswer {
    /// As lists of tokens show it.
    token: TokenAnswer,
    /// The link, for one person. It is shown this once.
    link: String,
}

/// A set-up link was made.
#[derive(ApiResponse)]
pub enum SetUpLinkMade {
    /// The link, shown this once.
    #[oai(status = 201)]
    Made(Json<MadeSetUpLinkAnswer>),
}

impl SetUpLinkMade {
    /// Of a link that is reached under this origin.
    pub fn new(origin: &str, made: MadeToken) -> Self {
        let link = set_up_address(origin, made.secret.expose_secret());
        Self::Made(Json(MadeSetUpLinkAnswer { token: made.token.into(), link }))
    }
}

#[OpenApi]
impl TokensApi {
    /// Makes a set-up link
    ///
    /// With it somebody without an account sets up SAML and SCIM of the workspace on the pages for it, and does nothing else. It is listed
    /// among the tokens, with the scope `setup`, and is revoked there.
    #[oai(path = "/set-up-links", method = "post", operation_id = "createSetUpLink")]
    async fn create_link(
        &self,
        request: &Request,
        auth: AdminAuth,
        Data(app): Data<&App>,
        body: Json<NewSetUpLinkBody>,
    ) -> Result<SetUpLinkMade, Problem> {
        let made = set_up::make_link(app, &auth.0, body.0.read()).await?;
        Ok(SetUpLinkMade::new(&browser_origin(request), made))
    }

    /// Makes a token
    #[oai(path = "/tokens", method = "post", operation_id = "createToken")]
    async fn create(&self, auth: AdminAuth, Data(app): Data<&App>, body: Json<NewTokenBody>) -> Result<TokenMade, Problem> {
        Ok(TokenMade::Made(Json(tokens::create(app, &auth.0, body.0.read()?).await?.into())))
    }

    /// Lists tokens
    #[oai(path = "/tokens", method = "get", operation_id = "listTokens")]
    async fn list(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<TokenAnswer>>, Problem> {
        Ok(Json(tokens::list(app, &auth.0).await?.into_iter().map(TokenAnswer::from).collect()))
    }

    /// Rotates a token
    ///
    /// Makes one like it, with a secret of its own, shown this once. The old one goes on being accepted for so many hours, so that the new
    /// one can be entered where the old one is used.
    #[oai(path = "/tokens/:id/rotate", method = "post", operation_id = "rotateToken")]
    async fn rotate(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<Rotation>,
    ) -> Result<TokenMade, Problem> {
        let id = TokenId::parse(&id).ok_or_else(|| Problem::not_found("token"))?;
        Ok(TokenMade::Made(Json(tokens::rotate(app, &auth.0, id, body.0.hours).await?.into())))
    }

    /// Revokes a token
    ///
    /// It is refused from the next request on.
    #[oai(path = "/tokens/:id", method = "delete", operation_id = "revokeToken")]
    async fn revoke(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        let id = TokenId::parse(&id).ok_or_else(|| Problem::not_found("token"))?;
        tokens::revoke(app, &auth.0, id).await?;
        Ok(Done::Done)
    }
}
