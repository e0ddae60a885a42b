//! An issuer of signals, played: it has a key of its own and signs whatever it is told to.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// The issuer, as its tokens say.
pub const ISSUER: &str = "https://acme.okta.test";

/// A key of the issuer.
pub struct Issuer {
    kid: &'static str,
    key: RsaKeyPair,
}

impl Issuer {
    /// A new key of this name.
    pub fn new(kid: &'static str) -> Self {
        Self { kid, key: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key") }
    }

    fn modulus(&self) -> Vec<u8> {
        self.key.public_key().modulus().big_endian_without_leading_zero().to_vec()
    }

    /// Its set of keys: this one, and one that is for something else.
    pub fn jwks(&self) -> String {
        let exponent = self.key.public_key().exponent().big_endian_without_leading_zero();
        let (n, e) = (BASE64URL_NOPAD.encode(&self.modulus()), BASE64URL_NOPAD.encode(exponent));
        let own = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e });
        let other = json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" });
        json!({ "keys": [other, own] }).to_string()
    }

    /// The head of a token of this type.
    pub fn header(&self, typ: &str) -> Value {
        json!({ "typ": typ, "alg": "RS256", "kid": self.kid })
    }

    /// A token. Its algorithm is what the head says: with a shared secret that is the public key.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = match header["alg"].as_str() {
            Some("RS256") => {
                let mut signature = vec![0; self.key.public_modulus_len()];
                self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
                signature
            }
            Some("HS256") => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, &self.modulus());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}
