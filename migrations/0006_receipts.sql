-- A receipt is the record of one deprovisioning: when it was asked for and when each kind of credential died.
create table receipts (
    workspace_id       uuid        not null,
    id                 uuid        not null,
    member_id          uuid        not null,
    cause              text        not null,
    request_id         uuid,
    received_at        timestamptz not null,
    row_closed_at      timestamptz not null,
    sessions_closed_at timestamptz,
    sessions_count     integer,
    tokens_closed_at   timestamptz,
    tokens_count       integer,
    roles_closed_at    timestamptz,
    roles_count        integer,
    completed_at       timestamptz,
    constraint receipts_pkey primary key (workspace_id, id),
    constraint receipts_member_id_fkey foreign key (workspace_id, member_id) references members (workspace_id, id)
);
create index receipts_member_id_idx on receipts (workspace_id, member_id, id);
create index receipts_open_idx on receipts (workspace_id, id) where completed_at is null;
