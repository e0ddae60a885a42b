//! Whoever is not to be invited any more gets no invitation.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    becomes, instance, invitation, let_time_pass,
    mail_server::{MailServer, Manner},
    start_worker,
};
use crate::{
    deprovisioning::{Way, path_of, receipts_of},
    harness::eventually,
};

#[tokio::test]
async fn who_is_deactivated_before_it_is_sent_gets_none_and_the_receipt_says_so() {
    let server = MailServer::start(Manner::Says("450 later"));
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await["id"].clone();
    eventually("it waits", async || invitation(&workspace, &member).await["attempts"] == 1).await;
    becomes(&workspace, &member, "queued").await;
    Way::PatchWithPath.put_out(&workspace, &user).await;
    let cancelled = invitation(&workspace, &member).await;
    assert_eq!(cancelled["state"], "cancelled", "from the answer on");
    let receipt = receipts_of(&workspace, &member).await.remove(0);
    assert_eq!(receipt["invitations_count"], 1);
    assert!(receipt["invitations_closed_at"].is_string());
    server.now(Manner::Takes);
    let_time_pass(&instance).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(server.messages_for("ada@acme.test").is_empty());

    // Back again, and still to be invited for the first time.
    workspace.scim().operations(&path_of(&user), json!([{ "op": "replace", "path": "active", "value": true }])).await.expect(200);
    becomes(&workspace, &member, "sent").await;
    Way::PatchWithPath.put_out(&workspace, &user).await;
    let receipts = receipts_of(&workspace, &member).await;
    assert_eq!((&receipts[0]["invitations_count"], &receipts[1]["invitations_count"]), (&json!(0), &json!(1)));
    workspace.scim().operations(&path_of(&user), json!([{ "op": "replace", "path": "active", "value": true }])).await.expect(200);
    instance.settle().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.messages_for("ada@acme.test").len(), 1, "an invitation of before is as good");
    instance.finish().await;
}

#[tokio::test]
async fn who_is_out_by_the_row_alone_or_has_signed_in_gets_none_either() {
    let server = MailServer::start(Manner::Says("450 later"));
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let mut members: Vec<Value> = Vec::new();
    for name in ["active", "out"] {
        let user = workspace.user(&format!("{name}@acme.test")).await;
        members.push(workspace.member_of(&user).await["id"].clone());
    }
    for member in &members {
        eventually("it waits", async || invitation(&workspace, member).await["attempts"] == 1).await;
        becomes(&workspace, member, "queued").await;
    }
    workspace.sign_in(&members[0]).await;
    let out = format!("update members set status = 'deactivated' where id = '{}'", members[1].as_str().expect("an id"));
    instance.database.execute(&out).await;
    server.now(Manner::Takes);
    let_time_pass(&instance).await;
    for (member, says) in members.iter().zip(["signed in", "deactivated"]) {
        let cancelled = becomes(&workspace, member, "cancelled").await;
        assert!(cancelled["reason"].as_str().expect("a reason").contains(says), "{cancelled}");
    }
    assert!(server.messages().iter().all(|message| !message.recipients[0].ends_with("@acme.test")));
    instance.finish().await;
}
