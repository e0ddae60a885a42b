//! Inviting somebody once more.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    becomes, instance, let_time_pass,
    mail_server::{MailServer, Manner},
    start_worker,
};
use crate::{
    deprovisioning::Way,
    harness::{Answer, Workspace, assert_includes},
};

async fn invite(workspace: &Workspace, member: &Value) -> Answer {
    let path = format!("/members/{}/invitation", member.as_str().expect("an id"));
    workspace.admin().send(workspace.admin().request(Method::POST, &path)).await
}

fn detail(answer: Answer, status: u16) -> String {
    answer.expect(status)["detail"].as_str().expect("a detail").to_owned()
}

#[tokio::test]
async fn an_administrator_invites_again_every_five_minutes_at_most_and_it_is_audited() {
    let server = MailServer::start(Manner::Takes);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("ada@acme.test").await).await["id"].clone();
    let first = becomes(&workspace, &member, "sent").await;
    let refused = detail(invite(&workspace, &member).await, 409);
    assert!(refused.contains("a moment ago") && refused.contains("seconds"), "{refused}");

    let_time_pass(&instance).await;
    let queued = invite(&workspace, &member).await;
    let request = queued.header("x-request-id").to_owned();
    let queued = queued.expect(202);
    assert_ne!(queued["id"], first["id"]);
    let sent = becomes(&workspace, &member, "sent").await;
    assert_eq!((&sent["id"], &sent["request_id"]), (&queued["id"], &json!(request)));
    assert_eq!(server.messages_for("ada@acme.test").len(), 2);
    let audit = workspace.admin().get(&format!("/audit-log?request_id={request}")).await.expect(200);
    let told = json!({ "action": "member.invited_again", "subject_id": member, "actor": { "kind": "token", "token_name": "for admin" } });
    assert_includes(&audit["entries"][0], &told, "the audit log");
    let refused = detail(invite(&workspace, &member).await, 409);
    assert!(refused.contains("a moment ago"), "{refused}");
    instance.finish().await;
}

#[tokio::test]
async fn what_waits_for_another_attempt_is_tried_now_instead_of_twice() {
    let server = MailServer::start(Manner::Says("450 later"));
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("ada@acme.test").await).await["id"].clone();
    crate::harness::eventually("it was tried", async || super::invitation(&workspace, &member).await["attempts"] == 1).await;
    let queued = becomes(&workspace, &member, "queued").await;
    server.now(Manner::Takes);
    instance
        .database
        .execute(
            "update invitations set created_at = created_at - interval '1 hour', begun_at = begun_at - interval '1 hour',
                                         due_at = due_at + interval '1 hour'",
        )
        .await;
    assert_eq!(invite(&workspace, &member).await.expect(202)["id"], queued["id"]);
    assert_eq!(becomes(&workspace, &member, "sent").await["attempts"], 2);
    assert_eq!(server.messages_for("ada@acme.test").len(), 1);
    instance.finish().await;
}

#[tokio::test]
async fn only_who_is_invited_is_invited_again() {
    let server = MailServer::start(Manner::Takes);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await["id"].clone();
    becomes(&workspace, &member, "sent").await;
    let_time_pass(&instance).await;
    workspace.sign_in(&member).await;
    assert!(detail(invite(&workspace, &member).await, 409).contains("signed in already"));
    Way::PatchWithPath.put_out(&workspace, &user).await;
    assert!(detail(invite(&workspace, &member).await, 409).contains("deactivated"));
    invite(&workspace, &json!("019f0000-0000-7000-8000-000000000000")).await.expect(404);
    assert_eq!(server.messages_for("ada@acme.test").len(), 1);
    instance.finish().await;
}
