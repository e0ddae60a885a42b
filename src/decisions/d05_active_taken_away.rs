//! A PATCH that takes `active` away leaves the person as they stood.
//!
//! RFC 7643 leaves the meaning of `active` to the provider and says nothing of its removal. Treating a missing `active` as true
//! would let somebody in again whom nobody let in; treating it as false would put out everybody for whom a mapping in the
//! identity provider comes up empty. So the attribute is gone from the resource, as the protocol asks, and the person stays in or
//! out. A new user without `active` gets it as true, visibly. A PUT without `active` keeps it.
