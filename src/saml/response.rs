//! From a `SAMLResponse` form field to whom it signs in: Web Browser SSO Profile, saml-profiles 4.1.4.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use roxmltree::{Document, Node};

use super::{
    Certificate, MAX_ENCODED, Refusal, ServiceKey, SignIn, assertion,
    encrypted::{self, Modes},
    shape::{self, Found},
    signature::{self, Signed},
    xml::{self, ASSERTION, PROTOCOL},
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// An identity provider's clock may differ by so much.
pub(super) const SKEW: TimeDelta = TimeDelta::minutes(3);
/// A response is used at once; nobody needs one that is older.
pub(super) const MAX_AGE: TimeDelta = TimeDelta::hours(1);

/// What a response is measured by: our side of a connection, and the identity provider's.
#[derive(Debug, Clone)]
pub struct Connection<'a> {
    /// Our entity ID.
    pub sp_entity_id: &'a str,
    /// Where responses are posted to.
    pub acs: &'a str,
    /// The identity provider's entity ID.
    pub idp_entity_id: &'a str,
    /// Its certificates.
    pub pinned: &'a [Certificate],
    /// Our key, if it is to encrypt.
    pub key: Option<&'a ServiceKey>,
    /// Whether it may begin a sign-in itself.
    pub unsolicited: Unsolicited,
}

/// What becomes of a response that answers no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsolicited {
    /// It is refused.
    Refused,
    /// It is validated; what follows from it is the caller's to decide.
    Validated,
}

/// Validates a response: decoded, scanned, parsed, of the right shape, signed, and then everything that saml-profiles 4.1.4.3 asks for.
///
/// # Errors
/// The first reason to refuse it.
pub fn validate(encoded: &str, connection: &Connection<'_>, now: DateTime<Utc>) -> Result<SignIn, Refusal> {
    let text = decode(encoded)?;
    let document = xml::parse(&text)?;
    let response = document.root_element();
    // An identity provider that has not signed anybody in sends no assertion, and says why it is missing.
    check_status(response)?;
    let found = shape::response(&document)?;
    let whole = signature::verify(response, connection.pinned)?;
    let is_signed = whole.is_some();
    let signed = match found {
        // Both are verified as they stand in what was received. Of two, the inner one is read: the outer canonical form may have left out a
        // namespace that the inner one needs.
        Found::Plain(assertion) => signature::verify(assertion, connection.pinned)?.or(whole).ok_or(Refusal::Unsigned)?,
        Found::Encrypted(assertion) => decrypted(assertion, whole, connection)?,
    };
    let envelope = Envelope::read(response, connection, is_signed, now)?;
    let document = Document::parse(signed.octets()).map_err(|_| Refusal::NotXml)?;
    let root = document.root_element();
    let assertion =
        if xml::is(root, ASSERTION, "Assertion") { Some(root) } else { xml::children(root, ASSERTION, "Assertion").next() };
    let assertion = assertion.ok_or(Refusal::AssertionCount)?;
    assertion::read(assertion, connection, &envelope, signed.fingerprint(), now)
}

pub(super) fn decode(encoded: &str) -> Result<String, Refusal> {
    if encoded.len() > MAX_ENCODED {
        return Err(Refusal::TooLarge);
    }
    // Some identity providers break the lines, Java ones with `&#13;`.
    let base64: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let octets = BASE64.decode(&base64).map_err(|_| Refusal::NotBase64)?;
    String::from_utf8(octets).map_err(|_| Refusal::NotXml)
}

/// What is in an encrypted assertion: signed itself, or a part of what is.
fn decrypted(encrypted: Node<'_, '_>, whole: Option<Signed>, connection: &Connection<'_>) -> Result<Signed, Refusal> {
    let key = connection.key.ok_or(Refusal::Encrypted)?;
    let Some(whole) = whole else {
        let plain = encrypted::decrypt(encrypted, key, Modes::Authenticated)?;
        let document = xml::parse(&plain)?;
        return signature::verify(shape::assertion(&document)?, connection.pinned)?.ok_or(Refusal::Unsigned);
    };
    // Decrypted is what was digested, not what looks like it.
    let signed = Document::parse(whole.octets()).map_err(|_| Refusal::NotXml)?;
    let encrypted =
        xml::children(signed.root_element(), ASSERTION, "EncryptedAssertion").next().ok_or(Refusal::AssertionCount)?;
    let plain = encrypted::decrypt(encrypted, key, Modes::All)?;
    let document = xml::parse(&plain)?;
    let part = signature::verify(shape::assertion(&document)?, connection.pinned)?;
    Ok(part.unwrap_or_else(|| whole.decrypted(plain.clone())))
}

/// What the response says around the assertion. It is not signed unless the response is: nothing of it lets anybody in, it only refuses.
pub(super) struct Envelope {
    pub in_response_to: Option<String>,
}

impl Envelope {
    fn read(response: Node<'_, '_>, connection: &Connection<'_>, signed: bool, now: DateTime<Utc>) -> Result<Self, Refusal> {
        assertion::check_version(response)?;
        check_destination(response, connection, signed)?;
        if let Some(issuer) = xml::at_most_one(response, ASSERTION, "Issuer", Refusal::Shape)? {
            assertion::check_issuer(issuer, connection)?;
        }
        assertion::check_issue_instant(response, now)?;
        Ok(Self::of(response))
    }

    /// As it stands there, whatever else does.
    pub(super) fn of(response: Node<'_, '_>) -> Self {
        Self { in_response_to: xml::attribute(response, "InResponseTo").map(str::to_owned) }
    }
}

/// # Errors
/// [`Refusal::Destination`].
pub(super) fn check_destination(response: Node<'_, '_>, connection: &Connection<'_>, signed: bool) -> Result<(), Refusal> {
    match xml::attribute(response, "Destination") {
        Some(destination) if destination == connection.acs => Ok(()),
        // saml-bindings 3.5.5.2: a signed message must say for whom it is.
        None if !signed => Ok(()),
        _ => Err(Refusal::Destination),
    }
}

/// # Errors
/// [`Refusal::Status`], [`Refusal::Shape`].
pub(super) fn check_status(response: Node<'_, '_>) -> Result<(), Refusal> {
    if !xml::is(response, PROTOCOL, "Response") {
        return Err(Refusal::Shape);
    }
    let status = xml::at_most_one(response, PROTOCOL, "Status", Refusal::Shape)?.ok_or(Refusal::Shape)?;
    let code = xml::at_most_one(status, PROTOCOL, "StatusCode", Refusal::Shape)?.ok_or(Refusal::Shape)?;
    if xml::attribute(code, "Value") == Some(SUCCESS) { Ok(()) } else { Err(Refusal::Status) }
}
