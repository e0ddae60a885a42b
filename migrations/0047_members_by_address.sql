-- Administrators look for people by how their address begins: in byte order, in which a beginning is a range.
create index members_email_order_idx on members (workspace_id, email_key collate "C", id) where email_key is not null;
