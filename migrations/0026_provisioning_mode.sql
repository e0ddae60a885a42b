-- Whether anything follows from what the identity provider says. A workspace that only observes has a directory that fills, and members
-- who stay as they are.
alter table workspaces
    add column provisioning text not null default 'live',
    add constraint workspaces_provisioning_check check (provisioning in ('live', 'observe'));
