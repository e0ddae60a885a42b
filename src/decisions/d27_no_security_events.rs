//! SCIM events (RFC 9967) and requests that are answered later are not offered, and `ServiceProviderConfig` does not announce them.
//!
//! Events tell other systems what has changed in a directory. Here the identity provider is the one who changes it and knows already;
//! none of those that we know receives them. What asks to hear of changes is the SaaS itself, which has the members' roles in one
//! look-up and whose sessions end in the transaction of the call. An answer that comes later (`Prefer: respond-async`) would break the one
//! promise that matters, that nobody is accepted after the answer to their deactivation. The header is a preference and is ignored, as
//! RFC 7240 §2 allows: the answer is the usual one.
//!
//! So the requirements on events hold for nobody, and the checks of the requirements excuse them with this reason.
