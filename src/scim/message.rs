//! The keys of a message that is no resource: PATCH, bulk request and search (RFC 7644 §3.5.2, §3.7, §3.4.3).

use serde_json::{Map, Value};

use super::{
    error::{ScimError, ScimType, excerpt},
    tolerance::{Tolerance, Tolerated},
};

/// Looks at the keys of a message, of which there are `known` ones.
///
/// # Errors
/// 400 `invalidSyntax` for a key in another case and for one that means nothing, where the workspace refuses that.
pub(super) fn check_keys(message: &Map<String, Value>, known: &[&str], notes: &mut Tolerated) -> Result<(), ScimError> {
    for key in message.keys() {
        match known.iter().find(|known| known.eq_ignore_ascii_case(key)) {
            Some(known) if known == key => {}
            Some(known) => {
                let detail = || format!("{} must be written {known}.", excerpt(key));
                notes.need(Tolerance::MessageKeyCase, ScimType::InvalidSyntax, detail)?;
            }
            None => {
                let detail = || format!("{} means nothing here; there are {}. Remove it.", excerpt(key), known.join(", "));
                notes.need(Tolerance::UnknownMessageKey, ScimType::InvalidSyntax, detail)?;
            }
        }
    }
    Ok(())
}
