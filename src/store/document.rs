//! The column that holds a resource's document.

use sqlx::{
    Decode, Postgres, Type,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgValueFormat, PgValueRef},
    types::Json,
};

use super::StoreError;
use crate::scim::{Document, document::Stored};

/// A document as it comes from its column of type `jsonb`: its text is taken as it is, for Postgres has made it.
#[derive(Debug, Clone)]
pub struct DocumentColumn(pub Stored);

impl DocumentColumn {
    /// The document's values.
    ///
    /// # Errors
    /// It is not what was stored.
    pub fn read(&self) -> Result<Document, StoreError> {
        self.0.read().map_err(|error| sqlx::Error::Decode(error.into()).into())
    }
}

impl Type<Postgres> for DocumentColumn {
    fn type_info() -> PgTypeInfo {
        <Json<()> as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for DocumentColumn {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let text = match value.format() {
            PgValueFormat::Text => value.as_str()?,
            // Before the text stands the version of the format, of which there is but one.
            PgValueFormat::Binary => value.as_str()?.strip_prefix('\u{1}').ok_or("jsonb of an unknown version")?,
        };
        Ok(Self(Stored::from_text(text.to_owned())))
    }
}
