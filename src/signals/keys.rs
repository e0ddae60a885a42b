//! The public keys of an issuer: a JWK set (RFC 7517).

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::Refusal;

/// Keys of one issuer that are kept.
const MOST: usize = 32;
/// Characters of a part of a key: of RSA with 8,192 bits the longest has 1,366.
const LONGEST: usize = 1_400;

/// Never `none`, never an algorithm with a shared secret: with those whoever knows a public key could sign.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
];

/// Those of an issuer's keys that can have made a signature which is accepted.
#[derive(Debug, Clone)]
pub struct Keys(Vec<Jwk>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a JWK set. Keys that are for something else are left out, as are those of a type that is not known (RFC 7517 §5). None when
    /// none is left, or it is no such set.
    pub fn read(document: &[u8]) -> Option<Self> {
        let set: Set = serde_json::from_slice(document).ok()?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let keys = keys.filter(|key| is_short(key) && ALGORITHMS.iter().any(|algorithm| fits(key, *algorithm)));
        let keys: Vec<Jwk> = keys.take(MOST).map(without_certificates).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// The key of this name for this algorithm; without a name the only one for it.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, Refusal> {
        if !ALGORITHMS.contains(&algorithm) {
            return Err(Refusal::Algorithm);
        }
        let named: Vec<&Jwk> = self.0.iter().filter(|key| kid.is_none() || key.common.key_id.as_deref() == kid).collect();
        if named.is_empty() {
            return Err(Refusal::UnknownKey);
        }
        let mut fitting = named.into_iter().filter(|key| fits(key, algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => DecodingKey::from_jwk(only).map_err(|_| Refusal::Key),
            (Some(_), Some(_)) | (None, _) => Err(Refusal::Key),
        }
    }
}

/// Whether it takes no more room than a key does.
fn is_short(key: &Jwk) -> bool {
    let parts = match &key.algorithm {
        AlgorithmParameters::RSA(parts) => [&parts.n, &parts.e],
        AlgorithmParameters::EllipticCurve(point) => [&point.x, &point.y],
        _ => return false,
    };
    parts.into_iter().chain(&key.common.key_id).all(|part| part.len() <= LONGEST)
}

/// What counts is that it stands in the set: who else vouches for it is not looked at, and takes room.
fn without_certificates(mut key: Jwk) -> Jwk {
    key.common = CommonParameters {
        public_key_use: key.common.public_key_use,
        key_operations: None,
        key_algorithm: key.common.key_algorithm,
        key_id: key.common.key_id,
        ..CommonParameters::default()
    };
    key
}

/// Whether a key is one for this algorithm. What a token says of its algorithm never decides how a key is read: a key has one type.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let common = &key.common;
    let verifies = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify))
        && common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(algorithm));
    let is_of_the_type = match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 | Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(point) => match point.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        _ => false,
    };
    verifies && is_of_the_type
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_keys_that_can_verify_are_kept() {
        let rsa = json!({ "kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB", "exp": 1 });
        let with = |key: &Value, name: &str, value: Value| {
            let mut key = key.clone();
            key[name] = value;
            key
        };
        let read = |keys: Vec<Value>| Keys::read(json!({ "keys": keys }).to_string().as_bytes());
        for key in [
            rsa.clone(),
            with(&rsa, "use", json!("sig")),
            with(&rsa, "alg", json!("PS384")),
            with(&rsa, "key_ops", json!(["verify"])),
            json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        ] {
            assert!(read(vec![key.clone()]).is_some(), "{key}");
        }
        for key in [
            with(&rsa, "use", json!("enc")),
            with(&rsa, "alg", json!("RSA-OAEP")),
            with(&rsa, "alg", json!("HS256")),
            with(&rsa, "key_ops", json!(["wrapKey"])),
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }),
            json!({ "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA" }),
            with(&rsa, "n", json!("A".repeat(LONGEST + 1))),
            with(&rsa, "kid", json!("a".repeat(LONGEST + 1))),
            json!({ "kty": "of tomorrow" }),
            json!(1),
        ] {
            assert!(read(vec![key.clone()]).is_none(), "{key}");
            assert_eq!(read(vec![key, rsa.clone()]).expect("what is not understood spoils nothing").0.len(), 1);
        }
        assert_eq!(read(vec![rsa; MOST + 1]).expect("keys").0.len(), MOST);
        for text in ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[]}"#, "<html>", "\u{0}"] {
            assert!(Keys::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_key_is_found_by_its_name_and_is_for_its_algorithm() {
        let named = |kid: &str, alg: &str| json!({ "kty": "RSA", "kid": kid, "alg": alg, "n": "AQAB", "e": "AQAB" });
        let keys = json!({ "keys": [named("a", "RS256"), named("b", "RS256"), named("b", "PS256")] });
        let keys = Keys::read(keys.to_string().as_bytes()).expect("keys");
        let find = |kid, algorithm| keys.find(kid, algorithm).map(|_| ());
        assert_eq!(find(Some("a"), Algorithm::RS256), Ok(()));
        assert_eq!(find(Some("b"), Algorithm::PS256), Ok(()));
        assert_eq!(find(None, Algorithm::PS256), Ok(()));
        assert_eq!(find(None, Algorithm::RS256), Err(Refusal::Key), "which of two?");
        assert_eq!(find(Some("a"), Algorithm::PS256), Err(Refusal::Key));
        assert_eq!(find(Some("a"), Algorithm::ES256), Err(Refusal::Key));
        assert_eq!(find(Some("c"), Algorithm::RS256), Err(Refusal::UnknownKey));
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512, Algorithm::EdDSA] {
            assert_eq!(find(Some("a"), algorithm), Err(Refusal::Algorithm));
        }
    }
}
