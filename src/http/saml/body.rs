//! Forms with the response of an identity provider. Anybody may post them, as many as they like: there is [room](crate::app::room) for those that
//! are not small before they come in, and for what is made of them before it is made.

use std::time::Duration;

use poem::{
    Body, FromRequest, Request, Result,
    http::{StatusCode, header},
    web::{Form, RequestBody},
};
use serde::Deserialize;
use tokio::time::timeout;

use super::super::{farewell, problem::Problem};
use crate::{
    app::{
        App,
        room::{Crowded, Purpose, SMALL_RESPONSE, Share, TREE},
        sign_in,
    },
    ids::ConnectionId,
};

/// A form takes no longer to come in, so that nobody keeps its room by sending slowly.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Fields {
    #[serde(rename = "SAMLResponse")]
    response: String,
}

/// What was posted.
pub struct Posted {
    /// The response, as it stands in the form.
    pub response: String,
    /// The memory that it takes, unless it is small.
    _room: Option<[Share; 2]>,
}

/// Receives the form, whose length is told and within its bounds.
///
/// # Errors
/// 503 when there is no room for it for too long, 408 when it takes too long, 404 when there is no such connection, 400 when it is no form.
pub async fn received(app: &App, connection: ConnectionId, request: &Request, body: Body) -> Result<Posted> {
    let told = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let length = told.unwrap_or(super::LARGEST_FORM);
    if length <= SMALL_RESPONSE {
        return Ok(Posted { response: read(request, body).await?, _room: None });
    }
    let workspace = sign_in::workspace_of(app, connection).await.map_err(Problem::from)?;
    let bytes = match app.room.take(Purpose::Responses, workspace, length).await {
        Ok(bytes) => bytes,
        Err(Crowded) => {
            farewell::let_send_on(Box::pin(body.into_bytes_stream()), super::LARGEST_FORM).await;
            return Err(crowded());
        }
    };
    let response = read(request, body).await?;
    let tree = app.room.take(Purpose::Trees, workspace, TREE).await.map_err(|Crowded| crowded())?;
    Ok(Posted { response, _room: Some([bytes, tree]) })
}

async fn read(request: &Request, body: Body) -> Result<String> {
    let mut body = RequestBody::new(body);
    let form = timeout(PATIENCE, Form::<Fields>::from_request(request, &mut body)).await;
    let slow = || Problem::new(StatusCode::REQUEST_TIMEOUT, "The form took too long to come in. Begin the sign-in again.");
    Ok(form.map_err(|_| slow())??.0.response)
}

fn crowded() -> poem::Error {
    let detail = "Too many people sign in with large responses at the moment. Begin the sign-in again in a few seconds.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into()
}
