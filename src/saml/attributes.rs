//! Who somebody is besides a name identifier: from the attributes of an assertion, under the names that a connection has for them.

use super::{Refusal, SignIn};

/// Names under which e-mail addresses are sent by identity providers whose administrators have changed nothing.
const EMAIL: &[&str] = &[
    "email",
    "mail",
    "emailAddress",
    "Email",
    "User.email",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];
const GIVEN_NAME: &[&str] = &[
    "givenName",
    "firstName",
    "FirstName",
    "first_name",
    "User.FirstName",
    "urn:oid:2.5.4.42",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
];
const FAMILY_NAME: &[&str] = &[
    "sn",
    "surname",
    "lastName",
    "LastName",
    "last_name",
    "User.LastName",
    "urn:oid:2.5.4.4",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
];
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const LONGEST_ADDRESS: usize = 254;

/// The names that an administrator has given; where there is none, those that are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttributeNames<'a> {
    /// Of the e-mail address.
    pub email: Option<&'a str>,
    /// Of the given name.
    pub given_name: Option<&'a str>,
    /// Of the family name.
    pub family_name: Option<&'a str>,
    /// Of the role.
    pub role: Option<&'a str>,
}

/// What is known of somebody who signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The role, by its name.
    pub role: Option<String>,
}

impl SignIn {
    /// Reads the attributes. Without one for the e-mail address, a `NameID` that is one counts.
    ///
    /// # Errors
    /// [`Refusal::Attribute`] when an attribute that an administrator has named has more than one value: which of them is meant, nobody knows.
    pub fn profile(&self, names: &AttributeNames<'_>) -> Result<Profile, Refusal> {
        let email = self.one(names.email, EMAIL)?.or_else(|| {
            let is_address =
                self.name_id_format.as_deref().is_none_or(|format| format == EMAIL_FORMAT || format.ends_with("unspecified"));
            is_address.then(|| self.name_id.clone())
        });
        Ok(Profile {
            email: email.filter(|address| is_address(address)),
            given_name: self.one(names.given_name, GIVEN_NAME)?,
            family_name: self.one(names.family_name, FAMILY_NAME)?,
            role: self.one(names.role, &[])?,
        })
    }

    fn one(&self, named: Option<&str>, known: &[&str]) -> Result<Option<String>, Refusal> {
        let mut values = match named {
            Some(name) => self.values(name),
            None => known.iter().map(|name| self.values(name)).find(|values| !values.is_empty()).unwrap_or_default(),
        };
        values.dedup();
        match values.as_slice() {
            [] => Ok(None),
            [value] => Ok(Some((*value).to_owned())),
            _ => Err(Refusal::Attribute),
        }
    }

    fn values(&self, name: &str) -> Vec<&str> {
        let values = self.attributes.get(name).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect()
    }
}

/// Whether a text can be an e-mail address at all: one `@` with something on both sides, and nothing that cannot be seen.
fn is_address(text: &str) -> bool {
    let sides = text.split_once('@');
    let is_one = sides.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    is_one && text.len() <= LONGEST_ADDRESS && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;

    fn sign_in(name_id: &str, format: Option<&str>, attributes: &[(&str, &[&str])]) -> SignIn {
        let attributes = attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
        SignIn {
            assertion_id: "_a".into(),
            in_response_to: None,
            name_id: name_id.into(),
            name_id_format: format.map(str::to_owned),
            session_index: None,
            session_not_on_or_after: None,
            authn_instant: DateTime::UNIX_EPOCH,
            authn_context: None,
            attributes: BTreeMap::from_iter(attributes),
            good_until: DateTime::UNIX_EPOCH,
            fingerprint: String::new(),
        }
    }

    #[test]
    fn an_address_is_found_under_its_usual_names_or_is_the_name_identifier() {
        let email = |sign_in: SignIn| sign_in.profile(&AttributeNames::default()).map(|profile| profile.email);
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(email(sign_in("u1", None, &[("mail", &["a@b.test"])])), some("a@b.test"));
        assert_eq!(email(sign_in("c@d.test", Some(EMAIL_FORMAT), &[])), some("c@d.test"));
        assert_eq!(email(sign_in("c@d.test", Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"), &[])), Ok(None));
        assert_eq!(email(sign_in("c@d.test", None, &[("email", &["a@b.test", "a@b.test"])])), some("a@b.test"));
        assert_eq!(email(sign_in("u1", None, &[("email", &["a@b.test", "e@f.test"])])), Err(Refusal::Attribute));
        for nothing in ["a", "@b", "a@", "a@b@c", "a b@c", "a@b\u{0}"] {
            assert_eq!(email(sign_in(nothing, None, &[])), Ok(None), "{nothing}");
        }
    }

    #[test]
    fn the_name_that_an_administrator_has_given_counts_alone() {
        let names = AttributeNames { email: Some("upn"), role: Some("role"), ..AttributeNames::default() };
        let found =
            sign_in("u1", None, &[("mail", &["a@b.test"]), ("upn", &["e@f.test"]), ("role", &["", "admin"]), ("sn", &["Lee"])]);
        let profile = found.profile(&names).expect("a profile");
        assert_eq!(profile.email.as_deref(), Some("e@f.test"));
        assert_eq!(profile.role.as_deref(), Some("admin"));
        assert_eq!(profile.family_name.as_deref(), Some("Lee"));
        let found = sign_in("u1", None, &[("role", &["admin", "viewer"])]);
        assert_eq!(found.profile(&names), Err(Refusal::Attribute));
    }
}
