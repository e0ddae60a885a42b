//! `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` ask for a token and an open gate, save for how to authenticate.
//!
//! RFC 7644 §4 lets a server serve them to anybody and asks for `authenticationSchemes` alone to be public, as a SHOULD: that part
//! of `/ServiceProviderConfig` is what a request without a token gets. For the rest, clients that connect here have their token
//! before they ask anything, and a closed gate answers with its reasons in the very first request, which is what the administrator
//! looks at. A workspace's own schemas are nobody else's business.
