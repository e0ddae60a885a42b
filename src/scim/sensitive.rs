//! Which filters may stand in an address, where proxies and logs keep them, RFC 7644 §7.5.2.

use super::{
    attr::AttrPath,
    error::{ScimError, ScimType},
    filter::{self, Comparison, Filter},
    schema::{ResourceSchema, ResourceType},
    tolerance::{Rules, Tolerated},
};

/// Looks at the filter of a GET, where the workspace wants no personal data in addresses.
///
/// Of a user everything is personal but `id`, `meta`, `schemas`, `active` and `groups`; `externalId` too, because identity providers
/// put names into it. Of a group only the names of its members are. `others` are the schemas that a query of all types asks as well.
/// Text that is no filter is for others to refuse.
///
/// # Errors
/// 403 `sensitive` that names the first such attribute and the way that is left.
pub fn check_address(
    filter: Option<&str>,
    schema: &ResourceSchema,
    others: &[&ResourceSchema],
    rules: &Rules,
) -> Result<(), ScimError> {
    let Some(text) = filter.filter(|_| rules.refuse_personal_filters) else { return Ok(()) };
    let Ok(filter) = filter::parse_noting(text, schema, others, &mut Tolerated::under(*rules)) else { return Ok(()) };
    let Some(path) = personal(&filter, None, schema.resource_type) else { return Ok(()) };
    let endpoint = if others.is_empty() { schema.resource_type.endpoint() } else { "" };
    let detail = format!(
        "This workspace takes no personal data in addresses, because logs keep them, and the filter has {path}. Send the query in \
         the body of a POST to {endpoint}/.search."
    );
    Err(ScimError { scim_type: Some(ScimType::Sensitive), ..ScimError::new(403, detail) })
}

/// The first personal attribute of a filter; `around` is the attribute whose brackets it stands in.
fn personal(filter: &Filter, around: Option<&AttrPath>, kind: ResourceType) -> Option<AttrPath> {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().find_map(|filter| personal(filter, around, kind)),
        Filter::Not(filter) => personal(filter, around, kind),
        Filter::Compare(Comparison { target, .. }) | Filter::Present(target) => {
            let path = match around {
                Some(attribute) => attribute.clone().sub(&target.path.attribute),
                None => target.path.clone(),
            };
            is_personal(&path, kind).then_some(path)
        }
        Filter::ValuePath { target, filter } => personal(filter, Some(&target.path), kind),
    }
}

fn is_personal(path: &AttrPath, kind: ResourceType) -> bool {
    let name = path.attribute.as_str();
    if path.schema.is_none() && matches!(name, "id" | "meta" | "schemas") {
        return false;
    }
    match kind {
        ResourceType::User => path.schema.is_some() || !matches!(name, "active" | "groups"),
        ResourceType::Group => name == "members" && path.sub_attribute.as_deref() == Some("display"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(filter: &str, kind: ResourceType) -> Option<String> {
        let schema = ResourceSchema::builtin(kind);
        assert_eq!(check_address(Some(filter), schema, &[], &Rules::default()), Ok(()), "off unless the workspace wants it");
        let rules = Rules { refuse_personal_filters: true, ..Rules::default() };
        assert_eq!(check_address(None, schema, &[], &rules), Ok(()));
        let error = check_address(Some(filter), schema, &[], &rules).err()?;
        assert_eq!((error.status, error.scim_type), (403, Some(ScimType::Sensitive)));
        Some(error.detail)
    }

    #[test]
    fn what_names_a_person_stays_out_of_addresses() {
        for (filter, path) in [
            (r#"userName eq "ada@example.com""#, "has userName."),
            (r#"externalId eq "ada""#, "has externalId."),
            (r#"active eq true and (id eq "1" or not (title pr))"#, "has title."),
            (r#"id eq "1" or not (name.familyName pr)"#, "has name.familyName."),
            (r#"emails[type eq "work" and value eq "a@x"]"#, "has emails.type."),
            (r#"emails[type eq "work"].value eq "a@x""#, "has emails.type."),
            (r#"manager eq "1""#, "has urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value."),
        ] {
            let detail = refused(filter, ResourceType::User).expect(filter);
            assert!(detail.contains(path) && detail.contains("POST to /Users/.search"), "{filter}: {detail}");
        }
        assert!(refused(r#"members[display co "Ada"]"#, ResourceType::Group).is_some());
    }

    #[test]
    fn a_query_of_all_types_is_looked_at_with_each_of_them() {
        let schemas = ResourceType::ALL.map(ResourceSchema::builtin);
        let rules = Rules { refuse_personal_filters: true, ..Rules::default() };
        let tried = |filter| schemas.iter().try_for_each(|schema| check_address(Some(filter), schema, &schemas, &rules));
        let error = tried(r#"members.value eq "1" or userName eq "a""#).expect_err("a name");
        assert!(error.detail.contains("POST to /.search"), "{}", error.detail);
        assert!(tried(r#"members[display co "Ada"]"#).is_err());
        assert_eq!(tried(r#"id eq "1" and meta.resourceType eq "Group""#), Ok(()));
    }

    #[test]
    fn what_names_nobody_may_stand_there() {
        for filter in [
            r#"id eq "1""#,
            "active eq true",
            r#"meta.lastModified gt "2026-01-01T00:00:00Z" and schemas pr"#,
            r#"groups.value eq "1""#,
            r#"groups[value eq "1"]"#,
            "userName eq",
        ] {
            assert_eq!(refused(filter, ResourceType::User), None, "{filter}");
        }
        for filter in [r#"displayName eq "Crew""#, r#"externalId eq "1""#, r#"members.value eq "1""#, r#"members[value eq "1"]"#]
        {
            assert_eq!(refused(filter, ResourceType::Group), None, "{filter}");
        }
    }
}
