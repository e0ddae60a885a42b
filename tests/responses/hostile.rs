//! Responses that cost as much as their sender can make them cost: of the largest size, well-formed as far as that helps, and with one thing
//! too much.

use data_encoding::BASE64;
use rollcall::saml::MAX_ENCODED;

/// Bytes of XML that fit into the field.
pub const LARGEST: usize = MAX_ENCODED / 4 * 3;
/// Elements, as many as are let through beside those of the frame.
const ELEMENTS: usize = 9_900;

/// A kind of response.
pub struct Hostile {
    pub kind: &'static str,
    pub encoded: String,
}

/// One of each kind, for a connection with this identity provider and this address.
pub fn kinds(issuer: &str, acs: &str) -> Vec<Hostile> {
    let frame = Frame { issuer, acs };
    let shallow = |inside: &str| frame.around(inside, "", "");
    let deep = format!("{}{}", "<a>".repeat(25), "</a>".repeat(25));
    let declared = |from: usize| (from..from + 60).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect::<String>();
    let declared: String = (0..4).map(|n| format!("<w{}>", declared(n * 60))).collect();
    let prefixed = format!("<n239:a{}/>", (0..60).map(|n| format!(" n{n}:b=\"\"")).collect::<String>());
    let wide = format!("<a{}/>", (0..60).map(|n| format!(" b{n}=\"\"")).collect::<String>());
    let prefixes: String = (0..25_000).map(|n| format!("{n:x} ")).collect();
    let entities = (0..9).map(|n| format!("<!ENTITY e{} \"{}\">", n + 1, format!("&e{n};").repeat(10))).collect::<String>();
    let entities = format!("<!DOCTYPE r [<!ENTITY e0 \"lol\">{entities}]>");
    let padded = |xml: String| BASE64.encode(filled(&xml).as_bytes());
    vec![
        Hostile { kind: "as deep as may be", encoded: padded(shallow(&deep.repeat(ELEMENTS / 25))) },
        Hostile { kind: "deeper", encoded: padded("<a>".repeat(40_000)) },
        Hostile { kind: "attributes", encoded: padded(shallow(&wide.repeat((LARGEST - 4_000) / wide.len()))) },
        Hostile {
            kind: "namespaces",
            encoded: padded(shallow(&format!("{declared}{}{}", prefixed.repeat(450), "</w>".repeat(4)))),
        },
        Hostile { kind: "one text", encoded: padded(shallow(&"&amp;".repeat((LARGEST - 4_000) / 5))) },
        Hostile { kind: "small elements", encoded: padded(shallow(&"x<a/>".repeat(ELEMENTS))) },
        Hostile { kind: "entities", encoded: padded(format!("{entities}{}", shallow("&e9;"))) },
        Hostile { kind: "prefixes to keep", encoded: padded(frame.around("", &prefixes, &"<b/>".repeat(ELEMENTS))) },
    ]
}

/// With white space at the end, as long as may be.
fn filled(xml: &str) -> String {
    format!("{xml}{}", " ".repeat(LARGEST.saturating_sub(xml.len())))
}

/// What passes for a response up to the verification of its signature.
struct Frame<'a> {
    issuer: &'a str,
    acs: &'a str,
}

impl Frame<'_> {
    fn around(&self, inside: &str, prefixes: &str, in_method: &str) -> String {
        let Self { issuer, acs } = self;
        let now = rollcall::clock::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let list =
            format!("<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\"/>");
        let (value, digest) = (BASE64.encode(&[7; 256]), BASE64.encode(&[7; 32]));
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"{now}\" Destination=\"{acs}\"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion ID=\"_a\" IssueInstant=\"{now}\" Version=\"2.0\"><saml:Issuer>{issuer}</saml:Issuer><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{list}</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><ds:Reference URI=\"#_a\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">{in_method}</ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature><saml:Advice>{inside}</saml:Advice></saml:Assertion></samlp:Response>"
        )
    }
}
