//! The words of the message itself, RFC 7644 §3.5.2, before anything in it is looked at.

use serde_json::{Map, Value};

use super::{Verb, invalid_syntax};
use crate::scim::error::{ScimError, ScimType, excerpt};
use crate::scim::tolerance::{Tolerance, Tolerated};

/// Takes the value of a key out of a message, whatever the case of the key.
///
/// # Errors
/// 400 `invalidSyntax` when the key is there twice: whichever of two we took, another reader of the message would take the other.
pub(super) fn take(message: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    let mut found = None;
    while let Some(key) = message.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() {
        if found.replace(message.swap_remove(&key).unwrap_or(Value::Null)).is_some() {
            return Err(invalid_syntax(format!("{name} is there twice, in different case. Send it once.")));
        }
    }
    Ok(found)
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
