//! Pages for people: administrators of a workspace, whoever sets it up by a link, operators, and everybody who signs in. They are rendered
//! here, work without script, and hold no rules: everything is read and done by the use cases that the APIs call.
//!
//! A page is a function from what a use case has said to [`html::Html`]; a form posts to an address of its own, which does one thing and sends
//! the browser on, or shows the page again with what is wrong. See [`d44`](crate::decisions::d44_pages).

mod account;
mod activity;
mod assets;
mod enter;
mod failure;
mod guides;
pub mod html;
mod ops;
mod parts;
mod people;
mod said;
mod set_up;
mod settings;
mod sign_in;
mod under_way;
mod visitor;

use poem::{Endpoint, IntoResponse, Response, Route, get, handler, web::Redirect};

use self::visitor::Person;
pub use self::{enter::address as entry_address, set_up::address as set_up_address};

/// Where people sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Every page.
pub fn endpoint() -> impl Endpoint<Output = Response> {
    let pages = Route::new()
        .at("/", get(first))
        .at(SIGN_IN, get(sign_in::show).post(sign_in::choose))
        .at(enter::PATH, get(enter::show).post(enter::look))
        .at(enter::GO, poem::post(enter::go))
        .at("/account", get(account::show))
        .at("/account/sessions/:session/end", poem::post(account::end))
        .at("/account/recovery-codes", poem::post(account::make_recovery_codes))
        .at("/account/sign-out", poem::post(account::sign_out))
        .at("/account/sign-out-everywhere", poem::post(account::sign_out_everywhere))
        .nest("/settings", settings::routes())
        .nest(set_up::PREFIX, set_up::routes())
        .nest(ops::PREFIX, ops::routes())
        .at("/assets/:version/:name", get(assets::file));
    let pages = activity::routes(people::routes(pages));
    failure::guarded(pages)
}

/// Where somebody goes who names no page.
#[handler]
fn first(person: Person) -> Response {
    let address = if person.holder.is_admin() { "/settings/scim" } else { "/account" };
    Redirect::see_other(address).into_response()
}
