-- Append-only: who did what to whom, in the transaction of the change itself.
create table audit_log (
    workspace_id uuid        not null,
    id           uuid        not null,
    at           timestamptz not null,
    actor        text        not null, -- token:<id>, operator, worker
    action       text        not null, -- user.created, member.deactivated, ...
    subject_id   uuid        not null,
    request_id   uuid,
    detail       jsonb,
    constraint audit_log_pkey primary key (workspace_id, id),
    constraint audit_log_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
