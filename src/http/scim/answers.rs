//! Answers in `application/scim+json` (RFC 7644 §3.1): raw JSON at run time, documented by a typed schema.

use std::{io, marker::PhantomData};

use bytes::Bytes;
use futures::Stream;
use poem::{
    Body, IntoResponse, Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde_json::Value;

use super::{
    logged::WholeAnswer,
    stream::{Streamed, Written},
};
use crate::{app::resource::Page, scim::page::list_head};

/// The media type of SCIM.
pub const MEDIA_TYPE: &str = "application/scim+json; charset=utf-8";
/// The same without its parameter.
pub const SCIM: &str = "application/scim+json";

/// An answer that the document describes as `D`, with status `STATUS`.
pub struct ScimAnswer<D, const STATUS: u16 = 200> {
    body: Content,
    etag: Option<String>,
    location: Option<String>,
    document: PhantomData<D>,
}

enum Content {
    Whole(String),
    Streamed(Streamed),
}

impl<D, const STATUS: u16> ScimAnswer<D, STATUS> {
    /// An answer without version and place.
    pub fn new(body: Value) -> Self {
        Self { body: Content::Whole(body.to_string()), etag: None, location: None, document: PhantomData }
    }

    /// A list response.
    pub fn list(page: Page<Written>) -> Self {
        let head = list_head(page.place, page.resources.len());
        let body = match Streamed::list(head, page.resources).whole() {
            Ok(text) => Content::Whole(text),
            Err(streamed) => Content::Streamed(streamed),
        };
        Self { body, etag: None, location: None, document: PhantomData }
    }

    /// One resource: its version goes into `ETag`, its place into `Location` and, as RFC 7643 §3.1 wants it, `Content-Location`.
    pub fn resource(resource: Written, etag: String, location: String) -> Self {
        let body = match resource {
            Written::Whole(text) => Content::Whole(text),
            Written::Large { head, rest } => Content::Streamed(Streamed::resource(head, rest)),
        };
        Self { body, etag: Some(etag), location: Some(location), document: PhantomData }
    }
}

fn insert(response: &mut Response, name: header::HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(name, value);
    }
}

impl<D: Send, const STATUS: u16> IntoResponse for ScimAnswer<D, STATUS> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        let builder = Response::builder().status(status).content_type(MEDIA_TYPE);
        let mut response = match self.body {
            Content::Whole(body) => {
                let body = Bytes::from(body);
                // Said here because HEAD takes the body away, and its length with it (RFC 9110 §9.3.2).
                let mut response = builder.header(header::CONTENT_LENGTH, body.len()).body(body.clone());
                response.set_data(WholeAnswer(body));
                response
            }
            Content::Streamed(body) => builder.body(body.into_body()),
        };
        insert(&mut response, header::ETAG, self.etag);
        insert(&mut response, header::CONTENT_LOCATION, self.location.clone());
        insert(&mut response, header::LOCATION, self.location);
        response
    }
}

fn documented_header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.into(),
        description: Some(description.into()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

impl<D: Type, const STATUS: u16> ApiResponse for ScimAnswer<D, STATUS> {
    fn meta() -> MetaResponses {
        let headers = vec![
            documented_header("ETag", "The resource's version"),
            documented_header("Location", "The resource's address"),
            documented_header("Content-Location", "The resource's address"),
        ];
        MetaResponses {
            responses: vec![MetaResponse {
                description: if STATUS == 201 { "Created" } else { "OK" },
                status: Some(STATUS),
                status_range: None,
                content: vec![MetaMediaType { content_type: SCIM, schema: D::schema_ref() }],
                headers,
            }],
        }
    }

    fn register(registry: &mut Registry) {
        D::register(registry);
    }
}

/// An answer that is sent while it comes about; the document describes it as `D`.
pub struct ScimStream<D>(Body, PhantomData<D>);

impl<D> ScimStream<D> {
    /// The pieces of the body.
    pub fn new(pieces: impl Stream<Item = io::Result<String>> + Send + 'static) -> Self {
        Self(Body::from_bytes_stream(pieces), PhantomData)
    }
}

impl<D: Send> IntoResponse for ScimStream<D> {
    fn into_response(self) -> Response {
        Response::builder().content_type(MEDIA_TYPE).body(self.0)
    }
}

impl<D: Type> ApiResponse for ScimStream<D> {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "OK",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType { content_type: SCIM, schema: D::schema_ref() }],
                headers: Vec::new(),
            }],
        }
    }

    fn register(registry: &mut Registry) {
        D::register(registry);
    }
}

/// A read: the resource, or 304 when the client has this version already.
pub enum ScimRead<D> {
    /// Here it is.
    Resource(ScimAnswer<D>),
    /// The client has it; only its version is told.
    NotModified(String),
}

impl<D: Send> IntoResponse for ScimRead<D> {
    fn into_response(self) -> Response {
        match self {
            Self::Resource(answer) => answer.into_response(),
            Self::NotModified(etag) => {
                let mut response = StatusCode::NOT_MODIFIED.into_response();
                insert(&mut response, header::ETAG, Some(etag));
                response
            }
        }
    }
}

impl<D: Type> ApiResponse for ScimRead<D> {
    fn meta() -> MetaResponses {
        let mut meta = <ScimAnswer<D> as ApiResponse>::meta();
        meta.responses.push(MetaResponse {
            description: "Not modified: the version of If-None-Match is the current one",
            status: Some(304),
            status_range: None,
            content: Vec::new(),
            headers: Vec::new(),
        });
        meta
    }

    fn register(registry: &mut Registry) {
        D::register(registry);
    }
}

/// A PATCH: the resource, or that it was done.
pub enum ScimPatched<D> {
    /// Here it is.
    Resource(ScimAnswer<D>),
    /// It has very many members; only its version and place are told.
    Done {
        /// The version.
        etag: String,
        /// The place.
        location: String,
    },
}

impl<D: Send> IntoResponse for ScimPatched<D> {
    fn into_response(self) -> Response {
        match self {
            Self::Resource(answer) => answer.into_response(),
            Self::Done { etag, location } => {
                let mut response = StatusCode::NO_CONTENT.into_response();
                insert(&mut response, header::ETAG, Some(etag));
                insert(&mut response, header::LOCATION, Some(location));
                response
            }
        }
    }
}

impl<D: Type> ApiResponse for ScimPatched<D> {
    fn meta() -> MetaResponses {
        let mut meta = <ScimAnswer<D> as ApiResponse>::meta();
        meta.responses.push(MetaResponse {
            description: "Done: the group has very many members, and neither attributes nor excludedAttributes was given",
            status: Some(204),
            status_range: None,
            content: Vec::new(),
            headers: vec![
                documented_header("ETag", "The resource's version"),
                documented_header("Location", "The resource's address"),
            ],
        });
        meta
    }

    fn register(registry: &mut Registry) {
        D::register(registry);
    }
}

/// 204: done, and nothing to show.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "Done",
                status: Some(204),
                status_range: None,
                content: Vec::new(),
                headers: Vec::new(),
            }],
        }
    }

    fn register(_: &mut Registry) {}
}
