//! `/tokens`

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, param::Path, payload::Json};

use super::{
    answers::{MadeTokenAnswer, NewTokenBody, TokenAnswer},
    auth::AdminAuth,
};
use crate::{
    app::{App, tokens},
    http::problem::Problem,
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

#[OpenApi]
impl TokensApi {
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
