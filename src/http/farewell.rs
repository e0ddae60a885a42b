//! Whoever is refused because of a body is let send it on for a while: many read no answer before they have sent everything, and would see a
//! broken connection instead of why.

use std::{io, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::time::timeout;

const FAREWELL: Duration = Duration::from_secs(5);

/// Lets a client send on for five seconds, and so many bytes; nothing of it is kept.
pub async fn let_send_on(stream: impl Stream<Item = io::Result<Bytes>> + Unpin, most: usize) {
    drop(timeout(FAREWELL, discard(stream, most)).await);
}

async fn discard(mut stream: impl Stream<Item = io::Result<Bytes>> + Unpin, most: usize) {
    let mut seen = 0;
    while let Some(Ok(part)) = stream.next().await {
        seen += part.len();
        if seen > most {
            return;
        }
    }
}
