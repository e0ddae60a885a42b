//! From becoming invited to the message, and what is said when there is none.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    becomes, instance, invitation, let_time_pass, mail_server::MailServer, mail_server::Manner, nothing_on_its_way, start_worker,
};
use crate::harness::{Instance, assert_includes, eventually};

#[tokio::test]
async fn everybody_who_becomes_invited_gets_one_message() {
    let server = MailServer::start(Manner::Takes);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let body = json!({
        "userName": "ada@acme.test", "displayName": "Ada Lovelace",
        "emails": [{ "value": "ada@work.test", "type": "work", "primary": true }],
    });
    let made = workspace.scim().post("/Users", body).await;
    let (request, user) = (made.header("x-request-id").to_owned(), made.expect(201));
    let member = workspace.member_of(&user).await["id"].clone();
    let sent = becomes(&workspace, &member, "sent").await;
    assert_includes(&sent, &json!({ "attempts": 1, "reason": null, "request_id": request }), "the invitation");
    assert!(sent["ended_at"].is_string());
    let [message] = server.messages_for("ada@work.test").try_into().expect("one message");
    assert_eq!(message.recipients, ["ada@work.test"]);
    assert_eq!(message.header("To"), "\"Ada Lovelace\" <ada@work.test>");
    assert_eq!(message.header("From"), "Acme <invitations@acme.test>");
    assert_eq!(message.header("Subject"), "You are invited to A workspace");
    assert_eq!(message.header("Message-ID"), format!("<invitation-{}@acme.test>", sent["id"].as_str().expect("an id")));
    for part in ["text/plain", "text/html", "A workspace", "https://app.acme.test/sign-in"] {
        assert!(message.text.contains(part), "{part} in {}", message.text);
    }
    // The first administrator is invited with the workspace.
    let admin = format!("admin@{}.test", workspace.slug);
    eventually("the administrator has one too", async || server.messages_for(&admin).len() == 1).await;
    // Looking again, changing and signing in invites nobody again.
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    workspace
        .scim()
        .operations(
            &format!("/Users/{}", user["id"].as_str().expect("an id")),
            json!([{ "op": "add", "path": "title", "value": "T" }]),
        )
        .await
        .expect(200);
    workspace.sign_in(&member).await;
    instance.settle().await;
    nothing_on_its_way(&instance).await;
    assert_eq!(server.messages().len(), 2);
    assert!(!instance.logs().contains("ada@"), "the log names ids only");
    instance.finish().await;
}

#[tokio::test]
async fn whoever_is_invited_by_hand_gets_one_too_and_not_another_when_they_are_let_in_again() {
    let server = MailServer::start(Manner::Takes);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let admin = workspace.admin();
    let member = admin.post("/members", json!({ "email": "ada@acme.test", "role": "viewer" })).await.expect(201);
    becomes(&workspace, &member["id"], "sent").await;
    let path = format!("/members/{}", member["id"].as_str().expect("an id"));
    admin.post(&format!("{path}/deactivate"), Value::Null).await.expect(204);
    admin.post(&format!("{path}/reactivate"), Value::Null).await.expect(204);
    // Whoever was put out before the message was sent gets it after all.
    let late = admin.post("/members", json!({ "email": "eve@acme.test", "role": "viewer" })).await.expect(201);
    let path = format!("/members/{}", late["id"].as_str().expect("an id"));
    admin.post(&format!("{path}/deactivate"), Value::Null).await.expect(204);
    admin.post(&format!("{path}/reactivate"), Value::Null).await.expect(204);
    becomes(&workspace, &late["id"], "sent").await;
    nothing_on_its_way(&instance).await;
    for address in ["ada@acme.test", "eve@acme.test"] {
        assert_eq!(server.messages_for(address).len(), 1, "{address}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn without_a_mail_server_nobody_is_written_to_and_nothing_waits() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await["id"].clone();
    instance.settle().await;
    assert_eq!(invitation(&workspace, &member).await, Value::Null);
    assert_eq!(instance.database.count("select count(*) from invitations").await, 0);
    let path = format!("/members/{}/invitation", member.as_str().expect("an id"));
    let refused = workspace.admin().send(workspace.admin().request(Method::POST, &path)).await.expect(409);
    assert!(refused["detail"].as_str().expect("a detail").contains("ROLLCALL_SMTP_URL"), "{refused}");
    instance.finish().await;
}

#[tokio::test]
async fn an_address_that_is_refused_is_not_tried_again_and_the_reason_is_told() {
    let server = MailServer::start(Manner::Says("550 5.1.1 no such mailbox"));
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("gone@acme.test").await).await["id"].clone();
    let failed = becomes(&workspace, &member, "failed").await;
    let reason = failed["reason"].as_str().expect("a reason");
    assert!(reason.contains("refused the address") && reason.contains("550") && reason.contains("no such mailbox"), "{reason}");
    let nobody = workspace.scim().post("/Users", json!({ "userName": "without-address" })).await.expect(201);
    let nobody = workspace.member_of(&nobody).await["id"].clone();
    assert_eq!(becomes(&workspace, &nobody, "failed").await["reason"], "The person has no e-mail address.");
    server.now(Manner::Takes);
    let_time_pass(&instance).await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!(server.messages().len(), 0);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_not_taken_now_is_tried_again_later_and_not_for_ever() {
    let server = MailServer::start(Manner::Says("450 4.2.0 greylisted"));
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("ada@acme.test").await).await["id"].clone();
    eventually("it was tried", async || invitation(&workspace, &member).await["attempts"] == 1).await;
    let queued = becomes(&workspace, &member, "queued").await;
    assert!(queued["reason"].as_str().expect("a reason").contains("greylisted"), "{queued}");
    assert!(queued["due_at"].as_str() > queued["created_at"].as_str(), "{queued}");
    server.now(Manner::Takes);
    let_time_pass(&instance).await;
    assert_includes(&becomes(&workspace, &member, "sent").await, &json!({ "attempts": 2, "reason": null }), "the second time");
    assert_eq!(server.messages_for("ada@acme.test").len(), 1);

    server.now(Manner::Says("421 4.3.2 too busy"));
    let other = workspace.member_of(&workspace.user("bob@acme.test").await).await["id"].clone();
    eventually("it was tried", async || invitation(&workspace, &other).await["attempts"] == 1).await;
    becomes(&workspace, &other, "queued").await;
    instance.database.execute("update invitations set attempts = 9, due_at = now() where state = 'queued'").await;
    assert_eq!(becomes(&workspace, &other, "failed").await["attempts"], 10);
    instance.finish().await;
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_waited_for_and_its_password_stands_nowhere() {
    let server = MailServer::start(Manner::Takes);
    let away = "smtp://user:the-s3cret-of-mail@127.0.0.1:1".to_owned();
    // It offers no authentication, so that it cannot be used either.
    let refusing = server.url.replace("smtp://", "smtp://user:the-s3cret-of-mail@");
    let with = |url| {
        [("ROLLCALL_SMTP_URL", url), ("ROLLCALL_SMTP_FROM", "i@acme.test"), ("ROLLCALL_SIGN_IN_URL", "https://app.acme.test")]
    };
    let mut instance = Instance::with_settings(&with(&away)).await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let mut worker = instance.start_worker_with(&with(&away));
    let member = workspace.member_of(&user).await["id"].clone();
    for (attempt, next) in [(1, refusing.as_str()), (2, server.url.as_str())] {
        eventually("it was tried", async || invitation(&workspace, &member).await["attempts"] == attempt).await;
        let queued = becomes(&workspace, &member, "queued").await;
        assert!(queued["reason"].as_str().expect("a reason").contains("could not be used"), "{queued}");
        instance.worker(worker).terminate();
        worker = instance.start_worker_with(&with(next));
        let_time_pass(&instance).await;
    }
    becomes(&workspace, &member, "sent").await;
    let everything = instance.logs() + &instance.database.dump() + &workspace.member(&member).await.to_string();
    assert!(!everything.contains("s3cret"), "the password is somewhere");
    instance.finish().await;
}
