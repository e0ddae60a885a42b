//! An identity provider's SAML, played: it reads what browsers bring, signs people in, and says so as XML that is canonical already.
//! The tests play with the same one.

use std::{collections::BTreeMap, io::Read as _};

use anyhow::{Context, anyhow};
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use chrono::{SecondsFormat, TimeDelta};
use data_encoding::BASE64;
use flate2::read::DeflateDecoder;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use reqwest::Url;

/// The identity provider, with a key of this run.
pub struct Idp {
    entity_id: String,
    key: RsaKeyPair,
    certificate: String,
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: String,
    pub issuer: String,
    pub acs: String,
    pub relay_state: String,
}

/// Whom it signs in.
#[derive(Debug, Clone)]
pub struct Person<'a> {
    pub name_id: &'a str,
    pub attributes: &'a [(&'a str, &'a str)],
}

impl Idp {
    /// # Errors
    /// No key can be made.
    pub fn new(entity_id: &str) -> anyhow::Result<Self> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let certificate = CertificateParams::default().self_signed(&pair)?;
        let key = RsaKeyPair::from_pkcs8(pair.serialized_der()).map_err(|_| anyhow!("the key cannot be used"))?;
        Ok(Self { entity_id: entity_id.to_owned(), key, certificate: BASE64.encode(certificate.der()) })
    }

    /// What an administrator uploads.
    pub fn metadata(&self) -> String {
        format!(
            "<?xml version=\"1.0\"?><md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{}\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example.test/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
            self.entity_id, self.certificate
        )
    }

    /// Reads what a browser was sent with.
    ///
    /// # Errors
    /// It is no request.
    pub fn read(address: &str) -> anyhow::Result<Request> {
        let url = Url::parse(address)?;
        let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        let parameter = |name: &str| pairs.get(name).with_context(|| format!("no {name} in the address"));
        let deflated = BASE64.decode(parameter("SAMLRequest")?.as_bytes())?;
        let mut text = String::new();
        DeflateDecoder::new(&*deflated).read_to_string(&mut text)?;
        let document = roxmltree::Document::parse(&text)?;
        let root = document.root_element();
        let attribute = |name: &str| root.attribute(name).map(str::to_owned).with_context(|| format!("no {name} in the request"));
        Ok(Request {
            id: attribute("ID")?,
            issuer: root.first_element_child().and_then(|issuer| issuer.text()).context("no issuer in the request")?.to_owned(),
            acs: attribute("AssertionConsumerServiceURL")?,
            relay_state: parameter("RelayState")?.clone(),
        })
    }

    /// Its answer, as it stands in the form. Not `asked`, it begins by itself.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn respond(&self, request: &Request, person: &Person<'_>, asked: bool) -> anyhow::Result<String> {
        let now = rollcall::clock::now();
        let time = |offset: i64| (now + TimeDelta::seconds(offset)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let in_response_to = if asked { format!(" InResponseTo=\"{}\"", request.id) } else { String::new() };
        let attributes: String = person
            .attributes
            .iter()
            .map(|(name, value)| {
                format!("<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>")
            })
            .collect();
        let statement = if attributes.is_empty() {
            String::new()
        } else {
            format!("<saml:AttributeStatement>{attributes}</saml:AttributeStatement>")
        };
        let id = format!("_{}", uuid::Uuid::new_v4().simple());
        let head = format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" IssueInstant=\"{}\" Version=\"2.0\"><saml:Issuer>{}</saml:Issuer>",
            time(0),
            self.entity_id
        );
        // Attributes in the order of canonical XML.
        let rest = format!(
            "<saml:Subject><saml:NameID>{}</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData{in_response_to} NotOnOrAfter=\"{}\" Recipient=\"{}\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"{}\"><saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant=\"{}\"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>{statement}</saml:Assertion>",
            person.name_id,
            time(300),
            request.acs,
            time(-60),
            time(300),
            request.issuer,
            time(0),
        );
        let signature = self.signature(&id, &format!("{head}{rest}"))?;
        let response = format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_{}\" Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\"{in_response_to}><saml:Issuer>{}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{head}{signature}{rest}</samlp:Response>",
            uuid::Uuid::new_v4().simple(),
            time(0),
            request.acs,
            self.entity_id
        );
        Ok(BASE64.encode(response.as_bytes()))
    }

    fn signature(&self, id: &str, canonical: &str) -> anyhow::Result<String> {
        let value = BASE64.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod><ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>{value}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), info.as_bytes(), &mut signature)
            .map_err(|_| anyhow!("the key cannot sign"))?;
        let inner = info.replace(" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "");
        Ok(format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{inner}<ds:SignatureValue>{}</ds:SignatureValue></ds:Signature>",
            BASE64.encode(&signature)
        ))
    }
}
