//! The secret of an API token: a prefix that scanners know, 160 random bits, and a checksum that finds typing mistakes.

use data_encoding::BASE32_NOPAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// What every token starts with. Secret scanners look for `rollcall_[a-z2-7]{39}`.
pub const PREFIX: &str = "rollcall_";
const RANDOM_BYTES: usize = 20;
const RANDOM_CHARACTERS: usize = 32;
const CHECKSUM_CHARACTERS: usize = 7;
const HINT_CHARACTERS: usize = 6;

/// A new secret from the operating system's random numbers.
///
/// # Errors
/// The system has none.
pub fn generate() -> Result<SecretString, rand::rngs::SysError> {
    let mut random = [0; RANDOM_BYTES];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut random)?;
    let body = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
    Ok(format!("{PREFIX}{body}{}", checksum(&body)).into())
}

/// The digest under which a secret is stored. The secret has 160 random bits, so one round of SHA-256 cannot be searched.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// The digest, if the secret has the form and the checksum of ours.
pub fn digest_of_valid(secret: &str) -> Option<[u8; 32]> {
    let (body, sum) = secret.strip_prefix(PREFIX)?.split_at_checked(RANDOM_CHARACTERS)?;
    (checksum(body) == sum).then(|| digest(secret))
}

/// The beginning of a secret, to recognise it in a list.
pub fn hint(secret: &str) -> String {
    secret.chars().take(PREFIX.len() + HINT_CHARACTERS).collect()
}

fn checksum(body: &str) -> String {
    let mut text = BASE32_NOPAD.encode(&crc32fast::hash(body.as_bytes()).to_be_bytes()).to_ascii_lowercase();
    text.truncate(CHECKSUM_CHARACTERS);
    text
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn one_wrong_character_is_found_before_any_look_up() {
        let secret = generate().expect("random numbers");
        let secret = secret.expose_secret();
        assert_eq!(secret.len(), PREFIX.len() + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS);
        assert_eq!(digest_of_valid(secret), Some(digest(secret)));
        for position in 0..secret.len() {
            let mut wrong = secret.to_owned().into_bytes();
            wrong[position] = if wrong[position] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).expect("ASCII");
            assert_eq!(digest_of_valid(&wrong), None, "{wrong}");
        }
        assert_eq!(digest_of_valid(&secret[..secret.len() - 1]), None);
        assert_eq!(digest_of_valid(&format!("{secret}a")), None);
        assert_eq!(digest_of_valid("rollcall_é"), None);
    }
}
