//! Seats are taken by what the directory wants, and checked after they are counted.
//!
//! A seat is taken by an active user of the directory, whose member may not have been made yet, and by a member who is in by hand. The
//! member could not be counted in the call that creates the user: the worker makes it. Somebody whose leaving is held has no seat any
//! more; the workspace may be over its number by those for a while, and nobody is put out because of the number.
//!
//! The number is in the rows that count users and members anyway. Whoever adds to it in a workspace with a limit takes a lock afterwards,
//! reads the sum with its own change in it, and commits under the lock or not at all, so that calls at the same time get as many seats as
//! there are. Workspaces without a limit take no lock.
//!
//! The refusal is 403 without `scimType`, and its detail says how many seats there are and what to do. 409 would say that the person
//! exists: identity providers answer it by looking for the one they collide with. 400 would say that the request is wrong. The entry in
//! the identity provider's console stays failed until it is tried again, which Okta and Entra ID do by themselves.
