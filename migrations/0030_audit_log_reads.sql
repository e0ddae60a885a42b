-- The audit log is read: by time, which is the order of its ids, and by who, what, whom and in which request. Names are compared byte
-- by byte, so that everything that is done to members is a range: from `member.` on, before `member/`.
alter table audit_log alter column actor type text collate "C", alter column action type text collate "C";

-- Who and what share one index: there are few pairs of them, which are found by skipping from one to the next.
create index audit_log_actor_idx on audit_log (workspace_id, actor, action, id);
create index audit_log_subject_id_idx on audit_log (workspace_id, subject_id, id);
create index audit_log_request_id_idx on audit_log (workspace_id, request_id, id) where request_id is not null;
