//! What an identity provider has said, posted by a browser that may be anybody's.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::task::block_in_place;

use super::{Attempt, Failure, Reason, connection, random, refuse, request::Asked};
use crate::{
    app::{
        App,
        error::AppError,
        room::SMALL_RESPONSE,
        saml::{Service, keys},
    },
    clock,
    ids::{ConnectionId, WorkspaceId},
    saml::{
        self, AttributeNames, Certificate, Refusal, SignIn, Unsolicited,
        connection::{IdpInitiated, Status},
    },
    store::saml::{attempts::CheckRow, certificates as pinned},
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
    pub workspace_id: WorkspaceId,
    pub connection_id: ConnectionId,
    pub asked: Asked,
    pub return_to: String,
    pub name_id: String,
    pub name_id_format: Option<String>,
    pub email: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub role: Option<String>,
    pub fingerprint: String,
    pub session_ends: Option<DateTime<Utc>>,
    /// When what it was validated with was last changed.
    pub settings_of: DateTime<Utc>,
    /// Of a test.
    pub attributes: Option<serde_json::Value>,
    /// Of a test.
    pub checks: Option<Vec<CheckRow>>,
}

/// Looks at a response. One that is not small takes long enough for others to run beside it.
fn beside_others<T>(response: &str, look: impl FnOnce(&str) -> T) -> T {
    if response.len() > SMALL_RESPONSE { block_in_place(|| look(response)) } else { look(response) }
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
    let asked_by = |request: &str| Asked::open(&app.seal, workspace, id, request, now);
    // Only whoever tries a connection is told more, and what that takes is done for nobody else.
    let begun = |asked: Option<&Asked>| match row.status == Status::Testing || asked.is_some_and(|asked| asked.is_test) {
        true => Attempt::of_test(&beside_others(response, |response| saml::report(response, &expected, now))),
        false => Attempt::default(),
    };
    let said = match beside_others(response, |response| saml::validate(response, &expected, now)) {
        Ok(said) => said,
        Err(refusal) => {
            // Nobody is believed here: it only decides whether more is told.
            let asked = beside_others(response, saml::claimed_request).and_then(|request| asked_by(&request));
            return refused(begun(asked.as_ref()), refusal).await;
        }
    };
    let Some(request) = &said.in_response_to else {
        return Ok(Answered::Bounce);
    };
    let asked = asked_by(request);
    let mut attempt = begun(asked.as_ref());
    attempt.name_id = Some(said.name_id.clone());
    attempt.fingerprint = Some(said.fingerprint.clone());
    let waits = match &asked {
        Some(asked) => app.sign_ins.answer_once(request, asked.good_until(), now).await?,
        None => false,
    };
    let Some(asked) = asked.filter(|_| waits) else {
        attempt.checked("request", Some(Refusal::InResponseTo));
        return refused(attempt, Refusal::InResponseTo).await;
    };
    attempt.checked("request", None);
    let assertion = format!("{idp_entity_id} {}", said.assertion_id);
    if !app.sign_ins.use_once(&assertion, said.good_until, now).await? {
        attempt.checked("used_once", Some(Refusal::Replayed));
        return refused(attempt, Refusal::Replayed).await;
    }
    attempt.checked("used_once", None);
    let names = AttributeNames {
        email: row.attribute_email.as_deref(),
        given_name: row.attribute_given_name.as_deref(),
        family_name: row.attribute_family_name.as_deref(),
        role: row.attribute_role.as_deref(),
    };
    let profile = match said.profile(&names) {
        Ok(profile) => profile,
        Err(refusal) => {
            attempt.checked("attribute_names", Some(refusal));
            return refused(attempt, refusal).await;
        }
    };
    attempt.checked("attribute_names", None);
    let mut tx = app.db.workspace(workspace).await?;
    pinned::used(&mut tx, id, &said.fingerprint, now).await?;
    tx.commit().await?;
    let return_to = app.sign_ins.take_way_back(request).await?.unwrap_or_else(|| "/".to_owned());
    let SignIn { name_id, name_id_format, session_not_on_or_after, fingerprint, .. } = said;
    let code = random()?;
    let said = Said {
        workspace_id: workspace,
        connection_id: id,
        asked,
        return_to,
        name_id,
        name_id_format,
        email: profile.email,
        given_name: profile.given_name,
        family_name: profile.family_name,
        role: profile.role,
        fingerprint,
        session_ends: session_not_on_or_after,
        settings_of: row.updated_at,
        attributes: attempt.attributes,
        checks: attempt.checks,
    };
    app.sign_ins.keep_result(&code, &said).await?;
    Ok(Answered::Finish(code))
}
