-- Whether people must sign in by the SAML connection; since when. It cannot be required where nobody can do it.
alter table workspaces
    add column sso_required_at timestamptz,
    add constraint workspaces_sso_required_check check (sso_required_at is null or saml_enabled);

-- The way in of administrators when the identity provider is away. Each code is good once.
create table recovery_codes (
    workspace_id uuid        not null,
    member_id    uuid        not null,
    id           text        not null, -- the code's first characters, by which it is found
    hash         text        not null, -- Argon2id over the whole code, in the PHC string format
    created_at   timestamptz not null,
    used_at      timestamptz,
    constraint recovery_codes_pkey primary key (workspace_id, member_id, id),
    constraint recovery_codes_member_id_fkey foreign key (workspace_id, member_id) references members (workspace_id, id) on delete cascade
);

alter table recovery_codes enable row level security;
create policy recovery_codes_workspace_policy on recovery_codes to rollcall_workspace
    using (workspace_id = (select rollcall_workspace_id()));
grant select, insert, update, delete on recovery_codes to rollcall_workspace;

-- Whoever is put out has no way in left, whichever way that was done, and gets none back with being let in again.
create function forget_recovery_codes() returns trigger
    language plpgsql as
$$
begin
    delete from recovery_codes where workspace_id = new.workspace_id and member_id = new.id;
    return null;
end
$$;
create trigger members_forget_recovery_codes
    after update of status
    on members
    for each row
    when (new.status = 'deactivated' and old.status <> 'deactivated')
execute function forget_recovery_codes();
