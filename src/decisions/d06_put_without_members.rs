//! A PUT of a group without `members` leaves the members alone.
//!
//! RFC 7644 §3.5.1 lets a server clear what a PUT leaves out, and for other attributes we do. For `members` the likely cause is
//! an identity provider that does not send them with a rename, and clearing would take everybody's role. An empty list, or null,
//! empties the group.
