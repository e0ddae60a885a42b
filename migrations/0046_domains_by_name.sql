-- People who sign in are asked for their address, and its domain leads to their workspace.
create index domains_name_idx on domains (name) where verified_at is not null;
