//! What is answered when there is no page to show.

use maud::html;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response, Route,
    error::{NotFoundError, ResponseError},
    http::{StatusCode, header},
    middleware::CatchPanic,
    web::Redirect,
};
use poem_openapi::OperationId;

use super::{
    html::{self, Html},
    said::Said,
};
use crate::{
    app::error::AppError,
    http::{
        farewell,
        problem::{self, Problem},
    },
};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody is signed in: they are sent to sign in, and come back to this address.
    #[error("nobody is signed in")]
    SignIn(String),
    /// Somebody else is wanted here, who comes in there.
    #[error("somebody else is wanted here")]
    Elsewhere(&'static str),
    /// Anything else.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::Problem(error.into())
    }
}

impl Failure {
    /// No such thing, or another workspace's.
    pub fn not_found(what: &'static str) -> Self {
        AppError::NotFound(what).into()
    }
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignIn(_) | Self::Elsewhere(_) => StatusCode::SEE_OTHER,
            Self::Problem(problem) => problem.status(),
        }
    }

    fn as_response(&self) -> Response {
        match self {
            Self::SignIn(back) => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("return_to", back);
                Redirect::see_other(format!("{}?{}", super::SIGN_IN, query.finish())).into_response()
            }
            Self::Elsewhere(address) => Redirect::see_other(*address).into_response(),
            Self::Problem(problem) => shown(problem).into_response(),
        }
    }
}

/// A problem as a page.
fn shown(problem: &Problem) -> Html {
    let status = problem.status();
    let title = match status {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::FORBIDDEN => "You may not see this",
        StatusCode::UNAUTHORIZED => "You are not signed in",
        StatusCode::TOO_MANY_REQUESTS => "Too much at once",
        status if status.is_server_error() => "This did not work",
        _ => "This was not done",
    };
    let body = html! {
        h1 { (title) }
        p { (problem.detail()) }
        p { a href="/" { "To the first page" } }
    };
    html::bare("pageFailure", title, &Said::Nothing, &body).with_status(status)
}

/// Any error of the framework or of ours, as a page.
fn of(error: poem::Error) -> Response {
    let error = match error.downcast::<Failure>() {
        Ok(failure) => return failure.as_response(),
        Err(error) => error,
    };
    if error.is_from_response() {
        return error.into_response();
    }
    shown(&problem::from_framework(error)).into_response()
}

/// Whether a page is wanted: a browser says so, a program does not.
fn wants_a_page(request: &Request) -> bool {
    request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|kinds| kinds.contains("text/html"))
}

/// No form of ours is longer.
const LARGEST_FORM: u64 = 64 * 1024;
/// Where metadata of an identity provider is pasted, which is at most a third of this before it is escaped. Whoever posts there is known
/// before the form is read.
const LARGEST_METADATA: u64 = 3 * 1024 * 1024;

/// As much of one that is too long is let come in.
const LARGEST_FAREWELL: usize = 64 * 1024 * 1024;

fn longest(path: &str) -> u64 {
    let takes_metadata = ["/settings/saml/", "/set-up/saml/"].iter().any(|prefix| path.starts_with(prefix));
    if takes_metadata { LARGEST_METADATA } else { LARGEST_FORM }
}

/// Looks at how long a form says that it is, before any of it is read. Browsers always say it; what says neither that nor that it comes in pieces
/// has no body (RFC 9112 §6.3).
fn check_length(request: &Request) -> Result<(), Problem> {
    if request.method().is_safe() {
        return Ok(());
    }
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length <= longest(request.original_uri().path()) => Ok(()),
        Some(_) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is too large: a form has 64 KiB at most, metadata of an identity provider 1 MiB.",
        )),
        None if !request.headers().contains_key(header::TRANSFER_ENCODING) => Ok(()),
        None => Err(Problem::new(StatusCode::LENGTH_REQUIRED, "The form does not say how long it is.")),
    }
}

/// Puts a net under the pages: whatever fails below it, a panic included, is a page too. A program that calls an address that there is not
/// is answered as everywhere else.
pub fn guarded(pages: Route) -> impl Endpoint<Output = Response> {
    let panicked = |_: Box<dyn std::any::Any + Send>| {
        shown(&Problem::new(StatusCode::INTERNAL_SERVER_ERROR, problem::INTERNAL)).into_response()
    };
    Guarded(pages.with(CatchPanic::new().with_handler(panicked)))
}

struct Guarded<E>(E);

impl<E: Endpoint<Output = Response>> Endpoint for Guarded<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let wants_a_page = wants_a_page(&request);
        if let Err(problem) = check_length(&request) {
            // A browser reads no answer before it has sent a file.
            farewell::let_send_on(Box::pin(request.take_body().into_bytes_stream()), LARGEST_FAREWELL).await;
            return Ok(shown(&problem).into_response());
        }
        let name = html::name_of(request.original_uri().path());
        let mut response = match self.0.call(request).await {
            Ok(response) => response,
            Err(error) if error.is::<NotFoundError>() && !wants_a_page => return Err(error),
            Err(error) => of(error),
        };
        if response.data::<OperationId>().is_none() {
            response.set_data(OperationId(name));
        }
        Ok(response)
    }
}
