-- Everybody below a group is to be looked at: one mark, however many they are. The worker walks from group to group and writes down
-- where it is, so that no transaction grows with the tree, a restart loses nothing, and cycles end.
alter table dirty drop constraint dirty_kind_check;
alter table dirty add constraint dirty_kind_check check (kind in ('user', 'member', 'group', 'below', 'walk'));

create table group_walks (
    workspace_id uuid    not null,
    walk_id      uuid    not null,
    group_id     uuid    not null, -- no foreign key: a group that goes away meanwhile has nobody in it, that is all
    request_id   uuid,             -- the request behind the walk
    cursor       uuid    not null, -- the member, a user or a group, that was looked at last
    done         boolean not null default false,
    constraint group_walks_pkey primary key (workspace_id, walk_id, group_id),
    constraint group_walks_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
create index group_walks_open_idx on group_walks (workspace_id, walk_id, group_id) where not done;

-- Rows come and go within seconds, as those of dirty do.
alter table group_walks set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

alter table group_walks enable row level security;
create policy group_walks_workspace_policy on group_walks to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on group_walks to rollcall_workspace;
