//! What an identity provider has said, posted by a browser that may be anybody's.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Attempt, Failure, Reason, connection, random, refuse};
use crate::{
    app::{
        App,
        error::AppError,
        saml::{Service, keys},
    },
    clock,
    ids::ConnectionId,
    saml::{
        self, AttributeNames, Certificate, Refusal, SignIn, Unsolicited,
        connection::{IdpInitiated, Status},
    },
    sessions::sign_ins::Asked,
    store::saml::certificates as pinned,
};

/// Where the browser goes next.
pub enum Answered {
    /// On to [`super::finish()`], with this code, where its cookie is seen: browsers do not send it with what other sites post.
    Finish(String),
    /// To the beginning: the identity provider has begun this itself, and nobody is signed in by that.
    Bounce,
}

/// What a valid response has said, kept for the browser that has asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Said {
    pub asked: Asked,
    pub name_id: String,
    pub name_id_format: Option<String>,
    pub email: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub fingerprint: String,
    pub session_ends: Option<DateTime<Utc>>,
    /// Of a test.
    pub attributes: Option<serde_json::Value>,
}

/// Takes a response.
///
/// # Errors
/// [`Failure::Refused`] when it signs nobody in.
pub async fn answer(app: &App, id: ConnectionId, response: &str) -> Result<Answered, Failure> {
    let (mut tx, row) = connection(app, id).await?;
    let workspace = tx.workspace();
    let Some(idp_entity_id) = row.idp_entity_id.as_deref().filter(|_| matches!(row.status, Status::Testing | Status::Active))
    else {
        return Err(AppError::NotFound("connection").into());
    };
    let ders = pinned::verifying(&mut tx, id).await?;
    let key = if row.encrypts { keys::load(app, &mut tx, id).await? } else { None };
    drop(tx);
    let certificates: Vec<Certificate> = ders.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let service = Service::of(app, id)?;
    let unsolicited = match row.idp_initiated {
        IdpInitiated::Bounce => Unsolicited::Validated,
        IdpInitiated::Refuse => Unsolicited::Refused,
    };
    let expected = saml::Connection {
        sp_entity_id: &service.entity_id,
        acs: &service.acs,
        idp_entity_id,
        pinned: &certificates,
        key: key.as_deref(),
        unsolicited,
    };
    let now = clock::now();
    let refused =
        async |attempt: Attempt, refusal: Refusal| Err(refuse(app, workspace, id, attempt, Reason::Response(refusal)).await);
    let said = match saml::validate(response, &expected, now) {
        Ok(said) => said,
        Err(refusal) => return refused(Attempt::default(), refusal).await,
    };
    let mut attempt =
        Attempt { name_id: Some(said.name_id.clone()), fingerprint: Some(said.fingerprint.clone()), ..Attempt::default() };
    let Some(request) = &said.in_response_to else {
        return Ok(Answered::Bounce);
    };
    let asked =
        app.sign_ins.answered(request).await?.filter(|asked| asked.connection_id == id && asked.workspace_id == workspace);
    let Some(asked) = asked else { return refused(attempt, Refusal::InResponseTo).await };
    attempt.is_test = asked.is_test;
    let assertion = format!("{idp_entity_id} {}", said.assertion_id);
    if !app.sign_ins.use_once(&assertion, said.good_until, now).await? {
        return refused(attempt, Refusal::Replayed).await;
    }
    let names = AttributeNames {
        email: row.attribute_email.as_deref(),
        given_name: row.attribute_given_name.as_deref(),
        family_name: row.attribute_family_name.as_deref(),
        role: row.attribute_role.as_deref(),
    };
    let profile = match said.profile(&names) {
        Ok(profile) => profile,
        Err(refusal) => {
            attempt.attributes = asked.is_test.then(|| serde_json::json!(said.attributes));
            return refused(attempt, refusal).await;
        }
    };
    let mut tx = app.db.workspace(workspace).await?;
    pinned::used(&mut tx, id, &said.fingerprint, now).await?;
    tx.commit().await?;
    let SignIn { name_id, name_id_format, session_not_on_or_after, attributes, fingerprint, .. } = said;
    let attributes = asked.is_test.then(|| serde_json::json!(attributes));
    let code = random()?;
    let said = Said {
        asked,
        name_id,
        name_id_format,
        email: profile.email,
        given_name: profile.given_name,
        family_name: profile.family_name,
        fingerprint,
        session_ends: session_not_on_or_after,
        attributes,
    };
    app.sign_ins.keep_result(&code, &said).await?;
    Ok(Answered::Finish(code))
}
