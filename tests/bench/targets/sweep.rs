//! T23: everybody is looked at, and what has drifted is repaired.

use std::time::Duration;

use super::{Process, Stage, data};
use crate::machine;

/// Memberships in groups per user.
const MEMBERSHIPS: u64 = 5;
const DRIFTED: u64 = 1_000;

pub async fn measure(stage: &mut Stage<'_>, users: u64) -> anyhow::Result<()> {
    let tokens = stage.workspace("whole").await?;
    let workspace = tokens.workspace.to_string();
    data::users(&mut *stage.connection, &workspace, &stage.document, 1, users).await?;
    let groups = users * MEMBERSHIPS / data::MEMBERS_OF_GROUP as u64;
    data::groups(&mut *stage.connection, &workspace, groups, users).await?;
    // A thousand people who lose a role at once would be held.
    data::without_brake(&mut *stage.connection, &workspace).await?;
    let drift = format!(
        "update members set role = 'editor' where workspace_id = '{workspace}' and id in (
             select id from members where workspace_id = '{workspace}' and origin = 'directory' order by id limit {DRIFTED})"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(drift)).execute(&mut *stage.connection).await?;
    data::settle(&mut *stage.connection).await?;
    // A worker of its own, so that its memory is of this alone.
    stage.retire_worker().await?;
    let worker = Process::start("worker", &stage.settings)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!();
    for what in ["with drift", "without"] {
        stage.settings.run(&["workspace", "reconcile", &tokens.slug])?;
        let over = format!("select exists (select from sweeps where workspace_id = '{workspace}' and finished_at is not null)");
        let seconds = stage.until(&over, Duration::from_secs(1_800)).await?;
        let repaired: i64 = sqlx::query_scalar("select repaired from sweeps where workspace_id = $1")
            .bind(tokens.workspace)
            .fetch_one(&mut *stage.connection)
            .await?;
        println!(
            "{users} users with {} memberships in {groups} groups are looked at in {seconds:.1} s, {what}: {repaired} repaired, the worker has \
             had {:.0} MiB at the most (T23)",
            groups * data::MEMBERS_OF_GROUP as u64,
            machine::peak_mib(worker.id())
        );
    }
    Ok(())
}
