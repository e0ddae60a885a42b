//! Certificates that are pinned to a connection. Trust is the pin and nothing else: neither the chain nor the time of validity is asked
//! (SAML V2.0 Metadata Interoperability Profile §2.6.1), because many identity providers sign with a self-signed certificate that has run out.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use data_encoding::{BASE64, HEXLOWER};
use x509_parser::{
    oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521, OID_PKCS1_RSAENCRYPTION},
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
};

/// The longest certificate that is read, in octets.
const MAX_DER: usize = 16 * 1024;

/// A certificate whose key may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    pub(super) key: Key,
    /// SHA-256 of the DER form, in hexadecimal.
    pub fingerprint: String,
    /// Whose it says it is.
    pub subject: String,
    /// When it runs out, which is told and decides nothing.
    pub not_after: DateTime<Utc>,
}

/// A public key as verification wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Rsa(Vec<u8>),
    P256(Vec<u8>),
    P384(Vec<u8>),
    P521(Vec<u8>),
}

/// Why a certificate cannot be pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Neither PEM nor base64 of an X.509 certificate.
    #[error(
        "this is no X.509 certificate: paste it with its lines BEGIN CERTIFICATE and END CERTIFICATE, or as base64 of its DER form"
    )]
    Unreadable,
    /// A private key.
    #[error("this is a private key: keep it where it is, replace it if it has left its place, and paste the certificate instead")]
    PrivateKey,
    /// A chain.
    #[error("these are several certificates: paste the one with which the identity provider signs, alone")]
    Several,
    /// An RSA key of less than 2,048 bits.
    #[error("its RSA key has {0} bits: at least 2048 are needed")]
    WeakKey(usize),
    /// Neither RSA nor one of three curves.
    #[error("its key is neither RSA nor on one of the curves P-256, P-384 and P-521")]
    UnknownKey,
}

impl Certificate {
    /// Reads PEM, or base64 as it stands in metadata.
    ///
    /// # Errors
    /// What an administrator has to do instead.
    pub fn read(text: &str) -> Result<Self, CertificateError> {
        if text.contains("PRIVATE KEY") {
            return Err(CertificateError::PrivateKey);
        }
        let mut parts = text.split("-----BEGIN CERTIFICATE-----");
        let (before, first) = (parts.next().unwrap_or_default(), parts.next());
        if parts.next().is_some() {
            return Err(CertificateError::Several);
        }
        let text = first.unwrap_or(before);
        let text = text.split("-----END CERTIFICATE-----").next().unwrap_or(text);
        let base64: String = text.chars().filter(|c| !c.is_ascii_whitespace()).take(MAX_DER * 2).collect();
        let der = BASE64.decode(base64.as_bytes()).map_err(|_| CertificateError::Unreadable)?;
        Self::from_der(&der)
    }

    /// Reads the DER form.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_DER {
            return Err(CertificateError::Unreadable);
        }
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Unreadable)?;
        if !rest.is_empty() {
            return Err(CertificateError::Unreadable);
        }
        let info = certificate.public_key();
        let bits = info.subject_public_key.data.to_vec();
        let algorithm = &info.algorithm.algorithm;
        let key = if *algorithm == OID_PKCS1_RSAENCRYPTION {
            match info.parsed() {
                Ok(PublicKey::RSA(key)) if key.key_size() >= 2_048 => Key::Rsa(bits),
                Ok(PublicKey::RSA(key)) => return Err(CertificateError::WeakKey(key.key_size())),
                _ => return Err(CertificateError::Unreadable),
            }
        } else if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
            let curve = info.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            match curve {
                Some(curve) if curve == OID_EC_P256 => Key::P256(bits),
                Some(curve) if curve == OID_NIST_EC_P384 => Key::P384(bits),
                Some(curve) if curve == OID_NIST_EC_P521 => Key::P521(bits),
                _ => return Err(CertificateError::UnknownKey),
            }
        } else {
            return Err(CertificateError::UnknownKey);
        };
        Ok(Self {
            key,
            fingerprint: HEXLOWER.encode(digest(&SHA256, der).as_ref()),
            subject: certificate.subject().to_string(),
            not_after: DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0).unwrap_or_default(),
            der: der.to_vec(),
        })
    }

    /// The DER form.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = include_str!("../../tests/responses/certs/idp.crt");
    const OTHER: &str = include_str!("../../tests/responses/certs/idp2.crt");

    #[test]
    fn pem_and_base64_are_the_same_certificate() {
        let certificate = Certificate::read(PEM).expect("a certificate");
        let base64: String = PEM.lines().filter(|line| !line.starts_with("-----")).collect();
        assert_eq!(Certificate::read(&base64), Ok(certificate.clone()));
        assert_eq!(Certificate::read(&format!("subject=CN = idp\n{PEM}\n")), Ok(certificate.clone()));
        assert_eq!(Certificate::from_der(certificate.der()), Ok(certificate));
    }

    #[test]
    fn what_is_not_one_certificate_is_said() {
        for (text, expected) in [
            (String::new(), CertificateError::Unreadable),
            ("AAAA".into(), CertificateError::Unreadable),
            (format!("{PEM}{OTHER}"), CertificateError::Several),
            (format!("{PEM}-----BEGIN PRIVATE KEY-----"), CertificateError::PrivateKey),
        ] {
            assert_eq!(Certificate::read(&text), Err(expected), "{text}");
        }
    }
}
