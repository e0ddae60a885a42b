use super::*;
use crate::scim::schema::{Mutability, Returned, Type, Uniqueness};

fn user() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::User)
}

fn resolve(text: &str) -> Result<Resolved<'static>, ScimError> {
    user().resolve(&AttrPath::parse(text).unwrap())
}

fn canonical(text: &str) -> String {
    resolve(text).unwrap().path().to_string()
}

#[test]
fn names_are_found_without_regard_to_case_and_come_back_canonical() {
    assert_eq!(canonical("USERNAME"), "userName");
    assert_eq!(canonical("Name.GIVENname"), "name.givenName");
    assert_eq!(canonical("groups.$REF"), "groups.$ref");
}

#[test]
fn core_names_lose_their_urn_and_extension_names_keep_it() {
    assert_eq!(canonical("urn:ietf:params:scim:schemas:core:2.0:User:userName"), "userName");
    assert_eq!(canonical("URN:ietf:params:scim:schemas:core:2.0:user:meta.created"), "meta.created");
    let department = format!("{}:department", urn::ENTERPRISE_USER);
    assert_eq!(canonical(&department.to_uppercase()), department);
    let manager = format!("{}:manager.value", urn::ENTERPRISE_USER);
    assert_eq!(canonical(&manager), manager);
}

#[test]
fn common_attributes_belong_to_every_type() {
    for schema in ResourceType::ALL.map(ResourceSchema::builtin) {
        for name in ["schemas", "id", "externalId", "meta", "meta.lastModified", "meta.version"] {
            assert!(schema.resolve(&AttrPath::parse(name).unwrap()).is_ok(), "{name}");
        }
    }
}

#[test]
fn a_bare_urn_is_the_whole_extension() {
    for text in [urn::ENTERPRISE_USER.to_owned(), urn::ROLLCALL_USER.to_uppercase()] {
        assert!(matches!(resolve(&text), Ok(Resolved::Extension(_))), "{text}");
    }
    assert_eq!(canonical(urn::ENTERPRISE_USER), urn::ENTERPRISE_USER);
}

#[test]
fn an_extension_with_a_version_at_its_end_is_found() {
    let mut schema = user().clone();
    schema.extensions[0].schema.id = "urn:acme:people:1.0".to_owned();
    let path = AttrPath::parse("urn:acme:people:1.0").unwrap();
    assert!(matches!(schema.resolve(&path), Ok(Resolved::Extension(_))));
    let path = AttrPath::parse("urn:acme:people:1.0:department").unwrap();
    assert_eq!(schema.resolve(&path).unwrap().path(), path);
}

#[test]
fn unknown_names_are_refused() {
    for text in [
        "foo",
        "foo.bar",
        "userName.x",
        "name.foo",
        "department",
        "manager",
        "urn:x:y:userName",
        "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName",
    ] {
        let error = resolve(text).expect_err(text);
        assert_eq!(error.scim_type, Some(ScimType::InvalidPath), "{text}");
    }
}

#[test]
fn loosely_an_extension_attribute_is_found_by_its_name() {
    let manager = AttrPath::parse("Manager.VALUE").unwrap();
    let resolved = user().resolve_loosely(&manager).unwrap();
    assert_eq!(resolved.path().to_string(), format!("{}:manager.value", urn::ENTERPRISE_USER));
    assert!(user().resolve_loosely(&AttrPath::core("foo")).is_err());

    let mut twice = user().clone();
    twice.extensions.push(twice.extensions[0].clone());
    assert!(twice.resolve_loosely(&AttrPath::core("manager")).is_err());
}

fn each_attribute(schema: &ResourceSchema, mut check: impl FnMut(&str, &Attribute, Option<&Attribute>)) {
    let extensions = schema.extensions.iter().map(|extension| &extension.schema);
    for part in std::iter::once(&schema.core).chain(extensions) {
        for attribute in &part.attributes {
            check(&attribute.name, attribute, None);
            for sub in &attribute.sub_attributes {
                check(&format!("{}.{}", attribute.name, sub.name), sub, Some(attribute));
            }
        }
    }
}

#[test]
fn the_schemas_keep_the_rules_for_schemas() {
    for schema in ResourceType::ALL.map(ResourceSchema::builtin) {
        each_attribute(schema, |path, attribute, parent| {
            assert!(crate::scim::attr::is_name(&attribute.name), "{path}");
            assert!(!attribute.description.is_empty(), "{path}");
            assert!(parent.is_none() || attribute.kind != Type::Complex, "{path}: nested complex");
            assert_eq!(attribute.kind == Type::Complex, !attribute.sub_attributes.is_empty(), "{path}");
            assert_eq!(attribute.kind == Type::Reference, !attribute.reference_types.is_empty(), "{path}");
            assert!(attribute.kind != Type::Complex || attribute.uniqueness == Uniqueness::None, "{path}");
            assert!(!attribute.closed || !attribute.canonical_values.is_empty(), "{path}");
        });
    }
}

/// SCIM-REQUIREMENTS §21: the points in which the errata differ from the printed schemas, and the
/// points that other code relies on.
#[test]
fn characteristics_follow_the_errata() {
    let attribute = |text: &str| match resolve(text).unwrap() {
        Resolved::Attribute { attribute, sub_attribute, .. } => sub_attribute.unwrap_or(attribute),
        Resolved::Extension(_) => panic!("{text}"),
    };
    let user_name = attribute("userName");
    assert!(user_name.required && !user_name.case_exact && user_name.uniqueness == Uniqueness::Server);
    let password = attribute("password");
    assert_eq!((password.mutability, password.returned), (Mutability::WriteOnly, Returned::Never));
    assert_eq!(attribute("name").uniqueness, Uniqueness::None);
    assert_eq!(attribute("groups").mutability, Mutability::ReadOnly);
    assert_eq!(attribute("groups.$ref").reference_types, ["Group"]);
    assert_eq!(attribute("profileUrl").reference_types, ["external"]);
    assert_eq!(attribute("photos.value").kind, Type::Reference);
    let certificate = attribute("x509Certificates.value");
    assert!(certificate.kind == Type::Binary && certificate.case_exact);
    assert!(attribute("externalId").case_exact && attribute("id").case_exact && attribute("meta.version").case_exact);
    assert!(!attribute("emails.value").case_exact);
    let enterprise = |name: &str| format!("{}:{name}", urn::ENTERPRISE_USER);
    assert!(attribute(&enterprise("manager.value")).case_exact);
    assert_eq!(attribute(&enterprise("manager.displayName")).mutability, Mutability::ReadOnly);
    let role = attribute(&format!("{}:role", urn::ROLLCALL_USER));
    assert!(role.closed && !role.case_exact);

    let group = ResourceSchema::builtin(ResourceType::Group);
    assert!(group.core.attribute("displayName").unwrap().required);
    let members = group.core.attribute("members").unwrap();
    assert_eq!(members.mutability, Mutability::ReadWrite);
    for name in ["value", "$ref", "type"] {
        assert_eq!(members.sub_attribute(name).unwrap().mutability, Mutability::Immutable, "{name}");
    }
}
