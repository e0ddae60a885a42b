//! That nobody who is out has a live credential is proven again and again, by looking, and not concluded from receipts.
//!
//! A receipt says that something was ended once. It does not say that nothing came to life since: a restored backup of Redis, a row
//! that somebody changed by hand, a bug of ours. So the worker walks over everybody who is out, at the cadence of the sweep: sessions in
//! Redis, tokens, role, grants of the directory, workspace groups, receipts that are not complete. The walk is in batches of a thousand by an
//! index that has only those who are out, asks Redis once a batch, and writes down where it is after each.
//!
//! **What it finds it ends itself**, under the locks that a reconciliation takes, after having looked once more; it tells, counts and audits
//! (`member.leftovers_ended`), and marks the person, so that the reconciliation gives back what the directory wants them to have. A
//! departure of the last five minutes is left to its job. A session counts whatever its epoch: it is refused while the person is out, but
//! one of the present epoch would be good again when they come back.
//!
//! **It is a loop and not a job.** A job of each workspace would stand in the queue with reconciliations, and fail with Redis, which
//! reconciliations do not need. One process does it at a time; if it dies, another goes on where it was.
//!
//! **Its age is told and does not decide.** `/readyz` and a gauge say how long ago the workspace that was proven longest ago was proven.
//! A server whose worker is away can serve as well as before, so it stays ready; the alarm is the operator's.
//!
//! **The worker has metrics of its own.** Most of these times are measured in the worker, and nobody could read them: with
//! `ROLLCALL_WORKER_LISTEN` it serves `/metrics` and `/healthz`.
