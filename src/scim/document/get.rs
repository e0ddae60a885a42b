//! What others want to know of a document.

use serde_json::Value;

use super::{Document, element::is_primary};
use crate::scim::{attr::AttrPath, urn};

impl Document {
    /// The value at a path in canonical names (those of
    /// [`Resolved::path`](crate::scim::schema::Resolved::path)). A sub-attribute is found in a single
    /// value only: in a list it has no one value. An extension as a whole is found by its URN.
    pub fn get(&self, path: &AttrPath) -> Option<&Value> {
        let attribute = match &path.schema {
            None => self.0.get(&path.attribute),
            Some(urn) if path.attribute.is_empty() => self.0.get(urn),
            Some(urn) => self.0.get(urn)?.get(&path.attribute),
        }?;
        match &path.sub_attribute {
            Some(sub) => attribute.get(sub),
            None => Some(attribute),
        }
    }

    /// `userName`.
    pub fn user_name(&self) -> Option<&str> {
        self.text("userName")
    }

    /// `displayName`, of a user or a group.
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// `externalId`.
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId")
    }

    /// `active`, as far as the identity provider says so.
    pub fn active(&self) -> Option<bool> {
        self.0.get("active").and_then(Value::as_bool)
    }

    /// The e-mail address to write to: the primary one, else the first for work, else the first.
    pub fn primary_email(&self) -> Option<&str> {
        let usable = || self.elements("emails").filter(|element| value_of(element).is_some());
        let is_for_work =
            |element: &&Value| element.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
        let chosen = usable().find(|element| is_primary(element)).or_else(|| usable().find(is_for_work));
        chosen.or_else(|| usable().next()).and_then(value_of)
    }

    /// `role` of our own extension: one of its canonical values.
    pub fn role(&self) -> Option<&str> {
        self.0.get(urn::ROLLCALL_USER)?.get("role")?.as_str()
    }

    /// The names of the attributes that another document of the same resource has not, or has with another value, and the other way
    /// round; those of an extension with its URN.
    pub fn differing_from(&self, other: &Self) -> Vec<String> {
        let mut names = Vec::new();
        let known = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        for name in known {
            let (ours, theirs) = (self.0.get(name), other.0.get(name));
            if ours == theirs {
                continue;
            }
            if !name.contains(':') {
                names.push(name.clone());
                continue;
            }
            let parts = |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned().map(Self).unwrap_or_default();
            names.extend(parts(ours).differing_from(&parts(theirs)).into_iter().map(|part| format!("{name}:{part}")));
        }
        names
    }

    /// The values of `roles`, the primary one first, the others in their order. Empty ones are left out.
    pub fn role_values(&self) -> Vec<&str> {
        let (first, others): (Vec<_>, Vec<_>) = self.elements("roles").partition(|element| is_primary(element));
        first.into_iter().chain(others).filter_map(value_of).collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn elements(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten()
    }
}

fn value_of(element: &Value) -> Option<&str> {
    element.get("value")?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(value: Value) -> Document {
        match value {
            Value::Object(map) => Document::from_stored(map),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_mail_address_is_primary_then_work_then_first() {
        let address = |emails: Value| document(json!({ "emails": emails })).primary_email().map(str::to_owned);
        let (a, w, p) = (
            json!({"value": "a@x"}),
            json!({"value": "w@x", "type": "Work"}),
            json!({"value": "p@x", "type": "home", "primary": true}),
        );
        assert_eq!(address(json!([a, w, p])).as_deref(), Some("p@x"));
        assert_eq!(address(json!([a, w])).as_deref(), Some("w@x"));
        assert_eq!(address(json!([a])).as_deref(), Some("a@x"));
        assert_eq!(address(json!([{"value": "", "primary": true}, a])).as_deref(), Some("a@x"));
        assert_eq!(address(json!([{"type": "work"}])), None);
        assert_eq!(Document::default().primary_email(), None);
    }

    #[test]
    fn active_is_what_was_said() {
        assert_eq!(Document::default().active(), None);
        assert_eq!(document(json!({"active": true})).active(), Some(true));
        assert_eq!(document(json!({"active": false})).active(), Some(false));
    }

    #[test]
    fn roles_come_primary_first() {
        let user = document(json!({
            "roles": [{"value": "b"}, {"display": "x"}, {"value": "a", "primary": true}, {"value": "c"}],
            (urn::ROLLCALL_USER): {"role": "editor"},
        }));
        assert_eq!(user.role_values(), ["a", "b", "c"]);
        assert_eq!(user.role(), Some("editor"));
        assert_eq!(Document::default().role(), None);
        assert!(Document::default().role_values().is_empty());
    }

    #[test]
    fn what_differs_is_named_with_the_extension_that_it_is_of() {
        let before = document(json!({
            "userName": "u", "title": "a", "active": true, "emails": [{"value": "a@x"}],
            (urn::ENTERPRISE_USER): {"department": "d", "division": "v"},
        }));
        let after = document(json!({
            "active": true, "userName": "u", "title": "b", "nickName": "n",
            (urn::ENTERPRISE_USER): {"department": "e", "division": "v", "costCenter": "c"},
        }));
        let names =
            |of: &[&str]| of.iter().map(|name| name.replace('!', &format!("{}:", urn::ENTERPRISE_USER))).collect::<Vec<_>>();
        assert_eq!(after.differing_from(&before), names(&["title", "nickName", "!department", "!costCenter", "emails"]));
        assert_eq!(before.differing_from(&before), names(&[]));
        assert_eq!(Document::default().differing_from(&before).len(), 6);
    }

    #[test]
    fn a_path_leads_to_its_value() {
        let user = document(json!({
            "userName": "u", "externalId": "e", "displayName": "d", "name": {"givenName": "g"},
            "emails": [{"value": "a@x"}],
            (urn::ENTERPRISE_USER): {"manager": {"value": "m"}},
        }));
        let get = |path: AttrPath| user.get(&path).cloned();
        let manager = AttrPath::extension(urn::ENTERPRISE_USER, "manager");
        assert_eq!(get(AttrPath::core("name").sub("givenName")), Some(json!("g")));
        assert_eq!(get(manager.clone().sub("value")), Some(json!("m")));
        assert_eq!(get(manager), Some(json!({"value": "m"})));
        assert_eq!(get(AttrPath::extension(urn::ENTERPRISE_USER, "")), Some(json!({"manager": {"value": "m"}})));
        assert_eq!(get(AttrPath::core("emails").sub("value")), None);
        assert_eq!(get(AttrPath::core("title")), None);
        assert_eq!((user.user_name(), user.external_id(), user.display_name()), (Some("u"), Some("e"), Some("d")));
    }
}
