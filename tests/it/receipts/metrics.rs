//! How long departures take can be read from histograms.

use serde_json::Value;

use super::departures;
use crate::harness::{Api, Instance, eventually};

/// The figure of the line that begins so.
fn figure(metrics: &str, line: &str) -> Option<f64> {
    metrics.lines().find_map(|other| other.strip_prefix(line)?.trim().parse().ok())
}

#[tokio::test]
async fn each_kind_of_credential_has_its_histogram_where_it_is_ended() {
    let mut instance = Instance::without_worker().await;
    let worker = instance.start_worker_with(&[("ROLLCALL_WORKER_LISTEN", "127.0.0.1:0")]);
    let workspace = instance.workspace().open().await;
    departures(&instance, &workspace, 3).await;
    let address = instance.worker(worker).log().lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        (line["message"] == "serving metrics")
            .then(|| line["address"].as_str().map(|text| text.replace("socket://", "http://")))?
    });
    let monitoring = Api::new(address.expect("a worker that listens"), None);
    assert_eq!(monitoring.get("/healthz").await.text, "alive\n");
    let count = |metrics: &str, kind: &str| figure(metrics, &format!("rollcall_deprovisioning_seconds_count{{kind=\"{kind}\"}}"));
    let server = instance.anonymous().get("/metrics").await.text;
    for kind in ["row", "tokens"] {
        assert_eq!(count(&server, kind), Some(3.0), "{kind}: {server}");
    }
    eventually("the worker has measured all", async || {
        let measured = monitoring.get("/metrics").await.text;
        ["roles", "sessions", "complete"].iter().all(|kind| count(&measured, kind) == Some(3.0))
    })
    .await;
    let measured = monitoring.get("/metrics").await.text;
    let buckets = "rollcall_deprovisioning_seconds_bucket{kind=\"complete\",le=\"30\"}";
    assert_eq!(figure(&measured, buckets), Some(3.0), "{measured}");
    assert!(!measured.contains(workspace.id.as_str()), "a workspace is no label");
    instance.finish().await;
}
