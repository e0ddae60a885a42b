-- The queue is apalis' own schema, made before these migrations. Its trigger notifies inside the writer's transaction,
-- and commits with a pending NOTIFY wait for each other: the processes notify after the commit instead.
alter table apalis.jobs disable trigger notify_workers;

-- Orphans are looked for by lock_by on every heartbeat; finished rows keep theirs.
create index jobs_lock_by_live_idx on apalis.jobs (lock_by) where status in ('Running', 'Queued');

-- What operators and metrics ask for, while finished rows are kept for a while.
create index jobs_open_idx on apalis.jobs (job_type, status) where status <> 'Done';
create index jobs_done_idx on apalis.jobs (job_type, done_at) where status = 'Done';

-- Marks come and go all day; dead ones in front of the live ones slow down the look for dirty workspaces.
alter table dirty set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
