//! The enterprise extension of a user, RFC 7643 §4.3 after erratum 8472.

use super::model::{Attribute, Schema};
use crate::scim::urn;

/// The schema `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`.
pub(super) fn schema() -> Schema {
    let manager = vec![
        Attribute::string("value", "The id of the manager. It may be that of a user whom we do not know yet.").exact(),
        Attribute::reference("$ref", &["User"], "The URI of the manager."),
        Attribute::string("displayName", "The displayName of the manager.").read_only(),
    ];
    Schema {
        id: urn::ENTERPRISE_USER.to_owned(),
        name: "Enterprise User".to_owned(),
        description: "The person's place in the organisation.".to_owned(),
        attributes: vec![
            Attribute::string("employeeNumber", "The number the organisation gave the person."),
            Attribute::string("costCenter", "The cost centre."),
            Attribute::string("organization", "The organisation."),
            Attribute::string("division", "The division."),
            Attribute::string("department", "The department."),
            Attribute::complex("manager", "The person's manager.", manager),
        ],
    }
}
