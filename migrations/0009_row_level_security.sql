-- The second lock on isolation. Transactions bound to a workspace run as rollcall_workspace, which sees only the rows of the
-- workspace in rollcall.workspace, and nothing at all when that is not set.
do
$$
begin
    if not exists (select from pg_roles where rolname = 'rollcall_workspace') then
        begin
            create role rollcall_workspace nologin;
        exception
            when duplicate_object or unique_violation then null; -- another database of the cluster was faster
        end;
    end if;
    if not pg_has_role(current_user, 'rollcall_workspace', 'member') then
        execute format('grant rollcall_workspace to %I', current_user);
    end if;
    execute format('grant usage on schema %I to rollcall_workspace', current_schema());
end
$$;

create function rollcall_workspace_id() returns uuid
    language sql stable parallel safe
return nullif(current_setting('rollcall.workspace', true), '')::uuid;

do
$$
declare
    name text;
begin
    foreach name in array array [
        'users', 'user_emails', 'groups', 'group_members', 'directory_counts', 'members', 'role_mappings', 'grants', 'workspace_groups',
        'workspace_group_members', 'api_tokens', 'receipts', 'dirty', 'sweeps'
        ]
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
            execute format('grant select, insert, update, delete on %I to rollcall_workspace', name);
        end loop;
end
$$;

alter table audit_log enable row level security;
create policy audit_log_workspace_policy on audit_log to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert on audit_log to rollcall_workspace; -- append-only

alter table workspaces enable row level security;
create policy workspaces_workspace_policy on workspaces to rollcall_workspace
    using (id = (select rollcall_workspace_id()));
grant select, update on workspaces to rollcall_workspace;

grant usage on schema apalis to rollcall_workspace;
grant insert on apalis.jobs to rollcall_workspace;
