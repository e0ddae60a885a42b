//! `displayName` of groups is unique in a workspace, without regard to case.
//!
//! The RFCs do not ask for it. Entra ID looks groups up by name and takes the first, JumpCloud and authentik match by name, and a
//! second group of the same name is almost always the same group pushed twice. So it is 409 `uniqueness` with a sentence that
//! says what to do. Roles are mapped by a group's id, so a name grants nothing.
