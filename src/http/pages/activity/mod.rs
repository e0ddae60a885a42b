//! What has happened: what the identity provider has sent, and who has done what.

mod audit;
mod entry;
mod log;

use poem::{Route, get};

pub use log::requests;

/// The logs.
pub fn routes(pages: Route) -> Route {
    pages
        .at("/activity", get(log::show))
        .at("/activity/audit", get(audit::show))
        .at("/activity/audit/export", get(audit::export))
        .at("/activity/export", get(log::export))
        .at("/activity/:request", get(entry::show))
}
