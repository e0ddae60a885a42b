//! Bearer token to [`ScimCaller`]. The gate is in there.

use poem::{Request, Result};
use poem_openapi::{SecurityScheme, auth::Bearer};

use super::ScimFailure;
use crate::{
    app::{App, caller::ScimCaller, error::AppError, principal::Principal},
    http::context::RequestContext,
};

/// The SCIM token of a workspace whose gate is open.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "ScimToken", checker = "check")]
pub struct ScimAuth(pub ScimCaller);

async fn check(request: &Request, bearer: Bearer) -> Result<ScimCaller> {
    authenticate(request, &bearer.token).await.map_err(|error| ScimFailure::from(error).into())
}

async fn authenticate(request: &Request, token: &str) -> Result<ScimCaller, AppError> {
    let app = request.data::<App>().ok_or_else(|| AppError::Bug(anyhow::anyhow!("the route has no App")))?;
    let context = RequestContext::of(request);
    let principal = Principal::authenticate(app, token, context.id, context.received).await?;
    context.belongs_to(principal.workspace());
    principal.scim(app).await
}
