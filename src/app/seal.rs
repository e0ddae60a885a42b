//! What we give clients to carry around and do not want them to read or to make: sealed by ChaCha20-Poly1305 (RFC 8439).

use anyhow::Context as _;
use aws_lc_rs::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce},
    error::Unspecified,
    hkdf,
    rand::{SecureRandom as _, SystemRandom},
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use secrecy::{ExposeSecret, SecretString};

use super::error::AppError;
use crate::ids::WorkspaceId;

/// More than anything that was ever sealed here; a longer text is not even decoded.
const LONGEST: usize = 4096;

/// Seals and opens. Each workspace has a key of its own, derived from one secret (HKDF, RFC 5869): what was sealed for one cannot be
/// opened for another, and random nonces suffice for 2³² texts of each.
#[derive(Clone)]
pub struct Sealer(hkdf::Prk);

impl Sealer {
    /// With this secret, 64 hexadecimal digits; without one with a random secret, which nobody else has and which ends with this value.
    ///
    /// # Errors
    /// The secret cannot be read; the machine has no random numbers.
    pub fn new(secret: Option<&SecretString>) -> anyhow::Result<Self> {
        let secret = match secret {
            Some(secret) => HEXLOWER_PERMISSIVE.decode(secret.expose_secret().as_bytes()).context("no hexadecimal number")?,
            None => {
                let mut random = vec![0; 32];
                SystemRandom::new().fill(&mut random).map_err(|Unspecified| anyhow::anyhow!("no random numbers"))?;
                random
            }
        };
        Ok(Self(hkdf::Salt::new(hkdf::HKDF_SHA256, b"rollcall").extract(&secret)))
    }

    fn key(&self, workspace: WorkspaceId) -> Result<LessSafeKey, Unspecified> {
        let id = workspace.as_uuid();
        let purpose = [b"seal ".as_slice(), id.as_bytes()];
        Ok(LessSafeKey::new(self.0.expand(&purpose, &CHACHA20_POLY1305)?.into()))
    }

    /// Seals bytes for one workspace. They can be opened under the same context only. The text has only characters that mean nothing
    /// in an address (RFC 3986 §2.3).
    ///
    /// # Errors
    /// The machine has no random numbers.
    pub fn seal(&self, workspace: WorkspaceId, context: &[u8], bytes: Vec<u8>) -> Result<String, AppError> {
        self.sealed(workspace, context, bytes).map_err(|Unspecified| AppError::Bug(anyhow::anyhow!("nothing can be sealed")))
    }

    fn sealed(&self, workspace: WorkspaceId, context: &[u8], mut bytes: Vec<u8>) -> Result<String, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce)?;
        let key = self.key(workspace)?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut bytes)?;
        Ok(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &bytes].concat()))
    }

    /// Opens what [`Sealer::seal`] has sealed for this workspace under this context; none for every other text.
    pub fn open(&self, workspace: WorkspaceId, context: &[u8], text: &str) -> Option<Vec<u8>> {
        if text.len() > LONGEST {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Some(self.key(workspace).ok()?.open_in_place(nonce, Aad::from(context), &mut bytes).ok()?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn sealer(secret: &str) -> Sealer {
        Sealer::new(Some(&secret.into())).expect("a secret")
    }

    fn workspace(number: u128) -> WorkspaceId {
        WorkspaceId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn it_opens_for_the_same_workspace_context_and_secret_only() {
        let secret = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
        let sealed = sealer(secret).seal(workspace(1), b"list", b"here".to_vec()).expect("sealed");
        assert_eq!(sealer(secret).open(workspace(1), b"list", &sealed), Some(b"here".to_vec()));
        assert_eq!(sealer(secret).open(workspace(2), b"list", &sealed), None);
        assert_eq!(sealer(secret).open(workspace(1), b"other", &sealed), None);
        assert_eq!(sealer(&secret.replace('0', "1")).open(workspace(1), b"list", &sealed), None);
        let random = || Sealer::new(None).expect("random numbers");
        let sealed = random().seal(workspace(1), b"list", b"here".to_vec()).expect("sealed");
        assert_eq!(random().open(workspace(1), b"list", &sealed), None);
    }

    #[test]
    fn the_same_thing_is_never_sealed_twice_in_the_same_way() {
        let sealer = Sealer::new(None).expect("random numbers");
        let seal = || sealer.seal(workspace(1), b"", b"same".to_vec()).expect("sealed");
        assert_ne!(seal(), seal());
    }

    proptest! {
        #[test]
        fn what_is_sealed_can_be_opened(bytes in proptest::collection::vec(any::<u8>(), 0..1_200), context in "\\PC{0,20}") {
            let sealer = Sealer::new(None).expect("random numbers");
            let sealed = sealer.seal(workspace(7), context.as_bytes(), bytes.clone()).expect("sealed");
            prop_assert!(sealed.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~".contains(&c)), "{}", sealed);
            prop_assert_eq!(sealer.open(workspace(7), context.as_bytes(), &sealed), Some(bytes));
        }

        #[test]
        fn one_other_character_and_it_is_none(place in 0_usize..200, other in "[A-Za-z0-9_-]") {
            let sealer = Sealer::new(None).expect("random numbers");
            let mut sealed = sealer.seal(workspace(7), b"", vec![b'x'; 100]).expect("sealed");
            let place = place % sealed.len();
            prop_assume!(sealed[place..=place] != other);
            sealed.replace_range(place..=place, &other);
            prop_assert_eq!(sealer.open(workspace(7), b"", &sealed), None);
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,60}|[A-Za-z0-9_-]{0,120}") {
            prop_assert_eq!(Sealer::new(None).expect("random numbers").open(workspace(7), b"", &text), None);
        }
    }
}
