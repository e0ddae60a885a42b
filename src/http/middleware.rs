//! Around every request: its id, one log line without personal data, its metrics, and a net under what no one else caught.

use std::time::Instant;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result, http::HeaderValue};
use poem_openapi::OperationId;

use super::{context::RequestContext, scim::ScimFailure};

const REQUEST_ID: &str = "x-request-id";

/// Answers a failure without forgetting which operation it was: log line and metrics name it.
pub fn answer_failure(error: poem::Error, answer: impl FnOnce(poem::Error) -> Response) -> Response {
    let operation = error.data::<OperationId>().copied();
    let mut response = answer(error);
    if let Some(operation) = operation {
        response.set_data(operation);
    }
    response
}

/// Gives each request its id and writes down how it ended.
pub struct Requests;

impl<E: Endpoint> Middleware<E> for Requests {
    type Output = RequestsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        RequestsEndpoint(inner)
    }
}

/// See [`Requests`].
pub struct RequestsEndpoint<E>(E);

impl<E: Endpoint> Endpoint for RequestsEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let context = RequestContext::new();
        let method = request.method().clone();
        request.set_data(context.clone());
        let is_scim = request.uri().path().starts_with(super::SCIM_PREFIX);
        let started = Instant::now();
        let mut response = match self.0.call(request).await {
            Ok(response) => response.into_response(),
            // A path that cannot be decoded reaches none of the services, and still is answered as its own would.
            Err(error) if is_scim => answer_failure(error, |error| ScimFailure::of(error).respond()),
            Err(error) => answer_failure(error, super::problem::of),
        };
        let seconds = started.elapsed().as_secs_f64();
        if let Ok(value) = HeaderValue::from_str(&context.id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        // The operation, never the path or the query: those may hold a person's name.
        let operation = response.data::<OperationId>().map_or("none", |operation| operation.0);
        let status = response.status().as_u16();
        metrics::counter!("rollcall_http_requests_total", "operation" => operation, "status" => status.to_string()).increment(1);
        metrics::histogram!("rollcall_http_request_duration_seconds", "operation" => operation).record(seconds);
        tracing::info!(
            request_id = %context.id,
            workspace = context.workspace().map(tracing::field::display),
            %method,
            operation,
            status,
            duration_ms = seconds * 1000.0,
            "request"
        );
        Ok(response)
    }
}
