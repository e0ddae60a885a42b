//! Memory for a request is bounded before it is used.
//!
//! A body of 16 MiB was read into half a gigabyte of values, sixteen at once into three quarters of one: `[` and `{` cost a hundred times
//! the byte that they are, and nothing bounded how many came at a time. The limits on bytes and on the number of values bound neither.
//!
//! **What values cost is told from the bytes** ([`weight`](crate::scim::weight)): one pass counts what each list and object holds, and
//! from that follows what the reader takes from the allocator. The reader makes objects for as many members as they have, and gives
//! back what lists have in reserve: an object that merely grows has three times the room that it needs for one member. A body that weighs
//! more than [`VALUES`](crate::app::room::VALUES) is refused with 413. A group of 100,000 members with `type`, `display` or `$ref` fits.
//!
//! **What it costs is taken before it is used** ([`room`](crate::app::room)): from one of the lanes, each so many bytes for the
//! whole process. Bodies of up to 16 KiB, which is what identity providers send all day, have one of their own and never stand behind a
//! large one. One workspace has at the most half of a lane, so that whoever sends large bodies without end waits behind itself. Who finds
//! no room for ten seconds gets 503 with `Retry-After`. A body comes in within half a minute, or 408: nobody keeps room by sending slowly.
//! The room of values goes back when the use case has ended, not when the answer has been read.
//!
//! **A page of a list is never there as values.** A document stays the text that Postgres has sent, and what is shown whole is copied
//! from it: values are made of the parts only that are cut or made for the answer. In the order of ids, the groups of the users of a page
//! are looked up by the index alone, before the documents are read, so that each user is shown while Postgres sends the next ones.
//!
//! A page ends early when its documents have 4 MiB, which RFC 7644 §3.4.2.4 allows and `itemsPerPage` says: a thousand users of 4 KiB
//! each still come at once. It ends early, too, when its users are in more than 50,000 groups, all together: a thousand in fifty each
//! still come at once. The walk up from the users stops there, and half of them are tried. One user shows all its groups, 300 bytes
//! each: `groups` that lacked some would be wrong, and a page has one user at least.
//!
//! **What is given back is given back.** The system's allocator keeps a heap for each thread that was ever busy, and each keeps what it once
//! had: the same sixteen bodies left 80 to 370 MiB, as the threads happened to be. jemalloc with two arenas, which return what is free
//! after a tenth of a second, holds what the requests hold. mimalloc was no better than the system's.
//!
//! **Work on a large body does not stop the others.** It is weighed and read beside the tasks of its thread. An attribute with more values
//! than it may have, and a PATCH of more than ten thousand operations (413), are refused before anything is made of them.
//!
//! **What anybody may post has lanes of its own.** A response of an identity provider comes without a token. Those of up to 32 KiB, which is
//! what identity providers send all day, are decided at once. A larger one waits for its room by the connection that it is posted to, so that
//! a workspace's sign-ins wait behind its own at the most, and never behind or before a body of SCIM. Two are decided at a time, one of a
//! workspace, beside the tasks of their thread. `deploy/dev bench --saml` posts a hundred of the largest size at once, of each kind that costs
//! the most.
//!
//! The lanes of SCIM have 136 MiB in all, those of SAML 48, the idle process has 32, pages and answers come on top: 200 MiB is the bound that a test asserts
//! (`hostile::memory`) with sixteen of the worst bodies at once, and another (`saml::crowd`) 160 MiB with a hundred of the worst responses.
//!
//! Not taken: values taken apart while the bytes come in, for which every use case would have to be written a second time; a smaller
//! body, because a group of 100,000 has to be put with one request by those providers that send no changes.
