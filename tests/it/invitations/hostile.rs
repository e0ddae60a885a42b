//! Names are other people's texts: none of them gets into a header, and none is markup.

use serde_json::json;

use super::{
    becomes, instance,
    mail_server::{MailServer, Manner},
    start_worker,
};

#[tokio::test]
async fn a_name_that_wants_to_be_a_header_is_a_name() {
    let server = MailServer::start(Manner::Takes);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let name = "Eve\r\nBcc: victim@evil.test\r\nContent-Type: text/evil\r\n\r\n.\r\nMAIL FROM:<x@evil.test>";
    let hostile = format!("<script>alert(1)</script>\r\nSubject: gotcha {}", "x".repeat(150));
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "name": hostile })).await.expect(200);
    let body = json!({ "userName": "eve", "displayName": name, "emails": [{ "value": "eve@acme.test" }] });
    let user = workspace.scim().post("/Users", body).await.expect(201);
    let member = workspace.member_of(&user).await["id"].clone();
    becomes(&workspace, &member, "sent").await;
    let [message] = server.messages_for("eve@acme.test").try_into().expect("one message");
    assert_eq!(message.recipients, ["eve@acme.test"]);
    let mut names: Vec<String> =
        message.headers().iter().map(|line| line.split(':').next().unwrap_or_default().to_ascii_lowercase()).collect();
    names.sort();
    assert_eq!(names, ["content-type", "date", "from", "message-id", "mime-version", "subject", "to"]);
    assert!(message.header("Content-Type").starts_with("multipart/alternative"));
    let (_, html) = message.text.split_once("text/html").expect("a part for browsers");
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
    assert!(server.messages_for("victim@evil.test").is_empty());
    assert!(!server.messages().iter().any(|message| message.text.contains("MAIL FROM:<x@evil.test>\r\n.")));
    instance.finish().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anybody_is_asked() {
    let server = MailServer::start(Manner::Takes);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    for (number, address) in
        ["a@b.test>\r\nRCPT TO:<victim@evil.test", "a@b.test, victim@evil.test", "no address", "a@b.test\nBcc: victim@evil.test"]
            .into_iter()
            .enumerate()
    {
        let body = json!({ "userName": format!("u{number}"), "emails": [{ "value": address }] });
        let user = workspace.scim().post("/Users", body).await.expect(201);
        let member = workspace.member_of(&user).await["id"].clone();
        let failed = becomes(&workspace, &member, "failed").await;
        assert_eq!(failed["reason"], "The address is no e-mail address.", "{address:?}");
    }
    assert!(server.messages_for("victim@evil.test").is_empty());
    instance.finish().await;
}
