//! Signing in by SAML lets in whom the directory, or an administrator, has let in. It overrules neither.
//!
//! **Three steps.** A browser is sent to the identity provider, posts what that says, and is sent on to a third address before anybody is
//! signed in. The post comes from another site and without our cookies; the third address sees the cookie, and only the browser in which
//! the sign-in began has the right one. A response that was stolen, or begun by somebody else for a victim, signs nobody in. What an
//! identity provider begins by itself is turned into a request of ours, which it answers at once: there is one kind of sign-in only.
//!
//! **Who it is.** The name identifier under which a member has signed in by this connection before; else the member of the directory whose
//! `userName`, `externalId` or address it is, because whoever provisions the workspace and whoever signs its people in is one company; else the
//! member with the same address in a domain that the workspace has verified, also while SCIM is on: an administrator who was invited by hand signs
//! in like everybody else. Several who are in and could be meant are nobody. An address in a domain that is not verified is nothing.
//!
//! **Who may.** A member who is out stays out, whatever the identity provider says; a person who is none becomes one only where SCIM is off, the
//! connection may make members, and the domain is verified. The row decides, with its epoch, under a lock: who is deactivated while a sign-in
//! is on its way is not signed in.
//!
//! **The end of a connection.** Its sessions go on or end, as the administrator says. A session names its connection, and a check reads when the
//! sessions of that were ended: nothing has to be found and deleted in Redis for it to be true.
//!
//! **What people and administrators end.** All sessions of a person end with a new epoch in the member's row, as with a deactivation, and with a
//! time before which a sign-in must not have begun: an answer of the identity provider that is on its way opens nothing. One session alone is
//! deleted in Redis, where it is named by the digest that Redis knows. When a session was last seen follows from its time to live, which every
//! check sets anyway: nothing more is written.
//!
//! **A cookie changes something for our own pages only.** Browsers send cookies along with what other sites cause, so a request that is
//! authenticated by one must say that it is not that: `Sec-Fetch-Site`, which scripts cannot set, else `Origin`. A bearer token is sent by nobody
//! who does not have it, and needs no such proof.
//!
//! **Addresses come from the configuration.** Audience and recipient are compared with `ROLLCALL_PUBLIC_URL`. A `Host` header could be chosen
//! by whoever brings a response that was meant for another application.
//!
//! **Metadata by address** is fetched by the client of webhooks ([`crate::outbound`]), with its guard: whoever names an address makes us call
//! it. Every day it is fetched again, and since nobody looks at what comes then, it decides little: a certificate that is new is staged
//! until an administrator pins it, none is removed, and another entity ID is not followed. Whoever takes over the place where the document
//! lies can sign nobody in. The address to which people are sent is followed, because identity providers do move it. A worker takes a connection by
//! writing down when; one that dies has lost a day, which no sign-in depends on.
//!
//! **Who tries a connection is told everything.** A sign-in ends at the first thing that is wrong; its report for the administrator who tests makes
//! every check that can be made, also on what nobody has signed, with what was found beside what was expected. It decides nothing. That an attempt
//! is a test is believed of a request that we have sent, or of a connection in testing.
//!
//! **What anybody can cause is bounded, and keeps nobody out.** A request that waits for its answer is kept nowhere: when it was asked and in which
//! browser is sealed in its id (`ROLLCALL_SEAL_KEY`), which the identity provider signs with its answer. Somebody who begins very many sign-ins
//! fills nothing and uses nothing up; only where people wanted to go is remembered of so many a minute, and whoever is beyond that is signed in
//! and led to the first page. Refusals are written down, so a connection has so many a minute, far beyond what people need; what is over that is
//! answered 429. A response that signs somebody in is counted nowhere.
