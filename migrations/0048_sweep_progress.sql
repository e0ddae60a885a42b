-- Administrators see how far a change is that concerns everybody.
alter table sweeps add column looked_at bigint not null default 0; -- people and groups that it has passed
