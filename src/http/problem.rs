//! Errors outside SCIM: `application/problem+json` (RFC 9457).

use poem::{
    Endpoint, EndpointExt, IntoResponse, Response, Route,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
    middleware::CatchPanic,
};
use poem_openapi::{
    ApiResponse, Object,
    payload::{Json, Payload},
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
};
use serde_json::json;

use super::middleware::answer_failure;
use crate::app::error::AppError;

const MEDIA_TYPE: &str = "application/problem+json";
/// Seconds after which a busy or unavailable service is asked again.
pub const RETRY_AFTER: &str = "1";

/// What went wrong (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem")]
pub struct ProblemBody {
    /// What kind of problem, in a few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong and what to do.
    detail: String,
}

/// An error as the edge answers it.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {detail}")]
pub struct Problem {
    status: StatusCode,
    detail: String,
    /// Seconds after which it is worth trying again, where that is known.
    wait: Option<u64>,
}

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), wait: None }
    }

    /// Its status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong and what to do.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The request cannot be accepted as it is.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// No such thing, or another workspace's.
    pub fn not_found(what: &'static str) -> Self {
        AppError::NotFound(what).into()
    }
}

/// A mistake of ours is logged here, once, with everything it came from; the caller learns the request id only.
pub fn report(error: &AppError) {
    match error {
        AppError::Bug(source) => tracing::error!(error = ?source, "internal error"),
        AppError::Unavailable { what, source } => tracing::error!(what, error = ?source, "a service that we need is away"),
        AppError::Busy(source) => tracing::warn!(error = ?source, "busy"),
        AppError::Scim(_)
        | AppError::Unauthorized(_)
        | AppError::Forbidden(_)
        | AppError::Gate(_)
        | AppError::NotFound(_)
        | AppError::Conflict(_)
        | AppError::Gone(_)
        | AppError::Invalid(_)
        | AppError::TooManyRequests { .. } => {}
    }
}

/// The text for a mistake of ours.
pub const INTERNAL: &str = "An internal error; nothing was changed. Name the X-Request-Id of this answer to support.";
/// The text while a service that we need is away.
pub const UNAVAILABLE: &str = "The service is temporarily unavailable; nothing was changed. Try again.";

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        report(&error);
        let status = match &error {
            AppError::Scim(error) => StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST),
            AppError::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            AppError::Forbidden(_) | AppError::Gate(_) => StatusCode::FORBIDDEN,
            AppError::NotFound(_) => StatusCode::NOT_FOUND,
            AppError::Conflict(_) => StatusCode::CONFLICT,
            AppError::Gone(_) => StatusCode::GONE,
            AppError::Invalid(_) => StatusCode::BAD_REQUEST,
            AppError::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            AppError::Busy(_) | AppError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            AppError::Bug(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let wait = match &error {
            AppError::TooManyRequests { seconds, .. } => Some(*seconds),
            _ => None,
        };
        let detail = match error {
            AppError::Bug(_) => INTERNAL.to_owned(),
            AppError::Busy(_) | AppError::Unavailable { .. } => UNAVAILABLE.to_owned(),
            AppError::Scim(error) => error.detail,
            AppError::Unauthorized(_)
            | AppError::Forbidden(_)
            | AppError::Gate(_)
            | AppError::NotFound(_)
            | AppError::Conflict(_)
            | AppError::Gone(_)
            | AppError::Invalid(_)
            | AppError::TooManyRequests { .. } => error.to_string(),
        };
        Self { status, detail, wait }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = Response::builder().status(self.status).content_type(MEDIA_TYPE).body(body.to_string());
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"rollcall\""));
        }
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            let wait = self.wait.map_or(HeaderValue::from_static(RETRY_AFTER), HeaderValue::from);
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        Self { status: self.status, detail: self.detail.clone(), wait: self.wait }.into_response()
    }
}

fn described(status: u16, description: &'static str) -> MetaResponse {
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: MEDIA_TYPE, schema: <Json<ProblemBody> as Payload>::schema_ref() }],
        headers: Vec::new(),
    }
}

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![
                described(400, "The request cannot be understood or accepted"),
                described(401, "No valid credential"),
                described(403, "The credential may not do this"),
                described(404, "No such thing in this workspace"),
                described(409, "It contradicts what is there"),
                described(503, "Temporarily unavailable; see Retry-After"),
            ],
        }
    }

    fn register(registry: &mut Registry) {
        <Json<ProblemBody> as Payload>::register(registry);
    }
}

/// A problem of an operation that may be asked for what was there and is no longer kept.
#[derive(Debug)]
pub struct ProblemOrGone(Problem);

impl<E: Into<Problem>> From<E> for ProblemOrGone {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<ProblemOrGone> for poem::Error {
    fn from(error: ProblemOrGone) -> Self {
        error.0.into()
    }
}

impl ApiResponse for ProblemOrGone {
    fn meta() -> MetaResponses {
        let mut meta = Problem::meta();
        let place = meta.responses.len() - 1;
        meta.responses.insert(place, described(410, "It is no longer kept; the detail says what to do"));
        meta
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

/// Any error of the framework or of ours, as a problem.
pub fn of(error: poem::Error) -> Response {
    if error.is_from_response() && !error.is::<Problem>() {
        return error.into_response();
    }
    from_framework(error).into_response()
}

/// Any error of the framework or of ours that is not a response already.
pub fn from_framework(error: poem::Error) -> Problem {
    let error = match error.downcast::<Problem>() {
        Ok(problem) => return problem,
        Err(error) => error,
    };
    let status = error.status();
    if status.is_server_error() {
        tracing::error!(error = ?error, "internal error");
        return Problem::new(status, INTERNAL);
    }
    Problem::new(status, error.to_string())
}

/// Puts a net under a service: whatever fails below it, a panic included, is answered as a problem.
pub fn guarded(service: Route) -> impl Endpoint<Output = Response> {
    let panicked = |_: Box<dyn std::any::Any + Send>| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL).into_response();
    service.with(CatchPanic::new().with_handler(panicked)).catch_all_error(|error| async move { answer_failure(error, of) })
}
