//! Cursors, RFC 9865: what they hold, and when they hold no more.
//!
//! A cursor says after which resource a page begins. It is sealed by whoever hands it out, together with the workspace and the query
//! it belongs to; here are only the bytes inside.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    discovery::LIMITS,
    error::{ScimError, ScimType},
    schema::ResourceType,
};

/// A place in a list: that of one resource, whether or not it is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The type of the resource; lists of several types have the types one after the other where nothing else orders them.
    pub resource_type: ResourceType,
    /// What the list is sorted by, as text; none where it is not sorted, or where the resource has no such value.
    pub value: Option<String>,
    /// The resource.
    pub id: Uuid,
}

/// What is inside a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last resource of the page before.
    pub after: Position,
    /// Resources on a page.
    pub count: u64,
    /// The second, from 1970, from which on it is refused.
    pub expires: i64,
}

impl Cursor {
    /// A cursor that begins its life now.
    pub fn new(after: Position, count: u64, now: DateTime<Utc>) -> Self {
        let lifetime = TimeDelta::seconds(LIMITS.cursor_seconds.into());
        Self { after, count, expires: (now + lifetime).timestamp() }
    }

    /// As bytes, to be sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![code(self.after.resource_type)];
        bytes.extend(self.after.id.as_bytes());
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.expires.to_be_bytes());
        if let Some(value) = &self.after.value {
            bytes.push(b'=');
            bytes.extend(value.as_bytes());
        }
        bytes
    }

    /// The cursor of these bytes, if they are one's.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[kind], bytes) = bytes.split_first_chunk()?;
        let (id, bytes) = bytes.split_first_chunk()?;
        let (count, bytes) = bytes.split_first_chunk()?;
        let (expires, bytes) = bytes.split_first_chunk()?;
        let value = match bytes {
            [] => None,
            [b'=', text @ ..] => Some(String::from_utf8(text.to_vec()).ok()?),
            _ => return None,
        };
        let resource_type = ResourceType::ALL.into_iter().find(|known| code(*known) == kind)?;
        let after = Position { resource_type, value, id: Uuid::from_bytes(*id) };
        Some(Self { after, count: u64::from_be_bytes(*count), expires: i64::from_be_bytes(*expires) })
    }

    /// Where the next page begins and how large it is. `count` is what the client asks for with this page, if it does.
    ///
    /// # Errors
    /// 400 `expiredCursor`; 400 `invalidCount` when the size of the page has changed on the way.
    pub fn resume(self, now: DateTime<Utc>, count: Option<u64>) -> Result<(Position, u64), ScimError> {
        if now.timestamp() >= self.expires {
            let detail = format!(
                "The cursor is older than {} seconds. Begin anew with an empty cursor, and ask for the pages one soon after the other.",
                LIMITS.cursor_seconds
            );
            return Err(ScimError::bad(ScimType::ExpiredCursor, detail));
        }
        if count.is_some_and(|count| count != self.count) {
            let detail = format!(
                "The cursor goes with pages of {}. Send the same count with each page, or begin anew with an empty cursor.",
                self.count
            );
            return Err(ScimError::bad(ScimType::InvalidCount, detail));
        }
        Ok((self.after, self.count))
    }
}

/// 400 `invalidCursor`: the same words for garbage, for another workspace's cursor and for another query's.
pub fn invalid() -> ScimError {
    let detail = "The cursor does not belong to this list. Send nextCursor of the page before as it was, with the same filter, sortBy \
                  and sortOrder, or begin anew with an empty cursor.";
    ScimError::bad(ScimType::InvalidCursor, detail)
}

const fn code(resource_type: ResourceType) -> u8 {
    match resource_type {
        ResourceType::User => b'u',
        ResourceType::Group => b'g',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    fn cursor() -> Cursor {
        let after = Position { resource_type: ResourceType::User, value: Some("a".into()), id: Uuid::from_u128(7) };
        Cursor::new(after, 100, at(1_000_000))
    }

    #[test]
    fn a_cursor_lives_as_long_as_is_published() {
        let last = 1_000_000 + i64::from(LIMITS.cursor_seconds) - 1;
        assert_eq!(cursor().resume(at(last), None), Ok((cursor().after, 100)));
        let error = cursor().resume(at(last + 1), None).expect_err("too old");
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::ExpiredCursor)));
        assert!(error.detail.contains("3600"), "{}", error.detail);
    }

    #[test]
    fn a_page_has_the_size_of_the_first_one() {
        assert_eq!(cursor().resume(at(1_000_000), Some(100)), Ok((cursor().after, 100)));
        for count in [0, 99, 1000] {
            let error = cursor().resume(at(1_000_000), Some(count)).expect_err("another size");
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidCount)), "{count}");
        }
    }

    fn any_cursor() -> impl Strategy<Value = Cursor> {
        let value = proptest::option::of("\\PC{0,40}");
        (any::<bool>(), value, any::<u128>(), any::<u64>(), any::<i64>()).prop_map(|(user, value, id, count, expires)| {
            let resource_type = if user { ResourceType::User } else { ResourceType::Group };
            Cursor { after: Position { resource_type, value, id: Uuid::from_u128(id) }, count, expires }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cursor in any_cursor()) {
            prop_assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
        }

        #[test]
        fn any_bytes_are_a_cursor_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(cursor) = Cursor::from_bytes(&bytes) {
                prop_assert_eq!(cursor.to_bytes(), bytes);
            }
        }
    }
}
