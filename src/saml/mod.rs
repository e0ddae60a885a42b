//! SAML 2.0 responses: whom an identity provider has signed in, if what arrived says so beyond doubt.
//!
//! Of XML Signature (XML-DSig) only the corner is read that SAML allows (saml-core 5.4): one enveloped signature, one reference to its own
//! parent, exclusive canonicalization. Two rules carry it. There is one parser, [`roxmltree`], behind a scan in linear
//! time that lets through nothing which parsers read in different ways. And who is signed in is read from the canonical octets whose digest was
//! signed, parsed once more, and from nothing else: a [`signature::Signed`] can only be made by verifying.
//!
//! Pure: no clock, no network, no state. Replays and pending requests are the caller's, by [`SignIn::assertion_id`] and
//! [`SignIn::in_response_to`].

mod assertion;
mod attributes;
pub mod c14n;
pub mod certificate;
pub mod connection;
mod encrypted;
mod key;
mod markup;
pub mod metadata;
pub mod refusal;
pub mod report;
mod request;
mod response;
mod shape;
pub mod signature;
mod xml;

pub use assertion::SignIn;
pub use attributes::{AttributeNames, Profile};
pub use certificate::Certificate;
pub use key::{ServiceKey, UnusableKey};
pub use refusal::Refusal;
pub use report::{claimed_request, report};
pub use request::AuthnRequest;
pub use response::{Connection, Unsolicited, validate};

/// The longest `SAMLResponse` form field, in characters. A thousand groups fit.
pub const MAX_ENCODED: usize = 400_000;
