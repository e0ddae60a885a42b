//! Bodies that cannot be sent to their end.

use std::{convert::Infallible, panic};

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use poem::Body;

use super::problem;
use crate::app::error::AppError;

/// A body that is sent while it is read. When the rest cannot be read the connection is cut, so that nobody takes a part for the whole.
pub fn body(pieces: impl Stream<Item = Result<String, AppError>> + Send + 'static) -> Body {
    let pieces = pieces.map_ok(Bytes::from).map_err(|error| -> Infallible {
        problem::report(&error);
        off()
    });
    Body::from_bytes_stream(pieces.map_err(|never: Infallible| -> std::io::Error { match never {} }))
}

/// Cuts the connection whose body is being read.
///
/// An error does not: the server asks a connection that has failed to finish, and it finishes the body as if that were its end. So the
/// task of the connection is ended, silently, and the connection with it.
pub fn off() -> ! {
    panic::resume_unwind(Box::new("a body could not be sent to its end"))
}
