//! Isolation three times: in the type, in the SQL, in Postgres.
//!
//! Every query of a workspace's data takes a [`crate::store::WorkspaceTx`], which is bound to one workspace when it begins. Its
//! SQL names the workspace first. And the transaction runs as the role `rollcall_workspace` under row-level security with the
//! workspace in a setting, so a query that forgot its first predicate still sees one workspace only. Begin, role and setting
//! travel in one round trip.
//!
//! The role is made by the migrations; a managed Postgres whose login may not create roles needs it beforehand (`create role
//! rollcall_workspace nologin; grant rollcall_workspace to <login>`). The few queries that are not bound are in
//! [`crate::store::global`].
