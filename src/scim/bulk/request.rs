//! The envelope of a bulk request, RFC 7644 §3.7.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Entry, refusal::duplicate};
use crate::scim::{
    discovery::Limits,
    error::{ScimError, ScimType},
    message::check_keys,
    tolerance::Tolerated,
    urn,
};

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkRequest {
    /// After how many failures nothing more is done; `None`: however many there are.
    pub fail_on_errors: Option<u64>,
    /// The operations, in the order of the request.
    pub entries: Vec<Entry>,
}

impl BulkRequest {
    /// Reads the body of a bulk request. `failOnErrors` 0 is as good as absent: that is what programs send whose users said nothing.
    ///
    /// # Errors
    /// 400 `invalidSyntax` when `schemas` does not name a BulkRequest, `Operations` is no list, `failOnErrors` is no whole number or
    /// a name is there twice; for what the workspace refuses to let pass. 413 when there are more operations than `limits` allows.
    pub fn parse(body: Value, limits: &Limits, notes: &mut Tolerated) -> Result<Self, ScimError> {
        let Value::Object(mut body) = body else { return Err(syntax("the body must be a JSON object")) };
        let is_bulk = |id: &Value| id.as_str().is_some_and(|id| urn::same(id, urn::BULK_REQUEST));
        check_keys(&body, &["schemas", "failOnErrors", "Operations"], notes)?;
        match take(&mut body, "schemas")? {
            Some(Value::Array(urns)) if urns.iter().any(is_bulk) => {}
            _ => return Err(syntax(&format!("schemas must name {}", urn::BULK_REQUEST))),
        }
        let fail_on_errors = match take(&mut body, "failOnErrors")? {
            None => None,
            Some(number) => number.as_u64().map(Some).ok_or_else(|| syntax("failOnErrors must be a whole number"))?,
        };
        let Some(Value::Array(operations)) = take(&mut body, "Operations")? else {
            return Err(syntax("Operations must be a list"));
        };
        let most = limits.max_bulk_operations;
        if operations.len() > most {
            return Err(ScimError::new(
                413,
                format!(
                    "The request has {} operations; the limit, maxOperations in /ServiceProviderConfig, is {most}. Send them in several requests.",
                    operations.len()
                ),
            ));
        }
        let mut entries: Vec<Entry> = operations.into_iter().map(|operation| Entry::parse(operation, notes)).collect();
        refuse_duplicates(&mut entries);
        Ok(Self { fail_on_errors: fail_on_errors.filter(|most| *most > 0), entries })
    }
}

/// Which of several POSTs with one `bulkId` a reference means nobody can know, so none of them is done.
fn refuse_duplicates(entries: &mut [Entry]) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for bulk_id in entries.iter().filter_map(Entry::creates) {
        *uses.entry(bulk_id.to_owned()).or_default() += 1;
    }
    for entry in entries {
        let refusal = entry.creates().filter(|bulk_id| uses.get(*bulk_id).is_some_and(|uses| *uses > 1)).map(duplicate);
        if let Some(refusal) = refusal {
            entry.references.clear();
            entry.action = Err(refusal);
        }
    }
}

/// Takes a member out of the envelope, whatever the case of its name; null is as good as absent.
fn take(body: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    let mut found = None;
    while let Some(key) = body.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() {
        if found.replace(body.swap_remove(&key).unwrap_or(Value::Null)).is_some() {
            return Err(syntax(&format!("{name} is there twice, in different case")));
        }
    }
    Ok(found.filter(|value| !value.is_null()))
}

fn syntax(what: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, format!("The bulk request cannot be read: {what}."))
}
