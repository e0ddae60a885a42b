//! From a document to what the client sees: RFC 7644 §3.4.2.5 and §3.9, RFC 7643 §3.1 and §7.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, value::RawValue};

use super::{
    attr::AttrPath,
    document::{Attributes, Document, Stored},
    error::{ScimError, ScimType},
    schema::{Attribute, ResourceSchema, ResourceType, Returned},
};

/// Which attributes a client wants to see. The default is: those that are returned by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    wanted: Wanted,
    /// Attributes returned on request only that this request has written: they are in its answer (RFC 7643 §7).
    written: Vec<AttrPath>,
}

/// The paths are canonical and distinct, so there are never more of them than the schema has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Wanted {
    /// Neither parameter was given.
    #[default]
    Usual,
    /// Nothing is shown to anybody.
    Nothing,
    /// `attributes`: these and the ones that are always returned.
    Only(Vec<AttrPath>),
    /// `excludedAttributes`: the default without these.
    Without(Vec<AttrPath>),
}

impl Projection {
    /// Reads the parameters `attributes` and `excludedAttributes`: names separated by commas, in any
    /// notation of RFC 7644 §3.10. Names that mean nothing here are ignored, an empty parameter counts
    /// as none.
    ///
    /// # Errors
    /// 400 `invalidValue` when both are given; they exclude each other (§3.9).
    pub fn parse(schema: &ResourceSchema, attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        let given = |text: &&str| !text.trim().is_empty();
        match (attributes.filter(given), excluded.filter(given)) {
            (None, None) => Ok(Self::default()),
            (Some(names), None) => Ok(Wanted::Only(paths(schema, names)).into()),
            (None, Some(names)) => Ok(Wanted::Without(paths(schema, names)).into()),
            (Some(_), Some(_)) => {
                let detail = "attributes and excludedAttributes cannot be used together. Send one of them.";
                Err(ScimError::bad(ScimType::InvalidValue, detail))
            }
        }
    }

    /// The same for the answer to a write of these attributes, made by [`written_on_request`].
    #[must_use]
    pub fn after_writing(&self, written: &[AttrPath]) -> Self {
        Self { written: written.to_vec(), ..self.clone() }
    }

    /// For whoever shows no resource, so that nothing is read for it.
    pub const fn least() -> Self {
        Self { wanted: Wanted::Nothing, written: Vec::new() }
    }

    /// Whether anything is shown, be it an entity tag only.
    pub fn shows(&self) -> bool {
        self.wanted != Wanted::Nothing
    }

    /// Whether the client left the choice to us.
    pub fn is_usual(&self) -> bool {
        self.wanted == Wanted::Usual
    }

    /// Whether anything of a core attribute can be in the answer, so that `members` and `groups` are
    /// not even read when it cannot. For attributes that are returned by default.
    pub fn wants(&self, attribute: &str) -> bool {
        let is_it = |path: &AttrPath| path.schema.is_none() && path.attribute.eq_ignore_ascii_case(attribute);
        match &self.wanted {
            Wanted::Usual => true,
            Wanted::Nothing => false,
            Wanted::Only(paths) => paths.iter().any(is_it),
            Wanted::Without(paths) => !paths.iter().any(|path| is_it(path) && path.sub_attribute.is_none()),
        }
    }

    /// What is shown of some elements of a core attribute that holds a list.
    pub fn elements(&self, attribute: &Attribute, elements: Value) -> Vec<Value> {
        match self.pick(None, attribute, Piece::Made(elements)) {
            Some(Piece::Made(Value::Array(shown))) => shown,
            _ => Vec::new(),
        }
    }

    /// What is shown of the attribute's value.
    fn pick<'d>(&self, urn: Option<&str>, attribute: &Attribute, value: Piece<'d>) -> Option<Piece<'d>> {
        match attribute.returned {
            Returned::Always => return Some(value),
            Returned::Never => return None,
            Returned::Default | Returned::Request => {}
        }
        let is_listed = |paths: &[AttrPath], sub: Option<&Attribute>| paths.iter().any(|path| names(path, urn, attribute, sub));
        let is_for_request =
            |part: &Attribute, sub: Option<&Attribute>| part.returned == Returned::Request && !is_listed(&self.written, sub);
        match &self.wanted {
            Wanted::Only(paths) if is_listed(paths, None) => parts(attribute, value, |_| true),
            Wanted::Only(paths) if paths.iter().any(|path| owns(path, urn, attribute)) => {
                parts(attribute, value, |sub| is_listed(paths, Some(sub)))
            }
            Wanted::Only(_) | Wanted::Nothing => None,
            Wanted::Usual | Wanted::Without(_) if is_for_request(attribute, None) => None,
            Wanted::Usual => parts(attribute, value, |sub| !is_for_request(sub, Some(sub))),
            Wanted::Without(paths) if is_listed(paths, None) => None,
            Wanted::Without(paths) => {
                parts(attribute, value, |sub| !is_for_request(sub, Some(sub)) && !is_listed(paths, Some(sub)))
            }
        }
    }
}

impl From<Wanted> for Projection {
    fn from(wanted: Wanted) -> Self {
        Self { wanted, written: Vec::new() }
    }
}

/// The attributes and sub-attributes that are returned on request only and that a write has set or changed.
pub fn written_on_request(schema: &ResourceSchema, before: Option<&Document>, after: &Document) -> Vec<AttrPath> {
    let extensions = schema.extensions.iter().map(|extension| &extension.schema);
    let owners = std::iter::once((None, &schema.core)).chain(extensions.map(|schema| (Some(schema.id.clone()), schema)));
    let mut written = Vec::new();
    for (urn, schema) in owners {
        for attribute in &schema.attributes {
            let path = AttrPath { schema: urn.clone(), ..AttrPath::core(&attribute.name) };
            let value = after.get(&path);
            if value.is_none() || before.and_then(|before| before.get(&path)) == value {
                continue;
            }
            let parts = attribute.sub_attributes.iter().filter(|sub| sub.returned == Returned::Request);
            written.extend(parts.map(|sub| path.clone().sub(&sub.name)));
            if attribute.returned == Returned::Request {
                written.push(path);
            }
        }
    }
    written
}

fn paths(schema: &ResourceSchema, names: &str) -> Vec<AttrPath> {
    let mut paths = Vec::new();
    for name in names.split(',') {
        let resolved = AttrPath::parse(name.trim()).and_then(|path| schema.resolve(&path).map(|found| found.path()));
        if let Ok(path) = resolved
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    }
    paths
}

/// Whether the path is in the attribute, or is the extension that the attribute is in.
fn owns(path: &AttrPath, urn: Option<&str>, attribute: &Attribute) -> bool {
    path.schema.as_deref() == urn && (path.attribute == attribute.name || path.attribute.is_empty())
}

/// Whether the path is just that: the attribute (or its whole extension), or its sub-attribute.
fn names(path: &AttrPath, urn: Option<&str>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
    owns(path, urn, attribute) && path.sub_attribute.as_deref() == sub.map(|sub| sub.name.as_str())
}

/// The value with those sub-attributes that `shows` lets pass; of a value that is not complex, all.
/// `None` when nothing is left. A list that was empty before stays: an empty group shows `members: []`.
fn parts<'d>(attribute: &Attribute, value: Piece<'d>, shows: impl Fn(&Attribute) -> bool) -> Option<Piece<'d>> {
    let passes = |sub: &Attribute| match sub.returned {
        Returned::Always => true,
        Returned::Never => false,
        Returned::Default | Returned::Request => shows(sub),
    };
    if attribute.sub_attributes.iter().all(passes) {
        return Some(value);
    }
    let cut = |mut object: Map<String, Value>| {
        object.retain(|name, _| attribute.sub_attribute(name).is_some_and(passes));
        (!object.is_empty()).then_some(Value::Object(object))
    };
    let shown = match value.read()? {
        Value::Object(object) => cut(object),
        Value::Array(elements) if elements.is_empty() => Some(Value::Array(elements)),
        Value::Array(elements) => {
            let object = |element| if let Value::Object(object) = element { cut(object) } else { None };
            let elements: Vec<_> = elements.into_iter().filter_map(object).collect();
            (!elements.is_empty()).then_some(Value::Array(elements))
        }
        _ => None,
    };
    shown.map(Piece::Made)
}

/// What we know about a resource itself, RFC 7643 §3.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it changed last.
    pub last_modified: DateTime<Utc>,
    /// Its absolute URI.
    pub location: String,
    /// Its entity tag, as in the `ETag` header.
    pub version: String,
}

impl Meta {
    fn shown(&self, resource_type: ResourceType) -> Piece<'static> {
        // All digits that the database has: a client that asks for what changed after the time it was
        // shown must not get the same resource again.
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        Piece::Object(vec![
            ("resourceType", Piece::Made(resource_type.name().into())),
            ("created", Piece::Made(text(self.created).into())),
            ("lastModified", Piece::Made(text(self.last_modified).into())),
            ("location", Piece::Made(self.location.as_str().into())),
            ("version", Piece::Made(self.version.as_str().into())),
        ])
    }
}

/// A value on its way to the client.
enum Piece<'d> {
    /// Copied as it is stored.
    Stored(&'d RawValue),
    /// Made for this answer.
    Made(Value),
    /// Put together.
    Object(Vec<(&'d str, Self)>),
}

impl Piece<'_> {
    /// The value itself.
    fn read(self) -> Option<Value> {
        match self {
            Self::Stored(text) => serde_json::from_str(text.get()).ok(),
            Self::Made(value) => Some(value),
            Self::Object(pieces) => pieces
                .into_iter()
                .map(|(name, piece)| Some((name.to_owned(), piece.read()?)))
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object),
        }
    }
}

impl Serialize for Piece<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stored(text) => text.serialize(serializer),
            Self::Made(value) => value.serialize(serializer),
            Self::Object(pieces) => object(pieces, serializer),
        }
    }
}

fn object<S: Serializer>(pieces: &[(&str, Piece<'_>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pieces.iter().map(|(name, piece)| (name, piece)))
}

/// What is enough for most resources.
const MOSTLY_BYTES: usize = 1024;
const MOSTLY_ATTRIBUTES: usize = 24;

/// A resource as the client sees it, ready to be written.
pub struct Shown<'d>(Vec<(&'d str, Piece<'d>)>);

impl Shown<'_> {
    /// As JSON.
    pub fn to_text(&self) -> String {
        let mut text = Vec::with_capacity(MOSTLY_BYTES);
        serde_json::to_writer(&mut text, self).expect("names and JSON values are always JSON");
        String::from_utf8(text).expect("JSON is UTF-8")
    }

    /// Takes an attribute out of it.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().position(|(given, _)| *given == name)?;
        self.0.remove(place).1.read()
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object(&self.0, serializer)
    }
}

/// A resource as the client sees it.
///
/// What is shown whole is copied from the stored text: a page has a thousand resources, and to make values of them costs many times
/// what it costs to copy them. `read_only` holds the core attributes that are not in the document: `groups` of a user, `members`
/// of a group; leave out those that the projection does not [want](Projection::wants). `schemas` names the extensions that are in the answer.
pub fn render<'d>(
    schema: &'d ResourceSchema,
    id: &str,
    document: &'d Stored,
    mut read_only: Map<String, Value>,
    meta: &Meta,
    projection: &Projection,
) -> Shown<'d> {
    let stored = document.attributes();
    let mut schemas = vec![Value::from(schema.core.id.as_str())];
    let mut body = Vec::with_capacity(MOSTLY_ATTRIBUTES);
    body.push(("id", Piece::Made(id.into())));
    let show = |urn: Option<&str>, attribute: &'d Attribute, value: Option<Piece<'d>>, to: &mut Vec<(&'d str, Piece<'d>)>| {
        if let Some(shown) = value.and_then(|value| projection.pick(urn, attribute, value)) {
            to.push((&attribute.name, shown));
        }
    };

    for attribute in schema.attribute("externalId").into_iter().chain(&schema.core.attributes) {
        let made = read_only.swap_remove(&attribute.name).map(Piece::Made);
        show(None, attribute, made.or_else(|| stored.get(&attribute.name).map(Piece::Stored)), &mut body);
    }
    for extension in schema.extensions.iter().map(|extension| &extension.schema) {
        let Some(values) = stored.get(&extension.id).map(|object| Attributes::of(object.get())) else { continue };
        let mut object = Vec::with_capacity(extension.attributes.len());
        for attribute in &extension.attributes {
            show(Some(&extension.id), attribute, values.get(&attribute.name).map(Piece::Stored), &mut object);
        }
        if !object.is_empty() {
            schemas.push(extension.id.as_str().into());
            body.push((&extension.id, Piece::Object(object)));
        }
    }
    if let Some(attribute) = schema.attribute("meta") {
        show(None, attribute, Some(meta.shown(schema.resource_type)), &mut body);
    }
    body.insert(0, ("schemas", Piece::Made(Value::Array(schemas))));
    Shown(body)
}

#[cfg(test)]
mod tests;
