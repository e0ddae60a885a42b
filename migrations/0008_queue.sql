-- The queue is apalis' own schema, made before these migrations. Its trigger notifies inside the writer's transaction,
-- and commits with a pending NOTIFY wait for each other: the processes notify after the commit instead.
alter table apalis.jobs disable trigger notify_workers;

-- Orphans are looked for by lock_by on every heartbeat; finished rows keep theirs.
create index jobs_lock_by_live_idx on apalis.jobs (lock_by) where status in ('Running', 'Queued');
