//! One primary value per attribute, RFC 7643 §2.4 and RFC 7644 §3.5.2.

use serde_json::Value;

use super::invalid_value;
use crate::scim::document::element::is_primary;
use crate::scim::error::ScimError;

/// Lets the value that an operation has just made primary be the only one; those that were set before become false.
///
/// # Errors
/// 400 `invalidValue` when the operation made several values primary.
pub(super) fn settle(attribute: &str, elements: &mut [Value], touched: &[usize]) -> Result<(), ScimError> {
    let mut claims = touched.iter().copied().filter(|&index| elements.get(index).is_some_and(is_primary));
    let Some(winner) = claims.next() else {
        return Ok(());
    };
    if claims.any(|index| index != winner) {
        return Err(invalid_value(format!(
            "{attribute} would have more than one value with primary true. Set it on one of them."
        )));
    }
    for (index, element) in elements.iter_mut().enumerate() {
        if index != winner
            && is_primary(element)
            && let Value::Object(parts) = element
        {
            parts.insert("primary".to_owned(), Value::Bool(false));
        }
    }
    Ok(())
}
