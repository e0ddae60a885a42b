//! The schemas of the discovery resources themselves, RFC 7643 §8.7.2 after the errata.
//!
//! Nothing is parsed by them; `/Schemas` lists them because every URN in a `schemas` has to be found
//! there.

use std::sync::LazyLock;

use super::model::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
use crate::scim::urn;

static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| {
    [
        schema(urn::SERVICE_PROVIDER_CONFIG, "Service Provider Configuration", "What this service can do.", config()),
        schema(urn::RESOURCE_TYPE, "ResourceType", "A kind of resource and its schemas.", resource_type()),
        schema(urn::SCHEMA, "Schema", "The attributes that resources may have.", schema_itself()),
    ]
});

/// ServiceProviderConfig, ResourceType and Schema.
pub fn service_schemas() -> &'static [Schema] {
    &*SCHEMAS
}

fn schema(id: &str, name: &str, description: &str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        id: id.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        attributes: all_read_only(attributes),
    }
}

fn all_read_only(attributes: Vec<Attribute>) -> Vec<Attribute> {
    let mut attributes: Vec<_> = attributes.into_iter().map(Attribute::read_only).collect();
    for attribute in &mut attributes {
        attribute.sub_attributes = all_read_only(std::mem::take(&mut attribute.sub_attributes));
    }
    attributes
}

fn config() -> Vec<Attribute> {
    let supported = || Attribute::boolean("supported", "Whether it is offered.").required();
    let count = |name: &str, description: &str| Attribute::new(name, Type::Integer, description).required();
    let scheme = vec![
        Attribute::string("type", "The kind of scheme.").required().suggest(&[
            "oauth",
            "oauth2",
            "oauthbearertoken",
            "httpbasic",
            "httpdigest",
        ]),
        Attribute::string("name", "What people call it.").required(),
        Attribute::string("description", "How to use it.").required(),
        Attribute::reference("specUri", &["external"], "Its specification."),
        Attribute::reference("documentationUri", &["external"], "Help for using it."),
        Attribute::boolean("primary", "Whether it is the preferred one."),
    ];
    let bulk = vec![
        supported(),
        count("maxOperations", "Most operations in a request."),
        count("maxPayloadSize", "Most bytes in a request."),
    ];
    let number = |name: &str, description: &str| Attribute::new(name, Type::Integer, description);
    let pagination = vec![
        Attribute::boolean("cursor", "Whether pages can be asked for by cursor.").required(),
        Attribute::boolean("index", "Whether pages can be asked for by index.").required(),
        Attribute::string("defaultPaginationMethod", "What a request gets that says neither.").suggest(&["cursor", "index"]),
        number("defaultPageSize", "Resources on a page when the request does not say how many."),
        number("maxPageSize", "Most resources on a page."),
        number("cursorTimeout", "Seconds for which a cursor is good."),
    ];
    vec![
        Attribute::reference("documentationUri", &["external"], "Help for people."),
        Attribute::complex("patch", "Partial modification.", vec![supported()]).required(),
        Attribute::complex("bulk", "Several operations in one request.", bulk).required(),
        Attribute::complex("filter", "Filters.", vec![supported(), count("maxResults", "Most resources on a page.")]).required(),
        Attribute::complex("changePassword", "Changing passwords.", vec![supported()]).required(),
        Attribute::complex("sort", "Sorting.", vec![supported()]).required(),
        Attribute::complex("etag", "Versions and conditional requests.", vec![supported()]).required(),
        // RFC 9865 §4.
        Attribute::complex("pagination", "How lists are divided into pages.", pagination),
        Attribute::complex("authenticationSchemes", "How clients authenticate.", scheme).many().required(),
    ]
}

fn resource_type() -> Vec<Attribute> {
    let extension = vec![
        Attribute::reference("schema", &["uri"], "The URN of the extension.").required(),
        Attribute::boolean("required", "Whether every resource of the type has it.").required(),
    ];
    vec![
        Attribute::string("name", "The name, as in meta.resourceType.").required().exact(),
        Attribute::string("description", "What it is."),
        Attribute::reference("endpoint", &["uri"], "The path below the base URL.").required(),
        Attribute::reference("schema", &["uri"], "The URN of the core schema.").required(),
        Attribute::complex("schemaExtensions", "The extensions.", extension).many().required(),
    ]
}

fn schema_itself() -> Vec<Attribute> {
    let mut attributes = characteristics(&Type::ALL);
    // A complex attribute has no complex parts, erratum 8415, so their types are one fewer.
    let simple: Vec<Type> = Type::ALL.into_iter().filter(|&kind| kind != Type::Complex).collect();
    attributes.push(Attribute::complex("subAttributes", "The parts of a complex attribute.", characteristics(&simple)).many());
    vec![
        Attribute::string("name", "The name people know it by.").required(),
        Attribute::string("description", "What it describes."),
        Attribute::complex("attributes", "The attributes.", attributes).many().required(),
    ]
}

fn characteristics(types: &[Type]) -> Vec<Attribute> {
    let word = |name: &str, description: &str, words: &[&str]| Attribute::string(name, description).exact().suggest(words);
    let mutability = [Mutability::ReadOnly, Mutability::ReadWrite, Mutability::Immutable, Mutability::WriteOnly];
    let returned = [Returned::Always, Returned::Never, Returned::Default, Returned::Request];
    let uniqueness = [Uniqueness::None, Uniqueness::Server, Uniqueness::Global];
    let types: Vec<_> = types.iter().map(|kind| kind.as_str()).collect();
    vec![
        Attribute::string("name", "The name.").required().exact(),
        word("type", "The type of a value.", &types).required(),
        Attribute::boolean("multiValued", "Whether it holds a list.").required(),
        Attribute::string("description", "What it means."),
        Attribute::boolean("required", "Whether a resource must have it."),
        Attribute::string("canonicalValues", "Suggested values.").many().exact(),
        Attribute::boolean("caseExact", "Whether text is compared with regard to case."),
        word("mutability", "Who may change it.", &mutability.map(Mutability::as_str)),
        word("returned", "When it is in an answer.", &returned.map(Returned::as_str)),
        word("uniqueness", "How far it must be unique.", &uniqueness.map(Uniqueness::as_str)),
        Attribute::string("referenceTypes", "What a reference may point to.").many().exact(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_discovery_resources_is_the_clients() {
        fn check(attributes: &[Attribute]) {
            for attribute in attributes {
                assert_eq!(attribute.mutability, Mutability::ReadOnly, "{}", attribute.name);
                check(&attribute.sub_attributes);
            }
        }
        service_schemas().iter().for_each(|schema| check(&schema.attributes));
    }

    /// Errata 5606, 8435 and 8415.
    #[test]
    fn the_types_of_attributes_include_binary_and_of_sub_attributes_exclude_complex() {
        let attributes = service_schemas()[2].attribute("attributes").unwrap();
        let types = |of: &Attribute| of.sub_attribute("type").unwrap().canonical_values.clone();
        assert!(types(attributes).contains(&"binary".to_owned()) && types(attributes).contains(&"complex".to_owned()));
        assert!(!types(attributes.sub_attribute("subAttributes").unwrap()).contains(&"complex".to_owned()));
    }
}
