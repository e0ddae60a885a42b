//! For the people who run Rollcall.

mod auth;
mod held_batches;
mod jobs;
mod workspaces;

use poem::{Endpoint, Response, Route};
use poem_openapi::OpenApiService;

type Apis = (workspaces::WorkspacesApi, jobs::JobsApi, held_batches::HeldBatchesApi);

/// The service, for its document and for serving.
pub fn service() -> OpenApiService<Apis, ()> {
    let apis = (workspaces::WorkspacesApi, jobs::JobsApi, held_batches::HeldBatchesApi);
    OpenApiService::new(apis, "Rollcall operations API", env!("CARGO_PKG_VERSION"))
        .description(
            "Workspaces, plans, the gate, held mass changes and the queue. For operators, with the token of the configuration.",
        )
        .url_prefix(super::OPS_PREFIX)
}

/// Every failure below this prefix is a problem document.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    super::problem::guarded(Route::new().nest("/", service()))
}
