//! A directory of a given size, by SQL through the real tables: users as the server stores them (copied from one that was created over
//! HTTP), the members and grants that the worker would have made of them, groups with their members, and the counters. The
//! reconciliation finds nothing to do in it.

use sqlx::{AssertSqlSafe, PgConnection};

pub const MEMBERS_OF_GROUP: usize = 10;
/// Numbers of twelve digits, so that pgbench can put them at the end of a UUID.
pub const FIRST: u64 = 100_000_000_000;
/// Groups of one run are numbered below this; those of given sizes above it.
const SIZED: u64 = 200_000_000_000;

pub fn user_id(number: u64) -> String {
    format!("01900000-0000-7000-8000-{number:012}")
}

pub fn group_id(number: u64) -> String {
    format!("01900000-0000-7000-a000-{number:012}")
}

/// The number of the group that has this many members.
pub const fn group_of_size(size: u64) -> u64 {
    SIZED + size
}

async fn execute(connection: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// Users numbered `from..=to`, each a member that has signed in once and has the default role.
pub async fn users(connection: &mut PgConnection, workspace: &str, document: &str, from: u64, to: u64) -> anyhow::Result<()> {
    let document = document.replace('\'', "''");
    execute(
        connection,
        format!(
            "create temporary table new_users as
                 select n, ('01900000-0000-7000-8000-' || n)::uuid as user_id, ('01900000-0000-7000-9000-' || n)::uuid as member_id,
                        'user' || n || '@bench.test' as name, replace('{document}', '@@', n::text)::jsonb as document
                 from generate_series({first} + {from}, {first} + {to}) as n;
             insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
                 select '{workspace}', user_id, name, 'hr-' || n, true, document, now(), now() from new_users;
             insert into user_emails (workspace_id, user_id, email_key) select '{workspace}', user_id, name from new_users;
             insert into members (workspace_id, id, user_id, origin, external_id, user_name_key, email, email_key, display_name,
                                  status, role, created_at, activated_at, updated_at)
                 select '{workspace}', member_id, user_id, 'directory', 'hr-' || n, name, name, name, document ->> 'displayName',
                        'active', 'viewer', now(), now(), now() from new_users;
             insert into grants (workspace_id, member_id, source, source_key, role, granted_at)
                 select '{workspace}', member_id, 'default', '', 'viewer', now() from new_users;
             insert into directory_counts (workspace_id, kind, slot, n)
                 select '{workspace}', 'user', get_byte(uuid_send(user_id), 15) & 15, count(*) from new_users group by 3
                 on conflict (workspace_id, kind, slot) do update set n = directory_counts.n + excluded.n;
             drop table new_users",
            first = FIRST
        ),
    )
    .await?;
    without_brake(connection, workspace).await
}

/// Leavers are measured, and none of them is to be held.
pub async fn without_brake(connection: &mut PgConnection, workspace: &str) -> anyhow::Result<()> {
    execute(
        connection,
        format!(
            "insert into brake_settings
                 (workspace_id, engages, share_percent, most, least, window_seconds, hold_seconds, on_expiry, updated_at)
             values ('{workspace}', false, 10, 500, 5, 3600, 86400, 'approve', now())
             on conflict (workspace_id) do nothing"
        ),
    )
    .await
}

/// Groups numbered `1..=count` with ten members each.
pub async fn groups(connection: &mut PgConnection, workspace: &str, count: u64, users: u64) -> anyhow::Result<()> {
    let members = format!("generate_series({FIRST} + 1, {FIRST} + {count}) as g, generate_series(1, {MEMBERS_OF_GROUP}) as m");
    let user = format!("{FIRST} + 1 + ((g - {FIRST} - 1) * {MEMBERS_OF_GROUP} + m - 1) % {users}");
    insert_groups(connection, workspace, &format!("generate_series({FIRST} + 1, {FIRST} + {count}) as g"), &members, &user).await
}

/// The group of this size: the first users.
pub async fn group(connection: &mut PgConnection, workspace: &str, size: u64) -> anyhow::Result<()> {
    let one = format!("generate_series({number}, {number}) as g", number = group_of_size(size));
    insert_groups(connection, workspace, &one, &format!("{one}, generate_series(1, {size}) as m"), &format!("{FIRST} + m")).await
}

async fn insert_groups(
    connection: &mut PgConnection,
    workspace: &str,
    groups: &str,
    members: &str,
    user: &str,
) -> anyhow::Result<()> {
    execute(
        connection,
        format!(
            "insert into groups (workspace_id, id, display_name_key, document, created_at, updated_at)
                 select '{workspace}', ('01900000-0000-7000-a000-' || g)::uuid, 'group ' || g,
                        jsonb_build_object('displayName', 'Group ' || g), now(), now() from {groups};
             insert into directory_counts (workspace_id, kind, slot, n) select '{workspace}', 'group', 0, count(*) from {groups}
                 on conflict (workspace_id, kind, slot) do update set n = directory_counts.n + excluded.n;
             insert into group_members (workspace_id, group_id, user_id)
                 select '{workspace}', ('01900000-0000-7000-a000-' || g)::uuid, ('01900000-0000-7000-8000-' || {user})::uuid from {members};
             insert into workspace_groups (workspace_id, id, display_name, updated_at)
                 select '{workspace}', ('01900000-0000-7000-a000-' || g)::uuid, 'Group ' || g, now() from {groups};
             insert into workspace_group_members (workspace_id, member_id, group_id)
                 select '{workspace}', ('01900000-0000-7000-9000-' || {user})::uuid, ('01900000-0000-7000-a000-' || g)::uuid from {members}"
        ),
    )
    .await
}

/// Statistics and visibility as a database has them that was not filled a second ago.
pub async fn settle(connection: &mut PgConnection) -> anyhow::Result<()> {
    execute(connection, "vacuum analyze".to_owned()).await?;
    execute(connection, "checkpoint".to_owned()).await.or(Ok(())) // only for those who may
}
