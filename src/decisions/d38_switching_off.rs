//! Whoever switches SCIM off says what becomes of the people whom the directory manages.
//!
//! The gate closes when SCIM is disabled, SAML SSO is disabled, or the plan is left. From then on no identity provider is heard, and its
//! people would be nobody's: it cannot put out a leaver any more, and administrators may not, because they would be overruled. Ending
//! everybody's access because of an invoice is not an answer either. So the change is refused until it says with `managed_people` what is
//! meant, unless the directory manages nobody.
//!
//! **`keep`**: nothing changes. For a gate that is soon open again. Administrators who try to change such a member are told how to hand
//! them over.
//!
//! **`hand_over`**: everybody stays in or out as they are. The role that somebody has becomes the one that is given by hand; attributes,
//! groups and default give nothing any more. Changes that were held are dropped: nobody is put out by them. The directory is emptied, its groups and their
//! mappings included. What it says would be old by the time SCIM is switched on again, and would be believed: somebody who left meanwhile and was put
//! out by hand would come back by it. An identity provider that is connected again fills it anew, and finds its people by `externalId`.
//!
//! The worker does it in batches, people first, so that nobody is taken for a leaver. Each is told as `member.unlinked`, beginning and end
//! as `directory.hand_over_asked` and `directory.handed_over` with the request that asked. Until the end SCIM cannot be switched on again.
//!
//! A request that was let in before the gate closed may still commit behind it. Who is created by it is the directory's, as with `keep`, and is
//! handed over by asking once more.
