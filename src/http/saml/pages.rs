//! What a person reads who is not led on.

use maud::html;
use poem::http::StatusCode;

use crate::{
    app::sign_in::Refusing,
    http::pages::html::{self, Html},
    ids::AttemptId,
};

/// Nobody was signed in. The texts are ours.
pub fn refused(refusing: &Refusing) -> Html {
    page("You are not signed in", refusing.sentence, refusing.reference).with_status(StatusCode::FORBIDDEN)
}

/// A test has succeeded.
pub fn tested(reference: AttemptId) -> Html {
    let sentence =
        "Nobody was signed in by it. What was received stands in the workspace's sign-in attempts, under the reference.";
    page("The test has succeeded", sentence, reference)
}

fn page(title: &'static str, sentence: &'static str, reference: AttemptId) -> Html {
    let body = html! {
        h1 { (title) }
        p { (sentence) }
        p { "Reference: " code { (reference) } }
    };
    html::bare("finishSignIn", title, &html::Said::Nothing, &body)
}
