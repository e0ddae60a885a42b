-- Invitations by e-mail. A row is the message and its place in the queue: what is to become of it is decided here, before the mail server
-- is spoken to, so that nobody gets two.
create table invitations (
    workspace_id uuid        not null,
    id           uuid        not null, -- UUID version 7, so the newest one is the last
    member_id    uuid        not null,
    state        text        not null default 'queued',
    attempts     integer     not null default 0,
    due_at       timestamptz not null, -- not before then
    begun_at     timestamptz,          -- when the last attempt began
    ended_at     timestamptz,          -- when it was sent, failed, or was cancelled
    reason       text,                 -- why it is not sent, in plain words
    request_id   uuid,                 -- the request that caused it
    created_at   timestamptz not null,
    constraint invitations_pkey primary key (workspace_id, id),
    constraint invitations_member_id_fkey foreign key (workspace_id, member_id)
        references members (workspace_id, id) on delete cascade,
    constraint invitations_state_check check (state in ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled'))
);
create index invitations_member_id_idx on invitations (workspace_id, member_id, id);
-- What is to be sent, one workspace after the other; and what was begun and has not ended.
create index invitations_queued_idx on invitations (workspace_id, due_at) where state = 'queued';
create index invitations_sending_idx on invitations (begun_at) where state = 'sending';

alter table invitations enable row level security;
create policy invitations_workspace_policy on invitations to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on invitations to rollcall_workspace;

-- Somebody who leaves is not invited any more.
alter table receipts add column invitations_closed_at timestamptz, add column invitations_count integer;
