//! The operators' token.

use poem::{Request, Result};
use poem_openapi::{SecurityScheme, auth::Bearer};

use crate::{
    app::{App, caller::OperatorCaller, error::AppError, principal},
    http::{context::RequestContext, problem::Problem},
};

/// The token of the configuration.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "OperatorToken", checker = "check")]
pub struct OperatorAuth(pub OperatorCaller);

async fn check(request: &Request, bearer: Bearer) -> Result<OperatorCaller> {
    Ok(prove(request, &bearer.token).map_err(Problem::from)?)
}

fn prove(request: &Request, token: &str) -> Result<OperatorCaller, AppError> {
    let app = request.data::<App>().ok_or_else(|| AppError::Bug(anyhow::anyhow!("the route has no App")))?;
    let context = RequestContext::of(request);
    principal::operator(app, token, context.id, context.received)
}
