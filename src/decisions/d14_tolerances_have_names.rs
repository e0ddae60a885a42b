//! Each departure from the letter of SCIM has a name, and a workspace can refuse it.
//!
//! What identity providers send beside the RFCs is let pass by default, also where a replacement of `emails[type eq "work"].value`
//! finds no such address and makes it, which RFC 7644 §3.5.2.3 would answer with `noTarget`: Entra ID sends the same operation for a
//! first and for a later value, and a refusal leaves the person without an address until somebody reads a log. Everything else that
//! selects nothing is `noTarget`. A workspace that wants the letter refuses the tolerance by its name. Switches that no identity
//! provider gets on with (`If-Match` required, no path-less PATCH, no personal data in addresses) are off and can be turned on.
//!
//! [`crate::scim::Tolerance`] lists them with who needs each and why. There is one way to let something pass, which takes the name down
//! with the request or refuses it with the error that the letter asks for. The fixtures in `tests/it/dialects` are played a second time
//! in a workspace that refuses all that they do not name, so a leniency without a name fails a test.
//!
//! One refusal is not the letter. By it, the value of a `remove` means nothing and `members` would be emptied. A workspace that refuses
//! `remove-with-value` answers 400 instead: whoever asks for more strictness does not ask for empty groups.
//!
//! What is no departure has no name: names of attributes in any case (RFC 7643 §2.1), null and `[]` for absence (§2.5, so `$ref: null`
//! and `display: null` too), read-only attributes in a body (RFC 7644 §3.3, §3.5.1), one value or several in an `add` (§3.5.2.1), a
//! trailing `?` or `&` and `+` for a space in an address, JSON in a text, which stays a text.
//!
//! Personal data, for the switch that keeps it out of addresses (RFC 7644 §7.5.2), is everything of a user but `id`, `meta`, `schemas`,
//! `active` and `groups`: identity providers put names into `externalId`. Of a group it is the names of its members.
//!
//! # 200 or 204 for a PATCH
//!
//! RFC 7644 §3.5.2 leaves the choice. We answer 200 with the resource, for users and groups:
//!
//! | identity provider | wants |
//! | --- | --- |
//! | Okta | 200 or 204; its suite of 2016 wants 200, and `active` in the body |
//! | Entra ID | 204 for groups by its documentation, and takes 200; a manager in the body must be an object |
//! | Microsoft's samples | 204 |
//! | Keycloak's plugin | exactly 200 or 204 |
//! | authentik | either: it compares with the answer to a GET afterwards |
//! | Rauthy | a body for PUT; nothing is known to hang on that of a PATCH |
//! | OneLogin, Google, JumpCloud, PingFederate, Rippling | nothing is known that would tell 200 from 204 |
//!
//! So 200 suits everybody whose wish is known. Who does not want the members of a group in it says so by `excludedAttributes=members`, and
//! those of a large group are streamed ([`d16`](super::d16_large_groups_are_streamed)).
