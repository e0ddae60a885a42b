//! Requiring SAML SSO is a rule about sessions, not about doors: a check looks at what has opened a session.
//!
//! **What it does.** The SaaS's backend opens no sessions and makes no entry links any more, and sessions that it has opened are refused from the
//! commit on, wherever they are used. Nothing is searched for and ended: the member's row and the requirement are read by one statement. Sessions of a connection that
//! another one has replaced go on, as its administrator was told.
//!
//! **Who may.** Only an administrator who is signed in by the active connection switches it on: whoever can do that has seen that it works.
//! Switching off takes an administrator's token and is written down; so is that an operator has ended the connection, with which the requirement
//! ends too. An administrator's disabling is refused while it stands: nobody closes the only door by mistake.
//!
//! **Recovery codes** are for administrators and break-glass owners, made by themselves in a session of their own, so that nobody else has seen
//! them. Each is found by its first characters and is good once; the rest is 90 random bits behind Argon2id. Ten tries an hour are allowed, and
//! refused ones are written down. A trigger on the member's row removes them with the deactivation, whichever way that comes: they are a way in,
//! and whoever is let in again makes new ones. Revoking them is an administrator's; making them for others is nobody's.
