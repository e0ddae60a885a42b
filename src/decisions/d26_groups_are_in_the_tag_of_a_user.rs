//! The entity tag of a user who is in groups names them.
//!
//! A user's `groups` change without the user: somebody is put into a group, a group is renamed, or put into another one with everybody in
//! it. The user's version does not move with it, and must not: a change of one group would write a hundred thousand users. So a client
//! that asked for what it had (`If-None-Match`, RFC 7644 §3.14) was told 304 while the answer would have been another one; RFC 9110
//! §15.4.5 says of a 304 that it would have been the same.
//!
//! The groups of one user are read for the answer anyway, by one look-up that costs what they are. When there are any, the tag is
//! the version, a point, and a digest of what is shown of them: `W/"7.0f3a…"`. No row is written for it anywhere. `meta.version` is the
//! same text as the header (RFC 7643 §3.1), in lists too, and the same whatever attributes are asked for; an answer without groups reads
//! them all the same. Who is in no group has the tag of the version alone.
//!
//! **Reads** compare the whole tag.
//!
//! **Writes** compare the version only (`If-Match`, `version` in a bulk request): `groups` is read-only, so that no write can undo
//! what somebody else did to them, and an administrator who sorts groups must not make an identity provider's update fail with 412. A filter
//! by `meta.version` looks at the version too. A bulk result tells the version alone, for nothing is read to show it; it can be sent
//! back as any other.
//!
//! `lastModified` stays the time at which the user was written.
//!
//! Not taken: 304 only when groups are not shown, which would be right and end conditional reads for everybody; a counter of each
//! user's memberships, which every change of a group would have to write for everybody below it.
