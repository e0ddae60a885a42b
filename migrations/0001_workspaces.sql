-- A workspace is a tenant: one customer of the SaaS. The three columns of the gate stand here.
create table workspaces (
    id           uuid        not null,
    slug         text        not null,
    name         text        not null,
    plan         text        not null default 'free',
    saml_enabled boolean     not null default false,
    scim_enabled boolean     not null default false,
    default_role text        not null default 'viewer',
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    constraint workspaces_pkey primary key (id),
    constraint workspaces_slug_key unique (slug),
    constraint workspaces_slug_check check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    constraint workspaces_plan_check check (plan in ('free', 'team', 'business', 'enterprise')),
    constraint workspaces_default_role_check check (default_role in ('admin', 'editor', 'viewer', 'guest'))
);
