-- How many people a workspace may have; null for as many as they are. Whoever is over it when it is set stays.
alter table workspaces
    add column seats integer,
    add constraint workspaces_seats_check check (seats >= 0);

-- Seats that are taken: by active users of the directory, and by members who are in by hand. The sum over the rows of a workspace.
alter table directory_counts add column seats bigint not null default 0;
update directory_counts c set seats = taken.n
from (
    select workspace_id, 'user' as kind, count(*) as n from users where active group by workspace_id
    union all
    select workspace_id, 'member', count(*) from members where origin = 'manual' and status <> 'deactivated' group by workspace_id
) as taken
where c.workspace_id = taken.workspace_id and c.kind = taken.kind
  and c.slot = (select min(slot) from directory_counts f where f.workspace_id = c.workspace_id and f.kind = c.kind);
