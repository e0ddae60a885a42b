-- Of a test sign-in: every check that was made, with what was found and what was expected.
alter table sign_in_attempts add column checks jsonb;
