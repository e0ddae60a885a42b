-- Events: what has happened in a workspace, in one order without a gap, for as long as it is kept.
create table events (
    workspace_id uuid        not null,
    seq          bigint      not null, -- 1, 2, 3, ...
    type         text        not null, -- member.invited, group.deleted, ...
    at           timestamptz not null, -- when it happened; not always in the order of seq
    subject_id   uuid        not null,
    request_id   uuid,
    data         jsonb       not null,
    constraint events_pkey primary key (workspace_id, seq)
);

-- What has no number yet: appended in the transaction of the change itself, without a lock that others wait for. The worker moves it
-- into events, one transaction of a workspace at a time.
create table event_outbox (
    workspace_id uuid        not null,
    id           bigint      not null generated always as identity,
    type         text        not null,
    at           timestamptz not null,
    subject_id   uuid        not null,
    request_id   uuid,
    data         jsonb       not null,
    constraint event_outbox_pkey primary key (workspace_id, id)
);
-- Rows come and go all day, as those of dirty do.
alter table event_outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- How far the numbers of a workspace have come, and up to where its events are no longer kept.
create table event_counters (
    workspace_id uuid   not null,
    last_seq     bigint not null,
    pruned_seq   bigint not null default 0,
    constraint event_counters_pkey primary key (workspace_id),
    constraint event_counters_pruned_seq_check check (pruned_seq <= last_seq)
) with (fillfactor = 50);

do
$$
declare
    name text;
begin
    foreach name in array array ['events', 'event_outbox', 'event_counters']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
        end loop;
end
$$;
-- An event is never changed.
grant select, insert, delete on events, event_outbox to rollcall_workspace;
grant select, insert, update on event_counters to rollcall_workspace;
