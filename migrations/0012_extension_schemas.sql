-- Extension schemas that a workspace has defined for its users or groups.
create table extension_schemas (
    workspace_id  uuid        not null,
    urn_key       text collate "C" not null, -- the URN in lower case
    resource_type text        not null,
    required      boolean     not null,
    definition    jsonb       not null,      -- a Schema resource of RFC 7643 §7, without meta
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    constraint extension_schemas_pkey primary key (workspace_id, urn_key),
    constraint extension_schemas_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint extension_schemas_resource_type_check check (resource_type in ('User', 'Group'))
);
alter table extension_schemas enable row level security;
create policy extension_schemas_workspace_policy on extension_schemas to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on extension_schemas to rollcall_workspace;
