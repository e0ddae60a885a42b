-- Which row of a counter a transaction counts in. Transactions that run at the same time are those of different connections, so each has
-- a row of its own, and none waits for another's commit; a row chosen by what is counted would be shared by chance.
create function counter_slot() returns smallint
    language sql
    stable
    parallel restricted
as
$$
select (pg_backend_pid() % 32)::smallint
$$;

-- Where places in lists are sealed, every row knows up to where: those that are new there as well, or whoever counts in one would not know
-- of the ranges.
insert into directory_counts (workspace_id, kind, slot, n, sealed_to)
select distinct on (c.workspace_id, c.kind, slot.slot) c.workspace_id, c.kind, slot.slot, 0, c.sealed_to
from directory_counts c
         cross join generate_series(0, 31) as slot (slot)
where c.sealed_to is not null
order by c.workspace_id, c.kind, slot.slot, c.sealed_to desc
on conflict (workspace_id, kind, slot) do nothing;

comment on table directory_counts is 'Totals without counting: up to thirty-two rows a workspace and kind, see counter_slot()';
comment on table brake_counts is
    'How many people lost their access or a role, by the time at which: up to thirty-two rows a piece of the window, see counter_slot()';
