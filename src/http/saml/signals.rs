//! What identity providers call when somebody's sessions are to end.

use poem::{
    IntoResponse, Request, Response, handler,
    http::{StatusCode, header},
    web::{Data, Path},
};
use serde_json::json;

use super::known;
use crate::{
    app::{
        App,
        signals::{self, Arrival, Failure},
    },
    http::{carried::bearer, context::RequestContext, problem::Problem},
};

/// A request or a token of the largest size.
pub const LARGEST: usize = 64 * 1024;

/// Global Token Revocation (draft-parecki-oauth-global-token-revocation), as Okta's Universal Logout calls it.
#[handler]
pub async fn revocation(
    request: &Request,
    Data(app): Data<&App>,
    Path(connection): Path<String>,
    body: Vec<u8>,
) -> Result<Response, Problem> {
    let revoked = signals::revoke(app, known(&connection)?, arrival(request), bearer(request), &body).await;
    match revoked {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(Failure::Refused(refusal)) => Err(Problem::new(StatusCode::UNAUTHORIZED, refusal.explanation())),
        Err(failure) => Err(problem(failure)),
    }
}

/// Security events, pushed (RFC 8935). The token says itself what it is, so the media type of the request is not looked at.
#[handler]
pub async fn events(
    request: &Request,
    Data(app): Data<&App>,
    Path(connection): Path<String>,
    body: Vec<u8>,
) -> Result<Response, Problem> {
    let token = String::from_utf8_lossy(&body);
    match signals::hear(app, known(&connection)?, arrival(request), token.trim()).await {
        Ok(()) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(Failure::Refused(refusal)) => Ok(Response::builder()
            .status(StatusCode::BAD_REQUEST)
            .header(header::CONTENT_LANGUAGE, "en")
            .content_type("application/json")
            .body(json!({ "err": refusal.err(), "description": refusal.explanation() }).to_string())),
        Err(failure) => Err(problem(failure)),
    }
}

fn arrival(request: &Request) -> Arrival {
    let context = RequestContext::of(request);
    Arrival { request: context.id, received: context.received }
}

fn problem(failure: Failure) -> Problem {
    match failure {
        Failure::Refused(refusal) => Problem::invalid(refusal.explanation()),
        Failure::NoKeys => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The keys of the issuer cannot be looked at now, so the token cannot be verified: send it again in a minute.",
        ),
        Failure::Error(error) => error.into(),
    }
}
