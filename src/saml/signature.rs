//! The one form of XML Signature that SAML allows (saml-core 5.4), and its verification.

use std::collections::BTreeSet;

use aws_lc_rs::{
    digest::{self, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    },
};
use data_encoding::BASE64;
use roxmltree::Node;

use super::{
    Refusal,
    c14n::{self, Form},
    certificate::{Certificate, Key},
    xml::{self, SIGNATURE},
};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// The longest signature value, in octets: RSA with 8,192 bits.
const MAX_SIGNATURE: usize = 1_024;
/// Prefixes of one list. Each is looked up for every element, before anybody knows who has written it; identity providers name one or two.
const MAX_PREFIXES: usize = 32;

/// The canonical octets of an element whose digest was signed with a pinned key. What is read is read from these.
#[derive(Debug)]
pub struct Signed {
    octets: String,
    fingerprint: String,
}

impl Signed {
    /// The octets: one element, without its signature.
    pub fn octets(&self) -> &str {
        &self.octets
    }

    /// What was decrypted from these octets, and is worth as much.
    pub(super) fn decrypted(self, octets: String) -> Self {
        Self { octets, ..self }
    }

    /// Which certificate it was.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// Verifies the signature that is a child of the element. None when it has none.
///
/// # Errors
/// [`Refusal::SignatureShape`], [`Refusal::TooComplex`], [`Refusal::Algorithm`], [`Refusal::SignatureMismatch`],
/// [`Refusal::DigestMismatch`].
pub fn verify(element: Node<'_, '_>, pinned: &[Certificate]) -> Result<Option<Signed>, Refusal> {
    let Some(signature) = xml::at_most_one(element, SIGNATURE, "Signature", Refusal::SignatureShape)? else { return Ok(None) };
    let parts = Parts::read(signature)?;
    let id = xml::attribute(element, "ID").filter(|id| !id.is_empty()).ok_or(Refusal::SignatureShape)?;
    if parts.reference.strip_prefix('#') != Some(id) {
        return Err(Refusal::SignatureShape);
    }
    let info = c14n::canonical(parts.signed_info, &Form { without: None, inclusive: parts.info_prefixes });
    let by = pinned.iter().find(|certificate| parts.method.is_good(certificate, info.as_bytes(), &parts.value));
    let Some(by) = by else { return Err(Refusal::SignatureMismatch) };
    let octets = c14n::canonical(element, &Form { without: Some(signature.id()), inclusive: parts.prefixes });
    if digest(parts.digest, octets.as_bytes()).as_ref() != parts.digest_value {
        return Err(Refusal::DigestMismatch);
    }
    Ok(Some(Signed { octets, fingerprint: by.fingerprint.clone() }))
}

/// A signature, taken apart.
struct Parts<'a, 'i> {
    signed_info: Node<'a, 'i>,
    info_prefixes: BTreeSet<String>,
    method: Method,
    reference: &'a str,
    prefixes: BTreeSet<String>,
    digest: &'static digest::Algorithm,
    digest_value: Vec<u8>,
    value: Vec<u8>,
}

impl<'a, 'i> Parts<'a, 'i> {
    fn read(signature: Node<'a, 'i>) -> Result<Self, Refusal> {
        let [signed_info, value] = match elements(signature)?.as_slice() {
            // What is in `KeyInfo` is not looked at: trust is the pin.
            [info, value] => [*info, *value],
            [info, value, key] if xml::is(*key, SIGNATURE, "KeyInfo") => [*info, *value],
            _ => return Err(Refusal::SignatureShape),
        };
        named(signed_info, "SignedInfo")?;
        named(value, "SignatureValue")?;
        let parts = elements(signed_info)?;
        let [canonicalization, method, reference] = parts.as_slice() else { return Err(Refusal::SignatureShape) };
        named(*canonicalization, "CanonicalizationMethod")?;
        named(*method, "SignatureMethod")?;
        named(*reference, "Reference")?;
        let info_prefixes = exclusive(*canonicalization)?;
        let method = Method::named(algorithm(*method)?).filter(|_| elements(*method).is_ok_and(|inside| inside.is_empty()));
        let method = method.ok_or(Refusal::Algorithm)?;

        let uri = xml::attribute(*reference, "URI").ok_or(Refusal::SignatureShape)?;
        let parts = elements(*reference)?;
        let [transforms, digest_method, digest_value] = parts.as_slice() else { return Err(Refusal::SignatureShape) };
        named(*transforms, "Transforms")?;
        named(*digest_method, "DigestMethod")?;
        named(*digest_value, "DigestValue")?;
        let parts = elements(*transforms)?;
        let [enveloped, exclusively] = parts.as_slice() else { return Err(Refusal::SignatureShape) };
        named(*enveloped, "Transform")?;
        named(*exclusively, "Transform")?;
        if algorithm(*enveloped)? != ENVELOPED || !elements(*enveloped)?.is_empty() {
            return Err(Refusal::SignatureShape);
        }
        let prefixes = exclusive(*exclusively)?;
        let digest = match algorithm(*digest_method)? {
            "http://www.w3.org/2001/04/xmlenc#sha256" => &digest::SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
            _ => return Err(Refusal::Algorithm),
        };
        // Nothing is in what is signed but what is read, so that its canonical form is short.
        if !elements(*digest_method)?.is_empty() {
            return Err(Refusal::SignatureShape);
        }
        Ok(Self {
            signed_info,
            info_prefixes,
            method,
            reference: uri,
            prefixes,
            digest,
            digest_value: octets(*digest_value)?,
            value: octets(value)?,
        })
    }
}

/// The child elements, where there is no text between them.
fn elements<'a, 'i>(node: Node<'a, 'i>) -> Result<Vec<Node<'a, 'i>>, Refusal> {
    if !xml::has_only_elements(node) {
        return Err(Refusal::SignatureShape);
    }
    Ok(node.children().filter(Node::is_element).collect())
}

fn named(node: Node<'_, '_>, name: &str) -> Result<(), Refusal> {
    if xml::is(node, SIGNATURE, name) { Ok(()) } else { Err(Refusal::SignatureShape) }
}

fn algorithm<'a>(node: Node<'a, '_>) -> Result<&'a str, Refusal> {
    xml::attribute(node, "Algorithm").ok_or(Refusal::SignatureShape)
}

/// Exclusive canonicalization without comments, and the prefixes that it treats otherwise.
fn exclusive(node: Node<'_, '_>) -> Result<BTreeSet<String>, Refusal> {
    if algorithm(node)? != c14n::ALGORITHM {
        return Err(Refusal::SignatureShape);
    }
    match elements(node)?.as_slice() {
        [] => Ok(BTreeSet::new()),
        [list] if xml::is(*list, c14n::ALGORITHM, "InclusiveNamespaces") => {
            let prefixes = xml::attribute(*list, "PrefixList").unwrap_or_default();
            if !elements(*list)?.is_empty() {
                return Err(Refusal::SignatureShape);
            }
            if prefixes.split_ascii_whitespace().nth(MAX_PREFIXES).is_some() {
                return Err(Refusal::TooComplex);
            }
            Ok(Form::prefixes(prefixes))
        }
        _ => Err(Refusal::SignatureShape),
    }
}

/// Base64, of which XML lets the lines be broken anywhere.
fn octets(node: Node<'_, '_>) -> Result<Vec<u8>, Refusal> {
    let text = xml::text(node).ok_or(Refusal::SignatureShape)?;
    let text: String = text.chars().filter(|c| !xml::is_space(*c)).collect();
    if text.is_empty() || text.len() > MAX_SIGNATURE * 2 {
        return Err(Refusal::SignatureShape);
    }
    BASE64.decode(text.as_bytes()).map_err(|_| Refusal::SignatureShape)
}

/// A signature algorithm (RFC 9231).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
}

impl Method {
    fn named(identifier: &str) -> Option<Self> {
        Some(match identifier {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Self::RsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::RsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::RsaSha512,
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => Self::RsaPssSha256,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Self::EcdsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Self::EcdsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Self::EcdsaSha512,
            _ => return None,
        })
    }

    /// Whether the key is one for this algorithm and has made the signature. The algorithm that is named never says how a key is read: a
    /// certificate's key has one kind.
    fn is_good(self, certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
        let (algorithm, key): (&'static dyn VerificationAlgorithm, &[u8]) = match (self, &certificate.key) {
            (Self::RsaSha256, Key::Rsa(key)) => (&RSA_PKCS1_2048_8192_SHA256, key),
            (Self::RsaSha384, Key::Rsa(key)) => (&RSA_PKCS1_2048_8192_SHA384, key),
            (Self::RsaSha512, Key::Rsa(key)) => (&RSA_PKCS1_2048_8192_SHA512, key),
            (Self::RsaPssSha256, Key::Rsa(key)) => (&RSA_PSS_2048_8192_SHA256, key),
            (Self::EcdsaSha256, Key::P256(key)) => (&ECDSA_P256_SHA256_FIXED, key),
            (Self::EcdsaSha384, Key::P384(key)) => (&ECDSA_P384_SHA384_FIXED, key),
            (Self::EcdsaSha512, Key::P521(key)) => (&ECDSA_P521_SHA512_FIXED, key),
            _ => return false,
        };
        UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A signature of an element `_a` with these prefixes, and this in two elements of it that have nothing in them.
    fn verified(prefixes: &str, in_list: &str, in_method: &str) -> Result<bool, Refusal> {
        let exclusive = format!(
            "Algorithm=\"{0}\"><ec:InclusiveNamespaces xmlns:ec=\"{0}\" PrefixList=\"{prefixes}\">{in_list}</ec:InclusiveNamespaces>",
            c14n::ALGORITHM
        );
        let text = format!(
            "<a ID=\"_a\"><Signature xmlns=\"{SIGNATURE}\"><SignedInfo><CanonicalizationMethod {exclusive}</CanonicalizationMethod><SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><Reference URI=\"#_a\"><Transforms><Transform Algorithm=\"{ENVELOPED}\"/><Transform {exclusive}</Transform></Transforms><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">{in_method}</DigestMethod><DigestValue>AAAA</DigestValue></Reference></SignedInfo><SignatureValue>AAAA</SignatureValue></Signature></a>"
        );
        let document = xml::parse(&text)?;
        verify(document.root_element(), &[]).map(|signed| signed.is_some())
    }

    #[test]
    fn what_a_stranger_has_canonicalized_is_short() {
        let prefixes = |count: usize| (0..count).map(|n| format!("p{n} ")).collect::<String>();
        // Nobody is trusted here: what comes as far as the keys is refused there.
        assert_eq!(verified(&prefixes(MAX_PREFIXES), "", ""), Err(Refusal::SignatureMismatch));
        assert_eq!(verified(&prefixes(MAX_PREFIXES + 1), "", ""), Err(Refusal::TooComplex));
        assert_eq!(verified("", "<b/>", ""), Err(Refusal::SignatureShape));
        assert_eq!(verified("", "", "<b/>"), Err(Refusal::SignatureShape));
    }
}
