//! Every API token expires: after a year unless its maker says otherwise, after three years at most.
//!
//! RFC 7644 §7.4 asks for a limited lifetime; Entra ID's documentation asks for a token that lasts, because an expired one puts the
//! provisioning job into quarantine. A year is long enough for the one and limited enough for the other. Two tokens work at the same
//! time, so that the new one can be pasted in before the old one is revoked, and lists show when each expires and was last used.
