//! The bytes of a body, for which there is [room](crate::app::room) before they come, and for its values before they are made.

use std::{io, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use poem::{Body, Request, Result, error::ReadBodyError, http::header};
use tokio::{task::block_in_place, time::timeout};

use super::{ScimFailure, payload::BodyLimit};
use crate::{
    app::{
        App,
        room::{Crowded, Purpose, SMALL_BODY, Share, VALUES},
    },
    http::context::RequestContext,
    scim::weight::weight,
};

/// A body takes no longer to come in, so that nobody keeps its room by sending slowly.
const PATIENCE: Duration = Duration::from_secs(30);
/// As long, a client that is refused is let send on, because some read no answer before they have sent everything.
const FAREWELL: Duration = Duration::from_secs(5);

/// A whole body.
pub struct Received {
    /// What was sent.
    pub bytes: Vec<u8>,
    /// The memory that its values may take.
    pub values: Share,
    /// The memory that the bytes take, unless they are few.
    _reading: Option<Share>,
}

/// Receives the body of a request.
///
/// # Errors
/// 413 for one with too many bytes or values, 503 when there is no room for it for too long, 408 for one that takes too long, 400 for
/// one that does not come to its end.
pub async fn received<L: BodyLimit>(request: &Request, body: Body, context: &RequestContext) -> Result<Received> {
    let mut stream = Box::pin(body.into_bytes_stream());
    let refused = match receive::<L>(request, &mut stream, context).await {
        Ok(received) => return Ok(received),
        Err(error) => error,
    };
    // Whoever asks before it sends is told before it sends.
    if !request.headers().contains_key(header::EXPECT) {
        drop(timeout(FAREWELL, discard(stream, L::BYTES)).await);
    }
    Err(refused)
}

/// Lets a client send on for a while; nothing of it is kept.
async fn discard(mut stream: impl Stream<Item = io::Result<Bytes>> + Unpin, most: usize) {
    let mut seen = 0;
    while let Some(Ok(part)) = stream.next().await {
        seen += part.len();
        if seen > most {
            return;
        }
    }
}

async fn receive<L: BodyLimit>(
    request: &Request,
    stream: &mut (impl Stream<Item = io::Result<Bytes>> + Unpin),
    context: &RequestContext,
) -> Result<Received> {
    let (Some(app), Some(workspace)) = (request.data::<App>(), context.workspace()) else {
        return Err(ScimFailure::internal().into());
    };
    let take = async |purpose, bytes| {
        let share = app.room.take(purpose, workspace, bytes).await;
        share.map_err(|Crowded| poem::Error::from(ScimFailure::crowded()))
    };
    let told = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > L::BYTES) {
        return Err(ScimFailure::too_large::<L>().into());
    }
    let mut bytes = Vec::new();
    // Without a length it may be a small one; that turns out.
    if told.is_none_or(|length| length <= SMALL_BODY) && read_up_to(stream, &mut bytes, SMALL_BODY).await? {
        let values = take(Purpose::Small, weight(&bytes)).await?;
        return Ok(Received { bytes, values, _reading: None });
    }
    let reading = take(Purpose::Reading, told.unwrap_or(L::BYTES)).await?;
    bytes.reserve_exact(told.unwrap_or(L::BYTES).saturating_sub(bytes.len()));
    if !read_up_to(stream, &mut bytes, L::BYTES).await? {
        return Err(ScimFailure::too_large::<L>().into());
    }
    let weight = beside_others(&bytes, weight);
    if weight > VALUES {
        return Err(ScimFailure::too_heavy::<L>().into());
    }
    Ok(Received { bytes, values: take(Purpose::Values, weight).await?, _reading: Some(reading) })
}

/// Looks at a body. One that is not small takes long enough for others to run beside it.
pub fn beside_others<T>(body: &[u8], look: impl FnOnce(&[u8]) -> T) -> T {
    if body.len() > SMALL_BODY { block_in_place(|| look(body)) } else { look(body) }
}

/// Reads on until the end, or until there would be more than so many bytes; whether the end has come.
async fn read_up_to(
    stream: &mut (impl Stream<Item = io::Result<Bytes>> + Unpin),
    bytes: &mut Vec<u8>,
    most: usize,
) -> Result<bool> {
    let all = async {
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(&part.map_err(ReadBodyError::Io)?);
            if bytes.len() > most {
                return Ok(false);
            }
        }
        Ok(true)
    };
    timeout(PATIENCE, all).await.unwrap_or_else(|_| Err(ScimFailure::too_slow(PATIENCE).into()))
}
