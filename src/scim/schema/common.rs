//! The attributes that every resource has, RFC 7643 §3.1. No schema lists them.

use std::sync::LazyLock;

use super::model::Attribute;

static COMMON: LazyLock<[Attribute; 4]> = LazyLock::new(|| {
    [
        Attribute::reference("schemas", &["uri"], "The schemas whose attributes are present.")
            .many()
            .required()
            .read_only()
            .always(),
        Attribute::string("id", "The identifier that we gave the resource. It never changes.")
            .exact()
            .read_only()
            .always()
            .unique(),
        Attribute::string("externalId", "The identifier that the identity provider gave the resource.").exact(),
        Attribute::complex("meta", "What we know about the resource itself.", meta()).read_only(),
    ]
});

fn meta() -> Vec<Attribute> {
    let parts = [
        Attribute::string("resourceType", "The name of the resource type.").exact(),
        Attribute::date_time("created", "When the resource was created."),
        Attribute::date_time("lastModified", "When the resource changed last."),
        Attribute::reference("location", &["uri"], "The URI of the resource."),
        Attribute::string("version", "The version of the resource, as in its ETag header.").exact(),
    ];
    parts.map(Attribute::read_only).into()
}

/// The common attribute of that name, without regard to case.
pub(super) fn attribute(name: &str) -> Option<&'static Attribute> {
    COMMON.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
