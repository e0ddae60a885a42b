//! The audit log is read by time, actor, action, subject and request, and exported whole. It has three indexes besides its key.
//!
//! **Every index is paid by every change**, since each change writes a row. So there is one index for who and what together: a workspace
//! has few pairs of actor and action, which are found by skipping from one to the next, and the newest entries of each are merged. It
//! answers "all that this token did", "everything that was done to members" and both at once, at a cost that follows the pairs and the
//! page and not the log. Subject and request have one each. Of those with other wishes besides, two thousand are looked at for a page,
//! and `next` says that there may be more.
//!
//! **Time is the id.** An entry's `at` is when it was written, and its id (a UUID of version 7) says the same: a stretch of time is a
//! range of the primary key, a cursor is an id, and no index on a time is needed. The time of the request is in its id.
//!
//! **What stands in `detail`.** What was made has `after`, what was removed has `before`, what was changed has both, of what mattered:
//! role, status, plan, gate, rules, a token's name and scopes, a group's name. Of a user the names of the attributes that changed, and
//! `active` before and after: the values are personal, stand in the directory, and a log that is never changed could not forget them.
//!
//! **The export** is a transaction a page, so that a client that reads slowly holds nothing, and ends with what was there when it began.
//! When it cannot go on, the connection is cut in the middle of the body: no client can take that for the end.
//!
//! Not taken: an actor's kind in a column of its own (it is the first word of the actor, and a range finds it); one index for each
//! filter; `like`, which is not leakproof and would read the whole log under row-level security.
