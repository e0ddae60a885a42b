//! A document as it is stored.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::Document;

/// A [`Document`] as JSON text. Whoever only shows it reads no values of it.
#[derive(Debug, Clone)]
pub struct Stored(String);

impl Stored {
    /// The text of a document that was stored before, which is a JSON object.
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The document. It is not checked again.
    ///
    /// # Errors
    /// It is no JSON object.
    pub fn read(&self) -> serde_json::Result<Document> {
        serde_json::from_str(&self.0).map(Document::from_stored)
    }

    /// Its length in bytes.
    pub const fn bytes(&self) -> usize {
        self.0.len()
    }

    pub(in crate::scim) fn attributes(&self) -> Attributes<'_> {
        Attributes::of(&self.0)
    }
}

impl From<&Document> for Stored {
    fn from(document: &Document) -> Self {
        Self(serde_json::to_string(document.as_map()).expect("names and JSON values are always JSON"))
    }
}

/// The names and values of an object, each value as text.
#[derive(Debug, Default)]
pub(in crate::scim) struct Attributes<'d>(Vec<(Name<'d>, &'d RawValue)>);

/// It has to be said that a name may be borrowed.
#[derive(Debug, Deserialize)]
struct Name<'d>(#[serde(borrow)] Cow<'d, str>);

impl<'d> Attributes<'d> {
    /// Of an object; of anything else, none.
    pub fn of(object: &'d str) -> Self {
        serde_json::from_str(object).unwrap_or_default()
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&'d RawValue> {
        // There are a dozen of them: a map costs more than it saves.
        self.0.iter().find(|(Name(given), _)| given == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Attributes<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Attributes<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut attributes = Vec::with_capacity(16);
                while let Some(attribute) = map.next_entry()? {
                    attributes.push(attribute);
                }
                Ok(Attributes(attributes))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_as_they_are_written() {
        let text = r#"{"a": {"b" : [1.0, "\u00e9"]}, "\u0062": null}"#;
        let attributes = Attributes::of(text);
        assert_eq!(attributes.get("a").map(RawValue::get), Some(r#"{"b" : [1.0, "\u00e9"]}"#));
        assert_eq!(attributes.get("b").map(RawValue::get), Some("null"));
        assert!(attributes.get("A").is_none());
        assert!(Attributes::of("null").get("b").is_none());
    }

    #[test]
    fn a_document_comes_back() {
        let map = json!({"a": [{"value": "\"\\\u{1}"}], "n": 1.50}).as_object().cloned().expect("an object");
        let document = Document::from_stored(map);
        assert_eq!(Stored::from(&document).read().expect("a document"), document);
    }
}
