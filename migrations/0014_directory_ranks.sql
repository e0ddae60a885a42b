-- How many users or groups there are up to an id: sealed ranges of ids, so that a place in the order of ids is found without counting.
-- A range is the ids up to its last one that are in no range before it. See src/store/ranks.rs.
create table directory_ranks (
    workspace_id uuid   not null,
    kind         text   not null,
    last_id      uuid   not null,
    n            bigint not null,
    constraint directory_ranks_pkey primary key (workspace_id, kind, last_id),
    constraint directory_ranks_kind_check check (kind in ('user', 'group')),
    constraint directory_ranks_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
) with (fillfactor = 80);

alter table directory_ranks enable row level security;
create policy directory_ranks_workspace_policy on directory_ranks to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on directory_ranks to rollcall_workspace;

-- The end of the last range. Whoever creates or deletes holds a row of the counters and reads it there.
alter table directory_counts add column sealed_to uuid;
