//! Groups are members of groups; only the edges are stored, and whoever wants to know who is below walks.
//!
//! **What a member is** its id decides: no user and group have the same one. `type` and `$ref` may be left out and must not
//! contradict it, nor each other; to add somebody on a guess is worse than to refuse. A removal goes by the id alone, because
//! afterwards that one is not in the group, whatever it is.
//!
//! **Circles are accepted, a group in itself is not.** Two groups that contain each other are what an identity provider may have, it
//! sends the edges one by one and in any order, and to refuse the last one would leave it with a group that it cannot write. To find
//! the circle would also cost a walk for each edge, and two requests at once could still close one between them. So everything that
//! walks comes to each group once. A group in itself says nothing and is a mistake: 400.
//!
//! **No table of who is below whom.** It would make a read of `groups` cheaper by a few look-ups and an edge dearer by as many rows as
//! there are pairs below and above it; a company that moves a division would write millions. An edge is one row instead, a user's
//! `groups` are walked upwards in the read itself, so they are never late, and `direct` wins where both are so. In a workspace
//! without groups in groups that is one look-up for each group of the user. A user's version does not move with the groups, as it did
//! not before; a group's moves when a member of its own comes, goes or is deleted.
//!
//! **The membership follows through one mark.** An edge that comes or goes, a mapping, a deleted group: each changes what everybody
//! below has, and neither the request nor one transaction of the worker may grow with that. The mark says "below this group"; the
//! worker walks downwards, a few hundred people in each transaction, and `group_walks` says where it is: which groups it has come to,
//! and how far in each. A group or person that moves in the meantime has a mark of its own, so what the walk misses is looked at
//! later. The sweep needs none of this: what it reads for each person is the walk upwards.
//!
//! **Filters.** What is asked of a user's groups themselves (`value`, `$ref`, `display`) is asked of the groups first, then it goes
//! down from those by index, to the people. Only `type`, without any of the others, is looked up for each user.
