-- The provisioning log: every SCIM request of a workspace, for its administrators, bounded by age and size. Written by batches that
-- hold entries of several workspaces; read and shortened under row-level security like everything else.
create table provisioning_log (
    workspace_id  uuid             not null,
    id            uuid             not null, -- the request's: UUID version 7, so its order is the order of time
    at            timestamptz      not null,
    token_id      uuid             not null,
    operation     text collate "C" not null, -- createUser, ...; none where no operation was reached
    method        text             not null,
    path          text             not null, -- below the SCIM address
    query         text,
    target_type   text,
    target_id     text collate "C",
    person_key    text collate "C",          -- the userName in question, prepared for comparison
    people        uuid[]           not null, -- other users that the request was about, as many as are kept
    status        smallint         not null,
    scim_type     text,
    detail        text,
    tolerated     text,                      -- names, separated by commas
    duration_us   bigint           not null,
    user_agent    text,
    request_body  text,                      -- without secrets
    request_bytes bigint,                    -- how long it was; null when there was none
    request_cut   boolean          not null,
    answer_body   text,
    answer_bytes  bigint,
    answer_cut    boolean          not null,
    bytes         integer          not null, -- what the entry counts for in the size of the log
    constraint provisioning_log_pkey primary key (workspace_id, id)
);
-- Searched by status, by operation, and by both; the few pairs that there are, are found by skipping from one to the next.
create index provisioning_log_status_idx on provisioning_log (workspace_id, status, operation, id);
create index provisioning_log_target_id_idx on provisioning_log (workspace_id, target_id, id) where target_id is not null;
create index provisioning_log_person_key_idx on provisioning_log (workspace_id, person_key, id) where person_key is not null;

-- Bodies of more than two kilobytes are compressed; where Postgres has the cheaper way, by that.
do
$$
begin
    alter table provisioning_log alter column request_body set compression lz4;
    alter table provisioning_log alter column answer_body set compression lz4;
exception
    when feature_not_supported then null;
end
$$;

-- Who else a request was about: the members that it puts into a group, for instance.
create table provisioning_log_people (
    workspace_id uuid not null,
    user_id      uuid not null,
    entry_id     uuid not null,
    constraint provisioning_log_people_pkey primary key (workspace_id, user_id, entry_id)
);

-- How large the log of a workspace is, without counting. Each process that writes has a row of its own, and the worker too.
create table provisioning_log_sizes (
    workspace_id uuid     not null,
    slot         smallint not null,
    entries      bigint   not null,
    bytes        bigint   not null,
    constraint provisioning_log_sizes_pkey primary key (workspace_id, slot)
) with (fillfactor = 50);

do
$$
declare
    name text;
begin
    foreach name in array array ['provisioning_log', 'provisioning_log_people', 'provisioning_log_sizes']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
        end loop;
end
$$;
-- An entry is never changed, and only batches write one.
grant select, delete on provisioning_log, provisioning_log_people to rollcall_workspace;
grant select, insert, update on provisioning_log_sizes to rollcall_workspace;
