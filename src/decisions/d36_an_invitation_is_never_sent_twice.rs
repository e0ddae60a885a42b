//! An invitation by e-mail is never sent twice. When nobody can know whether it was sent, that is what its state says.
//!
//! **The row is the queue.** It is written in the transaction in which the person becomes invited; a worker takes it by one statement that
//! makes it `sending`, and only then speaks to the mail server. A worker that dies meanwhile leaves it `sending`, and some minutes later it
//! is `unknown`: for an administrator to look at and to send again, and not for a machine to try. A job of the queue would be run again,
//! which is right for everything that looks at state and wrong for a message; and a workspace that is connected with fifty thousand
//! people would put as many jobs before everybody else's. The workers take one of each workspace in turn.
//!
//! **Which phase failed decides.** Before the mail server has the message, whatever goes wrong is tried again (ten times, for some five
//! hours), except an address that it refuses for good. When the connection is lost while the message is handed over, it may have been taken:
//! `unknown`. The message's id is the invitation's, so that mail programs can tell one from two all the same.
//!
//! **Who is not invited any more** gets none: the statement that takes the row looks at the member, and the transaction that puts
//! somebody out cancels what is queued and writes into the receipt how many that were. Somebody who comes back without having ever signed in
//! is invited anew only if no message was sent to them.
//!
//! **Names are hostile.** They are one line of at most a hundred characters, without what controls or turns round a line, before they
//! come near a header; the library encodes them; in the HTML part they are escaped.
//!
//! **Whether there are invitations** is known to transactions ([`Db::inviting`](crate::store::Db::inviting)), because what reconciles
//! knows no configuration. Without a mail server nothing is queued, so that nobody gets last year's invitation when one is set up.
