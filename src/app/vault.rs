//! What we keep for others and must be able to read again: sealed in the database under a key that is not in it.
//!
//! Tokens are not kept here: of them a digest is enough. A secret that signs has to be there itself.

use std::sync::Arc;

use anyhow::anyhow;
use secrecy::{ExposeSecret, SecretString};

use super::{error::AppError, seal::Sealer, tokens::secret::digest};
use crate::ids::WorkspaceId;

/// Characters of a key's id.
const ID: usize = 8;

/// Seals under the first of its keys and opens under each of them, so that keys can be changed.
#[derive(Clone)]
pub struct Vault(Arc<[(String, Sealer)]>);

impl Vault {
    /// With these keys, 64 hexadecimal digits each.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn new(keys: &[SecretString]) -> anyhow::Result<Self> {
        let key = |key: &SecretString| Ok((id(key), Sealer::new(Some(key))?));
        Ok(Self(keys.iter().map(key).collect::<anyhow::Result<Vec<_>>>()?.into()))
    }

    /// What texts begin with that were sealed under the first key.
    pub fn newest_key(&self) -> Option<&str> {
        self.0.first().map(|(id, _)| id.as_str())
    }

    /// Asks for a key before the work of making what is to be sealed.
    ///
    /// # Errors
    /// [`AppError::Conflict`] says what the operator has to set, when there is no key.
    pub fn check(&self) -> Result<(), AppError> {
        self.first().map(|_| ())
    }

    fn first(&self) -> Result<&(String, Sealer), AppError> {
        self.0.first().ok_or_else(|| {
            AppError::Conflict(
                "Secrets cannot be kept in this installation: its operator has to set ROLLCALL_SECRET_KEY, the key under which they are sealed.".into(),
            )
        })
    }

    /// Seals a text for one workspace. It can be opened under the same context only.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn seal(&self, workspace: WorkspaceId, context: &str, text: &SecretString) -> Result<String, AppError> {
        let (id, sealer) = self.first()?;
        let sealed = sealer.seal(workspace, context.as_bytes(), text.expose_secret().as_bytes().to_vec())?;
        Ok(format!("{id}.{sealed}"))
    }

    /// Opens what [`Vault::seal`] has sealed for this workspace under this context.
    ///
    /// # Errors
    /// [`AppError::Bug`] when the key is not there, or the text is another's.
    pub fn open(&self, workspace: WorkspaceId, context: &str, sealed: &str) -> Result<SecretString, AppError> {
        let (id, text) = sealed.split_once('.').unwrap_or_default();
        let (_, sealer) =
            self.0.iter().find(|(known, _)| known == id).ok_or_else(|| {
                AppError::Bug(anyhow!("ROLLCALL_SECRET_KEY lacks the key {id:?}, under which a secret was sealed"))
            })?;
        let opened = sealer.open(workspace, context.as_bytes(), text).and_then(|bytes| String::from_utf8(bytes).ok());
        opened.map(SecretString::from).ok_or_else(|| AppError::Bug(anyhow!("a sealed secret is not the one that belongs here")))
    }
}

/// The beginning of a digest: it tells keys apart and nothing about them.
fn id(key: &SecretString) -> String {
    let digest = digest(&format!("rollcall key {}", key.expose_secret().to_ascii_lowercase()));
    let mut id = data_encoding::HEXLOWER.encode(&digest);
    id.truncate(ID);
    id
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn vault(keys: &[char]) -> Vault {
        let keys: Vec<SecretString> = keys.iter().map(|digit| digit.to_string().repeat(64).into()).collect();
        Vault::new(&keys).expect("keys")
    }

    fn workspace(number: u128) -> WorkspaceId {
        WorkspaceId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_secret_opens_where_it_belongs_and_nowhere_else() {
        let (vault, secret) = (vault(&['a']), SecretString::from("whsec_x"));
        let sealed = vault.seal(workspace(1), "webhook 1", &secret).expect("sealed");
        assert!(!sealed.contains("whsec"));
        assert_eq!(vault.open(workspace(1), "webhook 1", &sealed).expect("opened").expose_secret(), "whsec_x");
        assert!(vault.open(workspace(2), "webhook 1", &sealed).is_err());
        assert!(vault.open(workspace(1), "webhook 2", &sealed).is_err());
        assert!(vault.open(workspace(1), "webhook 1", "").is_err());
    }

    #[test]
    fn another_key_seals_and_the_one_before_still_opens() {
        let secret = SecretString::from("whsec_x");
        let before = vault(&['a']).seal(workspace(1), "", &secret).expect("sealed");
        let both = vault(&['b', 'A']);
        assert_eq!(both.open(workspace(1), "", &before).expect("opened").expose_secret(), "whsec_x");
        let after = both.seal(workspace(1), "", &secret).expect("sealed");
        assert!(after.starts_with(both.newest_key().expect("a key")));
        assert!(vault(&['b']).open(workspace(1), "", &after).is_ok());
        let error = vault(&['b']).open(workspace(1), "", &before).expect_err("no key");
        assert!(matches!(error, AppError::Bug(source) if source.to_string().contains("ROLLCALL_SECRET_KEY")));
        let none = Vault::new(&[]).expect("no keys").seal(workspace(1), "", &secret).expect_err("no key");
        assert!(none.to_string().contains("ROLLCALL_SECRET_KEY"), "{none}");
    }
}
