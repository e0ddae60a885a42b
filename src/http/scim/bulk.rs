//! `/Bulk`: many operations in one request. The answer is sent while they are done.

use std::io;

use futures::{Stream, StreamExt, stream};
use poem::web::Data;
use poem_openapi::OpenApi;

use super::{
    ScimAuth, ScimFailure,
    answers::ScimStream,
    body::{BodyLimit, ScimBody},
    documents::{BulkDocument, BulkResponseDocument},
};
use crate::{
    app::{
        App,
        bulk::{Bulk, Report},
        caller::ScimCaller,
        room::Share,
    },
    http::context::ScimRoot,
    scim::{
        LIMITS, ScimError,
        bulk::{self, BulkRequest},
    },
};

/// Bulk requests.
pub struct BulkRequests;

/// Many operations.
pub struct Many;

impl BodyLimit for Many {
    const BYTES: usize = LIMITS.max_bulk_bytes;
    const ADVICE: &str = "that is maxPayloadSize in /ServiceProviderConfig; send the operations in several requests";
}

const OFF: &str = "Bulk requests are not offered, as /ServiceProviderConfig says: send each request by itself.";

#[OpenApi]
impl BulkRequests {
    /// Does many operations
    ///
    /// Each is done as if it were sent alone, and the others are done when one fails. The results come in the order of the operations,
    /// while they are done; the rest is not begun when the client goes away. 501 where bulk requests are not offered.
    #[oai(path = "/Bulk", method = "post", operation_id = "bulk")]
    async fn bulk(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        body: ScimBody<BulkDocument, Many>,
    ) -> Result<ScimStream<BulkResponseDocument>, ScimFailure> {
        if !app.config.scim_bulk {
            return Err(ScimError::new(501, OFF).into());
        }
        let request = BulkRequest::parse(body.0, &LIMITS, &mut auth.0.notes())?;
        let sending = Sending {
            caller: auth.0.clone(),
            bulk: Bulk::new(app.clone(), auth.0, request),
            root,
            sent: 0,
            failed: 0,
            ended: false,
            _values: body.1,
        };
        Ok(ScimStream::new(sending.pieces()))
    }
}

/// A bulk request whose results are being sent.
struct Sending {
    bulk: Bulk,
    caller: ScimCaller,
    root: ScimRoot,
    sent: usize,
    failed: usize,
    ended: bool,
    /// The operations that are not done yet need their room.
    _values: Share,
}

impl Sending {
    /// The body, piece by piece. Nothing is done unless somebody asks for the next one.
    fn pieces(self) -> impl Stream<Item = io::Result<String>> + Send + 'static {
        let results = stream::unfold(self, |mut sending| async { Some((sending.piece().await?, sending)) });
        let end = |text: &str| stream::iter([text.to_owned()]);
        end(bulk::HEAD).chain(results).chain(end(bulk::TAIL)).map(Ok)
    }

    async fn piece(&mut self) -> Option<String> {
        let Some(reports) = self.bulk.next().await else {
            self.ended = true;
            return None;
        };
        let mut piece = String::new();
        for report in reports {
            if self.sent > 0 {
                piece.push(',');
            }
            self.sent += 1;
            piece.push_str(&self.result(report));
        }
        Some(piece)
    }

    fn result(&mut self, report: Report) -> String {
        let Report { method, bulk_id, resource, outcome, told } = report;
        let outcome = outcome.map_err(|error| ScimFailure::from(error).into_error());
        if let Err(error) = &outcome {
            self.failed += 1;
            self.caller.trace().operation_failed(told.failed(method, resource.as_ref(), error));
        }
        let word = method.map_or("none", bulk::Method::as_str);
        let status = bulk::status(&outcome).to_string();
        metrics::counter!("rollcall_bulk_operations_total", "method" => word, "status" => status).increment(1);
        let location = resource.map(|(kind, id)| bulk::location(&self.root.0, kind, &id));
        bulk::result(method, bulk_id.as_deref(), location, &outcome).to_string()
    }
}

/// The request's own line in the log is written when the answer begins.
impl Drop for Sending {
    fn drop(&mut self) {
        tracing::info!(
            request_id = %self.caller.request,
            workspace = %self.caller.workspace,
            operations = self.bulk.len(),
            sent = self.sent,
            failed = self.failed,
            "{}",
            if self.ended { "bulk request done" } else { "bulk request given up: its client went away" }
        );
    }
}
