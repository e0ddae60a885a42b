//! Postgres: the only truth. Finders and writers, each bound to one workspace through [`WorkspaceTx`]; the few queries that are
//! not bound stand in [`global`], the only SQL that is put together at run time in [`filter_sql`].

pub mod admins;
pub mod audit;
pub mod brake;
pub mod browse;
pub mod by_hand;
pub mod db;
pub mod dirty;
pub mod document;
pub mod domains;
pub mod error;
pub mod events;
pub mod filter_sql;
pub mod global;
pub mod group_members;
pub mod group_subgroups;
pub mod group_walks;
pub mod groups;
pub mod hand_over;
pub mod held_batches;
pub mod held_changes;
pub mod invitations;
pub mod listing;
pub mod members;
pub mod membership;
pub mod migrate;
pub mod proofs;
pub mod provisioning_log;
pub mod ranks;
pub mod receipts;
pub mod recovery_codes;
pub mod role_mappings;
pub mod roles;
pub mod saml;
pub mod scim_profiles;
pub mod seats;
pub mod stretch;
pub mod sweeps;
pub mod tokens;
pub mod unique_values;
pub mod users;
pub mod walks;
pub mod webhooks;
pub mod workspaces;

pub use db::{Db, WorkspaceTx};
pub use error::{Constraint, StoreError};
