//! The provisioning logs of several workspaces at once.

use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use crate::{
    ids::{UserId, WorkspaceId},
    store::{StoreError, db::past_dead_connections, provisioning_log::Entry},
};

/// Writes entries of the provisioning log, of several workspaces at once and in one statement, which is one transaction: that is what
/// makes it cheap. Each entry says whose it is, and got that from the token that the request was authenticated with. An entry that is
/// there already is left alone, so the same ones may be given again after a failure that did not say what became of them.
///
/// `slot` is the row among the sizes that is this process's own. Without `durable` the commit does not wait for the disk: for entries
/// that nobody has been told of.
///
/// # Errors
/// Postgres is busy or away, or will not have one of the entries; then none was written.
pub async fn append_to_provisioning_log(pool: &PgPool, entries: &[&Entry], slot: i16, durable: bool) -> Result<(), StoreError> {
    fn column<'a, T>(entries: &[&'a Entry], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(|entry| of(entry)).collect()
    }
    let joined = |people: &[UserId]| people.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let query = || {
        sqlx::query(
            "with given as (
                 select *
                 from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                             $9::text[], $10::text[], $11::text[], $12::text[], $13::smallint[], $14::text[], $15::text[],
                             $16::text[], $17::bigint[], $18::text[], $19::text[], $20::bigint[], $21::boolean[], $22::text[],
                             $23::bigint[], $24::boolean[], $25::integer[], $28::uuid[])
                     as g (workspace_id, id, at, token_id, operation, method, path, query, target_type, target_id, person_key, people,
                           status, scim_type, detail, tolerated, duration_us, user_agent, request_body, request_bytes, request_cut,
                           answer_body, answer_bytes, answer_cut, bytes, part_of)
             ), written as (
                 insert into provisioning_log
                     (workspace_id, id, at, token_id, operation, method, path, query, target_type, target_id, person_key, people,
                      status, scim_type, detail, tolerated, duration_us, user_agent, request_body, request_bytes, request_cut,
                      answer_body, answer_bytes, answer_cut, bytes, part_of)
                 select workspace_id, id, at, token_id, operation, method, path, query, target_type, target_id, person_key,
                        string_to_array(people, ',')::uuid[], status, scim_type, detail, nullif(tolerated, ''), duration_us,
                        user_agent, request_body, request_bytes, request_cut, answer_body, answer_bytes, answer_cut, bytes, part_of
                 from given order by workspace_id, id
                 on conflict (workspace_id, id) do nothing
                 returning workspace_id, id, people, bytes
             ), named as (
                 insert into provisioning_log_people (workspace_id, user_id, entry_id)
                 select workspace_id, unnest(people), id from written
                 on conflict (workspace_id, user_id, entry_id) do nothing
             )
             insert into provisioning_log_sizes (workspace_id, slot, entries, bytes)
             select workspace_id, $26, count(*), sum(bytes)
             from written, (select set_config('synchronous_commit', coalesce($27, current_setting('synchronous_commit')), true)) as wait
             group by workspace_id order by workspace_id
             on conflict (workspace_id, slot) do update
             set entries = provisioning_log_sizes.entries + excluded.entries, bytes = provisioning_log_sizes.bytes + excluded.bytes",
        )
        .bind(column(entries, |entry| entry.workspace))
        .bind(column(entries, |entry| entry.id))
        .bind(column(entries, |entry| entry.at))
        .bind(column(entries, |entry| entry.token))
        .bind(column(entries, |entry| entry.operation))
        .bind(column(entries, |entry| entry.method.as_str()))
        .bind(column(entries, |entry| entry.path.as_str()))
        .bind(column(entries, |entry| entry.query.as_deref()))
        .bind(column(entries, |entry| entry.target_type))
        .bind(column(entries, |entry| entry.target_id.as_deref()))
        .bind(column(entries, |entry| entry.person_key.as_deref()))
        .bind(column(entries, |entry| joined(&entry.people)))
        .bind(column(entries, |entry| i16::try_from(entry.status).unwrap_or(i16::MAX)))
        .bind(column(entries, |entry| entry.scim_type))
        .bind(column(entries, |entry| entry.detail.as_deref()))
        .bind(column(entries, |entry| entry.tolerated.join(",")))
        .bind(column(entries, |entry| entry.duration_us))
        .bind(column(entries, |entry| entry.user_agent.as_deref()))
        .bind(column(entries, |entry| entry.request.text.as_deref()))
        .bind(column(entries, |entry| entry.request.bytes))
        .bind(column(entries, |entry| entry.request.cut))
        .bind(column(entries, |entry| entry.answer.text.as_deref()))
        .bind(column(entries, |entry| entry.answer.bytes))
        .bind(column(entries, |entry| entry.answer.cut))
        .bind(column(entries, |entry| i32::try_from(entry.bytes()).unwrap_or(i32::MAX)))
        .bind(slot)
        .bind((!durable).then_some("off"))
        .bind(column(entries, |entry| entry.part_of))
        .execute(pool)
    };
    past_dead_connections(pool, query).await?;
    Ok(())
}

/// How large the provisioning log of a workspace is.
#[derive(Debug, Clone, FromRow)]
pub struct LogSize {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// How many entries.
    pub entries: i64,
    /// How much they take.
    pub bytes: i64,
    /// The oldest one.
    pub oldest: Option<Uuid>,
}

/// The sizes of the provisioning logs of the workspaces after this one. Reads a few rows of sizes and one of the log for each.
///
/// # Errors
/// Postgres is busy or away.
pub async fn provisioning_log_sizes(pool: &PgPool, after: Option<WorkspaceId>, limit: i64) -> Result<Vec<LogSize>, StoreError> {
    let sizes = sqlx::query_as(
        "select size.workspace_id, size.entries, size.bytes,
                (select l.id from provisioning_log l where l.workspace_id = size.workspace_id order by l.id limit 1) as oldest
         from (
             select workspace_id, sum(entries)::bigint as entries, sum(bytes)::bigint as bytes
             from provisioning_log_sizes
             where workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
             group by workspace_id order by workspace_id limit $2
         ) as size
         order by size.workspace_id",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(sizes)
}
