//! How the provisioning log is written.
//!
//! One task of each server process writes what several requests have handed over in one commit. A change or a refusal is answered when
//! its entry is safe, so nothing that was acknowledged is missing from the log; a read that succeeded is not kept waiting and is written
//! a moment later, and a server that is killed in that moment forgets it: it changed nothing. An entry that cannot be written changes no
//! request's outcome: it is tried again while there is room, and counted when there is none. The task has a connection of its own, so
//! that entries do not queue with the requests that they are about. In the transaction of the change itself, an entry would not know the
//! answer, and refusals and reads have no such transaction.
