-- How a workspace wants SCIM to be served; without a row, by the defaults.
create table scim_rules (
    workspace_id            uuid        not null,
    refused_tolerances      text[]      not null default '{}', -- departures from the letter that it does not want let pass
    require_if_match        boolean     not null default false,
    refuse_personal_filters boolean     not null default false,
    refuse_pathless_patch   boolean     not null default false,
    replace_complex_whole   boolean     not null default false,
    updated_at              timestamptz not null,
    constraint scim_rules_pkey primary key (workspace_id),
    constraint scim_rules_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
alter table scim_rules enable row level security;
create policy scim_rules_workspace_policy on scim_rules to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update on scim_rules to rollcall_workspace;

-- Moves with every change of rules and extension schemas: authentication reads it anyway, so processes know when to read those anew.
alter table workspaces add column scim_profile_version bigint not null default 0;
