//! A webhook endpoint is one row that says how far its delivery has come; couriers take rows that are behind. No queue.
//!
//! **Why not a job for each delivery.** Events have their order and their numbers already ([`super::d32_events`]), so a number is all there
//! is to remember: it cannot be lost beside the queue or doubled in it, replaying is setting it back, and an endpoint that was
//! away for a week costs one row. The queue would add its own retries, states and clean-up to those that an administrator sees here. Of
//! a courier that dies, the lease on the row ends after the time limit of an attempt and some seconds; who has lost it cannot
//! move the number any more. One that is told to stop lets go at once.
//!
//! **In order, so one at a time.** An event that does not arrive holds up what comes after it, for this endpoint alone: a receiver that has
//! seen a number has seen all before it. A request carries one event, as the specification of Standard Webhooks has it. At least once:
//! between the answer and our commit lies a moment, and `webhook-id` is made of workspace and number so that receivers recognise what they
//! have had, also after a replay.
//!
//! **Nobody waits for somebody else's receiver.** A turn is a task, 256 of them for each worker, and ends after five seconds or the first
//! failure; those that were served longest ago are next. Couriers have four connections of their own to Postgres, and none of them
//! while a receiver thinks. Pauses grow to twelve hours, ten of them, about 28 hours in all; then the endpoint is parked, which stands in
//! the audit log and in the metrics, and goes on when an administrator says so. What is no longer kept by then is not skipped: the
//! endpoint is parked with the number from which it can be replayed.
//!
//! **Whoever names an address makes us call it.** [`crate::outbound`] looks the name up itself and refuses it when one of its addresses is
//! not public, connects to the very address that it has checked, and follows no redirect. It speaks HTTP/1.1 through hyper by itself: of a
//! client that does everything, each convenience (proxies from the environment, a second look-up, redirects, connections kept for
//! others) would have to be switched off and stay so. A connection for each event is the price; TLS sessions are resumed. What a receiver
//! answers is not kept: the list of attempts has the status and a sentence of ours, so that nothing can be read through it. Addresses may hold
//! secrets of the receiver: logs and the audit log have the host at most.
//!
//! **Secrets** have to be there to sign, so a digest does not do. They are sealed as cursors are, by ChaCha20-Poly1305 under a key that is
//! derived for the workspace, with the endpoint as context, from `ROLLCALL_SECRET_KEY`, which is not in the database. The key's id stands
//! before the text: with a new key in front the worker seals anew what is there, and the old one can go. A secret that is replaced
//! signs beside the new one for a day, unless told otherwise. Without a key there are no webhooks, rather than secrets in the clear.
