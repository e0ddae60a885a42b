//! SAML connections, as they are shown.

use chrono::{DateTime, Utc};
use poem_openapi::Object;

use serde_json::Value;

use crate::{
    app::saml::{AttemptRow, CertificateRow, CheckRow, Connection, days_left, explanation, warnings},
    clock,
};

/// A SAML connection.
#[derive(Debug, Object)]
#[oai(rename = "SamlConnection")]
pub struct ConnectionAnswer {
    /// The connection.
    id: String,
    /// What administrators call it.
    name: String,
    /// `draft`, `testing`, `active` or `disabled`.
    status: String,
    /// What is entered at the identity provider.
    service_provider: ServiceProvider,
    /// The identity provider's entity ID; none while nothing is known of it.
    idp_entity_id: Option<String>,
    /// Where people are sent to; none while nothing is known of it.
    idp_sso_url: Option<String>,
    /// What its signatures are verified with, oldest first.
    certificates: Vec<CertificateAnswer>,
    /// Where its metadata is fetched from, every day; none where the document was given, or nothing yet.
    metadata_url: Option<String>,
    /// When it was last fetched and could be used.
    metadata_fetched_at: Option<DateTime<Utc>>,
    /// Why it could not be the last time, and what to do; none when it could.
    metadata_error: Option<String>,
    /// What should be seen to, in sentences: certificates that run out within 30 days or have run out, that are staged, and metadata that
    /// cannot be refreshed.
    warnings: Vec<String>,
    /// Whether our requests are signed.
    signs_requests: bool,
    /// Whether our metadata offers a certificate to encrypt assertions with.
    encrypts: bool,
    /// What becomes of a sign-in that the identity provider begins: `bounce` or `refuse`.
    idp_initiated: String,
    /// Whether people of the workspace's verified domains become members by signing in, while SCIM is off.
    creates_members: bool,
    /// The name of the attribute with the e-mail address; none for the usual names.
    attribute_email: Option<String>,
    /// The name of the attribute with the given name; none for the usual names.
    attribute_given_name: Option<String>,
    /// The name of the attribute with the family name; none for the usual names.
    attribute_family_name: Option<String>,
    /// The name of the attribute with the role of those who become members by signing in; none for the workspace's default role.
    attribute_role: Option<String>,
    /// Who signs signals, as the `iss` of their tokens says; none where none are taken.
    signals_issuer: Option<String>,
    /// Where the public keys of that issuer are; none where no signals are taken.
    signals_jwks_url: Option<String>,
    /// When a test sign-in has succeeded with what is here.
    tested_at: Option<DateTime<Utc>>,
    /// When it was activated.
    activated_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

/// Our side of a connection.
#[derive(Debug, Object)]
#[oai(rename = "SamlServiceProvider")]
struct ServiceProvider {
    /// Our entity ID (audience URI, identifier). Our metadata is at this address.
    entity_id: String,
    /// Where responses are posted to (ACS URL, single sign-on URL, reply URL).
    acs_url: String,
    /// Where people begin to sign in.
    start_url: String,
    /// Where the identity provider asks to end the sessions of a person (Global Token Revocation, Okta Universal Logout).
    revocation_url: String,
    /// Where the identity provider pushes security events (Shared Signals Framework, RFC 8935).
    signals_url: String,
}

/// A certificate of an identity provider.
#[derive(Debug, Object)]
#[oai(rename = "SamlCertificate")]
struct CertificateAnswer {
    /// SHA-256 of its DER form, in hexadecimal.
    fingerprint: String,
    /// Whose it says it is.
    subject: String,
    /// When it runs out. It is accepted after that too: what counts is that it is pinned.
    not_after: DateTime<Utc>,
    /// In how many whole days that is; negative when it has run out.
    expires_in_days: i64,
    /// It came with metadata and verifies nothing until it is pinned.
    staged: bool,
    /// When it came.
    created_at: DateTime<Utc>,
    /// When it last verified a sign-in.
    last_used_at: Option<DateTime<Utc>>,
}

impl CertificateAnswer {
    fn new(row: CertificateRow, now: DateTime<Utc>) -> Self {
        let CertificateRow { connection_id: _, fingerprint, subject, not_after, staged, created_at, last_used_at } = row;
        let expires_in_days = days_left(not_after, now);
        Self { fingerprint, subject, not_after, expires_in_days, staged, created_at, last_used_at }
    }
}

impl From<Connection> for ConnectionAnswer {
    fn from(connection: Connection) -> Self {
        let now = clock::now();
        let warnings = warnings(&connection, now);
        let Connection { row, certificates, service } = connection;
        Self {
            id: row.id.to_string(),
            name: row.name,
            status: row.status.to_string(),
            service_provider: ServiceProvider {
                entity_id: service.entity_id,
                acs_url: service.acs,
                start_url: service.start,
                revocation_url: service.revocation,
                signals_url: service.signals,
            },
            idp_entity_id: row.idp_entity_id,
            idp_sso_url: row.idp_sso_url,
            certificates: certificates.into_iter().map(|row| CertificateAnswer::new(row, now)).collect(),
            metadata_url: row.metadata_url,
            metadata_fetched_at: row.metadata_fetched_at,
            metadata_error: row.metadata_error,
            warnings,
            signs_requests: row.signs_requests,
            encrypts: row.encrypts,
            idp_initiated: row.idp_initiated.to_string(),
            creates_members: row.creates_members,
            attribute_email: row.attribute_email,
            attribute_given_name: row.attribute_given_name,
            attribute_family_name: row.attribute_family_name,
            attribute_role: row.attribute_role,
            signals_issuer: row.signals_issuer,
            signals_jwks_url: row.signals_jwks_url,
            tested_at: row.tested_at,
            activated_at: row.activated_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A link for a test sign-in.
#[derive(Debug, Object)]
#[oai(rename = "SamlTestLink")]
pub struct TestLink {
    /// To open in a browser.
    pub url: String,
    /// It is good until then.
    pub expires_at: DateTime<Utc>,
}

/// An attempt to sign in, or a signal that was refused.
#[derive(Debug, Object)]
#[oai(rename = "SignInAttempt")]
pub struct AttemptAnswer {
    /// The reference that the person was told.
    id: String,
    /// By which connection.
    connection_id: String,
    /// When.
    at: DateTime<Utc>,
    /// Whether it was an administrator's test.
    is_test: bool,
    /// Why it was refused, in one word; none when it was not.
    code: Option<String>,
    /// What was wrong.
    explanation: Option<String>,
    /// What to do about it.
    fix: Option<String>,
    /// Whom the identity provider has named, as far as it could be believed.
    name_id: Option<String>,
    /// The address that it has sent.
    email: Option<String>,
    /// Which member it was.
    member_id: Option<String>,
    /// The certificate that has verified it, by its fingerprint.
    certificate: Option<String>,
    /// Of a test: every attribute that was sent, each with its values.
    attributes: Option<Value>,
    /// Of a test: every check that was made, in its order. Those that need what could not be read are left out.
    checks: Option<Vec<CheckAnswer>>,
}

/// A check of a test sign-in.
#[derive(Debug, Object)]
#[oai(rename = "SignInCheck")]
pub struct CheckAnswer {
    /// What was checked.
    name: String,
    /// Whether it was passed.
    passed: bool,
    /// Why it was not, in one word.
    code: Option<String>,
    /// What was wrong.
    explanation: Option<String>,
    /// What to do about it.
    fix: Option<String>,
    /// What was found, where one value says it. What is not signed may have been written by anybody.
    found: Option<String>,
    /// What was expected, where one value says it.
    expected: Option<String>,
}

impl From<CheckRow> for CheckAnswer {
    fn from(row: CheckRow) -> Self {
        let told = row.code.as_deref().and_then(explanation);
        Self {
            name: row.name,
            passed: row.code.is_none(),
            explanation: told.map(|(explanation, _)| explanation.to_owned()),
            fix: told.map(|(_, fix)| fix.to_owned()),
            code: row.code,
            found: row.found,
            expected: row.expected,
        }
    }
}

impl From<AttemptRow> for AttemptAnswer {
    fn from(row: AttemptRow) -> Self {
        let told = row.code.as_deref().and_then(explanation);
        Self {
            id: row.id.to_string(),
            connection_id: row.connection_id.to_string(),
            at: row.at,
            is_test: row.is_test,
            explanation: told.map(|(explanation, _)| explanation.to_owned()),
            fix: told.map(|(_, fix)| fix.to_owned()),
            code: row.code,
            name_id: row.name_id,
            email: row.email,
            member_id: row.member_id.map(|id| id.to_string()),
            certificate: row.fingerprint,
            attributes: row.attributes,
            checks: row.checks.map(|checks| checks.0.into_iter().map(CheckAnswer::from).collect()),
        }
    }
}
