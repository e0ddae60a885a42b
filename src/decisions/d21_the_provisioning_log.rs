//! The provisioning log is written by one task of each server process, several requests in one commit; a change or a refusal is
//! answered when its entry is safe, a read is not kept waiting.
//!
//! **Why not in the transaction of the change.** An entry tells how the request ended: status, answer, duration. Nobody knows them
//! before the commit, refusals and reads have no transaction that commits, and a mistake in the log would undo a change. Written after
//! it, nothing in the log can fail a request.
//!
//! **Why one task.** An entry by itself costs a commit of its own, as dear as the change. The task takes what has come together
//! while it was writing, up to 256 entries of any workspaces, and writes it by one statement: under load a dozen requests share a
//! commit. It has a connection of its own, so that its batches do not queue with the requests they are about. The statement is the one
//! place that writes for several workspaces at once, and stands with the other unbound ones in [`crate::store::global`]; each row
//! says whose it is and got that from the token that the request was authenticated with. Reading and pruning are bound to one workspace.
//!
//! **What is safe when.** The answer to a change or a refusal waits for the commit of its batch: whoever kills the server after it finds
//! the entry. A read is handed over and written within a tenth of a second, and at the end of the process; such a batch alone does
//! not wait for the disk either. While Postgres cannot be written to nobody waits, entries stay in memory up to 32 MiB, are tried again,
//! and what finds no room is counted in `rollcall_provisioning_log_dropped_total`. Hardly anything can come together then: who cannot be
//! looked up is not authenticated, and leaves no entry. No answer waits longer than five seconds; one that did is counted in
//! `rollcall_provisioning_log_unconfirmed_total`, and its entry is still to come. The entry of a bulk request comes with its end: should
//! the process be killed before, the audit log has what it had done.
//!
//! **Bulk requests.** The request is answered 200 whatever becomes of its operations, so that nobody who looks for failures would find
//! it, and not by person: it is about many. Each operation that failed has an entry of its own, with the operation, path, person, status and
//! detail of the single request that it stands for, and `part_of` says whose it was: who asks for the request's id finds them all. Those that succeeded are told by the entry of the
//! request. Failures are as many as operations at most, name a thousand people together, and are written before the entry of the request.
//!
//! **What is not kept.** Requests that nobody's token came with. Bodies that are no JSON, and what a caller sends who may do nothing: it
//! is not read. More than 32 KiB of a body, and more than 4 KiB of the answer to a read: what is read most says least. More than a
//! thousand people of one request. Of the requests beyond a workspace's quota more than one a second: they would push everything else
//! out, and cost what the quota is to save. And no secret: what has a secret's name is removed at any depth, and so is every text that
//! speaks of one and may hold it ([`crate::scim::redact`]); what a log lacks can be asked for, what it holds cannot be taken back.
//! The query is kept, as it is the workspace's own, unless it speaks of a secret.
//!
//! **How it is found.** An entry has its request's id, a UUID of version 7, so times and cursors are ranges of the primary key. Status
//! and operation share one index: there are few pairs of them, which are found by skipping from one to the next, and the newest
//! of each are merged. A person is looked for by id and `userName`, among those whom a group change names as well. Sizes are counted
//! as entries come and go, so that the worker's look at a workspace within its bounds reads a few rows.
//!
//! **What it costs.** The statement by pgbench, on one connection to a Postgres with fsync on a busy machine of two cores, entries of 1.7 KiB
//! (what each takes on disk, indexes included): one alone 1.8 to 3.0 ms; sixteen together 3.7 to 4.2 ms, a quarter of a millisecond each;
//! sixty-four 4.8 to 6.3 ms, a tenth each; sixty-four reads, whose commit does not wait for the disk, 2.3 to 3.3 ms, a twentieth each. So
//! sixteen clients that write would spend seven to twelve times as long in the log if each entry had a commit of its own.
