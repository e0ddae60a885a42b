//! Whom a signal is about: Subject Identifiers (RFC 9493), and those of the Shared Signals Framework that hold several.

use serde_json::Value;

/// Identifiers that one subject may have.
const MOST: usize = 16;
/// Levels of subjects in subjects.
const DEEPEST: usize = 3;
const LONGEST: usize = 1_024;

/// One name of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// An e-mail address.
    Email(String),
    /// What the issuer calls the person: a subject, an account, or an identifier without a meaning to others.
    Id(String),
}

/// Every name that a subject has, all of one person. None when it has none that is understood, which need not be an error of the sender.
/// Subjects of issuers other than these are people of somebody else.
pub fn names(subject: &Value, issuers: &[&str]) -> Vec<Name> {
    let mut found = Vec::new();
    collect(subject, issuers, DEEPEST, &mut found);
    found.truncate(MOST);
    found
}

fn collect(subject: &Value, issuers: &[&str], levels: usize, found: &mut Vec<Name>) {
    let text = |name: &str| subject[name].as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST);
    match subject["format"].as_str() {
        Some("email") => found.extend(text("email").map(|email| Name::Email(email.to_owned()))),
        Some("iss_sub") if text("iss").is_some_and(|issuer| issuers.contains(&issuer)) => {
            found.extend(text("sub").map(|sub| Name::Id(sub.to_owned())));
        }
        Some("opaque") => found.extend(text("id").map(|id| Name::Id(id.to_owned()))),
        // RFC 7565. Escapes are left: nobody is found by a name with one, and nobody else is.
        Some("account") => {
            let account = text("uri").and_then(|uri| uri.strip_prefix("acct:")).filter(|account| !account.is_empty());
            found.extend(account.map(|account| Name::Id(account.to_owned())));
        }
        Some("aliases") if levels > 0 => {
            for one in subject["identifiers"].as_array().into_iter().flatten().take(MOST) {
                collect(one, issuers, levels - 1, found);
            }
        }
        // Complex: the person is in `user`; the others are sessions, devices, tenants and groups, and nobody is put out by those.
        Some("complex") | None if levels > 0 => collect(&subject["user"], issuers, levels - 1, found),
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://idp.test";

    #[test]
    fn a_person_is_found_in_every_form_and_nobody_in_others() {
        let ada = || Name::Email("ada@acme.test".into());
        let id = || Name::Id("00u1".into());
        for (subject, expected) in [
            (json!({ "format": "email", "email": "ada@acme.test" }), vec![ada()]),
            (json!({ "format": "iss_sub", "iss": ISSUER, "sub": "00u1" }), vec![id()]),
            (json!({ "format": "iss_sub", "iss": "https://other.test", "sub": "00u1" }), vec![]),
            (json!({ "format": "iss_sub", "sub": "00u1" }), vec![]),
            (json!({ "format": "opaque", "id": "00u1" }), vec![id()]),
            (json!({ "format": "account", "uri": "acct:00u1" }), vec![id()]),
            (json!({ "format": "account", "uri": "acct:" }), vec![]),
            (json!({ "format": "account", "uri": "https://idp.test/00u1" }), vec![]),
            (
                json!({ "user": { "format": "email", "email": "ada@acme.test" }, "tenant": { "format": "opaque", "id": "t" } }),
                vec![ada()],
            ),
            (json!({ "format": "complex", "user": { "format": "opaque", "id": "00u1" } }), vec![id()]),
            (
                json!({ "format": "aliases", "identifiers": [{ "format": "email", "email": "ada@acme.test" }, { "format": "opaque", "id": "00u1" }] }),
                vec![ada(), id()],
            ),
            (
                json!({ "format": "aliases", "identifiers": vec![json!({ "format": "opaque", "id": "00u1" }); 99] }),
                vec![id(); MOST],
            ),
            (json!({ "format": "phone_number", "phone_number": "+1" }), vec![]),
            (json!({ "format": "email", "email": "" }), vec![]),
            (json!({ "format": "opaque", "id": "a".repeat(LONGEST + 1) }), vec![]),
            (json!({ "device": { "format": "opaque", "id": "d" } }), vec![]),
            (json!({ "user": { "user": { "user": { "user": { "format": "opaque", "id": "deep" } } } } }), vec![]),
            (json!(null), vec![]),
            (json!("ada@acme.test"), vec![]),
        ] {
            assert_eq!(names(&subject, &[ISSUER]), expected, "{subject}");
        }
    }

    fn any_subject() -> impl Strategy<Value = Value> {
        let format = prop::sample::select(vec!["email", "iss_sub", "opaque", "account", "aliases", "complex", "did"]);
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), ".{0,8}".prop_map(Value::from)];
        leaf.prop_recursive(5, 64, 4, move |inner| {
            let member = prop::sample::select(vec!["email", "iss", "sub", "id", "uri", "identifiers", "user"]);
            let members = prop::collection::vec((member, inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                (format.clone(), members).prop_map(|(format, members)| {
                    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    Value::Object(members.chain([("format".to_owned(), format.into())]).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_subject_is_its_names_are_few_and_short(subject in any_subject()) {
            let found = names(&subject, &[ISSUER]);
            prop_assert!(found.len() <= MOST);
            for name in found {
                let (Name::Email(text) | Name::Id(text)) = name;
                prop_assert!(!text.is_empty() && text.len() <= LONGEST);
            }
        }
    }
}
