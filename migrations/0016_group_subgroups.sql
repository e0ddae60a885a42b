-- Groups in groups: rows like those of the people in them. Who is below a group is not stored, it is walked: a group that moves into
-- another one costs one row, however many people come with it.
create table group_subgroups (
    workspace_id uuid not null,
    group_id     uuid not null,
    subgroup_id  uuid not null,
    constraint group_subgroups_pkey primary key (workspace_id, group_id, subgroup_id),
    constraint group_subgroups_group_id_fkey foreign key (workspace_id, group_id)
        references groups (workspace_id, id) on delete cascade,
    constraint group_subgroups_subgroup_id_fkey foreign key (workspace_id, subgroup_id)
        references groups (workspace_id, id) on delete cascade,
    -- Longer cycles are accepted, see src/decisions/d20; a group in itself says nothing.
    constraint group_subgroups_subgroup_id_check check (subgroup_id <> group_id)
);
-- The way up: the groups that a group is in.
create index group_subgroups_subgroup_id_idx on group_subgroups (workspace_id, subgroup_id, group_id);

alter table group_subgroups enable row level security;
create policy group_subgroups_workspace_policy on group_subgroups to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on group_subgroups to rollcall_workspace;
