//! `AuthnRequest` (saml-core 3.4.1) by the HTTP-Redirect binding (saml-bindings 3.4).

use std::io::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::BASE64;
use flate2::{Compression, write::DeflateEncoder};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    ServiceKey,
    key::UnusableKey,
    xml::{self, ASSERTION, PROTOCOL},
};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// A request to sign somebody in.
#[derive(Debug, Clone)]
pub struct AuthnRequest<'a> {
    /// What the response is to answer: letters, digits and `_`, not beginning with a digit.
    pub id: &'a str,
    /// Now.
    pub issue_instant: DateTime<Utc>,
    /// Our entity ID.
    pub sp_entity_id: &'a str,
    /// Where the response is to be posted to.
    pub acs: &'a str,
    /// The identity provider's address.
    pub sso_url: &'a str,
    /// Whether the person is to be asked for a password, or whatever there is, also when there is a session already.
    pub force_authn: bool,
}

impl AuthnRequest<'_> {
    /// The message.
    pub fn to_xml(&self) -> String {
        let force = if self.force_authn { " ForceAuthn=\"true\"" } else { "" };
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\" AssertionConsumerServiceURL=\"{}\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"{force}><saml:Issuer>{}</saml:Issuer></samlp:AuthnRequest>",
            xml::escaped(self.id),
            self.issue_instant.to_rfc3339_opts(SecondsFormat::Secs, true),
            xml::escaped(self.sso_url),
            xml::escaped(self.acs),
            xml::escaped(self.sp_entity_id),
        )
    }

    /// Where the browser is sent. Signed with the key, if there is one (saml-bindings 3.4.4.1: the octets that are signed are those of the
    /// query, in this order).
    ///
    /// # Errors
    /// [`UnusableKey`] when it cannot sign.
    pub fn redirect(&self, relay_state: &str, key: Option<&ServiceKey>) -> Result<String, UnusableKey> {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(self.to_xml().as_bytes()).expect("memory can be written to");
        let deflated = deflate.finish().expect("memory can be written to");
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut query = format!("SAMLRequest={}&RelayState={}", encoded(&BASE64.encode(&deflated)), encoded(relay_state));
        if let Some(key) = key {
            query = format!("{query}&SigAlg={}", encoded(RSA_SHA256));
            query = format!("{query}&Signature={}", encoded(&BASE64.encode(&key.sign(query.as_bytes())?)));
        }
        let separator = if self.sso_url.contains('?') { '&' } else { '?' };
        Ok(format!("{}{separator}{query}", self.sso_url))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;
    use percent_encoding::percent_decode_str;

    use super::*;

    #[test]
    fn what_the_identity_provider_reads_is_the_request() {
        let request = AuthnRequest {
            id: "_a1",
            issue_instant: DateTime::from_timestamp(1_795_435_200, 0).expect("a time"),
            sp_entity_id: "https://app.example.test/metadata?a=1&b=\"<",
            acs: "https://app.example.test/acs",
            sso_url: "https://idp.example.test/sso?tenant=1",
            force_authn: true,
        };
        let address = request.redirect("opaque/+", None).expect("no key, no failure");
        let query =
            address.strip_prefix("https://idp.example.test/sso?tenant=1&SAMLRequest=").expect("the address with a query already");
        let (message, relay) = query.split_once("&RelayState=").expect("both");
        assert_eq!(relay, "opaque%2F%2B");
        let message = percent_decode_str(message).decode_utf8().expect("text");
        let message = BASE64.decode(message.as_bytes()).expect("base64");
        let mut text = String::new();
        DeflateDecoder::new(&message[..]).read_to_string(&mut text).expect("deflated");
        assert_eq!(text, request.to_xml());
        let document = roxmltree::Document::parse(&text).expect("XML");
        let root = document.root_element();
        assert_eq!(root.attribute("ForceAuthn"), Some("true"));
        assert_eq!(root.attribute("IssueInstant"), Some("2026-11-23T12:00:00Z"));
        assert_eq!(root.first_element_child().and_then(|issuer| issuer.text()), Some(request.sp_entity_id));
    }
}
