//! A role is a name with a rank.
//!
//! The four built-in roles have the ranks 100, 200, 300 and 1000; a workspace may define others between 1 and 999. No two have the same
//! rank, so that the strongest of several grants is always one, and none is as strong as `admin`: whoever has the strongest role is an
//! administrator, and the last of them can be told. What a role may do, the application decides; here it is a word and a place in an order.
//!
//! Rows hold the name. A change of rank, or of the default role, begins a sweep: everybody's strongest grant may be another one. A role
//! cannot be deleted while a mapping, the default, somebody by hand or an attribute gives it; a row that names one that is gone all the
//! same (of somebody who is out) is worth nothing.
//!
//! In our SCIM extension the workspace's own roles are among the canonical values of `role`, so that `/Schemas` says what may be sent and
//! a name that nobody has defined is refused. The core attribute `roles` takes anything, because identity providers send other
//! applications' roles in it.
