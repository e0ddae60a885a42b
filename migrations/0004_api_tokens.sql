-- API tokens of a workspace. Only the digest of the secret is stored.
create table api_tokens (
    workspace_id uuid        not null,
    id           uuid        not null,
    digest       bytea       not null,
    hint         text        not null, -- first characters of the secret, to recognise it in a list
    name         text        not null,
    scopes       text[]      not null,
    member_id    uuid,                 -- the person it dies with; null for the workspace's own tokens
    created_by   text        not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    constraint api_tokens_pkey primary key (workspace_id, id),
    constraint api_tokens_digest_key unique (digest),
    constraint api_tokens_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint api_tokens_member_id_fkey foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint api_tokens_scopes_check check (
        cardinality(scopes) > 0 and scopes <@ array ['scim', 'members:read', 'sessions', 'admin']
    )
);
create index api_tokens_member_id_idx on api_tokens (workspace_id, member_id) where member_id is not null;
