//! A bound on the work of one request.

use crate::scim::error::ScimError;

/// How many values the operations of a request have looked at.
#[derive(Default)]
pub(super) struct Effort(usize);

impl Effort {
    /// More than any honest request needs, and less than a second's work.
    const MOST: usize = 1_000_000;

    /// Takes note of some more.
    ///
    /// # Errors
    /// 413 when it is too much.
    pub(super) fn spend(&mut self, values: usize) -> Result<(), ScimError> {
        self.0 = self.0.saturating_add(values);
        if self.0 > Self::MOST {
            return Err(ScimError::new(413, "The operations look at too many values. Send fewer of them in one request."));
        }
        Ok(())
    }
}
