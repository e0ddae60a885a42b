-- Who somebody is to us whom an identity provider names in its own way. Stays when the person is put out: who is let in again signs in as before.
create table saml_identities (
    workspace_id   uuid        not null,
    connection_id  uuid        not null,
    name_id_format text        not null, -- empty where none was sent
    name_id        text        not null,
    member_id      uuid        not null,
    created_at     timestamptz not null,
    last_used_at   timestamptz not null,
    constraint saml_identities_pkey primary key (workspace_id, connection_id, name_id_format, name_id),
    constraint saml_identities_connection_id_fkey foreign key (workspace_id, connection_id)
        references saml_connections (workspace_id, id) on delete cascade,
    constraint saml_identities_member_id_fkey foreign key (workspace_id, member_id) references members (workspace_id, id) on delete cascade
);
create index saml_identities_member_id_idx on saml_identities (workspace_id, member_id);

-- What became of sign-ins, for administrators. The person is told the id as a reference.
create table sign_in_attempts (
    workspace_id  uuid        not null,
    id            uuid        not null, -- version 7: in the order of time
    connection_id uuid        not null,
    at            timestamptz not null,
    is_test       boolean     not null,
    code          text,                 -- why it was refused; none when it was not
    name_id       text,
    email         text,
    member_id     uuid,
    fingerprint   text,                 -- of the certificate that has verified it
    attributes    jsonb,                -- of a test: everything that was sent
    constraint sign_in_attempts_pkey primary key (workspace_id, id),
    constraint sign_in_attempts_connection_id_fkey foreign key (workspace_id, connection_id)
        references saml_connections (workspace_id, id) on delete cascade
);

create index sign_in_attempts_id_idx on sign_in_attempts (id); -- what is old is removed, whosever it is

do
$$
declare
    name text;
begin
    foreach name in array array ['saml_identities', 'sign_in_attempts']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
        end loop;
end
$$;
grant select, insert, update, delete on saml_identities to rollcall_workspace;
grant select, insert, delete on sign_in_attempts to rollcall_workspace; -- what has happened is never changed

-- Sessions that were opened by the connection before this time are not accepted.
alter table saml_connections add column sessions_ended_at timestamptz;
