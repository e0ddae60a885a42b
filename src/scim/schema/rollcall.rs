//! Our own extension of a user: the role in the workspace, for identity providers that can send a
//! single attribute more easily than the multi-valued `roles`.

use super::model::{Attribute, Schema};
use crate::scim::urn;

/// The schema `urn:ietf:params:scim:schemas:extension:rollcall:2.0:User`.
pub(super) fn schema() -> Schema {
    Schema {
        id: urn::ROLLCALL_USER.to_owned(),
        name: "Rollcall User".to_owned(),
        description: "The person's place in the workspace.".to_owned(),
        attributes: vec![
            Attribute::string("role", "The role in the workspace. Values other than the canonical ones are refused.")
                .only(&["admin", "editor", "viewer", "guest"]),
        ],
    }
}
