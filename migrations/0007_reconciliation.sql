-- What is dirty. Append-only marks, drained in order by the worker: no conflict between writers, and a mark that is not yet
-- committed is simply seen later, so no change is stranded.
create table dirty (
    workspace_id uuid   not null,
    seq          bigint not null generated always as identity,
    kind         text   not null,
    subject_id   uuid   not null,
    request_id   uuid,
    constraint dirty_pkey primary key (workspace_id, seq),
    constraint dirty_kind_check check (kind in ('user', 'member', 'group'))
);

-- The sweep of a workspace: compares all desired with all effective, in bounded steps that survive a restart.
create table sweeps (
    workspace_id uuid        not null,
    phase        text        not null,
    cursor       uuid        not null,
    repaired     bigint      not null default 0,
    started_at   timestamptz not null,
    finished_at  timestamptz,
    constraint sweeps_pkey primary key (workspace_id),
    constraint sweeps_phase_check check (phase in ('groups', 'users', 'members')),
    constraint sweeps_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
create index sweeps_open_idx on sweeps (workspace_id) where finished_at is null;
