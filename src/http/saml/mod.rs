//! What browsers and identity providers call for signing in by SAML. Not part of an API: no token, no JSON.

use poem::{
    Endpoint, Response, Route, get, handler,
    http::header,
    web::{Data, Path},
};

use super::problem::Problem;
use crate::{
    app::{App, saml},
    ids::ConnectionId,
};

/// Of metadata (saml-metadata-2.0-os, appendix A).
const MEDIA_TYPE: &str = "application/samlmetadata+xml";

/// Everything below [`saml::PREFIX`].
pub fn endpoint() -> impl Endpoint<Output = Response> {
    super::problem::guarded(Route::new().at("/:connection/metadata", get(metadata)))
}

/// Our metadata of a connection.
#[handler]
async fn metadata(Data(app): Data<&App>, Path(connection): Path<String>) -> Result<Response, Problem> {
    let id = ConnectionId::parse(&connection).ok_or_else(|| Problem::not_found("connection"))?;
    let document = saml::metadata(app, id).await?;
    Ok(Response::builder().header(header::CONTENT_TYPE, MEDIA_TYPE).body(document))
}
