//! Who signs the signals of a connection, and where its keys are.

use super::{ConnectionRow, get};
use crate::{
    app::{App, caller::SetsUp, error::AppError, signals::KEYS},
    ids::ConnectionId,
    saml::metadata,
    signals::Keys,
};

/// What is to change; none leaves it as it is, an empty text takes it away.
#[derive(Debug, Clone, Default)]
pub struct SignalsChange {
    /// The issuer.
    pub issuer: Option<String>,
    /// The address of its keys.
    pub jwks_url: Option<String>,
}

/// Looks whether there are keys at the address, which is kept in its usual form.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] says why there are none, or what is wrong with the issuer.
pub(super) async fn check(app: &App, caller: &impl SetsUp, id: ConnectionId, change: &mut SignalsChange) -> Result<(), AppError> {
    if let Some(issuer) = &mut change.issuer {
        *issuer = issuer.trim().to_owned();
        if !issuer.is_empty() && metadata::check_entity_id(issuer).is_err() {
            return Err(AppError::Invalid("signals_issuer: is the iss of the tokens, a text of at most 1024 characters.".into()));
        }
    }
    let Some(url) = change.jwks_url.as_mut().filter(|url| !url.trim().is_empty()) else { return Ok(()) };
    get(app, caller, id).await?; // nothing is called for a connection that is none of theirs
    let fetched = app.fetcher.get(app, caller.workspace, url, KEYS).await;
    let found = fetched.map_err(|none| AppError::Invalid(format!("signals_jwks_url: {none} Check the address.")))?;
    if Keys::read(&found.body).is_none() {
        return Err(AppError::Invalid(
            "signals_jwks_url: What is at the address is no JWK set (RFC 7517) with a key for signatures: give the jwks_uri of whoever signs the tokens.".into(),
        ));
    }
    *url = found.url;
    Ok(())
}

/// Writes the wish into the row.
///
/// # Errors
/// [`AppError::Invalid`] when there would be one without the other.
pub(super) fn apply(change: SignalsChange, row: &mut ConnectionRow) -> Result<(), AppError> {
    for (wish, value) in [(change.issuer, &mut row.signals_issuer), (change.jwks_url, &mut row.signals_jwks_url)] {
        let Some(text) = wish else { continue };
        *value = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }
    if row.signals_issuer.is_some() != row.signals_jwks_url.is_some() {
        return Err(AppError::Invalid(
            "signals_issuer and signals_jwks_url: give both, or take both away with an empty text.".into(),
        ));
    }
    Ok(())
}
