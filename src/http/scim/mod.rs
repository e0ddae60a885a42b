//! SCIM 2.0 over HTTP, for identity providers.

mod auth;
mod discovery;
mod documents;
mod errors;
mod groups;
mod payload;
mod render;
mod search;
mod users;

use poem::{Endpoint, EndpointExt, Response, Route, middleware::CatchPanic};
use poem_openapi::OpenApiService;

pub use auth::ScimAuth;
pub use errors::ScimFailure;

type Apis = (users::Users, groups::Groups, search::Search, discovery::Discovery);

/// The service, for its document and for serving.
pub fn service() -> OpenApiService<Apis, ()> {
    OpenApiService::new(
        (users::Users, groups::Groups, search::Search, discovery::Discovery),
        "Rollcall SCIM 2.0",
        env!("CARGO_PKG_VERSION"),
    )
    .description(
        "Provisioning by an identity provider (RFC 7643, RFC 7644). The workspace is known from the token alone. \
             Every failure is a SCIM error body.",
    )
    .url_prefix(super::SCIM_PREFIX)
}

/// Every failure below this prefix, the framework's own and a panic included, is a SCIM error.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    let failed = |error: poem::Error| async move { ScimFailure::of(error).respond() };
    Route::new()
        .nest("/", service())
        .with(CatchPanic::new().with_handler(|_: Box<dyn std::any::Any + Send>| ScimFailure::internal().respond()))
        .catch_all_error(failed)
}
