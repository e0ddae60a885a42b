//! The log as a whole: every entry once, oldest first, and nobody takes a part for the whole.

use std::{io::Read, time::Duration};

use reqwest::Method;
use serde_json::Value;

use super::{search, text};
use crate::harness::{Instance, Workspace};

/// So many entries with a detail of half a kilobyte each.
async fn fill(instance: &Instance, workspace: &Workspace, entries: usize) {
    let sql = format!(
        "insert into audit_log (workspace_id, id, at, actor, action, subject_id, detail)
         select '{id}', (lpad(to_hex(1700000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid,
                to_timestamp((1700000000000 + n) / 1000.0), case when n % 2 = 0 then 'operator' else 'worker' end,
                case when n % 5 = 0 then 'user.updated' else 'member.invited' end, '{id}',
                jsonb_build_object('text', repeat('x', 500))
         from generate_series(1, {entries}) n",
        id = workspace.id
    );
    instance.database.execute(&sql).await;
}

async fn export(workspace: &Workspace, query: &[(&str, &str)]) -> Vec<Value> {
    let request = workspace.admin().request(Method::GET, "/audit-log/export").query(query);
    let answer = workspace.admin().send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert!(answer.text.is_empty() || answer.text.ends_with('\n'), "the last line is a whole one");
    answer.text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[tokio::test]
async fn it_has_what_the_list_has_the_other_way_round() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    fill(&instance, &workspace, 2_500).await;
    let user = workspace.user("ada@acme.test").await;
    workspace.member_of(&user).await;
    instance.settle().await;
    let middle = "2023-11-14T22:13:21.000Z"; // after a thousand of them
    let user = text(&user["id"]);
    for query in [
        vec![],
        vec![("action", "user")],
        vec![("actor", "system"), ("action", "member.invited")],
        vec![("from", middle)],
        vec![("to", middle), ("actor", "operator")],
        vec![("subject_id", workspace.id.as_str()), ("action", "user.updated")],
        vec![("subject_id", &user)],
    ] {
        let paged: Vec<(&str, &str)> = query.iter().copied().chain([("limit", "1000")]).collect();
        let mut listed = search(&workspace, &paged).await;
        listed.reverse();
        let exported = export(&workspace, &query).await;
        assert!(!listed.is_empty(), "{query:?}");
        assert!(exported == listed, "{query:?}: {} exported, {} listed", exported.len(), listed.len());
    }
    assert_eq!(export(&workspace, &[("from", "2999-01-01T00:00:00Z")]).await, Vec::<Value>::new());
    instance.finish().await;
}

#[tokio::test]
async fn the_server_holds_no_more_of_a_long_log_than_of_a_short_one() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    fill(&instance, &workspace, 2_000).await;
    assert!(export(&workspace, &[]).await.len() >= 2_000);
    let before = instance.peak_kilobytes();
    instance.database.execute("delete from audit_log where id < '02000000-0000-7000-8000-000000000000'").await;
    fill(&instance, &workspace, 30_000).await;
    let request = workspace.admin().request(Method::GET, "/audit-log/export");
    let mut answer = request.send().await.expect("an answer");
    let (mut bytes, mut lines) = (0, 0);
    while let Some(chunk) = answer.chunk().await.expect("a whole answer") {
        bytes += chunk.len();
        lines += chunk.iter().filter(|byte| **byte == b'\n').count();
    }
    assert!(lines >= 30_000 && bytes > 20_000_000, "{lines} lines, {bytes} bytes");
    let grown = instance.peak_kilobytes().saturating_sub(before);
    assert!(grown < 16 * 1024, "the server has grown by {grown} KiB for {bytes} bytes");
    instance.abandon("nobody works here");
}

#[tokio::test]
async fn when_it_cannot_be_read_to_its_end_the_connection_is_cut() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    fill(&instance, &workspace, 60_000).await;
    let (mut stream, writing) = workspace.admin().raw("GET", "/audit-log/export").open();
    let mut bytes = vec![0; 64 * 1024];
    stream.read_exact(&mut bytes).expect("the beginning");
    assert!(bytes.starts_with(b"HTTP/1.1 200"));
    // The client reads slowly, and Postgres goes away meanwhile.
    instance.database.shut().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut rest = Vec::new();
    // Cut in the middle or ended without the last chunk: either way it is not the end of an answer.
    stream.read_to_end(&mut rest).ok();
    bytes.extend(rest);
    let end = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(200)..]).into_owned();
    assert!(!end.ends_with("\r\n0\r\n\r\n"), "the answer has a clean end: {end}");
    assert!(bytes.len() < 30_000_000, "all of it was sent before Postgres went away");
    writing.join().expect("the request was sent");
    instance.database.open().await;
    assert!(
        instance.logs().contains("a service that we need is away") || instance.logs().contains("busy"),
        "{}",
        instance.logs()
    );
    instance.abandon("nobody works here");
}
