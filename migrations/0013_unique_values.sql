-- Values of extension attributes that a workspace has defined as unique, in their comparable form.
create table unique_values (
    workspace_id uuid not null,
    path         text collate "C" not null, -- <urn>:<attribute>
    value_key    text collate "C" not null,
    user_id      uuid,
    group_id     uuid,
    constraint unique_values_pkey primary key (workspace_id, path, value_key),
    constraint unique_values_user_id_fkey foreign key (workspace_id, user_id)
        references users (workspace_id, id) on delete cascade,
    constraint unique_values_group_id_fkey foreign key (workspace_id, group_id)
        references groups (workspace_id, id) on delete cascade,
    constraint unique_values_owner_check check (num_nonnulls(user_id, group_id) = 1)
);
create index unique_values_user_id_idx on unique_values (workspace_id, user_id) where user_id is not null;
create index unique_values_group_id_idx on unique_values (workspace_id, group_id) where group_id is not null;
alter table unique_values enable row level security;
create policy unique_values_workspace_policy on unique_values to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on unique_values to rollcall_workspace;
