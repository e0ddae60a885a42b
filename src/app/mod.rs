//! Use cases. They own the transactions: state, audit row and what wakes the worker are written together or not at all.

use std::sync::Arc;

pub mod access;
pub mod arrivals;
pub mod audit_log;
pub mod browse;
pub mod bulk;
pub mod by_hand;
pub mod caller;
pub mod coming_back;
pub mod domains;
pub mod effects;
pub mod error;
pub mod events;
mod group_members;
pub mod groups;
pub mod guard;
pub mod hand_over;
pub mod health;
pub mod invitations;
mod linking;
pub mod listing;
pub mod members;
pub mod more_members;
pub mod operator;
mod per_workspace;
pub mod preview;
pub mod principal;
pub mod proof;
pub mod provisioning;
pub mod provisioning_log;
pub mod queue;
pub mod quota;
pub mod ranks;
pub mod receipts;
pub mod reconcile;
pub mod recovery;
pub mod resource;
pub mod revoke;
pub mod role_mappings;
pub mod roles;
pub mod room;
pub mod saml;
pub mod scim_profile;
pub mod seal;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod signals;
pub mod sso;
pub mod sweep;
pub mod tokens;
pub mod trace;
pub mod turns;
pub mod under_way;
pub mod users;
pub mod vault;
pub mod webhooks;
pub mod workspace;

use self::{provisioning_log::Journal, seal::Sealer, vault::Vault};
use crate::{
    config::Config,
    dns::Resolver,
    jobs::wake::Waker,
    mail::Mailer,
    sessions::{Sessions, sign_ins::SignIns},
    store::Db,
};

/// Everything a use case needs; cheap to clone. Made once, in [`crate::boot`].
#[derive(Clone)]
pub struct App {
    /// What the operator has set.
    pub config: Arc<Config>,
    /// Postgres.
    pub db: Db,
    /// Redis.
    pub sessions: Sessions,
    /// Redis too: sign-ins that are under way.
    pub sign_ins: SignIns,
    /// Tells the worker that there is something to do.
    pub wake: Waker,
    /// How many SCIM requests each workspace may send.
    pub quotas: quota::Quotas,
    /// Memory for the bodies of requests.
    pub room: room::Room,
    /// How many lists each workspace reads at a time.
    pub turns: turns::Turns,
    /// Schemas and rules of the workspaces that were served lately.
    pub profiles: scim_profile::Profiles,
    /// Seals what clients are to carry around and not to read.
    pub seal: Sealer,
    /// Seals what we keep for others, the secrets of webhooks.
    pub vault: Vault,
    /// Our keys of SAML connections that were used lately.
    pub saml_keys: saml::Keys,
    /// Keys of the issuers of signals that were fetched lately.
    pub signal_keys: signals::KeySets,
    /// Looks up what shows that a domain is a workspace's.
    pub dns: Resolver,
    /// Fetches the metadata of identity providers, and the keys of their signals.
    pub fetcher: saml::Fetcher,
    /// Writes to people who are invited, if that is set up.
    pub mailer: Option<Mailer>,
    /// Writes the provisioning log.
    pub journal: Journal,
}
