//! One translation of every failure into a SCIM error body (RFC 7644 §3.12).

use std::time::Duration;

use poem::{
    IntoResponse, Response,
    error::{MethodNotAllowedError, NotFoundError, ParsePathError as UnreadablePathError, ReadBodyError, ResponseError},
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    error::{AuthorizationError, ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError},
    payload::{Json, Payload},
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
};

use super::{answers::MEDIA_TYPE, body::BodyLimit};
use crate::{
    app::error::AppError,
    http::problem,
    scim::{ScimError, ScimType},
};

/// An error message (RFC 7644 §3.12).
#[derive(Debug, Object)]
#[oai(rename = "ScimError", rename_all = "camelCase")]
struct ScimErrorBody {
    /// `urn:ietf:params:scim:api:messages:2.0:Error`
    schemas: Vec<String>,
    /// The HTTP status, as text.
    status: String,
    /// `invalidFilter`, `uniqueness`, `mutability`, `invalidSyntax`, `invalidPath`, `noTarget`, `invalidValue`, ...
    #[oai(skip_serializing_if_is_none)]
    scim_type: Option<String>,
    /// What is wrong and what to do.
    detail: String,
}

/// A failure as an identity provider sees it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ScimFailure {
    error: ScimError,
    /// The methods that the endpoint takes, for 405.
    allow: Option<&'static str>,
    /// Seconds after which to try again, for 429.
    retry_after: Option<u64>,
}

impl From<ScimError> for ScimFailure {
    fn from(error: ScimError) -> Self {
        Self { error, allow: None, retry_after: None }
    }
}

/// The methods of the endpoint at this path below the SCIM address (RFC 9110 §10.2.1).
pub(super) fn methods_at(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => Some("GET, HEAD"),
        ["Users" | "Groups"] => Some("GET, HEAD, POST"),
        [".search" | "Bulk"] | ["Users" | "Groups", ".search"] => Some("POST"),
        ["Users" | "Groups", _] => Some("GET, HEAD, PUT, PATCH, DELETE"),
        ["ServiceProviderConfig" | "ResourceTypes" | "Schemas"] | ["ResourceTypes" | "Schemas", _] => Some("GET, HEAD"),
        _ => None,
    }
}

impl ScimFailure {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        ScimError::new(status.as_u16(), detail).into()
    }

    /// A mistake of ours; what it was is in the log under the request's id.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, problem::INTERNAL)
    }

    /// The body is larger than the endpoint takes.
    pub fn too_large<L: BodyLimit>() -> Self {
        let limit = L::BYTES / (1024 * 1024);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The body is larger than {limit} MiB: {}.", L::ADVICE))
    }

    /// The body has more in it than one request may take up.
    pub fn too_heavy<L: BodyLimit>() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The body has too many values: {}.", L::ADVICE))
    }

    /// The body has not come to its end in this time.
    pub fn too_slow(patience: Duration) -> Self {
        let seconds = patience.as_secs();
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("The body did not come to its end within {seconds} seconds. Send less in one request."),
        )
    }

    /// There are too many large requests at the moment.
    pub fn crowded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "There are too many large requests at the moment. Send the request again after the time in Retry-After.",
        )
    }

    /// The error as it stands in a body.
    pub fn into_error(self) -> ScimError {
        self.error
    }

    /// Any error, the framework's own included.
    pub fn of(error: poem::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(failure) => return failure,
            Err(error) => error,
        };
        if error.is::<NotFoundError>() || error.is::<ParsePathError>() || error.is::<UnreadablePathError>() {
            return Self::new(
                StatusCode::NOT_FOUND,
                "There is no such endpoint: SCIM is served at /Users, /Groups, /Bulk, /ServiceProviderConfig, /ResourceTypes and /Schemas below the SCIM address.",
            );
        }
        if error.is::<MethodNotAllowedError>() {
            return Self::new(StatusCode::METHOD_NOT_ALLOWED, "This endpoint does not take this method.");
        }
        if error.is::<AuthorizationError>() {
            return AppError::Unauthorized("No token: send the workspace's SCIM token as `Authorization: Bearer <token>`.")
                .into();
        }
        if error.is::<ContentTypeError>() {
            return Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be sent with Content-Type application/scim+json (or application/json), in UTF-8.",
            );
        }
        if let Some(error) = error.downcast_ref::<ReadBodyError>() {
            return match error {
                // Whoever reads a body says what its limit is; this one nobody has read.
                ReadBodyError::PayloadTooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
                ReadBodyError::BodyHasBeenTaken | ReadBodyError::Utf8(_) | ReadBodyError::Io(_) => {
                    ScimError::bad(ScimType::InvalidSyntax, "The body could not be read to its end.").into()
                }
            };
        }
        if let Some(error) = error.downcast_ref::<ParseParamError>() {
            return ScimError::bad(ScimType::InvalidValue, format!("The parameter {} cannot be read.", error.name)).into();
        }
        if error.is::<ParseRequestPayloadError>() {
            return ScimError::bad(ScimType::InvalidSyntax, "The body is not what this endpoint takes.").into();
        }
        if error.status().is_server_error() {
            tracing::error!(error = ?error, "internal error");
            return Self::internal();
        }
        Self::new(error.status(), error.to_string())
    }

    /// The same, with what is known of the endpoint at this path below the SCIM address: which methods it takes, or that SCIM has it
    /// and we do not (RFC 7644 §3.11).
    pub fn at(self, path: &str) -> Self {
        match (self.error.status, path.trim_matches('/')) {
            (405, _) => Self { allow: methods_at(path), ..self },
            (404, "Me") => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "/Me is not offered: a SCIM token belongs to the workspace and is no person.",
            ),
            _ => self,
        }
    }

    /// The answer.
    pub fn respond(&self) -> Response {
        let status = self.status();
        let mut response = Response::builder().status(status).content_type(MEDIA_TYPE).body(self.error.to_json().to_string());
        response.set_data(self.error.clone()); // the provisioning log tells of it
        let headers = response.headers_mut();
        if let Some(methods) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"scim\""));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, self.retry_after.unwrap_or(1).into());
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(problem::RETRY_AFTER));
            }
            _ => {}
        }
        response
    }
}

impl From<AppError> for ScimFailure {
    fn from(error: AppError) -> Self {
        problem::report(&error);
        match error {
            AppError::Scim(error) => error.into(),
            AppError::Unauthorized(detail) => Self::new(StatusCode::UNAUTHORIZED, detail),
            AppError::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, detail),
            AppError::Gate(missing) => {
                let reasons: Vec<String> = missing.iter().map(ToString::to_string).collect();
                Self::new(StatusCode::FORBIDDEN, format!("SCIM is not available to this workspace: {}.", reasons.join("; ")))
            }
            AppError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            AppError::Gone(detail) => Self::new(StatusCode::GONE, detail),
            AppError::Conflict(detail) => ScimError::conflict(detail).into(),
            AppError::Invalid(detail) => ScimError::bad(ScimType::InvalidValue, detail).into(),
            AppError::TooManyRequests { seconds, .. } => {
                Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()) }
            }
            AppError::Busy(_) | AppError::Unavailable { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, problem::UNAVAILABLE),
            AppError::Bug(_) => Self::internal(),
        }
    }
}

impl ResponseError for ScimFailure {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn as_response(&self) -> Response {
        self.respond()
    }
}

impl IntoResponse for ScimFailure {
    fn into_response(self) -> Response {
        self.respond()
    }
}

impl ApiResponse for ScimFailure {
    fn meta() -> MetaResponses {
        let response = |status, description| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType { content_type: MEDIA_TYPE, schema: <Json<ScimErrorBody> as Payload>::schema_ref() }],
            headers: Vec::new(),
        };
        MetaResponses {
            responses: vec![
                response(
                    400,
                    "invalidFilter, invalidSyntax, invalidPath, noTarget, invalidValue, mutability, invalidCursor, expiredCursor, invalidCount",
                ),
                response(401, "No valid token"),
                response(
                    403,
                    "The token has not the scope, or the gate is closed: the detail names each missing condition. Or sensitive: the \
                     workspace takes no personal data in addresses",
                ),
                response(404, "No such resource"),
                response(408, "The body has not come to its end in time"),
                response(409, "uniqueness"),
                response(412, "The resource has another version"),
                response(413, "The body is too large, or has too many operations or values"),
                response(415, "The media type is not supported"),
                response(428, "The workspace takes changes with If-Match only"),
                response(429, "Too many requests; see Retry-After"),
                response(500, "Internal error"),
                response(503, "Temporarily unavailable; see Retry-After"),
            ],
        }
    }

    fn register(registry: &mut Registry) {
        <Json<ScimErrorBody> as Payload>::register(registry);
    }
}
