//! What an administrator fills in: the identity provider by hand, and how it is spoken to.

use serde_json::json;

use super::{
    Connection, UNKNOWN, audit, certificates, checked_name, keys, may_change, shown,
    signalling::{self, SignalsChange},
};
use crate::{
    app::{App, caller::SetsUp, error::AppError},
    clock,
    ids::ConnectionId,
    saml::{
        connection::{IdpInitiated, Status},
        metadata,
    },
    store::saml::{self as connections, ConnectionRow},
};

const LONGEST_ATTRIBUTE: usize = 256;

/// What is to change; none leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What administrators call it.
    pub name: Option<String>,
    /// The identity provider's entity ID.
    pub idp_entity_id: Option<String>,
    /// Where people are sent to.
    pub idp_sso_url: Option<String>,
    /// Whether our requests are signed.
    pub signs_requests: Option<bool>,
    /// Whether our metadata offers a certificate to encrypt assertions with.
    pub encrypts: Option<bool>,
    /// What becomes of a sign-in that the identity provider begins.
    pub idp_initiated: Option<IdpInitiated>,
    /// Whether people of verified domains become members by signing in, while SCIM is off.
    pub creates_members: Option<bool>,
    /// The attribute with the e-mail address; within, an empty name for the usual ones.
    pub attribute_email: Option<String>,
    /// The attribute with the given name; within, an empty name for the usual ones.
    pub attribute_given_name: Option<String>,
    /// The attribute with the family name; within, an empty name for the usual ones.
    pub attribute_family_name: Option<String>,
    /// The attribute with the role; within, an empty name for no role.
    pub attribute_role: Option<String>,
    /// Who signs signals, and where its keys are.
    pub signals: SignalsChange,
    /// A certificate that is pinned with it.
    pub certificate: Option<String>,
}

/// Changes a connection.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] says what is wrong with the wish; [`AppError::Forbidden`] when it is active and the caller
/// has only a link; [`AppError::Conflict`] when another identity provider is
/// meant than the one by which people sign in, or a key is needed and cannot be kept.
pub async fn change(app: &App, caller: &impl SetsUp, id: ConnectionId, mut change: Change) -> Result<Connection, AppError> {
    signalling::check(app, caller, id, &mut change.signals).await?;
    let certificate = change.certificate.take().map(|text| certificates::read(&text)).transpose()?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let before = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    may_change(caller, before.status)?;
    let after = changed(&before, change)?;
    check_identity(&before, &after)?;
    if after.signs_requests || after.encrypts {
        keys::ensure(app, &mut tx, &before).await?;
    }
    let after = connections::update(&mut tx, &untested_if_other(&before, after), clock::now()).await?;
    audit(&mut tx, caller, "connection.changed", id, json!({ "before": settings(&before), "after": settings(&after) })).await?;
    if let Some(certificate) = certificate {
        certificates::put(&mut tx, caller, id, &certificate).await?;
    }
    let shown = shown(app, &mut tx, after).await?;
    tx.commit().await?;
    Ok(shown)
}

fn changed(before: &ConnectionRow, change: Change) -> Result<ConnectionRow, AppError> {
    let mut after = before.clone();
    if let Some(name) = change.name {
        after.name = checked_name(&name)?.to_owned();
    }
    if let Some(entity_id) = change.idp_entity_id {
        let entity_id = entity_id.trim();
        metadata::check_entity_id(entity_id).map_err(|error| AppError::Invalid(format!("idp_entity_id: {error}")))?;
        after.idp_entity_id = Some(entity_id.to_owned());
    }
    if let Some(address) = change.idp_sso_url {
        metadata::check_sso_url(address.trim()).map_err(|error| AppError::Invalid(format!("idp_sso_url: {error}")))?;
        after.idp_sso_url = Some(address.trim().to_owned());
    }
    // What somebody has set is not to be set back by what is at an address.
    if !is_same_provider(before, &after) {
        after = ConnectionRow { metadata_url: None, metadata_fetched_at: None, metadata_error: None, ..after };
    }
    after.signs_requests = change.signs_requests.unwrap_or(after.signs_requests);
    after.encrypts = change.encrypts.unwrap_or(after.encrypts);
    after.idp_initiated = change.idp_initiated.unwrap_or(after.idp_initiated);
    after.creates_members = change.creates_members.unwrap_or(after.creates_members);
    for (field, wish, value) in [
        ("attribute_email", change.attribute_email, &mut after.attribute_email),
        ("attribute_given_name", change.attribute_given_name, &mut after.attribute_given_name),
        ("attribute_family_name", change.attribute_family_name, &mut after.attribute_family_name),
        ("attribute_role", change.attribute_role, &mut after.attribute_role),
    ] {
        let Some(name) = wish else { continue };
        if name.chars().count() > LONGEST_ATTRIBUTE || name.chars().any(char::is_control) {
            return Err(AppError::Invalid(format!(
                "{field}: the name of an attribute has at most {LONGEST_ATTRIBUTE} characters."
            )));
        }
        *value = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    }
    signalling::apply(change.signals, &mut after)?;
    Ok(after)
}

/// Another identity provider is another connection: who is known by the names of one is not known by those of another.
pub(super) fn check_identity(before: &ConnectionRow, after: &ConnectionRow) -> Result<(), AppError> {
    if before.status == Status::Active && before.idp_entity_id != after.idp_entity_id {
        return Err(AppError::Conflict(
            "People sign in by this connection, and this is another identity provider (its entity ID differs): make a second connection for it, test that one, and activate it.".into(),
        ));
    }
    Ok(())
}

/// What was tested is what is used: a test counts no more when another identity provider, or another address of it, is meant.
pub(super) fn untested_if_other(before: &ConnectionRow, after: ConnectionRow) -> ConnectionRow {
    let keeps = is_same_provider(before, &after) || before.status == Status::Active;
    ConnectionRow { tested_at: after.tested_at.filter(|_| keeps), ..after }
}

fn is_same_provider(before: &ConnectionRow, after: &ConnectionRow) -> bool {
    before.idp_entity_id == after.idp_entity_id && before.idp_sso_url == after.idp_sso_url
}

/// What the audit log shows of a connection.
pub(super) fn settings(row: &ConnectionRow) -> serde_json::Value {
    json!({
        "name": row.name,
        "idp_entity_id": row.idp_entity_id,
        "idp_sso_url": row.idp_sso_url,
        "metadata_url": row.metadata_url,
        "signs_requests": row.signs_requests,
        "encrypts": row.encrypts,
        "idp_initiated": row.idp_initiated.as_str(),
        "creates_members": row.creates_members,
        "attributes": {
            "email": row.attribute_email,
            "given_name": row.attribute_given_name,
            "family_name": row.attribute_family_name,
            "role": row.attribute_role,
        },
        "signals_issuer": row.signals_issuer,
        "signals_jwks_url": row.signals_jwks_url,
    })
}
