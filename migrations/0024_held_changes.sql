-- What the directory asks for and a guard has held: the directory's record says it, the member is as before. A row stands as long as
-- that is so, whatever was decided about it.
create table held_changes (
    workspace_id uuid        not null,
    member_id    uuid        not null,
    effect       text        not null, -- what would be taken
    reason       text        not null,
    state        text        not null default 'held',
    batch_id     uuid,                 -- for mass changes: what an administrator decides about as a whole
    request_id   uuid,
    held_at      timestamptz not null,
    decided_at   timestamptz,
    decided_by   text,
    constraint held_changes_pkey primary key (workspace_id, member_id, effect),
    constraint held_changes_member_id_fkey foreign key (workspace_id, member_id)
        references members (workspace_id, id) on delete cascade,
    constraint held_changes_effect_check check (effect in ('access', 'role')),
    constraint held_changes_reason_check check (reason in ('break_glass', 'last_admin', 'mass_change')),
    constraint held_changes_state_check check (state in ('held', 'approved', 'rejected')),
    constraint held_changes_batch_id_check check ((batch_id is null) = (reason <> 'mass_change'))
);
create index held_changes_batch_id_idx on held_changes (workspace_id, batch_id, member_id) where batch_id is not null;
-- Looked at again when there is another admin.
create index held_changes_last_admin_idx on held_changes (workspace_id, member_id) where reason = 'last_admin';

-- A mass change that the brake has held. One is open at a time.
create table held_batches (
    workspace_id uuid        not null,
    id           uuid        not null,
    opened_at    timestamptz not null,
    expires_at   timestamptz,          -- then it is decided as the settings say; null for never
    on_expiry    text,
    decision     text,
    decided_at   timestamptz,
    decided_by   text,                 -- as in the audit log
    constraint held_batches_pkey primary key (workspace_id, id),
    constraint held_batches_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint held_batches_on_expiry_check check (on_expiry in ('approve', 'reject')),
    constraint held_batches_decision_check check (decision in ('approved', 'rejected'))
);
create unique index held_batches_open_key on held_batches (workspace_id) where decided_at is null;
create index held_batches_expires_at_idx on held_batches (expires_at) where decided_at is null;

do
$$
declare
    name text;
begin
    foreach name in array array ['held_changes', 'held_batches']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
            execute format('grant select, insert, update, delete on %I to rollcall_workspace', name);
        end loop;
end
$$;
