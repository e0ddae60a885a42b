//! What a list asks of one resource type.

use sha2::{Digest, Sha256};

use super::{
    error::ScimError,
    filter::{self, Filter},
    project::Projection,
    schema::{ResourceSchema, ResourceType},
    search::SearchRequest,
    sort::Sort,
    tolerance::Tolerated,
};

/// Which resources of a type, in which order, and what of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// The type.
    pub resource_type: ResourceType,
    /// Which of them; none for all.
    pub filter: Option<Filter>,
    /// In which order; none for that of their creation.
    pub sort: Option<Sort>,
    /// What of them.
    pub projection: Projection,
}

/// Attributes by whose values single resources are found, as identity providers do before they write.
const fn looked_up(resource_type: ResourceType) -> [&'static str; 3] {
    match resource_type {
        ResourceType::User => ["id", "externalId", "userName"],
        ResourceType::Group => ["id", "externalId", "displayName"],
    }
}

impl ListQuery {
    /// Whether it asks for what one value of an attribute names, and not for a part of the directory that has to be searched for.
    pub fn is_look_up(&self) -> bool {
        let names = |filter: &Filter| looked_up(self.resource_type).iter().any(|name| filter.required_text(name).is_some());
        self.filter.as_ref().is_some_and(names)
    }

    /// Reads a request for resources of `schema`. In a query over several types (RFC 7644 §3.4.2.1), attributes that only the
    /// `others` have are attributes without a value.
    ///
    /// # Errors
    /// `invalidFilter`, or `invalidValue` for the order and the projection.
    pub fn parse(
        request: &SearchRequest,
        schema: &ResourceSchema,
        others: &[&ResourceSchema],
        notes: &mut Tolerated,
    ) -> Result<Self, ScimError> {
        let filter = request.filter.as_deref().map(|text| filter::parse_noting(text, schema, others, notes)).transpose()?;
        let sort = Sort::parse_noting(request.sort_by.as_deref(), request.sort_order.as_deref(), schema, others, notes)?;
        let projection = Projection::parse(schema, request.attributes.as_deref(), request.excluded_attributes.as_deref())?;
        Ok(Self { resource_type: schema.resource_type, filter, sort, projection })
    }
}

/// What tells one list from another: two requests with the same fingerprint ask for the same resources in the same order, however
/// they spell it. What is shown of each resource does not count.
pub fn fingerprint(queries: &[ListQuery]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for ListQuery { resource_type, filter, sort, projection: _ } in queries {
        // U+0000 is in no name, and JSON writes it with letters.
        hash.update(resource_type.name());
        hash.update([0]);
        hash.update(filter.as_ref().map(ToString::to_string).unwrap_or_default());
        hash.update([0]);
        hash.update(sort.as_ref().map(ToString::to_string).unwrap_or_default());
        hash.update([0]);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(filter: Option<&str>, sort_by: Option<&str>, attributes: Option<&str>) -> [u8; 32] {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let request = SearchRequest {
            filter: text(filter),
            sort_by: text(sort_by),
            attributes: text(attributes),
            ..SearchRequest::default()
        };
        let schema = ResourceSchema::builtin(ResourceType::User);
        fingerprint(&[ListQuery::parse(&request, schema, &[], &mut Tolerated::default()).expect("a query")])
    }

    #[test]
    fn what_one_value_names_is_a_look_up() {
        let is_look_up = |kind: ResourceType, filter: &str| {
            let request = SearchRequest { filter: Some(filter.to_owned()), ..SearchRequest::default() };
            let schema = ResourceSchema::builtin(kind);
            ListQuery::parse(&request, schema, &[], &mut Tolerated::default()).expect(filter).is_look_up()
        };
        for filter in ["userName eq \"ada@acme.test\"", "externalId eq \"1\" and active eq true", "id eq \"1\""] {
            assert!(is_look_up(ResourceType::User, filter), "{filter}");
        }
        for filter in ["userName sw \"ada\"", "displayName eq \"Ada\"", "userName eq \"a\" or title eq \"b\"", "active eq true"] {
            assert!(!is_look_up(ResourceType::User, filter), "{filter}");
        }
        assert!(is_look_up(ResourceType::Group, "displayName eq \"Admins\""));
    }

    #[test]
    fn a_list_is_known_by_what_it_asks_and_not_by_how() {
        let one = asked(Some("userName eq \"a\""), Some("title"), None);
        assert_eq!(one, asked(Some("USERNAME  Eq \"a\""), Some("TITLE"), Some("userName")));
        for other in [
            asked(Some("userName eq \"b\""), Some("title"), None),
            asked(Some("userName eq \"a\""), Some("locale"), None),
            asked(Some("userName eq \"a\""), None, None),
            asked(None, Some("title"), None),
            asked(None, None, None),
        ] {
            assert_ne!(one, other);
        }
        let groups =
            ListQuery { resource_type: ResourceType::Group, filter: None, sort: None, projection: Projection::default() };
        assert_ne!(fingerprint(&[groups]), asked(None, None, None));
    }
}
