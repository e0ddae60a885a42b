//! Writes leave marks; the worker keeps one job for each workspace that has any.
//!
//! A job row for each write would make a first synchronisation of a million people a queue of a million rows, in front of
//! everybody else's. Instead the transaction of the write appends a narrow row to `dirty`, and [`crate::jobs::dispatch`] keeps
//! exactly one live job for each workspace that has marks. The job takes a bounded batch and is armed again behind the other
//! workspaces.
//!
//! The marks are append-only on purpose. De-duplicating them by a key races: a writer that has not committed finds the pending
//! mark and adds none, the worker takes that mark, does not see the writer's change yet, and the change is stranded. An appended
//! mark that is not yet committed is simply seen later. Marks of one person that pile up are folded into one when they are taken.
//!
//! Somebody who leaves does not wait behind marks: their [`crate::jobs::Deprovision`] is a job of its own in another queue, put
//! there by the closing transaction. Up to fifty people whom one transaction puts out are one job: one each came to 84 receipts a second
//! for ten thousand leavers, together they are done a second after the last of them is out. The job locks the rows of its people and not
//! the workspace: a reconciliation locks the same rows before it looks at what these people have, and until it is done with its batch they
//! wait for nobody else.
//!
//! What changes for everybody below a group is one mark too, see [`super::d20_groups_in_groups`].
