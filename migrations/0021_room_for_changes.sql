-- A change of a user or member touches no indexed column in most cases. With room on its page, no index has to be written for it.
alter table users set (fillfactor = 85);
alter table members set (fillfactor = 85);
