//! Around SCIM: every request that was authenticated as a workspace's leaves an entry in that workspace's provisioning log.

use std::time::Instant;

use bytes::Bytes;
use futures::{StreamExt, stream};
use poem::{
    Body, Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use poem_openapi::OperationId;

use super::ScimFailure;
use crate::{
    app::{
        App,
        principal::Principal,
        provisioning_log::{Answered, CLIENT_GONE, Exchange, Journal},
    },
    http::{SCIM_PREFIX, context::RequestContext, cut},
    scim::ScimError,
};

/// Goes with an answer whose body is at hand as a whole. Every other body is looked at while it streams past.
#[derive(Clone)]
pub struct WholeAnswer(pub Bytes);

/// Logs what goes through it.
pub struct Logged<E>(pub E);

impl<E: Endpoint> Endpoint for Logged<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let app = request.data::<App>().cloned();
        let credential = request.headers().get(header::AUTHORIZATION).cloned();
        let open = app.as_ref().map(|app| Open::begin(app, &request));
        let response = match self.0.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => ScimFailure::of(error).respond(),
        };
        let (Some(app), Some(open)) = (app, open) else { return Ok(response) };
        open.find_owner(&app, credential.as_ref(), response.status()).await;
        Ok(open.answered(response).await)
    }
}

/// A request that is not answered yet. Should its client hang up, it is dropped, and still leaves its entry.
struct Open {
    journal: Journal,
    context: RequestContext,
    started: Instant,
    exchange: Option<Exchange>,
}

impl Open {
    fn begin(app: &App, request: &Request) -> Self {
        let context = RequestContext::of(request);
        let uri = request.uri();
        let exchange = Exchange {
            request: context.id,
            received: context.received,
            operation: "none",
            method: request.method().as_str().to_owned(),
            path: uri.path().trim_start_matches(SCIM_PREFIX).to_owned(),
            query: uri.query().map(str::to_owned),
            user_agent: user_agent(request.headers()),
            status: CLIENT_GONE,
            error: None,
            answer: Answered::default(),
            took: std::time::Duration::ZERO,
        };
        Self { journal: app.journal.clone(), context, started: Instant::now(), exchange: Some(exchange) }
    }

    /// What reached no operation has not been authenticated: a path that there is none of, a method that is not taken. The token says
    /// all the same whose identity provider has a wrong address; it opens nothing here.
    async fn find_owner(&self, app: &App, credential: Option<&HeaderValue>, status: StatusCode) {
        let is_authenticated = self.context.trace.has_owner() || status == StatusCode::UNAUTHORIZED;
        if is_authenticated || !(status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED) {
            return;
        }
        let Some(token) = credential.and_then(bearer) else { return };
        if let Ok(principal) = Principal::authenticate(app, token, self.context.id, self.context.received).await {
            self.context.belongs_to(principal.workspace());
            principal.owns(&self.context.trace);
        }
    }

    /// Takes the answer down and hands it on, once its entry is kept.
    async fn answered(mut self, mut response: Response) -> Response {
        if let Some(exchange) = &mut self.exchange {
            exchange.operation = response.data::<OperationId>().map_or("none", |operation| operation.0);
            exchange.status = response.status().as_u16();
            exchange.error = response.data::<ScimError>().cloned();
            if let Some(WholeAnswer(body)) = response.data() {
                exchange.answer.push(body);
            }
        }
        let is_whole = response.data::<WholeAnswer>().is_some() || response.data::<ScimError>().is_some();
        let body = response.take_body();
        if is_whole || body.is_empty() {
            self.end().await;
            response.set_body(body);
        } else {
            response.set_body(self.watched(body));
        }
        response
    }

    /// The same body, whose beginning is taken down while it streams past, and whose end comes when the entry is kept.
    fn watched(self, body: Body) -> Body {
        let parts = Box::pin(body.into_bytes_stream());
        Body::from_bytes_stream(stream::unfold(Some((parts, self)), |state| async {
            let (mut parts, mut open) = state?;
            match parts.next().await {
                Some(Ok(part)) => {
                    if let Some(exchange) = &mut open.exchange {
                        exchange.answer.push(&part);
                    }
                    Some((Ok::<_, std::io::Error>(part), Some((parts, open))))
                }
                Some(Err(_)) => cut::off(),
                None => {
                    open.end().await;
                    None
                }
            }
        }))
    }

    fn finished(&mut self) -> Option<Exchange> {
        let exchange = self.exchange.take()?;
        Some(Exchange { took: self.started.elapsed(), ..exchange })
    }

    async fn end(&mut self) {
        if let Some(exchange) = self.finished() {
            self.journal.keep(exchange, &self.context.trace).await;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(exchange) = self.finished() {
            self.journal.keep_later(exchange, &self.context.trace);
        }
    }
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn bearer(credential: &HeaderValue) -> Option<&str> {
    let (scheme, token) = credential.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
