//! Every attribute of every served schema, tried out: what `/Schemas` says of it is what happens.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use super::{
    asking::CERTIFICATE,
    framework::{Client, Ground},
};
use crate::scim::{GROUP, USER, id, path};

/// An attribute or a part of one, as it is said to be, and how to write it.
struct Probe<'a> {
    /// `/Users` or `/Groups`.
    endpoint: &'static str,
    /// The extension, if it is of one.
    extension: Option<&'a str>,
    /// The attribute.
    attribute: &'a Value,
    /// The part of it, if it is about one.
    part: Option<&'a Value>,
    /// A resource that can be referred to.
    other: &'a Value,
}

/// An extension in which every characteristic has every value.
fn characteristics() -> Value {
    let mut attributes = Vec::new();
    for kind in ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference"] {
        attributes.push(json!({ "name": format!("one-{kind}"), "type": kind }));
        attributes.push(json!({ "name": format!("many-{kind}"), "type": kind, "multiValued": true }));
    }
    let complex = |name: String, part: &Value, many: bool| json!({ "name": name, "type": "complex", "multiValued": many, "subAttributes": [part, { "name": "value" }] });
    for mutability in ["readOnly", "readWrite", "immutable", "writeOnly"] {
        let part = json!({ "name": "part", "mutability": mutability });
        attributes.push(json!({ "name": format!("is-{mutability}"), "mutability": mutability }));
        attributes.push(complex(format!("has-{mutability}"), &part, false));
    }
    for returned in ["always", "never", "default", "request"] {
        let part = json!({ "name": "part", "returned": returned });
        attributes.push(json!({ "name": format!("shown-{returned}"), "returned": returned }));
        attributes.push(complex(format!("shows-{returned}"), &part, false));
        attributes.push(complex(format!("list-{returned}"), &part, true));
    }
    attributes.push(json!({ "name": "exact", "caseExact": true }));
    attributes.push(json!({ "name": "once", "uniqueness": "server" }));
    attributes.push(json!({ "name": "once-exact", "uniqueness": "server", "caseExact": true }));
    Value::Array(attributes)
}

/// Tries out every attribute of users and groups, and of an extension with every characteristic.
pub async fn every_attribute_behaves(ground: &Ground<'_>) {
    ground.define(characteristics()).await;
    let other = ground.workspace.user("other@acme.test").await;
    let scim = ground.scim();
    let mut tried = 0;
    for (kind, endpoint) in [("User", "/Users"), ("Group", "/Groups")] {
        let kind = scim.get(&format!("/ResourceTypes/{kind}")).await.expect(200);
        let extensions = kind["schemaExtensions"].as_array().into_iter().flatten().map(|extension| &extension["schema"]);
        for urn in std::iter::once(&kind["schema"]).chain(extensions) {
            let urn = urn.as_str().expect("a URN");
            let schema = scim.get(&format!("/Schemas/{urn}")).await.expect(200);
            let extension = (urn != USER && urn != GROUP).then_some(urn);
            for attribute in schema["attributes"].as_array().expect("attributes") {
                let parts = attribute["subAttributes"].as_array().into_iter().flatten().map(Some);
                for part in std::iter::once(None).chain(parts) {
                    tried += 1;
                    Probe { endpoint, extension, attribute, part, other: &other }.try_out(&scim, tried).await;
                }
            }
        }
    }
    assert!(tried > 140, "only {tried} attributes");
}

fn says(attribute: &Value, characteristic: &str) -> String {
    attribute[characteristic].as_str().unwrap_or_else(|| panic!("{attribute} does not say its {characteristic}")).to_owned()
}

fn parts(attribute: &Value) -> Option<&Vec<Value>> {
    attribute["subAttributes"].as_array()
}

fn list_if_many(attribute: &Value, value: Value) -> Value {
    if attribute["multiValued"] == true { json!([value]) } else { value }
}

impl Probe<'_> {
    /// What it is about.
    fn subject(&self) -> &Value {
        self.part.unwrap_or(self.attribute)
    }

    /// Whether the attribute or the part of it is said to be so.
    fn is(&self, characteristic: &str, value: &str) -> bool {
        [Some(self.attribute), self.part].into_iter().flatten().any(|one| says(one, characteristic) == value)
    }

    /// Whether it is a complex attribute as a whole: each of its parts has a word of its own on what happens to it.
    fn is_whole(&self) -> bool {
        self.part.is_none() && parts(self.attribute).is_some()
    }

    fn name(&self) -> String {
        says(self.attribute, "name")
    }

    /// As it stands in paths and parameters.
    fn path(&self) -> String {
        let urn = self.extension.map(|urn| format!("{urn}:")).unwrap_or_default();
        let part = self.part.map(|part| format!(".{}", says(part, "name"))).unwrap_or_default();
        format!("{urn}{}{part}", self.name())
    }

    /// One value of its type; another number gives another value, where there is one.
    fn scalar(&self, of: &Value, number: usize) -> Value {
        let name = says(of, "name");
        if self.name() == "members" {
            return match name.as_str() {
                "value" => self.other["id"].clone(),
                "$ref" => self.other["meta"]["location"].clone(),
                "type" => json!("User"),
                _ => json!("somebody"),
            };
        }
        // A list of canonical values that takes no others says so in its description.
        let closed = of["description"].as_str().is_some_and(|text| text.contains("are refused"));
        if let (true, Some(words)) = (closed, of["canonicalValues"].as_array()) {
            return words[number % words.len()].clone();
        }
        match says(of, "type").as_str() {
            "string" => json!(format!("Value {number}")),
            "reference" => json!(format!("https://example.test/Value/{number}")),
            "boolean" => json!(number.is_multiple_of(2)),
            "integer" => json!(number),
            "decimal" => json!(number as f64 + 0.5),
            "dateTime" => json!(format!("2026-01-01T00:00:{:02}Z", number % 60)),
            "binary" if self.name() == "x509Certificates" => json!(CERTIFICATE),
            "binary" => json!(BASE64.encode(format!("Value {number}").as_bytes())),
            other => panic!("{name} has the type {other}"),
        }
    }

    fn part_of(&self, part: &Value, number: usize) -> (String, Value) {
        (says(part, "name"), list_if_many(part, self.scalar(part, number)))
    }

    /// A value of the whole attribute in which the subject has a value of this number.
    fn whole(&self, number: usize) -> Value {
        let one = match (parts(self.attribute), self.part) {
            (None, _) => self.scalar(self.attribute, number),
            (Some(_), Some(part)) => {
                let mut object = Map::from_iter([self.part_of(part, number)]);
                if self.name() == "members" {
                    object.insert("value".to_owned(), self.other["id"].clone());
                }
                Value::Object(object)
            }
            (Some(parts), None) => parts.iter().map(|part| self.part_of(part, number)).collect(),
        };
        list_if_many(self.attribute, one)
    }

    /// A resource of this name with this value of the attribute; none leaves it out, even if it is the name.
    fn body(&self, name: &str, value: Option<Value>) -> Value {
        let key = if self.endpoint == "/Users" { "userName" } else { "displayName" };
        let is_key = self.extension.is_none() && self.name() == key;
        let mut body = if is_key { json!({}) } else { json!({ key: name }) };
        match (self.extension, value) {
            (Some(urn), Some(value)) => body[urn] = json!({ (self.name()): value }),
            (None, Some(value)) => body[self.name()] = value,
            (_, None) => {}
        }
        body
    }

    /// What a resource shows of the subject: all its values, one after the other.
    fn shown(&self, resource: &Value) -> Vec<Value> {
        let holder = self.extension.map_or(resource, |urn| &resource[urn]);
        let each = |value: &Value| match value {
            Value::Null => Vec::new(),
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        let whole = each(&holder[self.name()]);
        match self.part {
            Some(part) => whole.iter().flat_map(|value| each(&value[says(part, "name")])).collect(),
            None => whole,
        }
    }

    /// What is shown when the value of this number was sent.
    fn sent(&self, number: usize) -> Vec<Value> {
        self.shown(&self.body("x", Some(self.whole(number))))
    }

    async fn try_out(&self, scim: &Client, number: usize) {
        let what = self.path();
        let name = |of: &str| format!("{of} {number}");
        let (first, second) = (number * 10 + 1, number * 10 + 2);
        let made = scim.post(self.endpoint, self.body(&name("First"), Some(self.whole(first)))).await;
        assert_eq!(made.status, 201, "{what}: {}", made.text);
        let made = made.json();
        let at = path(&made);
        let seen = self.shown(&made);
        if self.is("mutability", "readOnly") {
            assert_ne!(seen, self.sent(first), "{what} is ours");
        } else if !self.is("returned", "never") {
            assert!(if self.is_whole() { !seen.is_empty() } else { seen == self.sent(first) }, "{what} was sent: {seen:?}");
        }
        self.try_returned(scim, &at, &made, &what).await;
        self.try_case(scim, &made, &what).await;
        self.try_type(scim, &name("Wrong"), &what).await;
        self.try_uniqueness(scim, &name("Second"), first, &what).await;
        self.try_mutability(scim, &at, second, &what).await;
        if self.attribute["required"] == true && self.part.is_none() {
            let without = scim.post(self.endpoint, self.body(&name("Without"), None)).await;
            without.scim_error(400, Some("invalidValue"));
        }
        assert_eq!(scim.delete(&at).await.status, 204, "{what}");
    }

    async fn try_returned(&self, scim: &Client, at: &str, made: &Value, what: &str) {
        let get = async |parameters: String| self.shown(&scim.get(&format!("{at}?{parameters}")).await.expect(200));
        let usual = self.shown(&scim.get(at).await.expect(200));
        let only = get(format!("attributes={what}")).await;
        let without = get(format!("excludedAttributes={what}")).await;
        let others = get("attributes=schemas".to_owned()).await;
        let there = self.shown(made);
        if self.is("returned", "never") {
            assert!([usual, only, without, others].iter().all(Vec::is_empty), "{what} is never shown");
            return;
        }
        if there.is_empty() {
            assert!(self.is("mutability", "readOnly"), "{what} was sent and is not shown");
            return;
        }
        if self.is_whole() {
            assert!(!only.is_empty() && !usual.is_empty(), "{what} is shown by default");
            assert!(without.is_empty() && others.is_empty(), "{what} was not asked for: {without:?} {others:?}");
            return;
        }
        assert_eq!(only, there, "{what} was asked for");
        if self.is("returned", "request") {
            assert!(usual.is_empty() && without.is_empty() && others.is_empty(), "{what} is shown on request");
        } else if self.is("returned", "always") {
            assert!(usual == there && without == there, "{what} is shown always");
            // A part that is always shown is shown with what it is part of.
            assert!(self.part.is_some() || others == there, "{what} is shown always");
        } else {
            assert_eq!(usual, there, "{what} is shown by default");
            assert!(without.is_empty() && others.is_empty(), "{what} was not asked for: {without:?} {others:?}");
        }
    }

    async fn try_case(&self, scim: &Client, made: &Value, what: &str) {
        let one = format!("id eq \"{}\"", id(made));
        let filter = async |value: &str| scim.filter(self.endpoint, &format!("{one} and {what} eq \"{value}\"")).await;
        if self.is("returned", "never") {
            filter("x").await.scim_error(400, Some("invalidFilter"));
            return;
        }
        let Some(exact) = self.subject()["caseExact"].as_bool() else { return };
        for value in self.shown(made) {
            let text = value.as_str().expect("a text");
            let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            let swapped: String = text.chars().map(swap).collect();
            assert_eq!(filter(text).await.expect(200)["totalResults"], 1, "{what} is {text}");
            let found = filter(&swapped).await.expect(200)["totalResults"] == 1;
            assert_eq!(found, !exact || swapped == text, "{what}: {text} and {swapped}");
        }
    }

    async fn try_type(&self, scim: &Client, name: &str, what: &str) {
        // What is not kept is not looked at.
        if self.is("mutability", "readOnly") || self.is("returned", "never") {
            return;
        }
        let wrong = match says(self.subject(), "type").as_str() {
            "string" | "reference" | "dateTime" | "binary" => json!({ "nested": 1 }),
            "boolean" => json!("perhaps"),
            "integer" | "decimal" => json!("one"),
            _ => json!(1),
        };
        let wrong = match self.part {
            Some(part) => json!({ (says(part, "name")): list_if_many(part, wrong) }),
            None => wrong,
        };
        let answer = scim.post(self.endpoint, self.body(name, Some(list_if_many(self.attribute, wrong)))).await;
        assert_eq!(answer.status, 400, "{what} has the wrong type: {}", answer.text);
        answer.scim_error(400, Some("invalidValue"));
    }

    async fn try_uniqueness(&self, scim: &Client, name: &str, number: usize, what: &str) {
        let again = scim.post(self.endpoint, self.body(name, Some(self.whole(number)))).await;
        if self.subject()["uniqueness"] == "server" {
            again.scim_error(409, Some("uniqueness"));
        } else {
            assert_eq!(again.status, 201, "{what} may be there twice: {}", again.text);
            assert_eq!(scim.delete(&path(&again.json())).await.status, 204);
        }
    }

    async fn try_mutability(&self, scim: &Client, at: &str, number: usize, what: &str) {
        let value = self.part.map_or_else(|| self.whole(number), |part| self.part_of(part, number).1);
        let replaced = scim.operations(at, json!([{ "op": "replace", "path": what, "value": value }])).await;
        let remove = async || scim.operations(at, json!([{ "op": "remove", "path": what }])).await;
        if self.is("mutability", "readOnly") {
            replaced.scim_error(400, Some("mutability"));
            remove().await.scim_error(400, Some("mutability"));
            return;
        }
        let has_fixed_parts = self.is_whole()
            && self.attribute["multiValued"] == false
            && parts(self.attribute).into_iter().flatten().any(|part| part["mutability"] == "immutable");
        if self.is("mutability", "immutable") || has_fixed_parts {
            replaced.scim_error(400, Some("mutability"));
            return;
        }
        assert_eq!(replaced.status, 200, "{what} can be changed: {}", replaced.text);
        let seen = async || self.shown(&scim.get(&format!("{at}?attributes={what}")).await.expect(200));
        if self.is("returned", "never") {
            assert!(seen().await.is_empty(), "{what} is never shown");
        } else if !self.is_whole() {
            assert_eq!(seen().await, self.sent(number), "{what} was changed");
        }
        let removed = remove().await;
        if self.subject()["required"] == true {
            removed.scim_error(400, Some("mutability"));
        } else {
            assert_eq!(removed.status, 200, "{what} can be removed: {}", removed.text);
            assert!(seen().await.is_empty(), "{what} was removed");
        }
    }
}

/// The attribute of that name.
fn find<'a>(attributes: &'a Value, name: &str) -> Option<&'a Value> {
    attributes.as_array().into_iter().flatten().find(|one| one["name"] == name)
}

/// Fails unless everything in a resource is in the schemas that it names, with the right type, and everything required is there.
pub fn described_by(schemas: &[Value], resource: &Value) {
    let urns: Vec<&str> = resource["schemas"].as_array().expect("schemas").iter().filter_map(Value::as_str).collect();
    let served = |urn: &str| schemas.iter().find(|schema| schema["id"] == urn).unwrap_or_else(|| panic!("{urn} is not served"));
    let core = &served(urns.first().expect("a schema"))["attributes"];
    for (name, value) in resource.as_object().expect("an object") {
        if urns.contains(&name.as_str()) {
            fits_all(&served(name)["attributes"], value, name);
            continue;
        }
        match find(core, name) {
            Some(attribute) => fits(attribute, value, name),
            // Every resource has these, so no schema lists them (RFC 7643 §3.1).
            None => {
                assert!(matches!(name.as_str(), "schemas" | "id" | "externalId" | "meta"), "{name} is in no schema: {resource}")
            }
        }
    }
    for attribute in core.as_array().into_iter().flatten().filter(|one| one["required"] == true) {
        assert!(!resource[says(attribute, "name")].is_null(), "{attribute} is required and missing: {resource}");
    }
}

fn fits_all(attributes: &Value, object: &Value, at: &str) {
    for (name, value) in object.as_object().unwrap_or_else(|| panic!("{at} is no object: {object}")) {
        // The schema of schemas is three levels deep, and describes two (RFC 7643 §8.7.2): parts of parts are as parts are.
        if name == "subAttributes" && at.ends_with(".subAttributes") {
            value.as_array().into_iter().flatten().for_each(|part| fits_all(attributes, part, at));
            continue;
        }
        let attribute = find(attributes, name).unwrap_or_else(|| panic!("{at} has no {name} in its schema"));
        fits(attribute, value, &format!("{at}.{name}"));
    }
}

fn fits(attribute: &Value, value: &Value, at: &str) {
    let many = attribute["multiValued"] == true;
    assert_eq!(many, value.is_array(), "{at}: {value}");
    let each = if many { value.as_array().into_iter().flatten().collect() } else { vec![value] };
    for one in each {
        let right = match says(attribute, "type").as_str() {
            "string" | "reference" | "binary" => one.is_string(),
            "boolean" => one.is_boolean(),
            "integer" => one.is_i64(),
            "decimal" => one.is_number(),
            "dateTime" => one.as_str().is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok()),
            "complex" => {
                fits_all(&attribute["subAttributes"], one, at);
                true
            }
            _ => false,
        };
        assert!(right, "{at} is {one}, which is no {}", attribute["type"]);
    }
}
