//! What an administrator may change about an extension schema.
//!
//! Values are stored under the schema's URN and read by its definition, so a definition that changes the type, the number of values,
//! the case or the uniqueness of an attribute would change what is stored already. Such a change, and the removal of an attribute, is
//! refused; new attributes and everything else may change. A schema can be deleted when no resource has values of it. `uniqueness`
//! is `server` at most and means the workspace: nobody may learn from a 409 what another workspace has. What is `writeOnly` or
//! returned `never` is taken and dropped, as a password is: nobody could read it, and what might be a secret is not kept in the clear.
