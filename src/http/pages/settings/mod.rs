//! Settings of a workspace, for its administrators.

mod api;
pub(super) mod saml;
pub(super) mod scim;
mod set_up_links;

pub(super) use set_up_links::made_link;

use poem::{Route, get, post};

/// Everything below `/settings`.
pub fn routes() -> Route {
    Route::new()
        .at("/api", get(api::show).post(api::make))
        .at("/api/:token/revoke", post(api::revoke))
        .at("/api/:token/rotate", post(api::rotate))
        .at("/set-up-links", get(set_up_links::show).post(set_up_links::make))
        .at("/set-up-links/:link/revoke", post(set_up_links::revoke))
        .nest("/saml", saml::routes())
        .nest("/scim", scim::routes())
}
