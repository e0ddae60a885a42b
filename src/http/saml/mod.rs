//! What browsers and identity providers call for signing in by SAML. Not part of an API: no token, no JSON.

mod body;
pub(super) mod cookies;
mod pages;
mod signals;

use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Route, get, handler,
    http::header,
    middleware::SizeLimit,
    post,
    web::{Data, Path, Query, Redirect},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::problem::Problem;
use crate::{
    app::{
        App,
        saml::{self, PREFIX},
        sign_in::{self, Answered, Failure, Finished},
    },
    ids::ConnectionId,
};

/// Where a sign-in ends, for every connection.
pub const FINISH: &str = "/sso/finish";
/// Of metadata (saml-metadata-2.0-os, appendix A).
const METADATA: &str = "application/samlmetadata+xml";
/// A response of the largest size, with what the encoding of forms adds.
pub const LARGEST_FORM: usize = 640 * 1024;

/// Everything below [`PREFIX`].
pub fn endpoint() -> impl Endpoint<Output = Response> {
    let routes = Route::new()
        .at("/:connection/metadata", get(metadata))
        .at("/:connection/start", get(start))
        .at("/:connection/acs", post(acs).with(SizeLimit::new(LARGEST_FORM)))
        .at("/:connection/revocation", post(signals::revocation).with(SizeLimit::new(signals::LARGEST)))
        .at("/:connection/signals", post(signals::events).with(SizeLimit::new(signals::LARGEST)));
    super::problem::guarded(routes)
}

/// [`FINISH`].
pub fn finish_endpoint() -> impl Endpoint<Output = Response> {
    super::problem::guarded(Route::new().at("/", get(finish)))
}

fn known(id: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(id).ok_or_else(|| Problem::not_found("connection"))
}

/// Our metadata of a connection.
#[handler]
async fn metadata(Data(app): Data<&App>, Path(connection): Path<String>) -> Result<Response, Problem> {
    let document = saml::metadata(app, known(&connection)?).await?;
    Ok(Response::builder().header(header::CONTENT_TYPE, METADATA).body(document))
}

#[derive(Deserialize)]
struct StartQuery {
    return_to: Option<String>,
    test: Option<String>,
}

/// Sends the browser to the identity provider.
#[handler]
async fn start(
    request: &Request,
    Data(app): Data<&App>,
    Path(connection): Path<String>,
    Query(query): Query<StartQuery>,
) -> Result<Response, Problem> {
    let browser = cookies::browser(app, request);
    let started = sign_in::start(app, known(&connection)?, query.return_to.as_deref(), browser, query.test.as_deref()).await?;
    let cookie = cookies::set_browser(app, started.browser.expose_secret());
    Ok(Redirect::see_other(started.address).with_header(header::SET_COOKIE, cookie).into_response())
}

/// Takes what the identity provider has said. The cookie does not come along: other sites post this.
#[handler]
async fn acs(request: &Request, Data(app): Data<&App>, Path(connection): Path<String>, body: Body) -> poem::Result<Response> {
    let id = known(&connection)?;
    let posted = body::received(app, id, request, body).await?;
    match sign_in::answer(app, id, &posted.response).await {
        Ok(Answered::Finish(code)) => Ok(Redirect::see_other(format!("{FINISH}?code={code}")).into_response()),
        Ok(Answered::Bounce) => Ok(Redirect::see_other(format!("{PREFIX}/{id}/start")).into_response()),
        Err(failure) => Ok(failed(failure)?),
    }
}

#[derive(Deserialize)]
struct FinishQuery {
    code: String,
}

/// Opens the session in the browser that has asked.
#[handler]
async fn finish(request: &Request, Data(app): Data<&App>, Query(query): Query<FinishQuery>) -> Result<Response, Problem> {
    let user_agent = request.headers().get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match sign_in::finish(app, &query.code, cookies::browser(app, request), user_agent.as_deref()).await {
        Ok(Finished::SignedIn { id, expires_at, return_to }) => Ok(Redirect::see_other(return_to)
            .with_header(header::SET_COOKIE, cookies::set_session(app, id.expose_secret(), expires_at))
            .into_response()),
        Ok(Finished::Tested(reference)) => Ok(pages::tested(reference).into_response()),
        Err(failure) => failed(failure),
    }
}

fn failed(failure: Failure) -> Result<Response, Problem> {
    match failure {
        Failure::Refused(refusing) => Ok(pages::refused(&refusing).into_response()),
        Failure::Error(error) => Err(error.into()),
    }
}
