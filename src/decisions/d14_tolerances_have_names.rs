//! Each departure from the letter of SCIM has a name, and a workspace can refuse it.
//!
//! What identity providers send beside the RFCs is let pass by default, also where a replacement of `emails[type eq "work"].value`
//! finds no such address and makes it, which RFC 7644 §3.5.2.3 would answer with `noTarget`: Entra ID sends the same operation for a
//! first and for a later value, and a refusal leaves the person without an address until somebody reads a log. Everything else that
//! selects nothing is `noTarget`. A workspace that wants the letter refuses the tolerance by its name. Switches that no identity
//! provider gets on with (`If-Match` required, no path-less PATCH, no personal data in addresses) are off and can be turned on.
