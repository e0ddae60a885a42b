//! A workspace that observes forgets what is marked.
//!
//! While a workspace only observes, calls do everything as ever: they answer, write the directory, the audit log and the marks, and are
//! refused as they would be. Only two things look at the mode: the guard, which puts nobody out, and the reconciliation, which forgets
//! marks and sweeps instead of following them. Going live begins a sweep in the transaction that changes the mode, and a sweep compares
//! everybody; so nothing has to be remembered meanwhile, and a million changes that were only observed leave no backlog.
//!
//! A call that has read the old mode and commits after the change has marked what it did: the worker, which sees the new mode, puts it
//! right. The worker forgets marks under a lock on the mode, so that none is forgotten that was made after going live and that the sweep
//! has passed by.
//!
//! The preview runs [`crate::directory::membership::plan`] on what there is, without locks, some ten thousand people a call. It cannot
//! say anything else than what would be done, because it is what would be done.
