//! What happens in a workspace is told in one order without a gap: appended without order by the change, numbered by the worker.
//!
//! Whoever reads by number and keeps the last one must miss nothing. A number that is dealt out while transactions run (an identity, a
//! sequence) does not do that: the one that got the lower number may commit later, and a reader who has seen the higher one has passed
//! it by; a rollback leaves a gap that looks like one of these. A counter that each change locks does it, and makes all changes of a
//! workspace wait for each other until the slowest has committed.
//!
//! So a change appends to `event_outbox`, as it does to the audit log and to `dirty`, and waits for nobody. The reconcile job of the
//! workspace, which runs one at a time, moves what is committed into `events` with the next numbers; the dispatcher arms it for these
//! alone too. One statement deletes, counts and inserts: a worker that dies has done all of it or nothing, and what was not yet committed
//! at one look is there at the next. The row of the change that waited for another was appended later, so cause comes before
//! effect. The price is that an event can be read some milliseconds after its change; and a reconcile job that is dead, which is an
//! alarm, stops the events of its workspace as well. They are numbered before anything else in each run, so that a person who cannot be
//! reconciled does not hold them up while the job is tried again.
//!
//! **Numbers have no gap**, so that a reader can check for itself that it has everything, and a page knows what it has looked at by
//! counting. Events go from the oldest on, when they are older than is configured; up to where is written beside the counter, and whoever
//! asks for what went is told so (410), never given less in silence. A number that is not reached yet is refused as well: it comes
//! from another workspace or from before a restored backup, and going on from it would skip what comes.
//!
//! **What is in an event.** A closed word ([`crate::directory::event::EventType`]), an id, and little else: no names of people and no
//! addresses. It says that something has happened; how things stand is told by the API, also to somebody who reads it a week later. The
//! event of a deactivation is committed by the call that puts the person out; what follows from it (the role that is taken) comes with the
//! reconciliation. What goes along with something else has no event of its own: tokens with their person, mappings with their
//! group, memberships with the user that is deleted.
//!
//! The audit log is no substitute: it names who did what, is not ordered, and is kept for other reasons. Nor are these SCIM events
//! ([`super::d27_no_security_events`]): those tell an identity provider about its own directory.
