//! Who is the same person after a DELETE.
//!
//! The SCIM id dies with the DELETE and is never used again (RFC 7644 §3.6). The member stays, deactivated, with its id, history
//! and grants given by hand. A user who is created later is the same person when its `externalId` is the one that the member had,
//! or, where there never was an `externalId`, when the `userName` is the same. The same address under another `externalId` is a
//! recycled address and another person, who gets nothing of the first one's.
