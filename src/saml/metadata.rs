//! Metadata (saml-metadata-2.0-os): of an identity provider, read; ours, written.

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use roxmltree::{Document, Node};

use super::{
    Certificate, Refusal,
    certificate::CertificateError,
    markup::Remarks,
    xml::{self, METADATA, PROTOCOL, SIGNATURE},
};

/// The largest document that is read, in octets.
pub const MAX_METADATA: usize = 1024 * 1024;
/// Certificates that a connection may have at once.
pub const MAX_CERTIFICATES: usize = 4;
const LONGEST_ENTITY_ID: usize = 1_024;
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// What a connection needs to know of its identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpMetadata {
    /// Its entity ID, the issuer of what it says.
    pub entity_id: String,
    /// Where people are sent to, by the HTTP-Redirect binding.
    pub sso_url: String,
    /// The certificates whose keys may sign, in their order, at most [`MAX_CERTIFICATES`].
    pub certificates: Vec<Certificate>,
    /// Whether it takes signed requests only.
    pub wants_signed_requests: bool,
    /// The document is not to be used any more then.
    pub valid_until: Option<DateTime<Utc>>,
}

/// Why metadata cannot be used: what an administrator is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// More than [`MAX_METADATA`].
    #[error("The metadata is larger than 1 MiB: give the metadata of this identity provider alone, not of a federation.")]
    TooLarge,
    /// No well-formed XML without document type, or far too much of it.
    #[error("This is not SAML metadata that can be read ({}). Give the XML document as the identity provider offers it.", .0.explanation())]
    Markup(Refusal),
    /// Another document.
    #[error("This is XML, but no SAML metadata: its first element is {0:?} where EntityDescriptor is expected.")]
    NoMetadata(String),
    /// None that signs people in by SAML 2.0.
    #[error(
        "The metadata describes no identity provider of SAML 2.0 (IDPSSODescriptor): give that of the identity provider, not of an application."
    )]
    NoIdentityProvider,
    /// Several of them.
    #[error("The metadata describes {0} identity providers: give the metadata of the one that is to be connected.")]
    Several(usize),
    /// It has no name, or one that is too long.
    #[error("An entity ID (issuer) has at most 1,024 characters, and is not empty.")]
    EntityId,
    /// It offers no address by the binding that we use.
    #[error(
        "The metadata has no SingleSignOnService with the HTTP-Redirect binding: switch that binding on at the identity provider."
    )]
    NoRedirect,
    /// The address is none that people could be sent to.
    #[error("The address of the SingleSignOnService must begin with https:// and have at most 2,048 characters.")]
    Address,
    /// No certificate for signing.
    #[error("The metadata has no certificate for signing (KeyDescriptor use=\"signing\"): without one nothing can be verified.")]
    NoCertificate,
    /// More than [`MAX_CERTIFICATES`].
    #[error("The metadata has {0} certificates for signing: at most 4 can be used. Remove those that are not used any more.")]
    TooManyCertificates(usize),
    /// One that cannot be used.
    #[error("A certificate in the metadata cannot be used: {0}.")]
    Certificate(#[from] CertificateError),
}

impl IdpMetadata {
    /// Reads the metadata of one identity provider. Its signature is not looked at: it is trusted because of where an administrator has got it.
    ///
    /// # Errors
    /// What an administrator does about it.
    pub fn read(text: &str) -> Result<Self, MetadataError> {
        if text.len() > MAX_METADATA {
            return Err(MetadataError::TooLarge);
        }
        let document = xml::parse_with(text.trim_start(), Remarks::PassedOver).map_err(MetadataError::Markup)?;
        let (entity, role) = identity_provider(&document)?;
        let entity_id = xml::attribute(entity, "entityID").map(str::trim).unwrap_or_default();
        check_entity_id(entity_id)?;
        let services = xml::children(role, METADATA, "SingleSignOnService");
        let mut redirects = services.filter(|service| xml::attribute(*service, "Binding") == Some(REDIRECT));
        let sso_url =
            redirects.next().and_then(|service| xml::attribute(service, "Location")).ok_or(MetadataError::NoRedirect)?.trim();
        check_sso_url(sso_url)?;
        Ok(Self {
            entity_id: entity_id.to_owned(),
            sso_url: sso_url.to_owned(),
            certificates: certificates(role)?,
            wants_signed_requests: xml::attribute(role, "WantAuthnRequestsSigned")
                .is_some_and(|wants| matches!(wants.trim(), "true" | "1")),
            valid_until: xml::attribute(entity, "validUntil")
                .and_then(|time| DateTime::parse_from_rfc3339(time).ok())
                .map(|time| time.to_utc()),
        })
    }
}

/// Whether an identity provider can have this name (saml-core 8.3.6).
///
/// # Errors
/// [`MetadataError::EntityId`].
pub fn check_entity_id(entity_id: &str) -> Result<(), MetadataError> {
    let fits =
        !entity_id.is_empty() && entity_id.chars().count() <= LONGEST_ENTITY_ID && !entity_id.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(MetadataError::EntityId) }
}

/// Whether people may be sent to an address with their browsers.
///
/// # Errors
/// [`MetadataError::Address`].
pub fn check_sso_url(address: &str) -> Result<(), MetadataError> {
    let host = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://localhost:"))
        .or_else(|| address.strip_prefix("http://127.0.0.1:"));
    let is_one = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    let is_clean = address.len() <= 2_048
        && address.bytes().all(|byte| byte.is_ascii_graphic())
        && !address.contains(['"', '<', '>', '\\', '#']);
    if is_one && is_clean { Ok(()) } else { Err(MetadataError::Address) }
}

/// The one entity that is an identity provider, and that role of it.
fn identity_provider<'a, 'i>(document: &'a Document<'i>) -> Result<(Node<'a, 'i>, Node<'a, 'i>), MetadataError> {
    let root = document.root_element();
    if !xml::is(root, METADATA, "EntityDescriptor") && !xml::is(root, METADATA, "EntitiesDescriptor") {
        return Err(MetadataError::NoMetadata(root.tag_name().name().chars().take(64).collect()));
    }
    let speaks_saml_2 = |role: &Node<'_, '_>| {
        xml::attribute(*role, "protocolSupportEnumeration")
            .is_some_and(|protocols| protocols.split_ascii_whitespace().any(|one| one == PROTOCOL))
    };
    let entities = document.descendants().filter(|node| xml::is(*node, METADATA, "EntityDescriptor"));
    let mut found =
        entities.filter_map(|entity| Some((entity, xml::children(entity, METADATA, "IDPSSODescriptor").find(speaks_saml_2)?)));
    let first = found.next().ok_or(MetadataError::NoIdentityProvider)?;
    match found.count() {
        0 => Ok(first),
        more => Err(MetadataError::Several(more + 1)),
    }
}

fn certificates(role: Node<'_, '_>) -> Result<Vec<Certificate>, MetadataError> {
    let keys = xml::children(role, METADATA, "KeyDescriptor")
        .filter(|key| xml::attribute(*key, "use").is_none_or(|purpose| purpose == "signing"));
    let texts = keys.flat_map(|key| {
        key.descendants()
            .filter(|node| xml::is(*node, SIGNATURE, "X509Certificate"))
            .map(|node| xml::text(node).unwrap_or_default())
    });
    let mut found: Vec<Certificate> = Vec::new();
    for text in texts {
        let certificate = Certificate::read(&text)?;
        if found.iter().all(|other| other.fingerprint != certificate.fingerprint) {
            found.push(certificate);
        }
    }
    match found.len() {
        0 => Err(MetadataError::NoCertificate),
        number if number > MAX_CERTIFICATES => Err(MetadataError::TooManyCertificates(number)),
        _ => Ok(found),
    }
}

/// Our side of a connection, as an identity provider wants to know it.
#[derive(Debug, Clone)]
pub struct SpMetadata<'a> {
    /// Our entity ID: where this document is.
    pub entity_id: &'a str,
    /// Where responses are posted to.
    pub acs: &'a str,
    /// Our certificate in DER, if requests are signed with its key.
    pub signing: Option<&'a [u8]>,
    /// Our certificate in DER, if assertions are to be encrypted. Some identity providers encrypt as soon as they see one.
    pub encryption: Option<&'a [u8]>,
}

impl SpMetadata<'_> {
    /// The document.
    pub fn to_xml(&self) -> String {
        let key = |purpose: &str, der: Option<&[u8]>| {
            der.map_or_else(String::new, |der| {
                format!(
                    "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo xmlns:ds=\"{SIGNATURE}\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                    BASE64.encode(der)
                )
            })
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{}\"><md:SPSSODescriptor AuthnRequestsSigned=\"{}\" WantAssertionsSigned=\"true\" protocolSupportEnumeration=\"{PROTOCOL}\">{}{}<md:AssertionConsumerService Binding=\"{POST}\" Location=\"{}\" index=\"0\" isDefault=\"true\"/></md:SPSSODescriptor></md:EntityDescriptor>\n",
            xml::escaped(self.entity_id),
            self.signing.is_some(),
            key("signing", self.signing),
            key("encryption", self.encryption),
            xml::escaped(self.acs),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A self-signed certificate on P-256, made for these tests.
    const CERTIFICATE: &str = include_str!("../../tests/responses/certs/idpec.crt");

    fn base64() -> String {
        CERTIFICATE.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n")
    }

    fn document(inside: &str) -> String {
        format!(
            "<!-- of ours --><md:EntityDescriptor xmlns:md='{METADATA}' xmlns:ds='{SIGNATURE}' entityID=' https://idp.test/m ' validUntil='2027-01-01T00:00:00Z'>{inside}</md:EntityDescriptor>"
        )
    }

    fn role(inside: &str) -> String {
        document(&format!(
            "<md:SPSSODescriptor protocolSupportEnumeration='{PROTOCOL}'/><md:IDPSSODescriptor WantAuthnRequestsSigned='true' protocolSupportEnumeration='x {PROTOCOL}'>{inside}</md:IDPSSODescriptor>"
        ))
    }

    fn key(purpose: &str) -> String {
        format!(
            "<md:KeyDescriptor{purpose}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
            base64()
        )
    }

    fn service(binding: &str, address: &str) -> String {
        format!("<md:SingleSignOnService Binding='{binding}' Location='{address}'/>")
    }

    #[test]
    fn what_a_connection_needs_is_read() {
        let services = service(POST, "https://idp.test/post") + &service(REDIRECT, "https://idp.test/sso?a=1&amp;b=2");
        // The same key twice, once for everything.
        let found = IdpMetadata::read(&role(&(key("") + &key(" use='signing'") + &key(" use='encryption'") + &services)))
            .expect("metadata");
        assert_eq!(found.entity_id, "https://idp.test/m");
        assert_eq!(found.sso_url, "https://idp.test/sso?a=1&b=2");
        assert_eq!(found.certificates, [Certificate::read(CERTIFICATE).expect("a certificate")]);
        assert!(found.wants_signed_requests);
        assert_eq!(found.valid_until.map(|time| time.timestamp()), Some(1_798_761_600));
    }

    #[test]
    fn what_is_missing_is_said() {
        let service = service(REDIRECT, "https://idp.test/sso");
        let several = format!(
            "<md:EntitiesDescriptor xmlns:md='{METADATA}'>{0}{0}</md:EntitiesDescriptor>",
            role(&(key("") + &service)).replace("<!-- of ours -->", "")
        );
        for (text, expected) in [
            (String::new(), MetadataError::Markup(Refusal::NotXml)),
            ("<!DOCTYPE a><a/>".into(), MetadataError::Markup(Refusal::ForbiddenMarkup)),
            ("<html/>".into(), MetadataError::NoMetadata("html".into())),
            (document(""), MetadataError::NoIdentityProvider),
            (several, MetadataError::Several(2)),
            (role(&service), MetadataError::NoCertificate),
            (role(&(key(" use='encryption'") + &service)), MetadataError::NoCertificate),
            (role(&key("")), MetadataError::NoRedirect),
            (role(&(key("") + &service.replace("https:", "http:"))), MetadataError::Address),
            (role(&(key("").replace("MII", "") + &service)), MetadataError::Certificate(CertificateError::Unreadable)),
            ("<".repeat(MAX_METADATA + 1), MetadataError::TooLarge),
        ] {
            assert_eq!(IdpMetadata::read(&text).err(), Some(expected), "{}", text.chars().take(400).collect::<String>());
        }
    }

    #[test]
    fn people_are_sent_to_encrypted_addresses_only() {
        for address in
            ["https://idp.test/sso", "https://idp.test:8443/sso?x=1", "http://localhost:8080/sso", "http://127.0.0.1:8080/"]
        {
            assert_eq!(check_sso_url(address), Ok(()), "{address}");
        }
        for address in [
            "http://idp.test/sso",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a b",
            "https://a\"",
            "//idp.test",
            "https://a/#f",
        ] {
            assert_eq!(check_sso_url(address), Err(MetadataError::Address), "{address}");
        }
    }

    #[test]
    fn ours_is_metadata_too() {
        let der = Certificate::read(CERTIFICATE).expect("a certificate").der().to_vec();
        let ours = SpMetadata {
            entity_id: "https://app.test/m?a=1&b=2",
            acs: "https://app.test/acs",
            signing: Some(&der),
            encryption: None,
        };
        let text = ours.to_xml();
        let document = xml::parse(&text).expect("XML");
        let root = document.root_element();
        assert_eq!(xml::attribute(root, "entityID"), Some(ours.entity_id));
        let role = xml::children(root, METADATA, "SPSSODescriptor").next().expect("the role");
        assert_eq!(xml::attribute(role, "AuthnRequestsSigned"), Some("true"));
        let purposes: Vec<_> = xml::children(role, METADATA, "KeyDescriptor").map(|key| xml::attribute(key, "use")).collect();
        assert_eq!(purposes, [Some("signing")]);
        assert_eq!(IdpMetadata::read(&text), Err(MetadataError::NoIdentityProvider));
    }
}
