-- Where clients are that go through a list by startIndex: after which row the page ended that they have, so that the next one begins
-- there, whoever came or went meanwhile. Rows live for minutes and are worth nothing after a crash.
create unlogged table list_walks (
    workspace_id uuid        not null,
    token_id     uuid        not null, -- whose walk it is
    list         uuid        not null, -- what is asked for: resource types, filter, order
    id           uuid        not null,
    page_index   bigint      not null, -- startIndex of the page that was served last
    page_place   smallint,             -- the row before that page; null for the beginning
    page_value   text collate "C",
    page_id      uuid,
    next_index   bigint      not null, -- startIndex of the page after it
    next_place   smallint    not null, -- the last row of the page
    next_value   text collate "C",
    next_id      uuid        not null,
    total        bigint      not null, -- how many there were in all
    at           timestamptz not null,
    constraint list_walks_pkey primary key (workspace_id, token_id, list, id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

alter table list_walks enable row level security;
create policy list_walks_workspace_policy on list_walks to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on list_walks to rollcall_workspace;
