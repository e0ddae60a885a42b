//! Responses of identity providers, genuine and hostile, with a clock of their own: `manifest.json` says what must happen to each. Used by
//! the integration tests, by the fuzzer and by the benchmark.
#![allow(dead_code, reason = "each of them uses a part of it")]

pub mod hostile;

use std::{fs, path::PathBuf};

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use rollcall::saml::{Certificate, Connection, ServiceKey, Unsolicited};
use serde::Deserialize;

/// All of them.
#[derive(Deserialize)]
pub struct Corpus {
    /// The time at which they arrive.
    pub now: DateTime<Utc>,
    sp_entity_id: String,
    acs: String,
    idp_entity_id: String,
    /// Each response.
    pub cases: Vec<Case>,
    #[serde(skip)]
    certificates: Vec<(String, Certificate)>,
    #[serde(skip)]
    key: Option<ServiceKey>,
}

/// One response.
#[derive(Deserialize)]
pub struct Case {
    /// Its name.
    pub name: String,
    file: String,
    /// `accept`, `reject`, `optional` (legal, and not every service provider takes it), or `replay` (good once).
    pub expect: String,
    /// Whom it signs in.
    pub name_id: Option<String>,
    certs: Vec<String>,
    idp_entity_id: String,
    /// The requests that are waiting for an answer.
    pub request_ids: Vec<String>,
    allow_idp_initiated: bool,
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/responses")).join(file)
}

impl Corpus {
    /// Reads the manifest, the certificates and the key.
    pub fn read() -> Self {
        let text = fs::read(path("manifest.json")).expect("the manifest");
        let mut corpus: Self = serde_json::from_slice(&text).expect("a manifest");
        for name in ["idp", "idp2", "idpec", "expired"] {
            let text = fs::read_to_string(path(&format!("certs/{name}.crt"))).expect("a certificate");
            corpus.certificates.push((name.to_owned(), Certificate::read(&text).expect("a certificate")));
        }
        let pem = fs::read_to_string(path("certs/sp.key")).expect("our key");
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let key = BASE64.decode(base64.as_bytes()).expect("base64");
        corpus.key = Some(ServiceKey::from_pkcs8(&key).expect("a key"));
        corpus
    }

    /// What has arrived.
    pub fn text(&self, case: &Case) -> Vec<u8> {
        fs::read(path(&case.file)).expect("a response")
    }

    /// Under the connection of a case.
    pub fn of<T>(&self, case: &Case, use_it: impl FnOnce(&Connection<'_>) -> T) -> T {
        let pinned = self.certificates.iter().filter(|(name, _)| case.certs.contains(name));
        let pinned: Vec<_> = pinned.map(|(_, certificate)| certificate.clone()).collect();
        assert_eq!(pinned.len(), case.certs.len(), "{}: a certificate is missing", case.name);
        let unsolicited = if case.allow_idp_initiated { Unsolicited::Validated } else { Unsolicited::Refused };
        use_it(&Connection {
            sp_entity_id: &self.sp_entity_id,
            acs: &self.acs,
            idp_entity_id: &case.idp_entity_id,
            pinned: &pinned,
            key: self.key.as_ref(),
            unsolicited,
        })
    }

    /// Under a connection that has every certificate of the corpus.
    pub fn connection<T>(&self, use_it: impl FnOnce(&Connection<'_>) -> T) -> T {
        let pinned: Vec<_> = self.certificates.iter().map(|(_, certificate)| certificate.clone()).collect();
        use_it(&Connection {
            sp_entity_id: &self.sp_entity_id,
            acs: &self.acs,
            idp_entity_id: &self.idp_entity_id,
            pinned: &pinned,
            key: self.key.as_ref(),
            unsolicited: Unsolicited::Validated,
        })
    }
}
