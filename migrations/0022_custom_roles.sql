-- Roles of a workspace's own, beside the built-in ones, which are in src/directory/roles.rs. Columns that say a role hold its name;
-- what it is worth is its rank. No two roles of a workspace have the same, so that the strongest of several is always one.
create table roles (
    workspace_id uuid             not null,
    name         text collate "C" not null,
    rank         smallint         not null,
    created_at   timestamptz      not null,
    updated_at   timestamptz      not null,
    constraint roles_pkey primary key (workspace_id, name),
    constraint roles_rank_key unique (workspace_id, rank),
    constraint roles_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint roles_name_check check (name ~ '^[a-z][a-z0-9_-]{0,62}$' and name not in ('admin', 'editor', 'viewer', 'guest')),
    constraint roles_rank_check check (rank between 1 and 999 and rank not in (100, 200, 300))
);

alter table roles enable row level security;
create policy roles_workspace_policy on roles to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on roles to rollcall_workspace;

-- Rows that are there passed the stricter checks: they need not be looked at again.
alter table workspaces
    drop constraint workspaces_default_role_check,
    add constraint workspaces_default_role_check check (default_role ~ '^[a-z][a-z0-9_-]{0,62}$') not valid;
alter table members
    drop constraint members_role_check,
    add constraint members_role_check check (role ~ '^[a-z][a-z0-9_-]{0,62}$') not valid;
alter table role_mappings
    drop constraint role_mappings_role_check,
    add constraint role_mappings_role_check check (role ~ '^[a-z][a-z0-9_-]{0,62}$') not valid;
alter table grants
    drop constraint grants_role_check,
    add constraint grants_role_check check (role ~ '^[a-z][a-z0-9_-]{0,62}$') not valid;

-- Who was given a role by hand or by the identity provider's attributes: it cannot be deleted while there is somebody.
create index grants_role_idx on grants (workspace_id, role, source) where source in ('manual', 'attribute');
-- Admins who are in: the directory never takes the last one.
create index members_admin_idx on members (workspace_id, id) where role = 'admin' and status <> 'deactivated';
