//! tmp
use crate::harness::Instance;

#[tokio::test]
async fn odd() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let show = |what: &str, answer: crate::harness::Answer| {
        eprintln!(
            "ODD {what}: {} {:?} {}",
            answer.status,
            answer.header("content-type"),
            answer.text.chars().take(160).collect::<String>()
        )
    };
    show("HEAD", scim.raw("HEAD", "/Users").send());
    show("OPTIONS", scim.raw("OPTIONS", "/Users").send());
    show("OPTIONS anon", scim.anonymous().raw("OPTIONS", "/Users").send());
    show("405 anon", scim.anonymous().raw("DELETE", "/Users").send());
    show("404 anon", scim.anonymous().raw("GET", "/nowhere").send());
    show("long path", scim.raw("GET", &format!("/Users/{}", "x".repeat(20_000))).send());
    show("long query", scim.raw("GET", &format!("/Users?filter={}", "x".repeat(60_000))).send());
    show("If-Match bytes", scim.raw("GET", "/Users/x").header("If-None-Match", b"\xff\xfe").send());
    show("If-Match bytes", scim.raw("DELETE", "/Users/x").header("If-Match", b"\xff\xfe").send());
    show("two filters", scim.raw("GET", "/Users?filter=userName+pr&filter=title+pr").send());
    show("pct path", scim.raw("GET", "/Users/%ff%fe").send());
    show("pct bad", scim.raw("GET", "/Users/%zz").send());
    show("query bad", scim.raw("GET", "/Users?filter=%zz").send());
    show(
        "gzip",
        scim.raw("POST", "/Users")
            .header("Content-Type", "application/scim+json")
            .header("Content-Encoding", "gzip")
            .body("{\"userName\":\"g\"}")
            .send(),
    );
    show(
        "expect",
        scim.raw("POST", "/Users")
            .header("Content-Type", "application/scim+json")
            .header("Expect", "100-continue")
            .body("{\"userName\":\"g2\"}")
            .send(),
    );
    show(
        "xhttp",
        scim.raw("POST", "/Users/x")
            .header("X-HTTP-Method-Override", "DELETE")
            .header("Content-Type", "application/scim+json")
            .body("{}")
            .send(),
    );
    instance.abandon("x");
}
