//! The id of a session.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::ids::MemberId;

/// Random bytes of an id; 52 characters of base32.
const RANDOM: usize = 32;

/// `rcs_<member>_<random>`: 32 hexadecimal digits and 52 characters of base32, all in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SessionId {
    /// Whose session it is.
    pub member: MemberId,
    /// What nobody can guess.
    pub random: [u8; RANDOM],
}

impl SessionId {
    /// Reads the one spelling that we hand out.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 89 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let (member, random) = text.strip_prefix("rcs_")?.split_once('_')?;
        let member = Uuid::try_parse(member).ok().filter(|id| id.simple().to_string() == member)?;
        let random = BASE32_NOPAD.decode(random.to_ascii_uppercase().as_bytes()).ok()?;
        Some(Self { member: MemberId::from_uuid(member), random: random.try_into().ok()? })
    }

    /// As the client gets it.
    pub fn to_text(&self) -> String {
        let random = BASE32_NOPAD.encode(&self.random).to_ascii_lowercase();
        format!("rcs_{}_{random}", self.member.as_uuid().simple())
    }

    /// What Redis knows of the random part.
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.random))
    }
}

/// What names a session and opens nothing: the SHA-256 of its random part, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// Reads the one spelling that we hand out.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digest = text.len() == 64 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        is_digest.then(|| Self(text.to_owned()))
    }

    /// As it stands in keys and answers.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SessionId {
        SessionId { member: MemberId::from_uuid(Uuid::from_u128(0x0198_abcd)), random: [0x5a; RANDOM] }
    }

    #[test]
    fn an_id_is_read_in_the_one_spelling_that_we_write() {
        let text = id().to_text();
        assert_eq!(text.len(), 89);
        assert_eq!(SessionId::parse(&text), Some(id()));
        let not_canonical = format!("{}b", &text[..88]); // the last character has bits to spare, which must be zero
        let hyphens = text.replace("0000000000000000", "00000000-000-000");
        for wrong in ["", "rcs_", &text[1..], &text.to_uppercase(), &text.replace("rcs_", "rct_"), &not_canonical, &hyphens] {
            assert_eq!(SessionId::parse(wrong), None, "{wrong}");
        }
        assert_eq!(SessionId::parse(&"é".repeat(45)[..]), None);
    }

    #[test]
    fn redis_learns_the_digest_only() {
        let id = id();
        assert_eq!(id.digest().len(), 64);
        assert!(!id.digest().contains(&HEXLOWER.encode(&id.random)));
        assert_eq!(Digest::parse(&id.digest()).map(|digest| digest.as_str().to_owned()), Some(id.digest()));
        let digest = id.digest();
        for wrong in
            ["", &digest[1..], &digest.to_uppercase(), &format!("{digest}0"), &id.to_text(), &digest.replace(&digest[..1], "}")]
        {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }
}
