//! SCIM 2.0 over HTTP, for identity providers.

mod address;
mod answers;
mod auth;
mod body;
mod bulk;
mod conditions;
mod discovery;
mod documents;
mod errors;
mod groups;
mod logged;
mod render;
mod search;
mod stream;
mod users;

use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response, Result, Route,
    http::{Method, StatusCode, header},
    middleware::CatchPanic,
};
use poem_openapi::OpenApiService;

pub use auth::ScimAuth;
pub use errors::ScimFailure;

use super::middleware::answer_failure;

type Apis = (users::Users, groups::Groups, search::Search, bulk::BulkRequests, discovery::Discovery);

/// The service, for its document and for serving.
pub fn service() -> OpenApiService<Apis, ()> {
    OpenApiService::new(
        (users::Users, groups::Groups, search::Search, bulk::BulkRequests, discovery::Discovery),
        "Rollcall SCIM 2.0",
        env!("CARGO_PKG_VERSION"),
    )
    .description(
        "Provisioning by an identity provider (RFC 7643, RFC 7644). The workspace is known from the token alone. \
             Every failure is a SCIM error body.",
    )
    .url_prefix(super::SCIM_PREFIX)
}

/// Every failure below this prefix, the framework's own and a panic included, is a SCIM error, and leaves an entry in the
/// provisioning log like everything else.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    logged::Logged(guarded(Route::new().nest("/", service())))
}

fn guarded(service: Route) -> impl Endpoint<Output = Response> {
    let panicked = |_: Box<dyn std::any::Any + Send>| ScimFailure::internal().respond();
    Failures(service.with(CatchPanic::new().with_handler(panicked)))
}

/// Answers failures and questions for the methods of an endpoint; it knows the path, and with it what the endpoint takes.
struct Failures<E>(E);

impl<E: Endpoint> Endpoint for Failures<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let path = request.uri().path().trim_start_matches(super::SCIM_PREFIX).to_owned();
        // Nothing of a workspace is in the answer, so it takes no token (RFC 9110 §9.3.7).
        if request.method() == Method::OPTIONS
            && let Some(methods) = errors::methods_at(&path)
        {
            return Ok(Response::builder().status(StatusCode::NO_CONTENT).header(header::ALLOW, methods).finish());
        }
        Ok(match self.0.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => answer_failure(error, |error| ScimFailure::of(error).at(&path).respond()),
        })
    }
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_scim_error_without_its_words() {
        let panics = make(|_| async { panic!("the secret of the house") as Result<Response> });
        let answer = guarded(Route::new().at("/Users", panics)).call(Request::builder().uri_str("/Users").finish()).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.content_type(), Some(answers::MEDIA_TYPE));
        let body = answer.into_body().into_string().await.expect("text");
        assert!(body.contains(crate::scim::urn::ERROR) && !body.contains("secret"), "{body}");
    }
}
