//! `password` is accepted and dropped.
//!
//! Okta sends a random one with each creation, also where it is switched off. People sign in through the identity provider, so
//! there is nothing to keep. `changePassword` is advertised as false.
