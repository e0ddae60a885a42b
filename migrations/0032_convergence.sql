-- A sweep either checks that everybody is as the directory says, or carries out a change that concerns everybody. Only what a check
-- finds is drift, and only a check that finds none proves that there is none.
alter table sweeps
    add column for_change boolean     not null default false,
    add column checked_at timestamptz, -- the end of the last check
    add column drift      bigint      not null default 0, -- what the last check found and repaired
    add column clean_at   timestamptz; -- the end of the last check that found nothing
