//! Signed tokens: JWS in the compact form (RFC 7515), with the few algorithms and claims that the two kinds of token may have.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{Keys, Refusal};

/// Bytes of a token. An event is small.
const LONGEST: usize = 64 * 1024;
const LONGEST_ID: usize = 256;
/// An issuer's clock may differ by so much.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// An event that could not be delivered is sent again for so long; afterwards it helps nobody.
const OLDEST: TimeDelta = TimeDelta::days(7);

/// Who may send, and to where.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// Its keys.
    pub keys: &'a Keys,
    /// What we are called: one of these is the audience.
    pub audiences: &'a [&'a str],
}

/// The two kinds of token. One is never taken for the other, nor an identity token for either: their types differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Security Event Token (RFC 8417).
    SecurityEvent,
    /// What authenticates a request of Global Token Revocation.
    Revocation,
}

impl Kind {
    const fn media_type(self) -> &'static str {
        match self {
            Self::SecurityEvent => "secevent+jwt",
            Self::Revocation => "global-token-revocation+jwt",
        }
    }
}

/// What a token that is believed says.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// Its identifier: good once.
    pub id: String,
    /// It is refused for its age after this time, and its identifier may be forgotten.
    pub good_until: DateTime<Utc>,
    /// All of its claims.
    pub all: Map<String, Value>,
}

/// Whether a token is of this kind, was signed by the sender, is meant for us, and is fresh.
///
/// # Errors
/// The first reason not to believe it.
pub fn verify(token: &str, kind: Kind, sender: &Sender<'_>, now: DateTime<Utc>) -> Result<Claims, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::Unreadable);
    }
    // `none` is no algorithm here, as little as one that nobody knows.
    let header = decode_header(token).map_err(|error| match error.kind() {
        ErrorKind::Json(_) if names_another_algorithm(token) => Refusal::Algorithm,
        _ => Refusal::Unreadable,
    })?;
    let typ = header.typ.unwrap_or_default().to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) != kind.media_type() {
        return Err(Refusal::Type);
    }
    let key = sender.keys.find(header.kid.as_deref(), header.alg)?;
    let mut validation = Validation::new(header.alg);
    // Times, issuer and audience are looked at below, with our clock and with errors of their own.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoded = decode::<Map<String, Value>>(token, &key, &validation).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => Refusal::Key,
        _ => Refusal::Unreadable,
    })?;
    let all = decoded.claims;
    if all.get("iss").and_then(Value::as_str) != Some(sender.issuer) {
        return Err(Refusal::Issuer);
    }
    let is_ours = |audience: &Value| audience.as_str().is_some_and(|audience| sender.audiences.contains(&audience));
    let is_for_us = match all.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
        Some(audience) => is_ours(audience),
        None => false,
    };
    if !is_for_us {
        return Err(Refusal::Audience);
    }
    let good_until = fresh(&all, kind, now)?;
    let id = all.get("jti").and_then(Value::as_str).filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
    let id = id.ok_or(Refusal::Id)?.to_owned();
    Ok(Claims { id, good_until, all })
}

/// Whether a header could be read but for its algorithm.
fn names_another_algorithm(token: &str) -> bool {
    let header = token.split('.').next().and_then(|part| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).ok());
    let header: Option<Value> = header.and_then(|header| serde_json::from_slice(&header).ok());
    header.is_some_and(|header| header["alg"].is_string())
}

/// Answers until when it is.
fn fresh(all: &Map<String, Value>, kind: Kind, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let time = |name: &str| all.get(name).filter(|value| !value.is_null()).map(|value| instant(value).ok_or(Refusal::Time));
    let issued = time("iat").ok_or(Refusal::Time)??;
    let (expires, begins) = (time("exp").transpose()?, time("nbf").transpose()?);
    if issued > now + SKEW || begins.is_some_and(|begin| begin > now + SKEW) {
        return Err(Refusal::Future);
    }
    if kind == Kind::Revocation && expires.is_none() {
        return Err(Refusal::Time);
    }
    // Not before the check above: what is of a far future cannot be added to.
    let end = expires.map_or(issued + OLDEST, |expires| expires.min(issued + OLDEST)) + SKEW;
    if end <= now { Err(Refusal::TooOld) } else { Ok(end) }
}

/// A time as tokens have it: seconds, which may have a fraction (RFC 7519 §2).
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let seconds = value.as_i64().or_else(|| {
        let seconds = value.as_f64().filter(|seconds| seconds.is_finite())?;
        // What does not fit becomes the largest number, which is no time.
        Some(seconds.floor() as i64)
    })?;
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        hmac,
        rsa::KeySize,
        signature::{
            ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
            RSA_PSS_SHA512, RsaKeyPair,
        },
    };
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://idp.test";
    const US: &str = "https://rollcall.test/sso/saml/1/signals";

    fn now() -> DateTime<Utc> {
        "2026-05-01T12:00:00Z".parse().expect("a time")
    }

    fn at(offset: TimeDelta) -> i64 {
        (now() + offset).timestamp()
    }

    /// An issuer with keys of three types; it signs whatever it is given, not by way of the crate that verifies.
    struct Issuer {
        rsa: RsaKeyPair,
        p256: EcdsaKeyPair,
        p384: EcdsaKeyPair,
    }

    impl Issuer {
        fn new() -> Self {
            let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
            let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
            Self { rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"), p256, p384 }
        }

        fn modulus(&self) -> Vec<u8> {
            self.rsa.public_key().modulus().big_endian_without_leading_zero().to_vec()
        }

        fn keys(&self) -> Keys {
            let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
            let exponent = self.rsa.public_key().exponent().big_endian_without_leading_zero().to_vec();
            let ec = |kid: &str, crv: &str, key: &EcdsaKeyPair| {
                let point = &key.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "kid": kid, "crv": crv, "x": text(x), "y": text(y) })
            };
            let rsa = json!({ "kty": "RSA", "kid": "rsa", "use": "sig", "n": text(&self.modulus()), "e": text(&exponent) });
            let set = json!({ "keys": [rsa, ec("p256", "P-256", &self.p256), ec("p384", "P-384", &self.p384)] });
            Keys::read(set.to_string().as_bytes()).expect("keys")
        }

        fn signed(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
            let message = format!("{}.{}", part(header), part(claims));
            let (random, bytes) = (aws_lc_rs::rand::SystemRandom::new(), message.as_bytes());
            let rsa = |padding| {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa.sign(padding, &random, bytes, &mut signature).expect("a signature");
                signature
            };
            let signature = match header["alg"].as_str() {
                Some("RS256") => rsa(&RSA_PKCS1_SHA256),
                Some("PS512") => rsa(&RSA_PSS_SHA512),
                Some("ES256") => self.p256.sign(&random, bytes).expect("a signature").as_ref().to_vec(),
                Some("ES384") => self.p384.sign(&random, bytes).expect("a signature").as_ref().to_vec(),
                Some("HS256") => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.modulus()), bytes).as_ref().to_vec(),
                _ => Vec::new(),
            };
            format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
        }
    }

    fn header(alg: &str, kid: &str) -> Value {
        json!({ "typ": "secevent+jwt", "alg": alg, "kid": kid })
    }

    fn claims() -> Value {
        json!({ "iss": ISSUER, "aud": US, "iat": at(TimeDelta::zero()), "jti": "1", "events": {} })
    }

    fn with(value: Value, name: &str, new: Value) -> Value {
        let mut value = value;
        value[name] = new;
        value
    }

    fn read(token: &str, kind: Kind, keys: &Keys) -> Result<Claims, Refusal> {
        verify(token, kind, &Sender { issuer: ISSUER, keys, audiences: &["urn:us", US] }, now())
    }

    #[test]
    fn a_token_is_believed_by_each_algorithm_and_by_no_other_key() {
        let (issuer, other) = (Issuer::new(), Issuer::new());
        let keys = issuer.keys();
        let set = |token: &str| read(token, Kind::SecurityEvent, &keys);
        for (alg, kid) in [("RS256", "rsa"), ("PS512", "rsa"), ("ES256", "p256"), ("ES384", "p384")] {
            let token = issuer.signed(&header(alg, kid), &claims());
            let believed = set(&token).expect(alg);
            assert_eq!((believed.id.as_str(), believed.all.get("aud")), ("1", Some(&json!(US))));
            assert_eq!(believed.good_until, now() + OLDEST + SKEW);
            assert_eq!(set(&other.signed(&header(alg, kid), &claims())), Err(Refusal::Signature), "{alg}");
            let (message, signature) = token.rsplit_once('.').expect("three parts");
            let (head, _) = message.split_once('.').expect("three parts");
            let changed = BASE64URL_NOPAD.encode(with(claims(), "jti", json!("2")).to_string().as_bytes());
            assert_eq!(set(&format!("{head}.{changed}.{signature}")), Err(Refusal::Signature), "{alg}");
            assert_eq!(set(&format!("{message}.")), Err(Refusal::Signature), "{alg}");
            assert_eq!(set(message), Err(Refusal::Unreadable), "{alg}");
        }
        for (header, refusal) in [
            (header("none", "rsa"), Refusal::Algorithm),
            (header("HS256", "rsa"), Refusal::Algorithm),
            (header("ES512", "p256"), Refusal::Algorithm),
            (header("ES256", "rsa"), Refusal::Key),
            (header("RS256", "p256"), Refusal::Key),
            (header("ES256", "p384"), Refusal::Key),
            (header("RS256", "gone"), Refusal::UnknownKey),
            (json!({ "typ": "secevent+jwt", "kid": "rsa" }), Refusal::Unreadable),
            (with(header("RS256", "rsa"), "typ", json!("JWT")), Refusal::Type),
            (with(header("RS256", "rsa"), "typ", Value::Null), Refusal::Type),
            (with(header("RS256", "rsa"), "typ", json!("global-token-revocation+jwt")), Refusal::Type),
            (with(header("RS256", "rsa"), "crit", json!(["exp"])), Refusal::Unreadable),
        ] {
            assert_eq!(set(&issuer.signed(&header, &claims())), Err(refusal), "{header}");
        }
        // The only key of its type needs no name, and media types are written in two ways.
        let bare = json!({ "typ": "application/SecEvent+JWT", "alg": "RS256" });
        assert!(set(&issuer.signed(&bare, &claims())).is_ok());
        for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30"] {
            assert_eq!(set(text), Err(Refusal::Unreadable), "{text}");
        }
        assert_eq!(set(&"a".repeat(LONGEST + 1)), Err(Refusal::Unreadable));
    }

    #[test]
    fn it_is_of_the_issuer_for_us_and_fresh() {
        let issuer = Issuer::new();
        let keys = issuer.keys();
        let claimed = |name: &str, value: Value| {
            let token = issuer.signed(&header("ES256", "p256"), &with(claims(), name, value));
            read(&token, Kind::SecurityEvent, &keys).map(|claims| claims.good_until)
        };
        for (name, value, refusal) in [
            ("iss", json!("https://other.test"), Refusal::Issuer),
            ("iss", json!([ISSUER]), Refusal::Issuer),
            ("iss", Value::Null, Refusal::Issuer),
            ("aud", json!("https://rollcall.test"), Refusal::Audience),
            ("aud", json!(["https://other.test"]), Refusal::Audience),
            ("aud", json!([[US]]), Refusal::Audience),
            ("aud", Value::Null, Refusal::Audience),
            ("jti", json!(""), Refusal::Id),
            ("jti", json!(1), Refusal::Id),
            ("jti", json!("a".repeat(LONGEST_ID + 1)), Refusal::Id),
            ("iat", Value::Null, Refusal::Time),
            ("iat", json!("now"), Refusal::Time),
            ("iat", json!(1e300), Refusal::Time),
            ("iat", json!(i64::MAX), Refusal::Time),
            ("iat", json!(8_210_266_876_799_i64), Refusal::Future), // the last time of all
            ("iat", json!(-8_334_601_228_800_i64), Refusal::TooOld), // the first
            ("iat", json!(at(SKEW) + 1), Refusal::Future),
            ("nbf", json!(at(SKEW) + 1), Refusal::Future),
            ("iat", json!(at(-OLDEST - SKEW)), Refusal::TooOld),
            ("exp", json!(at(-SKEW)), Refusal::TooOld),
            ("exp", json!(-8_334_601_228_800_i64), Refusal::TooOld),
        ] {
            assert_eq!(claimed(name, value.clone()), Err(refusal), "{name} {value}");
        }
        for (name, value, left) in [
            ("aud", json!(["https://other.test", "urn:us"]), OLDEST + SKEW),
            ("iat", json!(at(SKEW)), OLDEST + SKEW + SKEW),
            ("iat", json!(at(-OLDEST - SKEW) + 1), TimeDelta::seconds(1)),
            ("iat", json!(at(TimeDelta::zero()) as f64 + 0.75), OLDEST + SKEW),
            ("nbf", json!(at(SKEW)), OLDEST + SKEW),
            ("exp", json!(at(-SKEW) + 1), TimeDelta::seconds(1)),
            ("exp", json!(at(TimeDelta::days(365))), OLDEST + SKEW),
        ] {
            assert_eq!(claimed(name, value.clone()), Ok(now() + left), "{name} {value}");
        }
    }

    #[test]
    fn a_token_of_revocation_ends_and_is_none_of_events() {
        let issuer = Issuer::new();
        let keys = issuer.keys();
        let header = with(header("RS256", "rsa"), "typ", json!("global-token-revocation+jwt"));
        let revocation = |claims: &Value| read(&issuer.signed(&header, claims), Kind::Revocation, &keys);
        let claims = with(claims(), "exp", json!(at(TimeDelta::minutes(5))));
        assert_eq!(revocation(&claims).expect("it is").good_until, now() + TimeDelta::minutes(10));
        assert_eq!(revocation(&with(claims.clone(), "exp", Value::Null)), Err(Refusal::Time));
        assert_eq!(read(&issuer.signed(&header, &claims), Kind::SecurityEvent, &keys), Err(Refusal::Type));
    }

    proptest! {
        #[test]
        fn whatever_is_brought_nothing_is_believed_and_nothing_panics(
            token in "[-a-zA-Z0-9_.]{0,200}|.{0,200}",
            header in ".{0,40}",
            claims in ".{0,40}",
        ) {
            let rsa = json!({ "keys": [{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }] });
            let keys = Keys::read(rsa.to_string().as_bytes()).expect("keys");
            let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
            let known = r#"{"typ":"secevent+jwt","alg":"RS256"}"#;
            let made = [token, format!("{}.{}.AAAA", part(&header), part(&claims)), format!("{}.{}.AAAA", part(known), part(&claims))];
            for token in made {
                prop_assert!(read(&token, Kind::SecurityEvent, &keys).is_err());
            }
        }
    }
}
