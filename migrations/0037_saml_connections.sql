-- The SAML 2.0 identity providers of a workspace.
create table saml_connections (
    workspace_id          uuid        not null,
    id                    uuid        not null,
    name                  text        not null,
    status                text        not null,
    idp_entity_id         text,                 -- these two: none while nothing is known of the identity provider
    idp_sso_url           text,
    signs_requests        boolean     not null default false,
    encrypts              boolean     not null default false, -- our metadata has a certificate to encrypt assertions with
    private_key           text,                 -- ours, PKCS #8, sealed, behind the id of the key that opens it
    certificate           bytea,                -- of that key
    idp_initiated         text        not null default 'bounce',
    creates_members       boolean     not null default false,
    attribute_email       text,                 -- names of attributes; none for the usual ones
    attribute_given_name  text,
    attribute_family_name text,
    attribute_role        text,
    tested_at             timestamptz,          -- a test sign-in has succeeded with what is here
    activated_at          timestamptz,
    created_by            text        not null,
    created_at            timestamptz not null,
    updated_at            timestamptz not null,
    constraint saml_connections_pkey primary key (workspace_id, id),
    constraint saml_connections_id_key unique (id), -- addresses of sign-in name the connection alone
    constraint saml_connections_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint saml_connections_status_check check (status in ('draft', 'testing', 'active', 'disabled')),
    constraint saml_connections_idp_initiated_check check (idp_initiated in ('refuse', 'bounce')),
    constraint saml_connections_key_check check ((private_key is null) = (certificate is null)),
    constraint saml_connections_uses_key_check check (private_key is not null or not (signs_requests or encrypts)),
    constraint saml_connections_active_check
        check (status <> 'active' or (idp_entity_id is not null and idp_sso_url is not null and tested_at is not null))
);
create unique index saml_connections_active_key on saml_connections (workspace_id) where status = 'active';

-- What their signatures are verified with. A staged one is shown to the administrators and verifies nothing.
create table saml_certificates (
    workspace_id  uuid        not null,
    connection_id uuid        not null,
    fingerprint   text        not null, -- SHA-256 of the DER form, in hexadecimal
    der           bytea       not null,
    subject       text        not null,
    not_after     timestamptz not null,
    staged        boolean     not null,
    created_at    timestamptz not null,
    last_used_at  timestamptz,
    constraint saml_certificates_pkey primary key (workspace_id, connection_id, fingerprint),
    constraint saml_certificates_connection_id_fkey foreign key (workspace_id, connection_id)
        references saml_connections (workspace_id, id) on delete cascade
);

do
$$
declare
    name text;
begin
    foreach name in array array ['saml_connections', 'saml_certificates']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
        end loop;
end
$$;
grant select, insert, update, delete on saml_connections, saml_certificates to rollcall_workspace;
