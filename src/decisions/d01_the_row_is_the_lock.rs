//! The member's row decides who is accepted.
//!
//! A session check reads the member's row: status and session epoch. The transaction of the call that deactivates a person closes
//! that row itself, revokes the person's API tokens and begins the receipt, in one statement ([`crate::store::members::close`]).
//! From its commit on, which is before the answer is sent, nobody accepts the person, whatever happens to the worker or to Redis.
//!
//! What the worker does afterwards (deleting sessions, taking role, grants and groups) is tidying up and proof, not protection.
//! It can be late, run twice, or be killed.
//!
//! Tokens are revoked in the closing transaction and not by the worker: a person who is let in again before the worker ran would
//! otherwise find old tokens alive. Sessions need no such care, because they carry the epoch under which they were opened. The
//! job deletes sessions of older epochs only, so a late job does not end a session that was opened after the person came back.
