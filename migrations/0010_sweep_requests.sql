-- Who asked for a sweep: the grants that it changes name this request. Null for those that the worker begins by the clock.
alter table sweeps add column request_id uuid;
