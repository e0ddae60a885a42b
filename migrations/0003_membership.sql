-- Membership: who is in the workspace. The effective state, which the application obeys.
create table members (
    workspace_id   uuid        not null,
    id             uuid        not null,
    user_id        uuid,                 -- the directory user behind this member, null for people given by hand or deleted
    origin         text        not null,
    external_id    text,                 -- identity in the directory, kept after a DELETE so that the person comes back
    user_name_key  text,
    email          text,
    email_key      text,
    display_name   text,
    status         text        not null,
    role           text,
    session_epoch  bigint      not null default 0, -- sessions opened under another epoch are dead
    created_at     timestamptz not null,
    activated_at   timestamptz,          -- first sign-in
    deactivated_at timestamptz,
    updated_at     timestamptz not null,
    constraint members_pkey primary key (workspace_id, id),
    constraint members_user_id_key unique (workspace_id, user_id),
    constraint members_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint members_user_id_fkey foreign key (workspace_id, user_id)
        references users (workspace_id, id) on delete set null (user_id),
    constraint members_origin_check check (origin in ('directory', 'manual')),
    constraint members_status_check check (status in ('invited', 'active', 'deactivated')),
    constraint members_role_check check (role in ('admin', 'editor', 'viewer', 'guest'))
);
create index members_email_key_idx on members (workspace_id, email_key) where email_key is not null;
-- People whose directory user was deleted, by what they are recognised by when they come back.
create index members_deleted_external_id_idx on members (workspace_id, external_id)
    where origin = 'directory' and user_id is null and external_id is not null;
create index members_deleted_user_name_key_idx on members (workspace_id, user_name_key)
    where origin = 'directory' and user_id is null and external_id is null;

-- Which directory group gives which role. By id, never by name.
create table role_mappings (
    workspace_id uuid        not null,
    group_id     uuid        not null,
    role         text        not null,
    created_at   timestamptz not null,
    constraint role_mappings_pkey primary key (workspace_id, group_id),
    constraint role_mappings_group_id_fkey foreign key (workspace_id, group_id)
        references groups (workspace_id, id) on delete cascade,
    constraint role_mappings_role_check check (role in ('admin', 'editor', 'viewer', 'guest'))
);

-- A grant is why a member has a role.
create table grants (
    workspace_id uuid        not null,
    member_id    uuid        not null,
    source       text        not null,
    source_key   text        not null, -- the group's id for a group mapping, else empty
    role         text        not null,
    request_id   uuid,                 -- the request that caused it
    granted_at   timestamptz not null,
    constraint grants_pkey primary key (workspace_id, member_id, source, source_key),
    constraint grants_member_id_fkey foreign key (workspace_id, member_id)
        references members (workspace_id, id) on delete cascade,
    constraint grants_source_check check (source in ('manual', 'attribute', 'group', 'default')),
    constraint grants_role_check check (role in ('admin', 'editor', 'viewer', 'guest'))
);

-- Workspace groups follow the pushed groups and keep their id.
create table workspace_groups (
    workspace_id uuid        not null,
    id           uuid        not null,
    display_name text        not null,
    updated_at   timestamptz not null,
    constraint workspace_groups_pkey primary key (workspace_id, id),
    constraint workspace_groups_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
);

create table workspace_group_members (
    workspace_id uuid not null,
    member_id    uuid not null,
    group_id     uuid not null,
    constraint workspace_group_members_pkey primary key (workspace_id, member_id, group_id),
    constraint workspace_group_members_member_id_fkey foreign key (workspace_id, member_id)
        references members (workspace_id, id) on delete cascade
);
