//! The order of a list, RFC 7644 §3.4.2.3.
//!
//! By the values in the form in which filters compare them, so that `sortBy` and `gt` agree; without a locale. Of an attribute with
//! several values counts the primary one, else the first. Resources without a value come last in ascending order and first in
//! descending order. What is equal comes in the order of `id`.

use std::fmt;

use super::{
    attr::AttrPath,
    error::{ScimError, ScimType, excerpt},
    filter::Target,
    schema::{Resolved, ResourceSchema, Returned, Type, needs_urn},
    tolerance::Tolerated,
};

/// By what a list is ordered, and in which direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The attribute, or the sub-attribute of a complex one.
    pub target: Target,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Sort {
    /// Reads `sortBy` and `sortOrder`; none without `sortBy`.
    ///
    /// # Errors
    /// As [`Sort::parse_among`].
    pub fn parse(sort_by: Option<&str>, sort_order: Option<&str>, schema: &ResourceSchema) -> Result<Option<Self>, ScimError> {
        Self::parse_among(sort_by, sort_order, schema, &[])
    }

    /// Reads the order of a list of several resource types (RFC 7644 §3.4.2.1), as it applies to the resources of `schema`: an
    /// attribute that only the `others` have is one without a value.
    ///
    /// # Errors
    /// 400 `invalidValue` for an order that is neither `ascending` nor `descending`; for an attribute that none of them has, that is
    /// never returned, that is complex and was named without a sub-attribute, or that is of different types in several of them.
    pub fn parse_among(
        sort_by: Option<&str>,
        sort_order: Option<&str>,
        schema: &ResourceSchema,
        others: &[&ResourceSchema],
    ) -> Result<Option<Self>, ScimError> {
        Self::parse_noting(sort_by, sort_order, schema, others, &mut Tolerated::default())
    }

    /// As [`Sort::parse_among`], with the workspace's rules.
    ///
    /// # Errors
    /// As [`Sort::parse_among`]; for what the workspace refuses to let pass.
    pub fn parse_noting(
        sort_by: Option<&str>,
        sort_order: Option<&str>,
        schema: &ResourceSchema,
        others: &[&ResourceSchema],
        notes: &mut Tolerated,
    ) -> Result<Option<Self>, ScimError> {
        let descending = sort_order.map_or(Ok(false), is_descending)?;
        let Some(name) = sort_by else { return Ok(None) };
        let path = AttrPath::parse(name).map_err(|error| error.with_type(ScimType::InvalidValue))?;
        let elsewhere = || others.iter().filter_map(|other| target(other, &path).ok());
        let target = target(schema, &path).or_else(|unknown| elsewhere().next().ok_or(unknown))?;
        needs_urn(&path, &target.path, notes).map_err(|error| error.with_type(ScimType::InvalidValue))?;
        if elsewhere().any(|other| other.kind != target.kind) {
            return Err(invalid(format!("{target} is not of one type in all resources, so they cannot be sorted by it.")));
        }
        Ok(Some(Self { target, descending }))
    }

    /// Whether it is the order that a list of one resource type has anyway.
    pub fn is_by_id(&self) -> bool {
        !self.descending && self.target.is_core("id")
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.target, if self.descending { DESCENDING } else { ASCENDING })
    }
}

const ASCENDING: &str = "ascending";
const DESCENDING: &str = "descending";

fn is_descending(order: &str) -> Result<bool, ScimError> {
    if order.eq_ignore_ascii_case(DESCENDING) {
        Ok(true)
    } else if order.eq_ignore_ascii_case(ASCENDING) {
        Ok(false)
    } else {
        Err(invalid(format!("sortOrder must be {ASCENDING} or {DESCENDING}, not {}.", excerpt(order))))
    }
}

fn target(schema: &ResourceSchema, path: &AttrPath) -> Result<Target, ScimError> {
    let resolved = schema.resolve_loosely(path).map_err(|error| error.with_type(ScimType::InvalidValue))?;
    let (attribute, sub_attribute) = match resolved {
        Resolved::Extension(_) => {
            return Err(invalid(format!("{} is a schema; name one of its attributes in sortBy.", excerpt(&path.to_string()))));
        }
        Resolved::Attribute { extension: _, attribute, sub_attribute } => (attribute, sub_attribute),
    };
    let compared = sub_attribute.unwrap_or(attribute);
    let path = resolved.path();
    if [attribute, compared].iter().any(|part| part.returned == Returned::Never) {
        return Err(invalid(format!("{path} is never shown, so nothing can be sorted by it. Name another attribute.")));
    }
    if compared.kind == Type::Complex {
        let example = compared.sub_attributes.first().map_or("value", |sub| sub.name.as_str());
        return Err(invalid(format!("{path} has several parts; name the one to sort by, such as {path}.{example}.")));
    }
    Ok(Target {
        path,
        kind: compared.kind,
        multi_valued: attribute.multi_valued,
        part_multi_valued: sub_attribute.is_some_and(|sub| sub.multi_valued),
        case_exact: compared.case_exact,
    })
}

fn invalid(detail: String) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::{
        schema::ResourceType,
        tolerance::{Rules, Tolerance},
        urn,
    };

    fn user(by: &str, order: Option<&str>) -> Result<Option<Sort>, ScimError> {
        Sort::parse(Some(by), order, ResourceSchema::builtin(ResourceType::User))
    }

    fn shown(by: &str, order: Option<&str>) -> String {
        user(by, order).expect(by).expect("a sort").to_string()
    }

    #[test]
    fn a_name_without_its_urn_is_let_pass_or_refused() {
        let parse = |by: &str, notes: &mut Tolerated| {
            Sort::parse_noting(Some(by), None, ResourceSchema::builtin(ResourceType::User), &[], notes)
        };
        let mut notes = Tolerated::default();
        parse("title", &mut notes).expect("a sort");
        assert!(notes.is_empty());
        parse("department", &mut notes).expect("a sort");
        assert_eq!(notes.used(), [Tolerance::UnqualifiedExtensionAttribute]);
        let rules = Rules { refused: [Tolerance::UnqualifiedExtensionAttribute].into_iter().collect(), ..Rules::default() };
        let error = parse("department", &mut Tolerated::under(rules)).expect_err("refused");
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        assert!(error.detail.contains(":department."), "{}", error.detail);
    }

    #[test]
    fn names_are_read_as_everywhere_and_written_in_canonical_form() {
        let department = format!("{}:department", urn::ENTERPRISE_USER);
        for (by, wanted) in [
            ("userName", "userName"),
            ("USERNAME", "userName"),
            ("name.familyName", "name.familyName"),
            ("emails.value", "emails.value"),
            ("meta.lastModified", "meta.lastModified"),
            ("groups.display", "groups.display"),
            ("department", &department),
            (&department.to_uppercase(), &department),
            (&format!("{}:title", urn::USER), "title"),
        ] {
            assert_eq!(shown(by, None), format!("{wanted} ascending"), "{by}");
        }
        assert_eq!(shown("title", Some("descending")), "title descending");
        assert_eq!(shown("title", Some("Ascending")), "title ascending");
        assert_eq!(Sort::parse(None, Some("descending"), ResourceSchema::builtin(ResourceType::User)), Ok(None));
    }

    #[test]
    fn what_cannot_be_sorted_by_is_refused() {
        for (by, order) in [
            ("emails", None),
            ("name", None),
            ("meta", None),
            ("manager", None),
            (urn::ENTERPRISE_USER, None),
            ("password", None),
            ("foo", None),
            ("name.foo", None),
            ("", None),
            ("a b", None),
            ("emails[type eq \"work\"].value", None),
            ("userName", Some("upwards")),
            ("userName", Some("")),
        ] {
            let error = user(by, order).expect_err(by);
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{by}");
            assert!(error.detail.len() > 20, "{}", error.detail);
        }
        let wrong_order = Sort::parse(None, Some("x"), ResourceSchema::builtin(ResourceType::User));
        assert_eq!(wrong_order.map_err(|error| error.scim_type), Err(Some(ScimType::InvalidValue)));
    }

    #[test]
    fn among_several_types_an_attribute_of_one_is_known_to_all() {
        let [users, groups] = ResourceType::ALL.map(ResourceSchema::builtin);
        for schema in [users, groups] {
            let sort = Sort::parse_among(Some("userName"), None, schema, &[users, groups]);
            assert_eq!(sort.expect("known").expect("a sort").to_string(), "userName ascending");
            assert!(Sort::parse_among(Some("foo"), None, schema, &[users, groups]).is_err());
        }
        assert!(Sort::parse(Some("userName"), None, groups).is_err());
    }

    #[test]
    fn an_attribute_of_two_types_orders_nothing() {
        use crate::scim::schema::{Attribute, Extension, Schema};
        let with = |kind, attribute| {
            let mut schema = ResourceSchema::builtin(kind).clone();
            let (id, name, description) = ("urn:x:y:Own".to_owned(), "Own".to_owned(), String::new());
            let own = Schema { id, name, description, attributes: vec![attribute] };
            schema.extensions.push(Extension { schema: own, required: false });
            schema
        };
        let users = with(ResourceType::User, Attribute::new("level", Type::Integer, "-"));
        let groups = with(ResourceType::Group, Attribute::string("level", "-"));
        let error = Sort::parse_among(Some("urn:x:y:Own:level"), None, &users, &[&users, &groups]).expect_err("two types");
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    }
}
