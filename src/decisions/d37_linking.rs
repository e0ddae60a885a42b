//! A member who was given by hand becomes the directory's by an address in a verified domain, and not otherwise.
//!
//! An identity provider creates a user with the address of somebody who is in already. Taking that for the same person by the bare address
//! would let whoever administers a directory anywhere take over members of a workspace, with the roles they were given by hand. Never
//! linking leaves two members for one person. So the workspace shows by a TXT record that it can write the DNS of the address's domain
//! ([`crate::app::domains`]), which whoever runs its e-mail can; then whoever has an address in it is who that company says.
//!
//! **Who is linked.** Somebody who is in. Of a member who was put out by hand the address may have gone to somebody else, who would get the
//! roles of the one before. Only when the directory wants the person in: nobody is linked to be put out by it. Only when one member has the
//! address. Domains below a verified one do not count, and neither does a name that looks like it: names are compared as DNS knows them.
//!
//! **What follows.** The member is the directory's from then on: the same id, sessions, history, and what was given by hand, which stays
//! until it is taken back by hand. It is told as `member.linked`, in events and audit log, with what it was linked by; so is the coming back
//! of somebody under a new user by `externalId`. Nothing is merged afterwards: where the domain was verified later than the directory was
//! filled, there are two members, and an administrator puts out the one who was given by hand.
//!
//! **Where.** In the reconciliation, where it costs the creation of a user nothing. Only where seats are short it is done by the call
//! itself, because somebody who is in already takes no second seat.
//!
//! **How long a domain counts.** It is looked at again every day. Three looks in a row that find nothing end it, told as `domain.lapsed`; a
//! DNS server that does not answer ends nothing. Several workspaces may have the same domain verified, as companies with several
//! workspaces do; each has a token of its own, and one learns nothing of the other.
//!
//! DNS is asked by a library through a server that can be set ([`crate::dns`]). Tests answer as that server, so that the running program is
//! tested with everything that lies between; a trait for tests to implement would leave that out.
