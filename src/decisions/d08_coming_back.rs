//! Who is the same person, after a deactivation and after a DELETE.
//!
//! An inactive user is still there and is found by filters. A POST with both its `userName` and its `externalId` is the same person
//! coming back: identity providers that have forgotten the id create again what they once created, and a 409 would leave the person
//! out until an administrator deletes the old user by hand. The user gets the new attributes under its old id, and the answer is 201,
//! the only one that some identity providers take for an answer to POST. RFC 7644 §3.3 would let us say 409, and in every other case
//! we do, with what to do in the detail: for an active user, and for an inactive one under another `externalId` or without one,
//! because a recycled address is another person.
//!
//! The SCIM id dies with the DELETE and is never used again (RFC 7644 §3.6). The member stays, deactivated, with its id, history
//! and grants given by hand. A user who is created later is the same person when its `externalId` is the one that the member had,
//! or, where there never was an `externalId`, when the `userName` is the same. The same address under another `externalId` is a
//! recycled address and another person, who gets nothing of the first one's.
