//! What a person reads who is not led on.

use poem::{
    IntoResponse, Response,
    http::{StatusCode, header},
};

use crate::{app::sign_in::Refusing, ids::AttemptId};

/// Nothing is loaded, framed or sent from these pages.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page with one sentence. Its texts are ours.
pub struct Page {
    status: StatusCode,
    title: &'static str,
    sentence: &'static str,
    reference: AttemptId,
}

impl Page {
    /// Nobody was signed in.
    pub const fn refused(refusing: &Refusing) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            title: "You are not signed in",
            sentence: refusing.sentence,
            reference: refusing.reference,
        }
    }

    /// A test has succeeded.
    pub const fn tested(reference: AttemptId) -> Self {
        Self {
            status: StatusCode::OK,
            title: "The test has succeeded",
            sentence: "Nobody was signed in by it. What was received stands in the workspace's sign-in attempts, under the reference.",
            reference,
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Self { status, title, sentence, reference } = self;
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head><body><main><h1>{title}</h1><p>{sentence}</p><p>Reference: <code>{reference}</code></p></main></body></html>"
        );
        Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(html)
    }
}
