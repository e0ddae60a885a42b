//! The core schema of a user, RFC 7643 §4.1 and §8.7.1 after the errata.

use super::model::{Attribute, Schema};
use crate::scim::urn;

/// The schema `urn:ietf:params:scim:schemas:core:2.0:User`.
pub(super) fn schema() -> Schema {
    Schema {
        id: urn::USER.to_owned(),
        name: "User".to_owned(),
        description: "A person in the directory of the workspace.".to_owned(),
        attributes: attributes(),
    }
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("userName", "The name by which the identity provider knows the person. Unique in the workspace without regard to case.").required().unique(),
        Attribute::complex("name", "The parts of the person's name.", name()),
        Attribute::string("displayName", "The name to show."),
        Attribute::string("nickName", "What the person likes to be called."),
        Attribute::reference("profileUrl", &["external"], "A page about the person."),
        Attribute::string("title", "The job title."),
        Attribute::string("userType", "How the person relates to the organisation, such as Employee or Contractor."),
        Attribute::string("preferredLanguage", "The languages the person prefers, in the form of an Accept-Language header."),
        Attribute::string("locale", "Where the person is, for formats of dates and numbers, such as en-GB or en_GB. Kept as it was sent."),
        Attribute::string("timezone", "The time zone, as an IANA name. Other spellings are kept as they were sent."),
        Attribute::boolean("active", "Whether the person may be in the workspace. true if it was never set; false ends all sessions and tokens."),
        Attribute::string("password", "Accepted for the sake of identity providers that send one, and dropped: it is never stored, because people sign in through SAML.").write_only(),
        plural("emails", "E-mail addresses.", Attribute::string("value", "The address."), &["work", "home", "other"]),
        plural("phoneNumbers", "Telephone numbers.", Attribute::string("value", "The number."), &["work", "home", "mobile", "fax", "pager", "other"]),
        plural("ims", "Addresses for instant messages.", Attribute::string("value", "The address."), &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
        plural("photos", "Pictures of the person.", Attribute::reference("value", &["external"], "The URI of the picture."), &["photo", "thumbnail"]),
        Attribute::complex("addresses", "Postal addresses.", address()).many(),
        Attribute::complex("groups", "The groups the person is in. To change them, change the groups.", membership()).many().read_only(),
        plural("entitlements", "What the person is entitled to.", Attribute::string("value", "The entitlement."), &[]),
        plural("roles", "The roles the identity provider gives the person.", Attribute::string("value", "The role."), &[]),
        plural("x509Certificates", "Certificates of the person.", Attribute::certificate("value", "One X.509 certificate: DER in base64, without PEM markers. Anything else is refused."), &[]),
    ]
}

/// A multi-valued attribute with the sub-attributes of RFC 7643 §2.4.
fn plural(name: &str, description: &str, value: Attribute, types: &[&str]) -> Attribute {
    let parts = vec![
        value,
        Attribute::string("display", "The value in words."),
        Attribute::string("type", "What the value is for.").suggest(types),
        primary(),
    ];
    Attribute::complex(name, description, parts).many()
}

fn primary() -> Attribute {
    Attribute::boolean("primary", "Whether this is the preferred value. At most one is.")
}

fn name() -> Vec<Attribute> {
    vec![
        Attribute::string("formatted", "The whole name, as it is written."),
        Attribute::string("familyName", "The family name."),
        Attribute::string("givenName", "The given name."),
        Attribute::string("middleName", "The middle names."),
        Attribute::string("honorificPrefix", "The title before the name."),
        Attribute::string("honorificSuffix", "The suffix after the name."),
    ]
}

fn address() -> Vec<Attribute> {
    vec![
        Attribute::string("formatted", "The whole address, as it goes on a letter."),
        Attribute::string("streetAddress", "Street, house number, post box."),
        Attribute::string("locality", "City or town."),
        Attribute::string("region", "State or region."),
        Attribute::string("postalCode", "Postal code."),
        Attribute::string("country", "Country, as ISO 3166-1 alpha-2 code. Other spellings are kept as they were sent."),
        Attribute::string("type", "What the address is for.").suggest(&["work", "home", "other"]),
        primary(),
    ]
}

fn membership() -> Vec<Attribute> {
    let parts = [
        Attribute::string("value", "The id of the group.").exact(),
        Attribute::reference("$ref", &["Group"], "The URI of the group."),
        Attribute::string("display", "The displayName of the group."),
        Attribute::string("type", "Whether the person is a member of the group itself or of a group in it.")
            .suggest(&["direct", "indirect"]),
    ];
    parts.map(Attribute::read_only).into()
}
