-- The directory: what the identity provider has told us. The desired state.
create table users (
    workspace_id  uuid        not null,
    id            uuid        not null,
    -- userName prepared by PRECIS UsernameCaseMapped. Compared byte by byte, as are all keys: ranges of them go by index.
    user_name_key text collate "C" not null,
    external_id   text collate "C",
    active        boolean     not null,
    document      jsonb       not null, -- canonical attributes without id, meta and read-only ones
    version       bigint      not null default 1,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    constraint users_pkey primary key (workspace_id, id),
    constraint users_user_name_key unique (workspace_id, user_name_key),
    constraint users_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
create index users_external_id_idx on users (workspace_id, external_id) where external_id is not null;

-- Every e-mail address of every user, case folded. Rows of their own, because no index on a document or an array is used under
-- row-level security: its operators are not leakproof.
create table user_emails (
    workspace_id uuid             not null,
    user_id      uuid             not null,
    email_key    text collate "C" not null,
    constraint user_emails_pkey primary key (workspace_id, user_id, email_key),
    constraint user_emails_user_id_fkey foreign key (workspace_id, user_id)
        references users (workspace_id, id) on delete cascade
);
create index user_emails_email_key_idx on user_emails (workspace_id, email_key, user_id);

create table groups (
    workspace_id     uuid        not null,
    id               uuid        not null,
    display_name_key text collate "C" not null, -- displayName, case folded
    external_id      text collate "C",
    document         jsonb       not null,
    version          bigint      not null default 1,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    constraint groups_pkey primary key (workspace_id, id),
    constraint groups_display_name_key unique (workspace_id, display_name_key),
    constraint groups_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);
create index groups_external_id_idx on groups (workspace_id, external_id) where external_id is not null;

-- Membership of groups is rows, never a document: adding one member reads none of the others.
create table group_members (
    workspace_id uuid not null,
    group_id     uuid not null,
    user_id      uuid not null,
    constraint group_members_pkey primary key (workspace_id, group_id, user_id),
    constraint group_members_group_id_fkey foreign key (workspace_id, group_id)
        references groups (workspace_id, id) on delete cascade,
    constraint group_members_user_id_fkey foreign key (workspace_id, user_id)
        references users (workspace_id, id) on delete cascade
);
create index group_members_user_id_idx on group_members (workspace_id, user_id, group_id);

-- totalResults without counting: sixteen rows a workspace and kind, so that parallel creations do not wait for one row.
create table directory_counts (
    workspace_id uuid     not null,
    kind         text     not null,
    slot         smallint not null,
    n            bigint   not null,
    constraint directory_counts_pkey primary key (workspace_id, kind, slot),
    constraint directory_counts_kind_check check (kind in ('user', 'group')),
    constraint directory_counts_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
) with (fillfactor = 50);
