//! Calls to addresses that others have chosen: webhook receivers, metadata of identity providers, keys of their signals. Whoever can name an address could otherwise make us call what only we
//! can reach: a database beside us, the machine's metadata service, an administrator's page.
//!
//! So a name is looked up here and nowhere else, all of its addresses must be ones that anybody on the internet could call
//! ([`is_public`]), and the connection goes to exactly the address that was checked: a name that answers otherwise the second time is not
//! asked a second time. Redirects are not followed, and proxies of the environment are not used. Of what is answered to a POST nothing is kept
//! but the status; of a GET a document is, of a mebibyte at most.

mod address;
mod client;
mod target;

pub use address::is_public;
pub use client::{Answer, CallError, Client};
pub use target::{Reach, Refusal, Target};
