//! Whatever happens to a worker: nobody gets two messages.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::json;

use super::{
    becomes, instance, invitation, let_time_pass,
    mail_server::{MailServer, Manner},
    start_worker,
};
use crate::harness::{assert_includes, eventually};

#[tokio::test]
async fn a_worker_that_is_killed_in_the_middle_of_a_conversation_leaves_it_unknown_and_nobody_tries_again() {
    let server = MailServer::start(Manner::FallsSilent);
    let mut instance = instance(&server).await;
    let worker = start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("ada@acme.test").await).await["id"].clone();
    eventually("the mail server has the message", async || server.messages_for("ada@acme.test").len() == 1).await;
    instance.worker(worker).kill();
    server.now(Manner::Takes);
    start_worker(&mut instance, &server);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(invitation(&workspace, &member).await["state"], "sending", "somebody may still be busy with it");
    let path = format!("/members/{}/invitation", member.as_str().expect("an id"));
    let refused = workspace.admin().send(workspace.admin().request(Method::POST, &path)).await.expect(409);
    assert!(refused["detail"].as_str().expect("a detail").contains("right now"), "{refused}");

    let_time_pass(&instance).await;
    let unknown = becomes(&workspace, &member, "unknown").await;
    assert!(unknown["reason"].as_str().expect("a reason").contains("not known"), "{unknown}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.messages_for("ada@acme.test").len(), 1);
    // A person decides.
    workspace.admin().send(workspace.admin().request(Method::POST, &path)).await.expect(202);
    becomes(&workspace, &member, "sent").await;
    assert_eq!(server.messages_for("ada@acme.test").len(), 2);
    instance.finish().await;
}

#[tokio::test]
async fn a_connection_that_is_lost_while_the_message_is_handed_over_leaves_it_unknown() {
    let server = MailServer::start(Manner::HangsUp);
    let mut instance = instance(&server).await;
    start_worker(&mut instance, &server);
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("ada@acme.test").await).await["id"].clone();
    let unknown = becomes(&workspace, &member, "unknown").await;
    assert_includes(&unknown, &json!({ "attempts": 1 }), "the invitation");
    assert!(unknown["reason"].as_str().expect("a reason").contains("lost"), "{unknown}");
    let_time_pass(&instance).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.messages_for("ada@acme.test").len(), 1);
    instance.finish().await;
}

#[tokio::test]
async fn two_workers_send_each_invitation_once() {
    let server = MailServer::start(Manner::Says("450 later"));
    let mut instance = instance(&server).await;
    let workspaces = [instance.workspace().open().await, instance.workspace().open().await];
    for number in 0..30 {
        for (place, workspace) in workspaces.iter().enumerate() {
            workspace.user(&format!("u{number}@w{place}.test")).await;
        }
    }
    for _ in 0..2 {
        start_worker(&mut instance, &server);
    }
    // All of them are due at the same moment.
    let waiting = "select count(*) from invitations where state = 'queued' and attempts = 1";
    eventually("all were tried", async || instance.database.count(waiting).await == 62).await;
    server.now(Manner::Takes);
    let_time_pass(&instance).await;
    let open = "select count(*) from invitations where state <> 'sent'";
    let sent = "select count(*) from invitations where state = 'sent'";
    eventually("all are sent", async || instance.database.count(sent).await == 62 && instance.database.count(open).await == 0)
        .await;
    let mut per_person: BTreeMap<String, usize> = BTreeMap::new();
    for message in server.messages() {
        *per_person.entry(message.recipients.join(" ")).or_default() += 1;
    }
    assert_eq!(per_person.len(), 62);
    assert!(per_person.values().all(|messages| *messages == 1), "{per_person:?}");
    // The workspaces take turns: the first messages are not all of one.
    let first: Vec<String> = server.messages().into_iter().take(20).map(|message| message.recipients.join(" ")).collect();
    assert!(["w0.test", "w1.test"].iter().all(|domain| first.iter().any(|address| address.ends_with(domain))), "{first:?}");
    instance.finish().await;
}
