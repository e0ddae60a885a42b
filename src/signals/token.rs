//! Signed tokens: JWS in the compact form (RFC 7515), with the few algorithms and claims that the two kinds of token may have.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Bytes of a token. An event is small.
const LONGEST: usize = 64 * 1024;
const LONGEST_ID: usize = 256;
/// An issuer's clock may differ by so much.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// An event that could not be delivered is sent again for so long; afterwards it helps nobody.
const OLDEST: TimeDelta = TimeDelta::days(7);
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

/// Why a token is not believed. The names are the error codes of RFC 8935 §2.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read, or lacks what it must have.
    #[error("invalid_request: {0}")]
    Request(&'static str),
    /// No key of the issuer has signed it.
    #[error("invalid_key: {0}")]
    Key(&'static str),
    /// The issuer has no key of this name, as far as is known here: its keys may have changed.
    #[error("invalid_key: the issuer has no key of this kid.")]
    UnknownKey,
    /// It is another issuer's.
    #[error("invalid_issuer: iss is not the issuer of this connection.")]
    Issuer,
    /// It is meant for somebody else.
    #[error("invalid_audience: aud is not the address that this was posted to.")]
    Audience,
}

impl Refusal {
    /// The error code of RFC 8935 §2.4.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::Key(_) | Self::UnknownKey => "invalid_key",
            Self::Issuer => "invalid_issuer",
            Self::Audience => "invalid_audience",
        }
    }
}

/// The public keys of an issuer (RFC 7517).
#[derive(Debug, Clone)]
pub struct Keys(JwkSet);

impl Keys {
    /// Reads a JWK set.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// The key of this name; without a name the only one that there is.
    fn find(&self, kid: Option<&str>) -> Result<&Jwk, Refusal> {
        match (kid, self.0.keys.as_slice()) {
            (Some(kid), _) => self.0.find(kid).ok_or(Refusal::UnknownKey),
            (None, [only]) => Ok(only),
            (None, _) => Err(Refusal::Key("the token has no kid, and the issuer has not exactly one key.")),
        }
    }
}

/// Who may send, and to where.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// Its keys.
    pub keys: &'a Keys,
    /// Our address, which is the audience.
    pub audience: &'a str,
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

#[derive(Deserialize)]
struct Times {
    iat: Option<i64>,
    exp: Option<i64>,
    nbf: Option<i64>,
}

/// Whether a token is of this kind, was signed by the sender, is meant for us, and is fresh.
///
/// # Errors
/// The first reason not to believe it.
pub fn verify(token: &str, kind: Kind, sender: &Sender<'_>, now: DateTime<Utc>) -> Result<Claims, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::Request("the token is too large."));
    }
    let header = decode_header(token).map_err(|_| Refusal::Request("this is no signed token (RFC 7515)."))?;
    let typ = header.typ.unwrap_or_default().to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) != kind.media_type() {
        return Err(Refusal::Request("typ is not the one of this kind of token."));
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Refusal::Key("alg is not allowed: RS, PS and ES with 256 bits and more are."));
    }
    let jwk = sender.keys.find(header.kid.as_deref())?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return Err(Refusal::Key("the key is not for signatures."));
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|_| Refusal::Key("the issuer's key cannot be read."))?;
    let mut validation = Validation::new(header.alg);
    // Times, issuer and audience are looked at below, with our clock and with errors of their own.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let all = decode::<Map<String, Value>>(token, &key, &validation)
        .map_err(|_| Refusal::Key("the signature was not made with the issuer's key."))?
        .claims;
    if all.get("iss").and_then(Value::as_str) != Some(sender.issuer) {
        return Err(Refusal::Issuer);
    }
    let is_for_us = match all.get("aud") {
        Some(Value::String(audience)) => audience == sender.audience,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == sender.audience),
        _ => false,
    };
    if !is_for_us {
        return Err(Refusal::Audience);
    }
    let good_until = fresh(&all, kind, now)?;
    let id = all.get("jti").and_then(Value::as_str).filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
    let id = id.ok_or(Refusal::Request("jti is missing."))?.to_owned();
    Ok(Claims { id, good_until, all })
}

/// Answers until when it is.
fn fresh(all: &Map<String, Value>, kind: Kind, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    const UNREADABLE: Refusal = Refusal::Request("a time cannot be read.");
    let times: Times = serde_json::from_value(Value::Object(all.clone())).map_err(|_| UNREADABLE)?;
    let time = |seconds: Option<i64>| seconds.map(|at| DateTime::from_timestamp(at, 0).ok_or(UNREADABLE)).transpose();
    let issued = time(times.iat)?.ok_or(Refusal::Request("iat is missing."))?;
    let expires = time(times.exp)?;
    if issued > now + SKEW || time(times.nbf)?.is_some_and(|begin| begin > now + SKEW) {
        return Err(Refusal::Request("the token is of the future: compare the clocks."));
    }
    if kind == Kind::Revocation && expires.is_none() {
        return Err(Refusal::Request("exp is missing."));
    }
    let end = expires.map_or(issued + OLDEST, |expires| expires.min(issued + OLDEST)) + SKEW;
    if end <= now { Err(Refusal::Request("the token is too old.")) } else { Ok(end) }
}
