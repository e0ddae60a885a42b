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

comment on table directory_counts is 'Totals without counting: up to thirty-two rows a workspace and kind, see counter_slot()';
comment on table brake_counts is
    'How many people lost their access or a role, by the time at which: up to thirty-two rows a piece of the window, see counter_slot()';
