//! Encrypted assertions (saml-core 6.2, XML Encryption 1.1): decrypted, never believed for that. Whoever has our certificate can encrypt,
//! so what comes out is only worth what its own signature is worth, or that of the response around it.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    cipher::{AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey},
    iv::FixedLength,
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm},
};
use data_encoding::BASE64;
use roxmltree::Node;

use super::{
    Refusal, ServiceKey,
    xml::{self, SIGNATURE},
};

const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
const ENCRYPTION_11: &str = "http://www.w3.org/2009/xmlenc11#";
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
/// Octets of a block of AES, and of an initialization vector of its CBC mode.
const BLOCK: usize = 16;

/// What may be used of AES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modes {
    /// Only what notices a change (GCM). CBC tells whoever may ask often enough what is in it.
    Authenticated,
    /// CBC too: the octets are known to be the identity provider's, because it has signed them.
    All,
}

/// Decrypts an `EncryptedAssertion`.
///
/// # Errors
/// [`Refusal::Algorithm`] when it is encrypted in another way; [`Refusal::Decryption`].
pub fn decrypt(encrypted: Node<'_, '_>, key: &ServiceKey, modes: Modes) -> Result<String, Refusal> {
    let data = only(encrypted, ENCRYPTION, "EncryptedData")?;
    if xml::attribute(data, "Type").is_some_and(|kind| kind != ELEMENT) {
        return Err(Refusal::Decryption);
    }
    let method = algorithm(only(data, ENCRYPTION, "EncryptionMethod")?)?;
    let info = xml::at_most_one(data, SIGNATURE, "KeyInfo", Refusal::Decryption)?;
    // In the `KeyInfo`, or beside the data.
    let inside = info.map(|info| xml::at_most_one(info, ENCRYPTION, "EncryptedKey", Refusal::Decryption)).transpose()?.flatten();
    let beside = xml::at_most_one(encrypted, ENCRYPTION, "EncryptedKey", Refusal::Decryption)?;
    let ((Some(wrapped), None) | (None, Some(wrapped))) = (inside, beside) else { return Err(Refusal::Decryption) };
    let content_key = unwrap(wrapped, key)?;
    let plain = open(method, &content_key, octets(data)?, modes)?;
    String::from_utf8(plain).map_err(|_| Refusal::NotXml)
}

/// The key of the content.
fn unwrap(wrapped: Node<'_, '_>, key: &ServiceKey) -> Result<Vec<u8>, Refusal> {
    let method = only(wrapped, ENCRYPTION, "EncryptionMethod")?;
    let transport = transport(method)?;
    key.decrypt(transport, &octets(wrapped)?).ok_or(Refusal::Decryption)
}

/// RSA-OAEP. PKCS #1 1.5 has been broken again and again.
fn transport(method: Node<'_, '_>) -> Result<&'static OaepAlgorithm, Refusal> {
    let digest = match xml::at_most_one(method, SIGNATURE, "DigestMethod", Refusal::Decryption)? {
        Some(digest) => algorithm(digest)?,
        None => "http://www.w3.org/2000/09/xmldsig#sha1",
    };
    let mask = match xml::at_most_one(method, ENCRYPTION_11, "MGF", Refusal::Decryption)? {
        Some(mask) => algorithm(mask)?,
        None => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
    };
    if xml::children(method, ENCRYPTION, "OAEPparams").next().is_some() {
        return Err(Refusal::Algorithm);
    }
    if !["http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "http://www.w3.org/2009/xmlenc11#rsa-oaep"]
        .contains(&algorithm(method)?)
    {
        return Err(Refusal::Algorithm);
    }
    match (digest, mask) {
        ("http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2009/xmlenc11#mgf1sha1") => Ok(&OAEP_SHA1_MGF1SHA1),
        ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2009/xmlenc11#mgf1sha256") => Ok(&OAEP_SHA256_MGF1SHA256),
        ("http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2009/xmlenc11#mgf1sha384") => {
            Ok(&OAEP_SHA384_MGF1SHA384)
        }
        ("http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2009/xmlenc11#mgf1sha512") => Ok(&OAEP_SHA512_MGF1SHA512),
        _ => Err(Refusal::Algorithm),
    }
}

/// Opens the content.
fn open(method: &str, key: &[u8], octets: Vec<u8>, modes: Modes) -> Result<Vec<u8>, Refusal> {
    let gcm = match method {
        "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Some(&AES_128_GCM),
        "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Some(&AES_192_GCM),
        "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Some(&AES_256_GCM),
        _ => None,
    };
    if let Some(algorithm) = gcm {
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key).map_err(|_| Refusal::Decryption)?);
        let (nonce, sealed) = octets.split_at_checked(NONCE_LEN).ok_or(Refusal::Decryption)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Refusal::Decryption)?;
        let mut sealed = sealed.to_vec();
        let opened = key.open_in_place(nonce, Aad::empty(), &mut sealed).map_err(|_| Refusal::Decryption)?;
        return Ok(opened.to_vec());
    }
    let cbc = match method {
        "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => &AES_128,
        "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => &AES_192,
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => &AES_256,
        _ => return Err(Refusal::Algorithm),
    };
    if modes == Modes::Authenticated {
        return Err(Refusal::UnsignedCbc);
    }
    let (vector, sealed) = octets.split_first_chunk::<BLOCK>().ok_or(Refusal::Decryption)?;
    let key = UnboundCipherKey::new(cbc, key).and_then(DecryptingKey::cbc).map_err(|_| Refusal::Decryption)?;
    let mut sealed = sealed.to_vec();
    let context = DecryptionContext::Iv128(FixedLength::from(*vector));
    let opened = key.decrypt(&mut sealed, context).map_err(|_| Refusal::Decryption)?;
    // The last octet says how many there are too many; what the others of these are is left open (xmlenc-core1 5.2.1).
    let padding = opened.last().map(|last| usize::from(*last)).filter(|padding| (1..=BLOCK).contains(padding));
    let length = padding.and_then(|padding| opened.len().checked_sub(padding)).ok_or(Refusal::Decryption)?;
    Ok(opened.get(..length).unwrap_or_default().to_vec())
}

fn only<'a, 'i>(node: Node<'a, 'i>, namespace: &'static str, name: &'static str) -> Result<Node<'a, 'i>, Refusal> {
    xml::at_most_one(node, namespace, name, Refusal::Decryption)?.ok_or(Refusal::Decryption)
}

fn algorithm<'a>(node: Node<'a, '_>) -> Result<&'a str, Refusal> {
    xml::attribute(node, "Algorithm").ok_or(Refusal::Decryption)
}

/// What is in the `CipherValue`. A reference to somewhere else is not followed.
fn octets(node: Node<'_, '_>) -> Result<Vec<u8>, Refusal> {
    let data = only(node, ENCRYPTION, "CipherData")?;
    let value = only(data, ENCRYPTION, "CipherValue")?;
    let text = xml::text(value).ok_or(Refusal::Decryption)?;
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&text).map_err(|_| Refusal::Decryption)
}
