//! A bulk request is many single requests that share their way here.
//!
//! RFC 7644 §3.7 leaves much to the server. What we made of it:
//!
//! - **Each operation is atomic and goes the way of a single request**: the same use case, validation, audit rows, versions, the same
//!   errors. Nothing is undone because another operation fails.
//! - **Results come in the order of the request**, also where operations are done in another one, and each is sent as soon as those
//!   before it are. Nothing but the request itself and what must wait for its turn is held.
//! - **`failOnErrors` 0 is as good as absent.** Read by the letter it would stop before anything was accepted to fail; programs send it
//!   whose users said nothing. With N, nothing is begun after the Nth failure, and what was not begun has no result.
//! - **Operations are done in the order of the request, save that one which refers forward waits for what it refers to**, and what
//!   comes later for the same resource waits with it. The other way, to do the creation earlier, would change more: an operation
//!   between the two may be what makes it possible (the removal of a user of that name).
//! - **A circle of POSTs is created in one transaction** with ids that were made before, groups first without members. The alternative,
//!   to create without the reference and to PATCH it in, would leave half of a circle behind when the other half fails, and would move
//!   versions. A circle comes about whole or not at all; then one operation has the reason and the others 409.
//! - **A reference that cannot be resolved is 409** on the operation that has it: an unknown `bulkId`, one whose POST failed, one that
//!   several POSTs have (and those POSTs themselves). A reference is known by its form, a text that begins with `bulkId:`, wherever it
//!   stands, so that extensions need no rule of their own and no such text is ever stored. PUT, PATCH and DELETE may carry a `bulkId`
//!   and get it back; it names nothing.
//! - **POSTs of users that come one after another are stored up to a hundred at a time** in one transaction. If any of them fails, the
//!   transaction is forgotten and each is done alone, so nobody can tell but by the time.
//! - **PATCHes that deactivate users are done so as well.** Whoever lets ten thousand people go is to have them out at once. A run of them
//!   is done together only when nothing about it is special: each PATCH changes `active` and nothing else, under conditions that hold,
//!   of different people whom no guard protects, and no more of them than the brake lets pass. Otherwise each is done alone.
//! - **The work is done while the answer is read.** A client that reads no further holds it up, and one that goes away ends it as soon
//!   as a result cannot be delivered; what has been begun by then is done whole. Doing the rest for nobody would help nobody: whoever
//!   has not seen the end has to send it again anyway. Because an answer can be read slowly, the token and the gate are looked at again
//!   every second.
//! - **Each transaction counts as a request of the workspace's quota**, and one that is too many waits instead of failing: its answer
//!   has begun, and a client that gets hundreds of 429 in one answer could only send them again.
//! - **While Postgres is away the rest is not tried** after three operations in a row have found that out: 503 for each.
