//! Bodies of requests: raw JSON at run time, so that names keep their case and nothing is dropped before the core has looked at it;
//! documented by a typed schema. There is [room](crate::app::room) for the bytes before they come, and for the values before they are
//! made.

use std::{io, marker::PhantomData, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use poem::{Body, Request, RequestBody, Result, error::ReadBodyError, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde_json::Value;
use tokio::{task::block_in_place, time::timeout};

use super::{ScimFailure, answers::SCIM};
use crate::{
    app::{
        App,
        room::{Crowded, Purpose, SMALL_BODY, Share, VALUES},
    },
    http::{context::RequestContext, farewell},
    scim::{discovery::LIMITS, envelope, weight::weight},
};

const JSON: &str = "application/json";
/// A body takes no longer to come in, so that nobody keeps its room by sending slowly.
const PATIENCE: Duration = Duration::from_secs(30);

/// How large a body may be, and what to do about one that is larger.
pub trait BodyLimit: Send + Sync {
    /// Bytes.
    const BYTES: usize;
    /// What to do.
    const ADVICE: &str;
}

/// One resource, or one change of it.
pub struct Single;

impl BodyLimit for Single {
    const BYTES: usize = LIMITS.max_body_bytes;
    const ADVICE: &str = "send fewer members in one request";
}

/// A request body that the document describes as `D`, and the memory that was taken for it, which goes back with the last of this.
pub struct ScimBody<D, L = Single>(pub Value, pub Share, PhantomData<(D, L)>);

/// Whether this is JSON that we can read: either media type, in UTF-8.
fn is_json(content_type: &str) -> bool {
    content_type.parse::<mime::Mime>().is_ok_and(|mime| {
        let is_utf8 = mime.get_param("charset").is_none_or(|charset| charset.as_str().eq_ignore_ascii_case("utf-8"));
        matches!(mime.essence_str(), SCIM | JSON) && is_utf8
    })
}

impl<'a, D: Type, L: BodyLimit> ApiExtractor<'a> for ScimBody<D, L> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        D::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let media = |content_type| MetaMediaType { content_type, schema: D::schema_ref() };
        Some(MetaRequest { description: None, content: vec![media(SCIM), media(JSON)], required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        match request.content_type() {
            Some(content_type) if is_json(content_type) => {}
            Some(other) => return Err(ContentTypeError::NotSupported { content_type: other.to_owned() }.into()),
            None => return Err(ContentTypeError::ExpectContentType.into()),
        }
        let context = RequestContext::of(request);
        let received = received::<L>(request, body.take()?, &context).await?;
        let read = beside_others(&received.bytes, |bytes| match context.scim_caller() {
            Some(caller) => envelope::read_json_noting(bytes, &mut caller.notes()),
            None => envelope::read_json(bytes),
        });
        context.trace.request_body(received.bytes.len(), read.as_ref().ok());
        Ok(Self(read.map_err(ScimFailure::from)?, received.values, PhantomData))
    }
}

/// A whole body.
struct Received {
    /// What was sent.
    bytes: Vec<u8>,
    /// The memory that its values may take.
    values: Share,
    /// The memory that the bytes take, unless they are few.
    _reading: Option<Share>,
}

/// Receives the body of a request.
///
/// # Errors
/// 413 for one with too many bytes or values, 503 when there is no room for it for too long, 408 for one that takes too long, 400 for
/// one that does not come to its end.
async fn received<L: BodyLimit>(request: &Request, body: Body, context: &RequestContext) -> Result<Received> {
    let mut stream = Box::pin(body.into_bytes_stream());
    let refused = match receive::<L>(request, &mut stream, context).await {
        Ok(received) => return Ok(received),
        Err(error) => error,
    };
    // Whoever asks before it sends is told before it sends.
    if !request.headers().contains_key(header::EXPECT) {
        farewell::let_send_on(stream, L::BYTES).await;
    }
    Err(refused)
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
fn beside_others<T>(body: &[u8], look: impl FnOnce(&[u8]) -> T) -> T {
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
