//! Many clients at once: nothing is lost, nothing is there twice, and nobody is answered with an internal error.

mod deadlocks;
mod one_group;
mod one_user;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::Answer;

/// Sends a request again while the server says that it is busy, as identity providers do, and counts how often it said so.
async fn patiently(busy: &AtomicUsize, send: impl AsyncFn() -> Answer) -> Answer {
    loop {
        let answer = send().await;
        if answer.status != 503 {
            assert_ne!(answer.status, 500, "{}", answer.text);
            return answer;
        }
        answer.scim_error(503, None);
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{:?}", answer.headers);
        busy.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// The number in an entity tag.
#[track_caller]
fn version(answer: &Answer) -> u64 {
    let tag = answer.header("etag");
    tag.trim_start_matches("W/\"").trim_end_matches('"').parse().unwrap_or_else(|_| panic!("no version: {tag:?}"))
}
