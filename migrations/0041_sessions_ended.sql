-- Sign-ins that began before this time open no session: the person, or an administrator, has ended all of them since.
alter table members add column sessions_ended_at timestamptz;
