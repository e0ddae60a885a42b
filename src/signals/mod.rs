//! What identity providers tell us about people besides provisioning: that sessions are to end, in signed tokens.
//!
//! Two kinds: Security Event Tokens (RFC 8417) of the Shared Signals Framework, pushed by RFC 8935, with events of CAEP and RISC; and requests of
//! Global Token Revocation, of which the token is the authentication. [`verify`] says whether a token is the issuer's, for us, and fresh;
//! [`subject`] and [`event`] what it says. Who that is here, and what follows, is the caller's.
//!
//! Pure: no clock, no network, no state. Tokens are good once; their [`Claims::id`] is for the caller to remember.

pub mod event;
mod keys;
mod refusal;
pub mod subject;
mod token;

pub use keys::Keys;
pub use refusal::Refusal;
pub use token::{Claims, Kind, Sender, verify};
