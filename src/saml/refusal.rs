//! Why a response signs nobody in: one code per reason, with what is wrong and what to do about it.

use std::fmt;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $what:literal, $fix:literal;)*) => {
        /// A reason to refuse a response. The person who signs in is told a reference number; the code is for the administrator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in logs and answers.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The reason of this name.
            pub fn named(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
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
    /// More than [`super::MAX_ENCODED`] characters.
    TooLarge = "too_large": "The response is larger than a sign-in needs.",
        "Send fewer attributes: an identity provider that lists every group of a person should list only those of this application.";
    /// The form field is no base64.
    NotBase64 = "not_base64": "The response is not base64.",
        "Check that the identity provider uses the HTTP-POST binding and that no proxy changes what it posts.";
    /// No well-formed XML, or more of it than allowed.
    NotXml = "not_xml": "The response is not well-formed XML.",
        "Try again; if it stays, ask the identity provider's vendor for a response that an XML parser reads.";
    /// A document type declaration, a comment, a processing instruction or a CDATA section.
    ForbiddenMarkup = "forbidden_markup": "The response has a document type declaration, comment, processing instruction or CDATA section.",
        "No identity provider sends these. Find out who posts to this address.";
    /// Deeper, wider or with more of something than any response needs.
    TooComplex = "too_complex": "The response has more elements, attributes or levels than a sign-in needs.",
        "Send fewer attributes.";
    /// The root element is none of a response, or there is something where nothing may be.
    Shape = "shape": "The response is not built as SAML 2.0 says.",
        "Check that the identity provider is set to SAML 2.0 and to this application.";
    /// Two elements have the same identifier.
    DuplicateId = "duplicate_id": "Two elements of the response have the same ID.",
        "No identity provider sends this. Find out who posts to this address.";
    /// None, or more than one, anywhere.
    AssertionCount = "assertion_count": "The response has not exactly one assertion.",
        "Set the identity provider to send one assertion for one person.";
    /// An encrypted assertion, and the connection has no key for it.
    Encrypted = "encrypted": "The assertion is encrypted and this connection has no key for it.",
        "Switch off assertion encryption at the identity provider: the response travels under TLS already.";
    /// It cannot be decrypted with the connection's key.
    Decryption = "decryption": "The assertion was not encrypted for this connection.",
        "Give the identity provider the encryption certificate of this connection's metadata, and choose AES-GCM and RSA-OAEP there.";
    /// AES-CBC without a signature around it.
    UnsignedCbc = "unsigned_cbc": "The assertion is encrypted with AES-CBC in a response that is not signed.",
        "Choose AES-256-GCM for the encryption at the identity provider, or let it sign the response as well.";
    /// Neither the response nor the assertion is signed.
    Unsigned = "unsigned": "Neither the response nor the assertion is signed.",
        "Switch on signing of assertions at the identity provider.";
    /// Not the one form of signature that SAML allows.
    SignatureShape = "signature_shape": "The signature is not one enveloped signature of the element that it is in.",
        "Set the identity provider to sign the assertion or the response with exclusive canonicalization and no other transforms.";
    /// SHA-1, MD5, HMAC, DSA, or something else that is not allowed.
    Algorithm = "algorithm": "The signature uses an algorithm that is not allowed.",
        "Set the signature algorithm to RSA-SHA256 and the digest to SHA256 at the identity provider.";
    /// None of the pinned certificates has made the signature.
    SignatureMismatch = "signature_mismatch": "The signature was not made with a certificate of this connection.",
        "The identity provider has probably changed its certificate: upload the new one, or its metadata.";
    /// What was signed is not what is there.
    DigestMismatch = "digest_mismatch": "What was signed is not what has arrived.",
        "Something has changed the response on its way, or the identity provider has signed something else.";
    /// `Version` is not 2.0.
    Version = "version": "The response is not of SAML version 2.0.",
        "Set the application at the identity provider to SAML 2.0.";
    /// The identity provider says that the person could not be signed in.
    Status = "status": "The identity provider says that it has not signed the person in.",
        "Look at the sign-in log of the identity provider: often the person is not assigned to this application.";
    /// `Destination` is missing in a signed response, or is not our address.
    Destination = "destination": "The response is meant for another address.",
        "Set the ACS URL (single sign-on URL, reply URL) at the identity provider to the one that is shown for this connection.";
    /// Not the entity ID of the connection.
    Issuer = "issuer": "The response is of another identity provider.",
        "Compare the entity ID (issuer) of the identity provider with the one of this connection.";
    /// No audience, or not us.
    Audience = "audience": "The response is meant for another application.",
        "Set the audience (SP entity ID, identifier) at the identity provider to the one that is shown for this connection.";
    /// A condition that we do not know, which makes the assertion indeterminate (saml-core 2.5.1).
    Condition = "condition": "The assertion has a condition that is missing or not known.",
        "Remove conditions other than the audience and the times at the identity provider.";
    /// A time that is missing where it must be, or not in UTC.
    Timestamp = "timestamp": "A time of the response is missing or not in UTC.",
        "Ask the identity provider's vendor: times must end in Z (saml-core 1.3.3).";
    /// Too early.
    NotYetValid = "not_yet_valid": "The response is of the future.",
        "Set the clock of the identity provider, or ours, by NTP.";
    /// Too late.
    Expired = "expired": "The response is too old.",
        "Sign in again without a pause; if it stays, set the clock of the identity provider, or ours, by NTP.";
    /// No bearer confirmation with our address that is still good.
    Confirmation = "confirmation": "Nothing in the assertion says that whoever brings it is the person.",
        "Set the subject confirmation to bearer and the recipient to the ACS URL at the identity provider.";
    /// Not the request that was sent, or not the same one everywhere.
    InResponseTo = "in_response_to": "The response answers no request that waits for it: one that was answered before, is older than ten minutes or is another's, or several.",
        "Sign in again from the application's own page.";
    /// No request was sent, and the connection does not take what it has not asked for.
    Unsolicited = "unsolicited": "The response answers no request.",
        "Begin at the application's own page, or let this connection take sign-ins that the identity provider begins.";
    /// The assertion was used before.
    Replayed = "replayed": "The response was used before.",
        "Sign in again from the application's own page. If it stays, somebody posts responses that they have seen.";
    /// The browser is not the one that has asked.
    OtherBrowser = "other_browser": "The response has arrived from another browser than the one in which the sign-in began.",
        "Sign in again in one browser, with cookies allowed.";
    /// Missing, empty, longer than 1,024 characters, or with something other than text in it.
    NameId = "name_id": "The assertion has no NameID that can be used.",
        "Set the NameID (name identifier, application username) at the identity provider to something that every person has.";
    /// No statement that the person was signed in.
    AuthnStatement = "authn_statement": "The assertion does not say that the person was signed in.",
        "Set the identity provider to send an authentication statement.";
    /// The identity provider's session is over.
    SessionOver = "session_over": "The session at the identity provider is over.",
        "Sign in to the identity provider again.";
    /// An attribute that must be one value and is several, or that holds elements where text is wanted.
    Attribute = "attribute": "An attribute of the assertion cannot be read.",
        "Map the attribute to one text value at the identity provider.";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.explanation())
    }
}

impl std::error::Error for Refusal {}
