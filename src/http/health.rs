//! What orchestrators and monitoring ask.

use metrics_exporter_prometheus::PrometheusHandle;
use poem::{
    IntoResponse, Response, handler,
    http::StatusCode,
    web::{Data, Json},
};
use serde_json::json;

use crate::app::{App, health};

/// The process runs.
#[handler]
pub fn alive() -> &'static str {
    "alive\n"
}

/// The process can do its work: 200, else 503 with what is missing.
#[handler]
pub async fn ready(Data(app): Data<&App>) -> Response {
    let readiness = health::readiness(app).await;
    let word = |ok: bool| if ok { "ok" } else { "unavailable" };
    let body = json!({
        "ready": readiness.is_ready(),
        "postgres": word(readiness.postgres),
        "redis": word(readiness.redis),
        "migrations": if readiness.migrations { "ok" } else { "not applied: run rollcall migrate" },
        "last_sweep_age_seconds": readiness.last_sweep_age_seconds,
        "last_sweep_drift": readiness.last_sweep_drift,
        "zero_drift_age_seconds": readiness.zero_drift_age_seconds,
        "last_proof_age_seconds": readiness.last_proof_age_seconds,
    });
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// Metrics in the text format of Prometheus.
#[handler]
pub async fn metrics(Data(app): Data<&App>, Data(handle): Data<&PrometheusHandle>) -> Response {
    if let Err(error) = health::measure(app).await {
        tracing::warn!(%error, "the figures from Postgres are missing in this answer");
    }
    Response::builder().content_type("text/plain; version=0.0.4").body(handle.render())
}

/// What this process alone has measured: of the worker, which reads nothing from Postgres for it.
#[handler]
pub fn own_metrics(Data(handle): Data<&PrometheusHandle>) -> Response {
    Response::builder().content_type("text/plain; version=0.0.4").body(handle.render())
}
