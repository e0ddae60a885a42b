//! A group's `members` carry `value`, `$ref` and `type`, and no `display`.
//!
//! `display` is optional (RFC 7643 §4.2). It would be a copy of the member's name: either stale, or read anew for each member of
//! each answer, and clients that compare what they sent with what they got see a difference. A user's `groups` do carry the
//! groups' names: there are few of them, and identity providers compare them.
