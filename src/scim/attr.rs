//! The notation of an attribute, RFC 7644 §3.10.
//!
//! `[urn ":"] attribute ["." subAttribute]`. Only the notation is read here; what a path means is
//! [`ResourceSchema::resolve`](super::schema::ResourceSchema::resolve)'s business. That matters for
//! one case: a bare URN such as `urn:…:enterprise:2.0:User` looks like the attribute `User` of the
//! schema `urn:…:enterprise:2.0`. It is read so, written back unchanged, and resolved to the
//! extension.

use std::fmt;

use super::error::{ScimError, ScimType, excerpt};

/// A path to an attribute or sub-attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The URN before the attribute's name, if any.
    pub schema: Option<String>,
    /// The attribute. Empty only for a bare URN whose last part cannot be a name, as in `urn:x:1.0`.
    pub attribute: String,
    /// The sub-attribute, if any.
    pub sub_attribute: Option<String>,
}

impl AttrPath {
    /// The path of a core attribute.
    pub fn core(attribute: impl Into<String>) -> Self {
        Self { schema: None, attribute: attribute.into(), sub_attribute: None }
    }

    /// The path of an attribute of the extension `urn`.
    pub fn extension(urn: impl Into<String>, attribute: impl Into<String>) -> Self {
        Self { schema: Some(urn.into()), ..Self::core(attribute) }
    }

    /// The same attribute's sub-attribute.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a path is no number; nobody takes this for subtraction")]
    pub fn sub(self, sub_attribute: impl Into<String>) -> Self {
        Self { sub_attribute: Some(sub_attribute.into()), ..self }
    }

    /// Reads a path. Case is kept as it came.
    ///
    /// # Errors
    /// 400 `invalidPath` when the text is not a path: empty, a name with characters that names cannot
    /// have (RFC 7643 §2.1), more than one sub-attribute, an array index.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let (schema, name) = match text.rsplit_once(':') {
            Some((urn, name)) => (Some(urn), name),
            None => (None, text),
        };
        if schema.is_some_and(|urn| !is_uri_like(urn)) {
            return Err(not_a_path(text));
        }
        let (attribute, sub_attribute) = match name.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (name, None),
        };
        if is_name(attribute) && sub_attribute.is_none_or(is_name) {
            return Ok(Self {
                schema: schema.map(str::to_owned),
                attribute: attribute.to_owned(),
                sub_attribute: sub_attribute.map(str::to_owned),
            });
        }
        // `urn:x:1.0`: no attribute in it, so all of it is the URN. The dot and digits of a version
        // are all that such a last part may have.
        let is_version = name.starts_with(|c: char| c.is_ascii_digit()) && is_uri_like(name);
        if schema.is_some() && is_version {
            return Ok(Self { schema: Some(text.to_owned()), ..Self::core("") });
        }
        Err(not_a_path(text))
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            f.write_str(schema)?;
            if !self.attribute.is_empty() {
                f.write_str(":")?;
            }
        }
        f.write_str(&self.attribute)?;
        match &self.sub_attribute {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// Whether `text` is an attribute name, RFC 7643 §2.1. `$` may also come first: the grammar of the
/// RFC misses it, its own `$ref` needs it.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.bytes();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == b'$')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, b'$' | b'-' | b'_'))
}

/// Whether `text` has only characters of a URI, RFC 3986 §2, less the brackets and quotes by which a
/// filter inside a path would be taken for a URN.
fn is_uri_like(text: &str) -> bool {
    let legal = |c: u8| c.is_ascii_alphanumeric() || b"-._~:/?#@!$&*+,;=%".contains(&c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(legal)
}

fn not_a_path(text: &str) -> ScimError {
    let detail = format!(
        "{} is not an attribute path. Use attribute, attribute.subAttribute, or either of them after \"<schema URN>:\".",
        excerpt(text)
    );
    ScimError::bad(ScimType::InvalidPath, detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scim::urn;

    fn parsed(text: &str) -> AttrPath {
        AttrPath::parse(text).unwrap()
    }

    #[test]
    fn reads_the_forms_of_the_rfc() {
        assert_eq!(parsed("userName"), AttrPath::core("userName"));
        assert_eq!(parsed("name.familyName"), AttrPath::core("name").sub("familyName"));
        assert_eq!(parsed("members.$ref"), AttrPath::core("members").sub("$ref"));
        assert_eq!(parsed(&format!("{}:userName", urn::USER)), AttrPath::extension(urn::USER, "userName"));
        assert_eq!(
            parsed(&format!("{}:manager.value", urn::ENTERPRISE_USER)),
            AttrPath::extension(urn::ENTERPRISE_USER, "manager").sub("value")
        );
    }

    #[test]
    fn a_bare_urn_survives_unchanged() {
        for text in [urn::ENTERPRISE_USER, "urn:okta:custom:group:1.0", "urn:x:y:2.0:a.b"] {
            assert_eq!(parsed(text).to_string(), text);
        }
        assert_eq!(parsed("urn:okta:custom:group:1.0").attribute, "");
    }

    #[test]
    fn refuses_what_is_no_path() {
        let hostile = [
            "",
            ".",
            "a.",
            ".a",
            "a.b.c",
            "1abc",
            "a b",
            "emails[0]",
            "emails/0",
            "emails[",
            "é",
            "urn:",
            ":a",
            "a:",
            "emails[type eq \"x:y\"",
            "a\u{0}",
            "name..x",
            "urn:x:2.0.é",
            "-a",
            "urn:x y:a",
        ];
        for text in hostile {
            let error = AttrPath::parse(text).expect_err(text);
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidPath)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_display_is_the_inverse(text in "(\\PC|[a-zA-Z0-9.:$_-]){0,40}") {
            if let Ok(path) = AttrPath::parse(&text) {
                prop_assert_eq!(path.to_string(), text.clone());
                prop_assert_eq!(AttrPath::parse(&path.to_string()), Ok(path));
            }
        }
    }
}
