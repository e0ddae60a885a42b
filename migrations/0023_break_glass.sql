-- Whom the directory can neither put out nor take the role from: owners who get in when everything else fails.
alter table members add column break_glass boolean not null default false;
