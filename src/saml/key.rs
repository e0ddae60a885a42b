//! Our private key of a connection.

use aws_lc_rs::{
    rsa::{OaepAlgorithm, OaepPrivateDecryptingKey, PrivateDecryptingKey},
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};

/// An RSA key: identity providers encrypt assertions for it, and requests are signed with it.
#[derive(Debug)]
pub struct ServiceKey {
    decrypting: OaepPrivateDecryptingKey,
    signing: RsaKeyPair,
}

/// It is no RSA key in PKCS #8 of 2,048 bits or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key cannot be used")]
pub struct UnusableKey;

impl ServiceKey {
    /// Reads PKCS #8. Its consistency is checked, which takes tens of milliseconds: keep it.
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, UnusableKey> {
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| UnusableKey)?;
        Ok(Self {
            decrypting: OaepPrivateDecryptingKey::new(decrypting).map_err(|_| UnusableKey)?,
            signing: RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| UnusableKey)?,
        })
    }

    /// Decrypts what was encrypted with RSA-OAEP. None when it was not for this key.
    pub(super) fn decrypt(&self, algorithm: &'static OaepAlgorithm, octets: &[u8]) -> Option<Vec<u8>> {
        let mut room = vec![0; self.decrypting.min_output_size()];
        self.decrypting.decrypt(algorithm, octets, &mut room, None).ok().map(|opened| opened.to_vec())
    }

    /// Signs with RSA-SHA256 (PKCS #1 1.5, which takes nothing from chance).
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, UnusableKey> {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing
            .sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), message, &mut signature)
            .map_err(|_| UnusableKey)?;
        Ok(signature)
    }
}
