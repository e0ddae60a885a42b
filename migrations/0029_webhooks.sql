-- Where the events of a workspace are sent. The row is the whole state of a delivery: how far it has come, when it is tried next, and
-- who is at it. It changes with every attempt, so no index is on what changes.
create table webhook_endpoints (
    workspace_id        uuid        not null,
    id                  uuid        not null,
    url                 text        not null,
    types               text[]      not null,           -- empty: every type
    enabled             boolean     not null,
    secret              text        not null,           -- sealed, behind the id of the key that opens it
    secret_before       text,                           -- signs too until the time below
    secret_before_until timestamptz,
    cursor_seq          bigint      not null,           -- delivered, or not wanted, up to here
    failures            integer     not null default 0, -- in a row
    next_attempt_at     timestamptz not null,
    parked_at           timestamptz,                    -- given up until an administrator resumes it
    parked_why          text,
    attempts            bigint      not null default 0, -- ever made; the number of the last one
    lease               bigint      not null default 0, -- moves with every courier that takes it: who holds an older one has lost it
    leased_by           uuid,
    leased_until        timestamptz not null,
    served_at           timestamptz not null,           -- when a courier took it last
    created_by          text        not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    constraint webhook_endpoints_pkey primary key (workspace_id, id),
    constraint webhook_endpoints_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
) with (fillfactor = 50);

-- The last attempts of each endpoint, for its administrators.
create table webhook_attempts (
    workspace_id uuid        not null,
    endpoint_id  uuid        not null,
    number       bigint      not null,
    seq          bigint      not null,
    at           timestamptz not null,
    status       smallint,             -- of the answer; null when there was none
    error        text,                 -- why it counts as failed
    duration_ms  integer     not null,
    constraint webhook_attempts_pkey primary key (workspace_id, endpoint_id, number),
    constraint webhook_attempts_endpoint_id_fkey foreign key (workspace_id, endpoint_id)
        references webhook_endpoints (workspace_id, id) on delete cascade
);

do
$$
declare
    name text;
begin
    foreach name in array array ['webhook_endpoints', 'webhook_attempts']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
        end loop;
end
$$;
grant select, insert, update, delete on webhook_endpoints to rollcall_workspace;
grant select, insert, delete on webhook_attempts to rollcall_workspace; -- what was attempted is never changed
