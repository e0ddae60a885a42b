//! Invitations by e-mail: one message to everybody who becomes invited, and never two.

mod again;
mod crashes;
mod hostile;
mod leaving;
mod mail_server;
mod sending;

use serde_json::Value;

use self::mail_server::MailServer;
use crate::harness::{Instance, Workspace, eventually};

/// What a Rollcall is told that is to use this mail server.
fn settings(server: &MailServer) -> Vec<(&'static str, String)> {
    vec![
        ("ROLLCALL_SMTP_URL", server.url.clone()),
        ("ROLLCALL_SMTP_FROM", "Acme <invitations@acme.test>".to_owned()),
        ("ROLLCALL_SIGN_IN_URL", "https://app.acme.test/sign-in".to_owned()),
    ]
}

/// A Rollcall without a worker that invites by this mail server.
async fn instance(server: &MailServer) -> Instance {
    let settings = settings(server);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Instance::with_settings(&settings).await
}

/// Starts a worker that invites by this mail server.
fn start_worker(instance: &mut Instance, server: &MailServer) -> usize {
    let settings = settings(server);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    instance.start_worker_with(&settings)
}

/// The newest invitation of a member.
async fn invitation(workspace: &Workspace, member: &Value) -> Value {
    workspace.member(member).await["invitation"].clone()
}

/// Waits until the newest invitation of a member is in this state; answers it.
async fn becomes(workspace: &Workspace, member: &Value, state: &str) -> Value {
    eventually(state, async || invitation(workspace, member).await["state"] == state).await;
    invitation(workspace, member).await
}

/// As if the last attempts were so long ago that another one is due.
async fn let_time_pass(instance: &Instance) {
    let passed = "update invitations
                  set due_at = due_at - interval '2 hours', created_at = created_at - interval '2 hours', begun_at = begun_at - interval '2 hours'";
    instance.database.execute(passed).await;
}

/// Waits until every invitation has come to its end, so that whoever is to get a message has it.
async fn nothing_on_its_way(instance: &Instance) {
    let open = "select count(*) from invitations where state in ('queued', 'sending')";
    eventually("no invitation is on its way", async || instance.database.count(open).await == 0).await;
}
