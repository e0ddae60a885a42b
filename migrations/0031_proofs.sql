-- The proof that nobody who is out has a live credential: a walk over the members who are out, in bounded steps that survive a restart.
-- A row here is a walk under way.
create table proof_walks (
    workspace_id uuid        not null,
    cursor       uuid        not null, -- the member that was looked at last
    looked_at    bigint      not null default 0,
    violations   bigint      not null default 0, -- people who still had something
    sessions     bigint      not null default 0,
    tokens       bigint      not null default 0,
    roles        bigint      not null default 0,
    groups       bigint      not null default 0,
    receipts     bigint      not null default 0,
    started_at   timestamptz not null,
    constraint proof_walks_pkey primary key (workspace_id),
    constraint proof_walks_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);

-- What the last finished walk of each workspace found.
create table proofs (
    workspace_id uuid        not null,
    looked_at    bigint      not null,
    violations   bigint      not null,
    sessions     bigint      not null,
    tokens       bigint      not null,
    roles        bigint      not null,
    groups       bigint      not null,
    receipts     bigint      not null,
    started_at   timestamptz not null,
    ended_at     timestamptz not null,
    constraint proofs_pkey primary key (workspace_id),
    constraint proofs_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);

do
$$
declare
    name text;
begin
    foreach name in array array ['proof_walks', 'proofs']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
        end loop;
end
$$;
grant select, update, delete on proof_walks to rollcall_workspace;
grant select, insert, update on proofs to rollcall_workspace;

-- Who is out, without those who are in.
create index members_deactivated_idx on members (workspace_id, id) where status = 'deactivated';

-- Receipts are listed and summed up by the time at which they were asked for.
create index receipts_received_at_idx on receipts (workspace_id, received_at, id);
