//! The HTTP edge: routes, authentication, bodies, errors. It speaks to use cases only; no rule lives here.

mod carried;
pub mod context;
pub mod cut;
pub mod docs;
mod farewell;
pub mod health;
pub mod middleware;
pub mod ops;
mod pages;
pub mod problem;
pub mod saml;
pub mod scim;
pub mod workspace;

use metrics_exporter_prometheus::PrometheusHandle;
use poem::{
    Endpoint, EndpointExt, Response, Route,
    middleware::{NormalizePath, TrailingSlash},
};

pub use self::pages::{entry_address, set_up_address};
use crate::app::App;

/// Where SCIM is reached.
pub const SCIM_PREFIX: &str = "/api/v1/auth/scim";
/// Where operators are served.
pub const OPS_PREFIX: &str = "/api/v1/ops";
/// Where workspaces' own callers are served.
pub const WORKSPACE_PREFIX: &str = "/api/v1";

/// Everything that `serve` answers.
pub fn endpoint(app: App, metrics: PrometheusHandle) -> impl Endpoint<Output = Response> {
    Route::new()
        .nest(SCIM_PREFIX, scim::endpoint())
        .nest(OPS_PREFIX, ops::endpoint())
        .nest(WORKSPACE_PREFIX, workspace::endpoint())
        .nest(crate::app::saml::PREFIX, saml::endpoint())
        .nest(saml::FINISH, saml::finish_endpoint())
        .nest("/docs", docs::endpoint())
        .nest("/openapi", docs::documents())
        .at("/healthz", poem::get(health::alive))
        .at("/readyz", poem::get(health::ready))
        .at("/metrics", poem::get(health::metrics))
        .nest("/", pages::endpoint())
        .data(metrics)
        .data(app)
        .with(middleware::Requests)
        // Identity providers put a slash at the end of the address, or two in the middle of it.
        .with(NormalizePath::new(TrailingSlash::Trim))
}

/// Everything that the worker answers, where it listens: monitoring.
pub fn worker_endpoint(metrics: PrometheusHandle) -> impl Endpoint<Output = Response> {
    Route::new().at("/healthz", poem::get(health::alive)).at("/metrics", poem::get(health::own_metrics)).data(metrics)
}
