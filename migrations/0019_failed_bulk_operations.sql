-- A failed operation of a bulk request has an entry of its own, which is found as that of a single request is; this is the request's.
alter table provisioning_log add column part_of uuid;
