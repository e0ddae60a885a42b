//! Signatures of SAML are verified by code of our own, which knows one form of them and refuses every other.
//!
//! XML Signature is a language in which a message says how it wants to be verified: what of it, after which transformations, with whose key.
//! Most holes of SAML service providers came from a complete implementation of that language in front of the question who is signed in.
//! SAML itself allows a small corner of it (saml-core 5.4): one enveloped signature, one reference to its own parent, exclusive
//! canonicalization. [`saml`](crate::saml) reads that corner, and nothing else reaches a key. Inclusive canonicalization is refused: SAML
//! discourages it, and it takes in namespaces from outside of what is signed.
//!
//! Two rules carry it. There is one parser, behind a scan in linear time which refuses what parsers read in different ways (document types,
//! comments, processing instructions, CDATA), so nothing is signed as one thing and read as another. And after verification only the
//! canonical octets whose digest was signed are parsed again and read: [`Signed`](crate::saml::signature::Signed) can be made by verifying
//! and in no other way. Trust is the pinned certificate; what a message brings along as a key is not looked at, and neither are chains and
//! dates of expiry, because many identity providers sign with a self-signed certificate that has run out.
//!
//! What stands before the signature is a stranger's, and so is what it costs. Nothing may be inside of what is signed but what is read, and
//! 32 prefixes are the most that may be kept: the list and the elements multiply, and a response of the largest size with 25,000 of the one
//! and 9,900 of the other took a processor for twenty seconds before its signature was found to be none.
//!
//! An encrypted assertion is worth what its own signature is worth, or that of the response around it: everybody has the certificate to
//! encrypt with. AES-CBC is decrypted only out of a signed response, because it would tell an attacker what is in it. RSA with PKCS #1 1.5
//! is not decrypted at all.
//!
//! What holds it: each response of `tests/responses` is decided as its manifest says, and refused for a reason with a fix; the fuzzer's
//! target `saml` cuts genuine responses up and fails when somebody is let in whom none of them has signed; and the canonical form is
//! compared with that of libxml2 on 20,000 generated documents.
//!
//! One cryptographic library serves SAML, TLS and the sealing of secrets: aws-lc-rs, because it has RSA-OAEP.
