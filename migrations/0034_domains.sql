-- Domains that a workspace has said are its own. One that is verified lets the directory take over members who were given by hand and
-- whose addresses are in it.
create table domains (
    workspace_id uuid        not null,
    name         text collate "C" not null, -- as DNS knows it
    token        text        not null,      -- what the TXT record must say
    created_at   timestamptz not null,
    verified_at  timestamptz,               -- none while it is not shown, or not any more
    checked_at   timestamptz,               -- the last look at the record
    misses       integer     not null default 0, -- looks in a row that did not find it
    problem      text,                      -- what the last look found wrong
    constraint domains_pkey primary key (workspace_id, name),
    constraint domains_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
create index domains_checked_at_idx on domains (checked_at) where verified_at is not null;

alter table domains enable row level security;
create policy domains_workspace_policy on domains to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on domains to rollcall_workspace;
