-- Whoever looks for a bulk request by its id finds its failed operations with it.
create index provisioning_log_part_of_idx on provisioning_log (workspace_id, part_of, id) where part_of is not null;
