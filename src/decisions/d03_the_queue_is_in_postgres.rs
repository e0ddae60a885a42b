//! apalis with its Postgres storage, pinned, with a few things done by ourselves.
//!
//! The queue has to be written in the transaction of the change, so it is in Postgres. Of apalis 1.0 we keep workers, monitor and
//! layers. What it leaves open is in [`crate::worker`] and covered by tests: a panic must not wedge a job, a killed worker's job
//! must run again within seconds and not for ever, failures back off with jitter and are parked as dead after a bound, an
//! unreadable payload stops nobody, the trigger that notifies inside the writer's transaction is switched off (commits with a
//! pending NOTIFY wait for each other) and replaced by a notification after the commit, with a poll behind it.
