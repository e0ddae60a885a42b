//! The core schema of a group, RFC 7643 §4.2 after errata 5368 and 6011.

use super::model::{Attribute, Schema};
use crate::scim::urn;

/// The schema `urn:ietf:params:scim:schemas:core:2.0:Group`.
pub(super) fn schema() -> Schema {
    Schema {
        id: urn::GROUP.to_owned(),
        name: "Group".to_owned(),
        description: "A group in the directory of the workspace.".to_owned(),
        attributes: vec![
            // Unique because Entra finds groups by name and expects 409 for the second one.
            Attribute::string("displayName", "The name of the group. Unique in the workspace without regard to case.")
                .required()
                .unique(),
            Attribute::complex("members", "The users and groups in the group.", member()).many(),
        ],
    }
}

fn member() -> Vec<Attribute> {
    vec![
        Attribute::string("value", "The id of the user or group.").exact().immutable(),
        Attribute::reference("$ref", &["User", "Group"], "The URI of the user or group.").immutable(),
        Attribute::string("type", "What the member is.").suggest(&["User", "Group"]).immutable(),
        Attribute::string("display", "The displayName of the member, as we know it.").read_only(),
    ]
}
