//! Sign-in by SAML.

mod canonical;
mod corpus;
