//! Bearer token to caller, for everything but SCIM.

use poem::{Request, Result};
use poem_openapi::{SecurityScheme, auth::Bearer};

use crate::{
    app::{
        App,
        caller::{AdminCaller, MembersCaller, SessionsCaller},
        error::AppError,
        principal::Principal,
    },
    http::{context::RequestContext, problem::Problem},
};

/// A token with the scope `sessions`: the SaaS's own backend.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "SessionsToken", checker = "sessions")]
pub struct SessionsAuth(pub SessionsCaller);

/// A token with the scope `members:read` or `admin`.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "MembersToken", checker = "members")]
pub struct MembersAuth(pub MembersCaller);

/// A token with the scope `admin`.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "AdminToken", checker = "admin")]
pub struct AdminAuth(pub AdminCaller);

async fn sessions(request: &Request, bearer: Bearer) -> Result<SessionsCaller> {
    prove(request, &bearer, Principal::sessions).await
}

async fn members(request: &Request, bearer: Bearer) -> Result<MembersCaller> {
    prove(request, &bearer, Principal::members).await
}

async fn admin(request: &Request, bearer: Bearer) -> Result<AdminCaller> {
    prove(request, &bearer, Principal::admin).await
}

async fn prove<C>(request: &Request, bearer: &Bearer, caller: impl Fn(&Principal) -> Result<C, AppError>) -> Result<C> {
    let principal = principal(request, &bearer.token).await.map_err(Problem::from)?;
    Ok(caller(&principal).map_err(Problem::from)?)
}

async fn principal(request: &Request, token: &str) -> Result<Principal, AppError> {
    let app = request.data::<App>().ok_or_else(|| AppError::Bug(anyhow::anyhow!("the route has no App")))?;
    let context = RequestContext::of(request);
    let principal = Principal::authenticate(app, token, context.id, context.received).await?;
    context.belongs_to(principal.workspace());
    Ok(principal)
}
