//! Why a token is not believed: one code per reason, with what is wrong and what to do about it.

use std::fmt;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal ($err:literal): $what:literal, $fix:literal;)*) => {
        /// A reason to refuse a token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name among the attempts that administrators read.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => concat!("signal_", $code),)* }
            }

            /// The reason of this name.
            pub fn named(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }

            /// The error code that whoever pushes an event is told (RFC 8935 §2.4).
            pub const fn err(self) -> &'static str {
                match self { $(Self::$name => $err,)* }
            }

            /// What is wrong.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            /// What an administrator does about it.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

refusals! {
    /// There is none.
    Missing = "missing" ("authentication_failed"): "The request has no bearer token.",
        "Set the identity provider to authenticate with a signed JWT; no other way is accepted.";
    /// More than 64 KiB, or not three parts of base64url with JSON in the first two.
    Unreadable = "unreadable" ("invalid_request"): "The token is no signed JWT that can be read.",
        "Set the identity provider to send a signed JWT in the compact form, not encrypted and without critical extensions.";
    /// Another kind of token, however well it is signed.
    Type = "type" ("invalid_request"): "The typ of the token is not the one of this address.",
        "Give the signals_url to what sends security events (typ secevent+jwt), and the revocation_url to what asks for revocation (typ global-token-revocation+jwt).";
    /// `none`, one with a shared secret, or one that is not known.
    Algorithm = "algorithm" ("invalid_key"): "The token is signed with an algorithm that is not accepted.",
        "Set the identity provider to sign with RS256, or another one of RS, PS and ES with 256 bits or more.";
    /// As far as its keys are known here.
    UnknownKey = "unknown_key" ("invalid_key"): "The issuer has no key of the kid of the token.",
        "Compare signals_jwks_url with the address of the keys of whoever signs the tokens.";
    /// The key exists and is of another type, or not for signatures; or no `kid` says which of several is meant.
    Key = "key" ("invalid_key"): "The issuer has no key that fits the algorithm of the token.",
        "Compare signals_jwks_url with the address of the keys of whoever signs the tokens; each token names its key by kid.";
    /// Signed by nobody, by somebody else, or changed since.
    Signature = "signature" ("invalid_key"): "The signature was not made with the issuer's key.",
        "Compare signals_jwks_url with the address of the keys of whoever signs the tokens. If it is right, somebody sends tokens that they have made up.";
    /// Another issuer's.
    Issuer = "issuer" ("invalid_issuer"): "The token is of another issuer.",
        "Compare signals_issuer with the issuer (iss) that the identity provider writes into its tokens.";
    /// Meant for somebody else.
    Audience = "audience" ("invalid_audience"): "The token is meant for another receiver.",
        "Set the audience at the identity provider to the address that it posts to, or to the entity ID that is shown for this connection.";
    /// A time that is missing where it must be, or is none.
    Time = "time" ("invalid_request"): "A time of the token (iat, exp, nbf) is missing or cannot be read.",
        "Ask the identity provider's vendor: every token needs iat, and one that asks for revocation exp.";
    /// By more than five minutes.
    Future = "future" ("invalid_request"): "The token is of the future.",
        "Set the clock of the identity provider, or ours, by NTP.";
    /// After its `exp`, or issued more than seven days ago.
    TooOld = "too_old" ("invalid_request"): "The token is too old.",
        "Set the clock of the identity provider, or ours, by NTP. What could not be delivered for seven days is over: end the person's sessions by hand.";
    /// No `jti`, without which it could not be obeyed once.
    Id = "id" ("invalid_request"): "The token has no identifier (jti) of at most 256 characters.",
        "Ask the identity provider's vendor: every token needs a jti of its own.";
    /// No Security Event Token.
    Events = "events" ("invalid_request"): "The token has no events.",
        "Ask the identity provider's vendor: a Security Event Token has the claim events (RFC 8417).";
    /// The token that authenticates a request has authenticated another one before.
    Reused = "reused" ("authentication_failed"): "The token was used for another request before.",
        "Ask the identity provider's vendor: every request needs a token of its own. If it stays, somebody sends tokens that they have seen.";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.explanation())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_a_name_of_its_own() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::named(refusal.code()), Some(*refusal));
        }
        assert_eq!(Refusal::named("signature"), None);
    }
}
