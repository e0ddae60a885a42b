//! Bodies, queries and sentences made fit for a log: without passwords and other secrets, and bounded.
//!
//! Removed is more than what we know to be a secret: whatever has a secret's name, at any depth and in any spelling, and every text
//! that speaks of one and may hold it, such as a filter or the path of a PATCH. What a log lacks can be asked for, what it holds
//! cannot be taken back.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::schema::{Attribute, ResourceSchema, Returned};

/// What stands in the place of something that was removed.
pub const REMOVED: &str = "[removed]";
/// Parts of names that only secrets have, in lower case and without what joins words. Their first letters stand in [`has_word`].
const WORDS: [&str; 9] =
    ["password", "passwd", "passphrase", "privatekey", "secret", "token", "credential", "authorization", "apikey"];
/// How our own tokens begin, and how many characters of base 32 follow at least.
const TOKEN_PREFIX: &[u8] = b"rollcall_";
const TOKEN_CHARACTERS: usize = 32;

/// The names of what must not be kept: of passwords and their like everywhere, and of a workspace's own attributes that are never
/// returned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeSet<String>);

/// Something as it may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, as JSON without spaces.
    pub text: String,
    /// Whether it was longer.
    pub cut: bool,
    /// Whether something was removed.
    pub removed: bool,
}

impl Secrets {
    /// Those that these schemas know.
    pub fn of<'a>(schemas: impl IntoIterator<Item = &'a ResourceSchema>) -> Self {
        let mut names = BTreeSet::new();
        for schema in schemas {
            let extensions = schema.extensions.iter().map(|extension| &extension.schema);
            for schema in std::iter::once(&schema.core).chain(extensions) {
                collect(&schema.attributes, &mut names);
            }
        }
        Self(names)
    }

    /// Whether a name, also one with a URN before it or in dots, is a secret's.
    fn names(&self, name: &str) -> bool {
        has_word(name) || (!self.0.is_empty() && tokens(name).any(|token| self.0.contains(&token.to_ascii_lowercase())))
    }

    /// Whether a text speaks of a secret, so that its value may be in there, or is one of our tokens.
    pub fn are_in(&self, text: &str) -> bool {
        has_token(text) || self.names(text)
    }

    /// Whether a text that is somebody's or something's name, title or the like looks as if it gave a secret away.
    pub fn are_given_away_by(&self, text: &str) -> bool {
        has_token(text) || (text.contains(['"', '=', ':', '[', '{']) && self.names(text) && !is_a_path(text))
    }

    /// A body as it may be kept, at most `limit` bytes of it. Costs what is kept, not what the body has.
    pub fn body(&self, body: &Value, limit: usize) -> Redacted {
        let mut writer = Writer { secrets: self, limit, out: String::new(), cut: false, removed: false };
        writer.value(body);
        Redacted { text: writer.out, cut: writer.cut, removed: writer.removed }
    }

    /// A text that is no JSON, such as a path or a query, or what is said instead of it.
    pub fn text(&self, text: &str, limit: usize) -> Redacted {
        if self.are_in(&decoded(text)) {
            return Redacted { text: REMOVED.to_owned(), cut: false, removed: true };
        }
        let kept = prefix(text, limit);
        Redacted { text: kept.to_owned(), cut: kept.len() < text.len(), removed: false }
    }

    /// A sentence of an error, without what it repeats of the request when that had a secret: `had` says so, or the sentence itself.
    pub fn sentence(&self, sentence: &str, had: bool) -> String {
        let kept = match (sentence.find('"'), sentence.rfind('"')) {
            (Some(first), Some(last)) if had || self.are_in(sentence) => {
                format!("{}{REMOVED}{}", &sentence[..first], &sentence[(last + 1).max(first)..])
            }
            _ => sentence.to_owned(),
        };
        if has_token(&kept) { REMOVED.to_owned() } else { kept }
    }
}

fn collect(attributes: &[Attribute], names: &mut BTreeSet<String>) {
    for attribute in attributes {
        if attribute.returned == Returned::Never {
            names.insert(attribute.name.to_ascii_lowercase());
        }
        collect(&attribute.sub_attributes, names);
    }
}

/// The names in a path, a filter or a URN.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'))).filter(|token| !token.is_empty())
}

/// Whether one of the words is in it, in any case, also with `_` or `-` inside.
fn has_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        matches!(rest.first().map(u8::to_ascii_lowercase), Some(b'p' | b's' | b't' | b'c' | b'a'))
            && WORDS.iter().any(|word| begins_with(rest, word.as_bytes()))
            && !begins_with(rest, b"secretar") // people and groups of that profession
    })
}

fn begins_with(text: &[u8], word: &[u8]) -> bool {
    let mut letters = text.iter().filter(|byte| !matches!(byte, b'_' | b'-')).map(u8::to_ascii_lowercase);
    word.iter().all(|letter| letters.next() == Some(*letter))
}

fn has_token(text: &str) -> bool {
    text.as_bytes().windows(TOKEN_PREFIX.len()).enumerate().any(|(at, window)| {
        window == TOKEN_PREFIX
            && text.as_bytes().iter().skip(at + TOKEN_PREFIX.len()).take_while(|byte| byte.is_ascii_alphanumeric()).count()
                >= TOKEN_CHARACTERS
    })
}

/// Percent-encoding undone, as often as it was done, so that no spelling hides a name.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..4 {
        let bytes = text.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
            match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *byte == b'%') {
                Some(decoded) => {
                    out.push(decoded);
                    at += 3;
                }
                None => {
                    out.push(*byte);
                    at += 1;
                }
            }
        }
        let next = String::from_utf8_lossy(&out).into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// As much of a text as fits, in whole characters.
pub fn prefix(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Writes JSON until it is long enough.
struct Writer<'a> {
    secrets: &'a Secrets,
    limit: usize,
    out: String,
    cut: bool,
    removed: bool,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        let room = self.limit.saturating_sub(self.out.len());
        let kept = prefix(text, room);
        self.out.push_str(kept);
        self.cut |= kept.len() < text.len();
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(members) => self.object(members),
            Value::Array(elements) => {
                self.push("[");
                for (place, element) in elements.iter().enumerate() {
                    if self.cut {
                        return;
                    }
                    if place > 0 {
                        self.push(",");
                    }
                    self.value(element);
                }
                self.push("]");
            }
            Value::String(text) => self.text(text, false),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.push(&value.to_string()),
        }
    }

    fn object(&mut self, members: &Map<String, Value>) {
        let names_a_secret = |known: &[&str]| {
            members
                .iter()
                .any(|(name, value)| is_one_of(name, known) && value.as_str().is_some_and(|text| self.secrets.are_in(text)))
        };
        // An operation of a PATCH: what its path names is what its value is, and whatever else a client puts there.
        let changes_a_secret = names_a_secret(&["path"]);
        let describes_a_secret = names_a_secret(&["type", "name", "attribute"]);
        self.push("{");
        for (place, (name, value)) in members.iter().enumerate() {
            if self.cut {
                return;
            }
            if place > 0 {
                self.push(",");
            }
            self.quoted(name);
            self.push(":");
            let is_a_secret = self.secrets.are_in(name)
                || (changes_a_secret && !is_one_of(name, &["path"]) && !value.as_str().is_some_and(is_a_verb))
                || (describes_a_secret && is_one_of(name, &["value"]));
            match value {
                Value::Null => self.value(value),
                _ if is_a_secret && !is_a_feature(name, value) => self.removed(),
                Value::String(text) => self.text(text, is_one_of(name, &["filter", "path"])),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => self.value(value),
            }
        }
        self.push("}");
    }

    /// A text that speaks of a secret and has room for it is removed, whatever attribute it stands in: a filter, a path with a filter,
    /// JSON inside of JSON. Of words in a title or a group's name only those are that look as if they gave one away.
    fn text(&mut self, text: &str, is_an_expression: bool) {
        let speaks_of_one = is_an_expression && self.secrets.names(text) && !is_a_path(text);
        if speaks_of_one || self.secrets.are_given_away_by(text) {
            self.removed();
        } else {
            self.quoted(text);
        }
    }

    fn removed(&mut self) {
        self.removed = true;
        self.quoted(REMOVED);
    }

    fn quoted(&mut self, text: &str) {
        // What is beyond the limit need not be escaped to be cut off.
        let fits = prefix(text, self.limit);
        self.cut |= fits.len() < text.len();
        self.push(&Value::String(fits.to_owned()).to_string());
    }
}

fn is_one_of(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether it says that passwords can be changed, or not, and nothing else (RFC 7643 §5).
fn is_a_feature(name: &str, value: &Value) -> bool {
    let says = |parts: &Map<String, Value>| parts.len() == 1 && parts.get("supported").is_some_and(Value::is_boolean);
    name == "changePassword" && value.as_object().is_some_and(says)
}

/// Whether a text is what a PATCH does, and nothing else.
fn is_a_verb(text: &str) -> bool {
    is_one_of(text, &["add", "remove", "replace"])
}

/// Whether a text is the name of an attribute and nothing more: a word, or a URN and a word.
fn is_a_path(text: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-' | b'$' | b':');
    text.bytes().all(is_plain) && (!text.contains(':') || text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:")))
}

#[cfg(test)]
mod tests;
