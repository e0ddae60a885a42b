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
    /// What the issuer calls the person: `sub`, or an identifier without a meaning to others.
    Id(String),
}

/// Every name that a subject has, all of one person. None when it has none that is understood, which is no error of the sender.
pub fn names(subject: &Value) -> Vec<Name> {
    let mut found = Vec::new();
    collect(subject, DEEPEST, &mut found);
    found.truncate(MOST);
    found
}

fn collect(subject: &Value, levels: usize, found: &mut Vec<Name>) {
    let text = |name: &str| subject[name].as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST).map(str::to_owned);
    match subject["format"].as_str() {
        Some("email") => found.extend(text("email").map(Name::Email)),
        Some("iss_sub") => found.extend(text("sub").map(Name::Id)),
        Some("opaque") => found.extend(text("id").map(Name::Id)),
        Some("aliases") if levels > 0 => {
            for one in subject["identifiers"].as_array().into_iter().flatten().take(MOST) {
                collect(one, levels - 1, found);
            }
        }
        // Complex: the person is in `user`; the others are devices, tenants and groups, and nobody is put out by those.
        Some("complex") | None if levels > 0 => collect(&subject["user"], levels - 1, found),
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_found_in_every_form_and_nobody_in_others() {
        let ada = || Name::Email("ada@acme.test".into());
        let id = || Name::Id("00u1".into());
        for (subject, expected) in [
            (json!({ "format": "email", "email": "ada@acme.test" }), vec![ada()]),
            (json!({ "format": "iss_sub", "iss": "https://idp.test", "sub": "00u1" }), vec![id()]),
            (json!({ "format": "opaque", "id": "00u1" }), vec![id()]),
            (json!({ "user": { "format": "email", "email": "ada@acme.test" }, "tenant": { "format": "opaque", "id": "t" } }), vec![ada()]),
            (json!({ "format": "complex", "user": { "format": "opaque", "id": "00u1" } }), vec![id()]),
            (
                json!({ "format": "aliases", "identifiers": [{ "format": "email", "email": "ada@acme.test" }, { "format": "opaque", "id": "00u1" }] }),
                vec![ada(), id()],
            ),
            (json!({ "format": "phone_number", "phone_number": "+1" }), vec![]),
            (json!({ "format": "email", "email": "" }), vec![]),
            (json!({ "device": { "format": "opaque", "id": "d" } }), vec![]),
            (json!({ "user": { "user": { "user": { "user": { "format": "opaque", "id": "deep" } } } } }), vec![]),
            (json!(null), vec![]),
            (json!("ada@acme.test"), vec![]),
        ] {
            assert_eq!(names(&subject), expected, "{subject}");
        }
    }
}
