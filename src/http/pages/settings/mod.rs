//! Settings of a workspace, for its administrators.

mod api;
mod roles;
pub(super) mod saml;
pub(super) mod scim;
mod set_up_links;
mod webhooks;

pub(super) use set_up_links::{made_link, table as links_table};

use poem::{Route, get, post};

/// Everything below `/settings`.
pub fn routes() -> Route {
    Route::new()
        .at("/api", get(api::show).post(api::make))
        .at("/api/:token/revoke", post(api::revoke))
        .at("/api/:token/rotate", post(api::rotate))
        .at("/roles", get(roles::show).post(roles::put))
        .at("/roles/:role/delete", post(roles::delete))
        .at("/webhooks", get(webhooks::list).post(webhooks::make))
        .at("/webhooks/:webhook", get(webhooks::show).post(webhooks::change))
        .at("/webhooks/:webhook/rotate", post(webhooks::rotate))
        .at("/webhooks/:webhook/resume", post(webhooks::resume))
        .at("/webhooks/:webhook/replay", post(webhooks::replay))
        .at("/webhooks/:webhook/delete", post(webhooks::delete))
        .at("/set-up-links", get(set_up_links::show).post(set_up_links::make))
        .at("/set-up-links/:link/revoke", post(set_up_links::revoke))
        .nest("/saml", saml::routes())
        .nest("/scim", scim::routes())
}
