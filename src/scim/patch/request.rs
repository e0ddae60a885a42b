//! The body of a PATCH, RFC 7644 §3.5.2, made plain.

use serde_json::{Map, Value};

use super::target::{Names, Place};
use super::{
    Change, MemberChange, Operation, PatchRequest, Target, Verb, in_operation, invalid_path, invalid_syntax, invalid_value,
    members, message, mutability, no_target,
};
use crate::scim::attr::is_name;
use crate::scim::discovery::LIMITS;
use crate::scim::document::{never_kept, value::kind_of};
use crate::scim::error::{ScimError, ScimType, excerpt};
use crate::scim::message::check_keys;
use crate::scim::schema::{Attribute, Mutability, ResourceSchema};
use crate::scim::tolerance::{Tolerance, Tolerated};
use crate::scim::urn;

impl PatchRequest {
    /// Reads the body of a PATCH.
    ///
    /// # Errors
    /// 400 `invalidSyntax` when the body is not a PATCH message or an operation has no known `op`; `invalidPath` and
    /// `invalidFilter` for a bad path; `noTarget` for a removal without a path; `mutability` for a read-only target,
    /// the removal of a required attribute and a change to a group's member; `invalidValue` when a value is missing.
    /// 413 for more operations, or more changes of members, than [`LIMITS`] allows.
    pub fn parse(schema: &ResourceSchema, body: Value, notes: &mut Tolerated) -> Result<PatchRequest, ScimError> {
        let Value::Object(mut body) = body else {
            return Err(invalid_syntax("The body must be a JSON object with schemas and Operations."));
        };
        let is_patch = |urn: &Value| urn.as_str().is_some_and(|urn| urn::same(urn, urn::PATCH_OP));
        check_keys(&body, &["schemas", "Operations"], notes)?;
        match message::take(&mut body, "schemas")? {
            Some(Value::Array(urns)) if urns.iter().any(is_patch) => {}
            _ => return Err(invalid_syntax(format!("schemas does not list {}. Add it.", urn::PATCH_OP))),
        }
        let entries = match message::take(&mut body, "Operations")? {
            Some(Value::Array(entries)) if !entries.is_empty() => entries,
            Some(other) => {
                let found = kind_of(&other);
                return Err(invalid_syntax(format!("Operations must be a list with at least one operation, not {found}.")));
            }
            None => return Err(invalid_syntax("Operations is missing. Send a list with at least one operation.")),
        };
        let most = LIMITS.max_patch_operations;
        if entries.len() > most {
            let found = entries.len();
            let detail = format!("Operations has {found} operations; {most} are allowed in one request. Send them in several.");
            return Err(ScimError::new(413, detail));
        }
        let operations = Vec::with_capacity(entries.len());
        let mut reader = Reader { schema, notes, number: 0, operations, last_members: None, member_changes: 0, questions: 0 };
        for (index, entry) in entries.into_iter().enumerate() {
            reader.number = index + 1;
            reader.entry(entry).map_err(|error| in_operation(index + 1, error))?;
        }
        Ok(PatchRequest { operations: reader.operations })
    }
}

/// Collects the operations of one request.
struct Reader<'a> {
    schema: &'a ResourceSchema,
    notes: &'a mut Tolerated,
    /// The entry of `Operations` that is being read, counted from 1.
    number: usize,
    operations: Vec<Operation>,
    /// Where the last change of members is.
    last_members: Option<usize>,
    member_changes: usize,
    /// How many terms there are that every member is asked.
    questions: usize,
}

impl<'a> Reader<'a> {
    /// One entry of `Operations`.
    fn entry(&mut self, entry: Value) -> Result<(), ScimError> {
        let Value::Object(mut entry) = entry else {
            return Err(invalid_syntax("It must be a JSON object with op, path and value."));
        };
        check_keys(&entry, &["op", "path", "value"], self.notes)?;
        let verb = match message::take(&mut entry, "op")? {
            Some(Value::String(word)) => message::verb(&word, self.notes)?,
            Some(other) => {
                return Err(invalid_syntax(format!("op must be add, remove or replace, not {}.", kind_of(&other))));
            }
            None => return Err(invalid_syntax("op is missing. It is add, remove or replace.")),
        };
        let value = message::take(&mut entry, "value")?;
        match message::take(&mut entry, "path")? {
            None | Some(Value::Null) => self.without_path(verb, value),
            Some(Value::String(path)) => self.with_path(verb, &path, value),
            Some(other) => {
                let found = kind_of(&other);
                Err(invalid_path(format!("path must be a text such as \"name.familyName\", not {found}.")))
            }
        }
    }

    fn without_path(&mut self, verb: Verb, value: Option<Value>) -> Result<(), ScimError> {
        if verb == Verb::Remove {
            return Err(no_target("A remove operation needs a path that says what to remove. Send one, such as \"title\"."));
        }
        if self.notes.rules().refuse_pathless_patch {
            let word = verb.as_str();
            return Err(invalid_path(format!(
                "It has no path that names an attribute, and this workspace refuses such operations. Send one {word} operation for \
                 each attribute, with its path."
            )));
        }
        match value {
            Some(Value::Object(attributes)) => self.attributes(verb, None, attributes),
            Some(other) => Err(invalid_value(format!(
                "Without a path, value must be an object of attributes, not {}. Or send the path of one attribute.",
                kind_of(&other)
            ))),
            None => Err(invalid_value("The operation has no value. Send an object of attributes.")),
        }
    }

    fn with_path(&mut self, verb: Verb, path: &str, value: Option<Value>) -> Result<(), ScimError> {
        match Place::parse(path, self.schema, Names::Loose, self.notes)? {
            Place::Core => self.without_path(verb, value),
            Place::Extension(extension) => match (verb, value) {
                (Verb::Remove, _) | (Verb::Replace, Some(Value::Null)) => {
                    self.clear(&extension.schema.id, &extension.schema.attributes)
                }
                (Verb::Add | Verb::Replace, Some(Value::Object(attributes))) => {
                    self.attributes(verb, Some(&extension.schema.id), attributes)
                }
                (Verb::Add | Verb::Replace, value) => Err(needs_object(&extension.schema.id, value.as_ref())),
            },
            Place::Attribute { target, attribute, sub_attribute } => self.push(verb, target, attribute, sub_attribute, value),
        }
    }

    /// Each member of an object as an operation of its own. Its key is a path: a name, a dotted name, a name with a URN,
    /// or the URN of a schema whose value is again an object (`prefix` is set then).
    fn attributes(&mut self, verb: Verb, prefix: Option<&str>, attributes: Map<String, Value>) -> Result<(), ScimError> {
        for (key, value) in attributes {
            let path = prefix.map_or_else(|| key.clone(), |urn| format!("{urn}:{key}"));
            let place = match Place::parse(&path, self.schema, Names::Qualified, self.notes) {
                Ok(place) => place,
                Err(error) if key.contains('[') => return Err(error),
                // As in a POST, what the schema does not know is not kept.
                Err(_) => {
                    let name = self.schema.resource_type.name();
                    let detail = || format!("{} is no attribute of a {name}. Remove it.", excerpt(&key));
                    self.notes.need(Tolerance::UnknownAttribute, ScimType::InvalidSyntax, detail)?;
                    continue;
                }
            };
            if matches!(place, Place::Core) || (matches!(place, Place::Attribute { .. }) && !is_name(&key)) {
                let detail = || {
                    format!(
                        "{} is a path, where the name of an attribute belongs. Send it as the path of an operation.",
                        excerpt(&key)
                    )
                };
                self.notes.need(Tolerance::PathInValue, ScimType::InvalidSyntax, detail)?;
            }
            match (place, value) {
                (Place::Attribute { target, attribute, sub_attribute }, value) => {
                    if matches!(attribute.name.as_str(), "id" | "schemas" | "meta") && target.path.schema.is_none() {
                        self.notes.pass(Tolerance::ReadOnlyInValue, || read_only(&target))?;
                    } else {
                        self.push(verb, target, attribute, sub_attribute, Some(value))?;
                    }
                }
                (Place::Core, Value::Object(inner)) => {
                    let id = self.schema.core.id.clone();
                    self.attributes(verb, Some(&id), inner)?;
                }
                (Place::Extension(extension), Value::Object(inner)) => {
                    self.attributes(verb, Some(&extension.schema.id), inner)?;
                }
                (Place::Extension(extension), Value::Null) if verb == Verb::Replace => {
                    self.clear(&extension.schema.id, &extension.schema.attributes)?;
                }
                (Place::Core | Place::Extension(_), Value::Null) => {}
                (Place::Core | Place::Extension(_), value) => return Err(needs_object(&excerpt(&key), Some(&value))),
            }
        }
        Ok(())
    }

    /// Removes what the client may remove of a whole extension.
    fn clear(&mut self, urn: &str, attributes: &'a [Attribute]) -> Result<(), ScimError> {
        for attribute in attributes.iter().filter(|attribute| attribute.mutability != Mutability::ReadOnly) {
            let path = crate::scim::attr::AttrPath::extension(urn, &attribute.name);
            self.push(Verb::Remove, Target { path, filter: None }, attribute, None, None)?;
        }
        Ok(())
    }

    /// Takes an operation in, if it may be and does anything.
    fn push(
        &mut self,
        verb: Verb,
        target: Target,
        attribute: &Attribute,
        sub_attribute: Option<&Attribute>,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let leaf = sub_attribute.unwrap_or(attribute);
        if target.path.schema.is_none() && attribute.name == "members" {
            return match members::change(verb, &target, value, self.notes)? {
                Some(change) => self.push_members(change),
                None => Ok(()),
            };
        }
        if [attribute, leaf].iter().any(|attribute| attribute.mutability == Mutability::ReadOnly) {
            return Err(read_only(&target));
        }
        if verb == Verb::Remove && leaf.required {
            return Err(mutability(format!(
                "{} is required and cannot be removed. Replace it with another value.",
                target.shown()
            )));
        }
        let value = match (verb, value) {
            (Verb::Add | Verb::Replace, None) => {
                return Err(invalid_value(format!(
                    "The operation on {} has no value. Send one, or remove the attribute.",
                    target.shown()
                )));
            }
            (Verb::Add | Verb::Replace, Some(value)) => value,
            (Verb::Remove, value) => value.unwrap_or(Value::Null),
        };
        // A password ends here: it is not stored, so it need not travel further.
        if leaf.mutability == Mutability::WriteOnly {
            self.notes.pass(Tolerance::PasswordDropped, || never_kept(&target.to_string()))?;
            return Ok(());
        }
        self.operations.push(Operation::Change(Change { number: self.number, verb, target, value }));
        Ok(())
    }
}

impl Reader<'_> {
    /// Takes a change of members in, as part of the one before it if it is of the same kind: an identity provider may send one
    /// operation for each of ten thousand members, and each change is a statement.
    fn push_members(&mut self, change: MemberChange) -> Result<(), ScimError> {
        let too_much =
            || ScimError::new(413, "The operations change the members too many times. Send fewer of them in one request.");
        if let MemberChange::RemoveWhere(filter) = &change {
            self.questions += filter.terms();
            if self.questions > LIMITS.max_filter_nodes {
                return Err(too_much());
            }
        }
        let last = self.last_members.and_then(|place| self.operations.get_mut(place));
        let rest = match last {
            Some(Operation::Members(last)) => last.absorb(change),
            Some(Operation::Change(_)) | None => Some(change),
        };
        if let Some(change) = rest {
            self.member_changes += 1;
            if self.member_changes > LIMITS.max_member_changes {
                return Err(too_much());
            }
            self.last_members = Some(self.operations.len());
            self.operations.push(Operation::Members(change));
        }
        Ok(())
    }
}

fn needs_object(schema: &str, value: Option<&Value>) -> ScimError {
    let found = value.map_or_else(|| "nothing".to_owned(), kind_of);
    invalid_value(format!("{schema} is a schema: its value must be an object of its attributes, not {found}."))
}

fn read_only(target: &Target) -> ScimError {
    mutability(format!("{} is read-only. Leave it out.", target.shown()))
}
