//! Our keys: one of each connection that needs one, made here, kept sealed, never shown.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::Datelike as _;
use data_encoding::BASE64;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    app::{App, error::AppError},
    clock,
    ids::{ConnectionId, WorkspaceId},
    saml::ServiceKey,
    store::{WorkspaceTx, global, saml as connections},
};

/// Years for which a certificate is good. Identity providers have to be told by hand of another one.
const YEARS: i32 = 10;
/// Keys that are sealed anew in one turn.
const BATCH: i64 = 500;

/// The vault's context: a key opens for the connection that it was made for.
fn context(connection: ConnectionId) -> String {
    format!("saml {connection}")
}

/// Keys that are remembered.
const REMEMBERED: usize = 256;

/// Keys that were opened lately: reading one takes some 25 milliseconds of a processor, fifty times as much as a whole response. Cheap to clone.
#[derive(Clone, Default)]
pub struct Keys(Arc<Mutex<HashMap<ConnectionId, Opened>>>);

/// A key, and what it was opened from.
struct Opened {
    sealed: String,
    key: Arc<ServiceKey>,
}

impl Keys {
    fn find(&self, id: ConnectionId, sealed: &str) -> Option<Arc<ServiceKey>> {
        let opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        opened.get(&id).filter(|opened| opened.sealed == sealed).map(|opened| Arc::clone(&opened.key))
    }

    fn remember(&self, id: ConnectionId, sealed: String, key: &Arc<ServiceKey>) {
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= REMEMBERED {
            opened.clear();
        }
        opened.insert(id, Opened { sealed, key: Arc::clone(key) });
    }
}

/// A key and its certificate.
struct Made {
    /// PKCS #8, in base64.
    key: SecretString,
    /// DER.
    certificate: Vec<u8>,
}

/// Gives a connection a key, if it has none.
///
/// # Errors
/// [`AppError::Conflict`] when there is no key to seal it with.
pub(super) async fn ensure(app: &App, tx: &mut WorkspaceTx, row: &connections::ConnectionRow) -> Result<(), AppError> {
    if row.certificate.is_some() {
        return Ok(());
    }
    app.vault.check()?;
    let made = tokio::task::spawn_blocking(make).await.map_err(|error| AppError::Bug(error.into()))??;
    let sealed = app.vault.seal(tx.workspace(), &context(row.id), &made.key)?;
    connections::set_key(tx, row.id, &sealed, &made.certificate).await?;
    Ok(())
}

/// The key of a connection; none when it has none.
///
/// # Errors
/// [`AppError::Bug`] when it cannot be opened.
pub(in crate::app) async fn load(app: &App, tx: &mut WorkspaceTx, id: ConnectionId) -> Result<Option<Arc<ServiceKey>>, AppError> {
    let workspace = tx.workspace();
    let Some(sealed) = connections::private_key(tx, id).await? else { return Ok(None) };
    if let Some(key) = app.saml_keys.find(id, &sealed) {
        return Ok(Some(key));
    }
    let text = open(app, workspace, id, &sealed)?;
    let bytes = BASE64.decode(text.expose_secret().as_bytes()).map_err(|error| AppError::Bug(error.into()))?;
    // It is looked at whether it is consistent, which takes a while.
    let read = tokio::task::spawn_blocking(move || ServiceKey::from_pkcs8(&bytes)).await;
    let key = read.map_err(|error| AppError::Bug(error.into()))?.map_err(|error| AppError::Bug(error.into()))?;
    let key = Arc::new(key);
    app.saml_keys.remember(id, sealed, &key);
    Ok(Some(key))
}

/// RSA of 2,048 bits, which every identity provider takes.
fn make() -> Result<Made, AppError> {
    let failed = |error: rcgen::Error| AppError::Bug(error.into());
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(failed)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Rollcall SAML service provider");
    let today = clock::now().date_naive();
    params.not_before = rcgen::date_time_ymd(today.year(), 1, 1);
    params.not_after = rcgen::date_time_ymd(today.year() + YEARS, 12, 31);
    let certificate = params.self_signed(&pair).map_err(failed)?;
    Ok(Made { key: BASE64.encode(pair.serialized_der()).into(), certificate: certificate.der().to_vec() })
}

/// Seals anew what was sealed under a key of ours that is no longer the first one, so that it can go. Answers how many there were. Those whose
/// key is missing already are left as they are, for when it is back.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reseal(app: &App) -> Result<u64, AppError> {
    let Some(key) = app.vault.newest_key() else {
        return Ok(0);
    };
    let mut resealed = 0;
    for (workspace, id, before) in global::saml_keys_under_other_keys(app.db.pool(), key, BATCH).await? {
        let sealed = match open(app, workspace, id, &before).and_then(|key| app.vault.seal(workspace, &context(id), &key)) {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::error!(%workspace, connection = %id, error = ?error, "the key of a connection cannot be read");
                continue;
            }
        };
        let mut tx = app.db.workspace(workspace).await?;
        let replaced = connections::reseal_key(&mut tx, id, &before, &sealed).await?;
        tx.commit().await?;
        resealed += u64::from(replaced);
    }
    Ok(resealed)
}

fn open(app: &App, workspace: WorkspaceId, connection: ConnectionId, sealed: &str) -> Result<SecretString, AppError> {
    app.vault.open(workspace, &context(connection), sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::Certificate;

    #[test]
    fn what_is_made_can_sign_and_is_said_in_its_certificate() {
        let made = make().expect("a key");
        let key = BASE64.decode(made.key.expose_secret().as_bytes()).expect("base64");
        assert!(ServiceKey::from_pkcs8(&key).is_ok());
        let certificate = Certificate::from_der(&made.certificate).expect("a certificate that others would pin too");
        assert_eq!(certificate.subject, "CN=Rollcall SAML service provider");
        assert!(certificate.not_after > clock::now() + chrono::TimeDelta::days(365 * 9));
    }
}
