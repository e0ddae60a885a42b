//! The keys and words of the message itself, RFC 7644 §3.5.2, before anything in it is looked at.

use serde_json::{Map, Value};

use super::{Verb, invalid_syntax};
use crate::scim::error::{ScimError, ScimType, excerpt};
use crate::scim::tolerance::{Tolerance, Tolerated};

/// Takes the value of a key out of a message, whatever the case of the key.
///
/// # Errors
/// 400 `invalidSyntax` when the key is there twice, or in another case and the workspace refuses that.
pub(super) fn take(message: &mut Map<String, Value>, name: &str, notes: &mut Tolerated) -> Result<Option<Value>, ScimError> {
    let mut found = None;
    while let Some(key) = message.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() {
        if key != name {
            let detail = || format!("{} must be written {name}.", excerpt(&key));
            notes.need(Tolerance::MessageKeyCase, ScimType::InvalidSyntax, detail)?;
        }
        // Whichever of two we took, another reader of the message would take the other.
        if found.replace(message.shift_remove(&key).unwrap_or(Value::Null)).is_some() {
            return Err(invalid_syntax(format!("{name} is there twice, in different case. Send it once.")));
        }
    }
    Ok(found)
}

/// The end of a message: what is still in it means nothing.
///
/// # Errors
/// 400 `invalidSyntax` when something is and the workspace refuses that.
pub(super) fn done(message: &Map<String, Value>, known: &str, notes: &mut Tolerated) -> Result<(), ScimError> {
    let Some(unknown) = message.keys().next() else {
        return Ok(());
    };
    let detail = || format!("{} means nothing here; there are {known}. Remove it.", excerpt(unknown));
    notes.need(Tolerance::UnknownMessageKey, ScimType::InvalidSyntax, detail)
}

/// What an operation is to do.
///
/// # Errors
/// 400 `invalidSyntax` for another word, and for capital letters when the workspace refuses them.
pub(super) fn verb(word: &str, notes: &mut Tolerated) -> Result<Verb, ScimError> {
    let unknown = || format!("op is {}; there are add, remove and replace.", excerpt(word));
    let verb = Verb::from_word(word).ok_or_else(|| invalid_syntax(unknown()))?;
    if verb.as_str() != word {
        notes.need(Tolerance::CapitalOp, ScimType::InvalidSyntax, unknown)?;
    }
    Ok(verb)
}
