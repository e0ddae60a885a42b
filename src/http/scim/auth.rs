//! Bearer token to [`ScimCaller`]. The gate is in there.

use poem::{Request, RequestBody, Result, http::header};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme, auth::Bearer, registry::Registry};

use super::{ScimFailure, address};
use crate::{
    app::{
        App,
        caller::ScimCaller,
        error::AppError,
        principal::{self, Principal},
    },
    http::context::{RequestContext, ScimRoot},
};

/// The SCIM token of a workspace whose gate is open.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "ScimToken", checker = "check")]
pub struct ScimAuth(pub ScimCaller);

/// As [`ScimAuth`], or nobody: for what may be read without a token. A token that is sent must be good.
pub struct ScimAuthOrNobody(pub Option<ScimAuth>);

impl<'a> ApiExtractor<'a> for ScimAuthOrNobody {
    const TYPES: &'static [ApiExtractorType] = <ScimAuth as ApiExtractor<'a>>::TYPES;
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        ScimAuth::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        ScimAuth::security_schemes()
    }

    fn has_security_fallback() -> bool {
        true
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, options: ExtractParamOptions<()>) -> Result<Self> {
        if !request.headers().contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        Ok(Self(Some(ScimAuth::from_request(request, body, options).await?)))
    }
}

async fn check(request: &Request, bearer: Bearer) -> Result<ScimCaller> {
    authenticate(request, &bearer.token).await.map_err(|error| ScimFailure::from(error).into())
}

async fn authenticate(request: &Request, token: &str) -> Result<ScimCaller, AppError> {
    let app = request.data::<App>().ok_or_else(|| AppError::Bug(anyhow::anyhow!("the route has no App")))?;
    let context = RequestContext::of(request);
    principal::refuse_a_flood(app, token, &context.trace).map_err(|(workspace, answer)| {
        context.belongs_to(workspace);
        answer
    })?;
    let principal = Principal::authenticate(app, token, context.id, context.received).await?;
    context.belongs_to(principal.workspace());
    principal.owns(&context.trace);
    let caller = principal.scim(app, &context.trace, ScimRoot::of(request).0).await?;
    context.is_by(&caller);
    address::check(request.original_uri(), &mut caller.notes())?;
    Ok(caller)
}
