//! An identity provider can end somebody's sessions at once, by a signed token: without waiting for provisioning, which may come late or never.
//!
//! **Which.** Global Token Revocation (draft-parecki-oauth-global-token-revocation), because Okta's Universal Logout is that; and security
//! events that are pushed (RFC 8935), of which two are obeyed: `session-revoked` of CAEP and `account-disabled` of RISC. They are what identity
//! providers send today when somebody is to be out. Other events, the verification of a stream among them, are acknowledged and nothing
//! follows from them but a line in the log: the Shared Signals Framework wants it so, and what they say of devices and credentials means nothing here.
//!
//! **What they do.** What an administrator does who ends all sessions of a person: the member's row gets another epoch, sign-ins that are under
//! way open nothing, Redis is tidied up. `account-disabled` also revokes the tokens of the person; those of a break-glass owner it leaves, because
//! an identity provider that has been taken over must not take the way in from them. None of it changes the directory, status or roles:
//! whether somebody is in is what SCIM says. Whoever may still sign in does so again. Of one session that is named all of the person's end: which one the
//! identity provider means is not known here. So do those that were opened after the token was issued and before it has come.
//!
//! Nothing of it is held back: the brake counts people who lose their place, and whoever loses sessions is back with the next sign-in.
//!
//! **Who is believed.** The connection comes from the address and nothing else; `signals_issuer` and the keys at `signals_jwks_url` are an
//! administrator's. A token is for the address that it is posted to or for our entity ID, of its own type (`typ`), and signed by RS, PS or ES with a key
//! of that type: never `none`, never a shared secret. The keys are fetched with the guard of webhooks ([`crate::outbound`]) and believed for ten minutes; for
//! the name of a key that is not among them they are fetched again at once, but once a minute only, since anybody can make up a name. Until then,
//! and while they cannot be fetched, the answer is 503: an identity provider sends its token again, and a refusal would be the end of it.
//!
//! **Whom they mean.** Somebody of the connection's workspace: by address, by the name under which the person signs in by this connection, by
//! `userName` or `externalId`, each exactly, in the form in which they are compared. An `iss_sub` counts only if its `iss` is the issuer or the identity
//! provider of the connection. Names that mean several people mean nobody. Whoever asks for revocation is answered 404 then; whoever pushes an
//! event is not told.
//!
//! **How often.** A `jti` is remembered in Redis for as long as its token could be good, seven days after `iat` at most, and obeyed once; a second
//! time it is acknowledged. It is noted after the commit: of two calls at the same moment both may end the same sessions, which nobody notices, but
//! none is lost. The token of a revocation authenticates one request, with that body: with another one it is refused. An event must have no
//! `exp`, a revocation must.
//!
//! **What can be seen.** `signal.received` in the audit log, with event, `jti` and member, also when nobody was meant. What was not believed stands
//! among the attempts to sign in, with reason and fix, bounded as those are, but counted apart: a flood of the one hides nothing of the other.
