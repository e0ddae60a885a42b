-- The request by which an operator or administrator handed the people of the directory over; the worker carries it out. None otherwise.
alter table workspaces add column handing_over uuid;

-- People who were handed over are recognised by their externalId as well when an identity provider is connected again.
drop index members_deleted_external_id_idx;
create index members_unlinked_external_id_idx on members (workspace_id, external_id) where user_id is null and external_id is not null;
