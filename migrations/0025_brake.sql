-- The brake on mass changes. A workspace without a row has the defaults of src/directory/guard.rs.
create table brake_settings (
    workspace_id   uuid        not null,
    engages        boolean     not null,
    share_percent  smallint    not null, -- of the members who are in
    most           integer     not null,
    least          integer     not null,
    window_seconds integer     not null,
    hold_seconds   integer,              -- null: until somebody decides
    on_expiry      text        not null,
    updated_at     timestamptz not null,
    constraint brake_settings_pkey primary key (workspace_id),
    constraint brake_settings_workspace_id_fkey foreign key (workspace_id) references workspaces (id),
    constraint brake_settings_on_expiry_check check (on_expiry in ('approve', 'reject'))
);

-- How many people lost their access or a role, by the time at which: what the brake looks at instead of counting. In sixteen rows, so
-- that leavers do not wait for one.
create table brake_counts (
    workspace_id uuid        not null,
    since        timestamptz not null, -- the beginning of the piece of the window
    slot         smallint    not null,
    n            integer     not null,
    constraint brake_counts_pkey primary key (workspace_id, since, slot),
    constraint brake_counts_workspace_id_fkey foreign key (workspace_id) references workspaces (id)
) with (fillfactor = 50);

do
$$
declare
    name text;
begin
    foreach name in array array ['brake_settings', 'brake_counts']
        loop
            execute format('alter table %I enable row level security', name);
            execute format(
                'create policy %I on %I to rollcall_workspace using (workspace_id = (select rollcall_workspace_id()))',
                name || '_workspace_policy', name);
            execute format('grant select, insert, update, delete on %I to rollcall_workspace', name);
        end loop;
end
$$;

-- Members who are in, counted like users and groups.
alter table directory_counts
    drop constraint directory_counts_kind_check,
    add constraint directory_counts_kind_check check (kind in ('user', 'group', 'member')) not valid;
insert into directory_counts (workspace_id, kind, slot, n)
select workspace_id, 'member', 0, count(*) from members where status <> 'deactivated' group by workspace_id;
