//! Sign-in by SAML.

mod canonical;
mod connections;
mod corpus;
mod crowd;
#[path = "../../../src/demo/idp.rs"]
mod idp;
mod issuer;
mod leaving;
mod metadata_by_address;
mod metadata_server;
mod requests;
mod required;
mod sign_in;
mod signals;

use std::fs;

/// A certificate of the corpus, in PEM.
pub fn certificate(name: &str) -> String {
    let path = format!("{}/tests/responses/certs/{name}.crt", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).expect("a certificate")
}

/// Metadata of an identity provider with these certificates.
pub fn metadata(entity_id: &str, certificates: &[&str]) -> String {
    let keys = certificates.iter().map(|name| {
        let base64: String = certificate(name).lines().filter(|line| !line.starts_with("-----")).collect();
        format!(
            "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    });
    format!(
        "<?xml version=\"1.0\"?><md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{entity_id}\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{}<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example.test/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
        keys.collect::<String>()
    )
}
