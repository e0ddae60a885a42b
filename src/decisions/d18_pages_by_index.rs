//! `startIndex` without OFFSET: by rank where nobody walks, by memory where somebody does.
//!
//! OFFSET reads every row before the page, and it loses people: when somebody who was on page 1 is deleted, everybody moves up, and
//! the first of page 2 is on no page that the client asks for. Identity providers that import by index then take a living person for
//! a deleted one.
//!
//! **By rank** ([`crate::store::ranks`]). Ids are in the order of creation, so the order of a list without `sortBy` hardly changes
//! behind its end. The worker seals it in ranges of a thousand ids with a count each; a place is found by adding up counts and reading
//! the keys of one range, or of the tail. The counts move in the transaction of each creation and deletion, under a lock that the
//! writer holds anyway, so any page of a directory at rest is exactly the one of its number. The sweep compares counts with rows, for
//! the sake of writes by a version that knew nothing of them.
//!
//! **By memory** ([`crate::store::walks`]). Each page that others follow leaves behind after which row it ended, per token and query, for
//! ten minutes. A request for the `startIndex` that comes next begins there, whatever was created or deleted meanwhile; a request for
//! the same page again begins where that page began. `totalResults` is then never less than what the client has seen, and one more when more
//! follow: clients stop when they have as many as there are said to be. Of a list with a filter it is counted when the walk begins
//! and remembered, so that a walk counts once and not with each page.
//!
//! What that costs and does not do:
//!
//! - A list with a filter or an order has no ranks. A page of it that is on no walk is found by reading the keys of the matches before
//!   it, and its total is counted.
//! - Two walks of one token through one list cannot be told apart. Both are served from the lower position: somebody may come twice, and
//!   nobody is missed. The same holds for ten minutes after a walk that was begun and left.
//! - A walk is forgotten with its last page, so that the next one is exact. Whoever loses the answer to that very page and asks
//!   again while people who were listed are deleted gets it by rank.
//! - Whoever asks on behind the page with which `totalResults` was reached is served by rank: when somebody with an older id has been
//!   created meanwhile, the last ones have moved down and come twice. Nobody is missed.
//! - Deletions in one range wait for each other from the statement that counts to the commit, which comes next.
