//! What the directory asks for can be held, and is decided by counters.
//!
//! An identity provider with a broken rule throws out half a company within a minute, and answers nobody's questions meanwhile. Three
//! guards stand between the directory and the membership: the last administrator, break-glass owners, and the brake on mass changes. The
//! directory's record changes and the identity provider is answered what it has said; what is held is that anything follows from it.
//!
//! **Where.** The transaction of the call decides about who leaves ([`crate::app::guard`]), because there the member's row is closed:
//! single leavers are out with the answer as ever. The reconciliation decides in the same way about what it alone finds out: roles that
//! are lost by a group or a mapping, leavers after going live. Both ask [`crate::directory::guard::loss`] what is taken.
//!
//! **By what.** A tenth of the members, five in any case, at most 500 within an hour. The counters are rows that leavers add to, by
//! twelve pieces of the window and one row for each connection, up to thirty-two, so that deciding costs the same in any workspace. A row
//! chosen by who leaves was shared by chance, and the second waited for the first one's commit: 36 ms on average with sixteen clients, 2 ms
//! since. Far from the limit nobody waits for anybody; within 64 of it one transaction decides at a time, and since no more than that are in flight unseen, the limit holds. What was
//! held is not counted: it has not happened.
//!
//! **A row as long as it is true.** `held_changes` has a row for each member and effect as long as the directory asks for it and it is
//! held, rejected, or approved and about to happen. The reconciliation removes it when nothing is asked any more. So a rejection followed
//! by the identity provider's own repair leaves no trace in the membership, and approving marks people instead of doing anything itself.
//! A rejected leaver who is deleted later is asked for anew: it is another request of the identity provider.
//!
//! **When nobody decides**, the change takes effect after a day. Somebody who should be out and is in is the greater danger once people
//! have had a working day to look; a workspace may choose otherwise.
//!
//! **The last administrator** is whoever has the role and is in, invited or active. Only counting those who have signed in was tried: it
//! kept an administrator in who left, because the others had not needed to sign in yet. What is held for this reason is no matter of
//! approval; it is let go with the next reconciliation of the person after somebody else has become one, which is asked for at once.
//!
//! An administrator's own change of mappings runs into the brake too when it takes a role from many: the preview says so before.
//!
//! Not taken: holding the directory itself (an identity provider that reads back what it has written would begin to repair); one counter
//! row (leavers would wait for each other's commits all the time); asking the reconciliation alone (leavers would stay in until it comes).
