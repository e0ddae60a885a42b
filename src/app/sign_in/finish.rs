//! In the browser that has asked again: who it is here, and the session.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::json;

use super::{Attempt, Failure, Reason, answer::Said, refuse, write_down};
use crate::{
    app::{App, caller::Caller, effects, error::AppError, operator::gate_of, roles, sessions},
    clock,
    directory::{
        domain::Domain,
        event::EventType,
        roles::Role,
        sign_in::{Decision, Found, FoundBy, Refused, Setting, decide},
    },
    ids::{AttemptId, MemberId},
    saml::{Refusal, connection::Status},
    scim::identity,
    sessions::Opening,
    store::{
        self, WorkspaceTx, by_hand, domains,
        members::{self, MemberRow},
        saml::{self as connections, ConnectionRow, identities},
        workspaces,
    },
};

/// An identity provider that ends sessions sooner than this would have people sign in all the time.
const SHORTEST: TimeDelta = TimeDelta::minutes(15);

/// Characters of a name that are kept.
const LONGEST_NAME: usize = 256;

/// What has become of a sign-in.
pub enum Finished {
    /// A session.
    SignedIn {
        /// The session's id: the secret that the browser keeps.
        id: SecretString,
        /// When it ends at the latest.
        expires_at: DateTime<Utc>,
        /// Where the person wanted to go.
        return_to: String,
    },
    /// A test has succeeded; nobody is signed in.
    Tested(AttemptId),
}

/// Ends a sign-in, for the browser with this cookie, which calls itself so.
///
/// # Errors
/// [`Failure::Refused`] when nobody is signed in.
pub async fn finish(app: &App, code: &str, browser: Option<&str>, user_agent: Option<&str>) -> Result<Finished, Failure> {
    let Some(said) = app.sign_ins.take_result::<Said>(code).await? else {
        return Err(AppError::Forbidden("This sign-in took too long. Begin again.".into()).into());
    };
    let (workspace, connection) = (said.workspace_id, said.connection_id);
    let mut attempt = Attempt {
        is_test: said.asked.is_test,
        name_id: Some(said.name_id.clone()),
        email: said.email.clone(),
        member: None,
        fingerprint: Some(said.fingerprint.clone()),
        attributes: said.attributes.clone(),
        checks: said.checks.clone(),
    };
    let is_same = browser.is_some_and(|browser| said.asked.is_by(browser));
    attempt.checked("browser", (!is_same).then_some(Refusal::OtherBrowser));
    if !is_same {
        return Err(refuse(app, workspace, connection, attempt, Reason::Response(Refusal::OtherBrowser)).await);
    }
    let mut tx = app.db.workspace(workspace).await?;
    if said.asked.is_test {
        if !connections::tested(&mut tx, connection, said.settings_of, clock::now()).await? {
            return Err(AppError::Conflict(
                "The connection was changed while it was being tried: make another test link.".into(),
            )
            .into());
        }
        let id = write_down(&mut tx, connection, attempt, None).await?;
        tx.commit().await?;
        return Ok(Finished::Tested(id));
    }
    // Whoever disables it waits, or was before us.
    let row = connections::hold(&mut tx, connection).await?.filter(|row| row.status == Status::Active);
    let Some(row) = row else { return Err(AppError::NotFound("connection").into()) };
    let caller = Caller::worker(workspace);
    let member = match who(&mut tx, &caller, &row, &said).await? {
        Ok(member) => member,
        Err((member, refused)) => {
            drop(tx);
            attempt.member = member;
            return Err(refuse(app, workspace, connection, attempt, Reason::Person(refused)).await);
        }
    };
    let now = clock::now();
    attempt.member = Some(member);
    // Under the lock on the member's row: a deactivation at this moment waits, and ends this session with the epoch.
    let Some(signed_in) = members::sign_in(&mut tx, member, now).await? else {
        drop(tx);
        return Err(refuse(app, workspace, connection, attempt, Reason::Person(Refused::Deactivated)).await);
    };
    if signed_in.sessions_ended_at.is_some_and(|ended| said.asked.asked_at <= ended) {
        drop(tx);
        return Err(refuse(app, workspace, connection, attempt, Reason::SignedOut).await);
    }
    if signed_in.is_first {
        sessions::activated(&mut tx, &caller, member).await?;
    }
    let name_id = identities::NameId { connection, format: said.name_id_format.as_deref(), name: &said.name_id };
    identities::put(&mut tx, name_id, member, now).await?;
    write_down(&mut tx, connection, attempt, None).await?;
    let ends = said.session_ends.map(|end| end.max(now + SHORTEST));
    let opening = Opening { connection: Some(connection), ends_at: ends, user_agent, ..Opening::default() };
    let opened = app.sessions.create_by(workspace, member, signed_in.session_epoch, now, opening).await?;
    tx.commit().await?;
    if signed_in.is_first {
        app.wake.reconcile();
    }
    Ok(Finished::SignedIn { id: opened.id, expires_at: opened.expires_at, return_to: said.return_to })
}

/// Who it is here, made a member where that may be. Otherwise why not, and of whom.
async fn who(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    row: &ConnectionRow,
    said: &Said,
) -> Result<Result<MemberId, (Option<MemberId>, Refused)>, AppError> {
    let workspace = workspaces::read(tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let verified = domains::verified(tx).await?;
    let domain = said.email.as_deref().and_then(Domain::of_address);
    let setting = Setting {
        scim_is_on: gate_of(&workspace).is_empty(),
        creates_members: row.creates_members,
        address_is_verified: domain.is_some_and(|domain| verified.contains(domain.as_str())),
    };
    let found = find(tx, row, said, setting).await?;
    let member = found.as_ref().map(|(member, _)| member.id);
    match decide(found.map(|(member, by)| Found { by, status: member.status.0 }), setting) {
        Decision::SignIn => member.map(Ok).ok_or(AppError::NotFound("member")),
        Decision::Link => {
            let member = member.ok_or(AppError::NotFound("member"))?;
            let detail = json!({ "connection_id": row.id, "name_id": said.name_id, "email": said.email });
            effects::audit(tx, caller, "member.identity_linked", member.as_uuid(), Some(detail)).await?;
            Ok(Ok(member))
        }
        Decision::Refuse(refused) => Ok(Err((member, refused))),
        Decision::Create => {
            let email = said.email.as_deref().unwrap_or_default();
            let id = MemberId::new();
            let role = role_of(tx, said).await?;
            let (email_key, name) = (identity::fold(email), name_of(said));
            let display_name = name.as_deref();
            let invited = by_hand::Invited { id, email, email_key: &email_key, display_name, role: &role };
            by_hand::invite(tx, invited, caller.request, clock::now()).await?;
            let detail = json!({ "role": role.as_str(), "origin": "manual", "connection_id": row.id });
            effects::audit(tx, caller, "member.invited", id.as_uuid(), Some(detail)).await?;
            effects::event(tx, caller, EventType::MemberInvited, id.as_uuid(), Some(json!({ "role": role.as_str() }))).await?;
            Ok(Ok(id))
        }
    }
}

/// What somebody is called who becomes a member, as far as the identity provider says it.
fn name_of(said: &Said) -> Option<String> {
    let parts = [&said.given_name, &said.family_name].into_iter().flatten().map(|part| part.trim());
    let name = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    (!name.is_empty()).then_some(name)
}

/// The role of somebody who becomes a member: what the identity provider says under the name that the administrator has chosen for it, where
/// the workspace has such a role; else the workspace's default.
async fn role_of(tx: &mut WorkspaceTx, said: &Said) -> Result<Role, AppError> {
    if let Some(name) = &said.role {
        match roles::wanted(tx, name).await {
            Err(AppError::Invalid(_)) => {}
            found => return found,
        }
    }
    Ok(store::roles::load(tx).await?.default().clone())
}

/// The member who it may be: by the name under which they have signed in before, by what the directory knows, or by an address of which the
/// workspace has shown that it is its own.
async fn find(
    tx: &mut WorkspaceTx,
    row: &ConnectionRow,
    said: &Said,
    setting: Setting,
) -> Result<Option<(MemberRow, FoundBy)>, AppError> {
    let name_id = identities::NameId { connection: row.id, format: said.name_id_format.as_deref(), name: &said.name_id };
    if let Some(id) = identities::member(tx, name_id).await? {
        return Ok(members::find(tx, id).await?.map(|member| (member, FoundBy::Identity)));
    }
    let email_key = said.email.as_deref().map(identity::fold);
    let user_name_key = identity::user_name_key(&said.name_id).ok();
    let in_directory = identities::in_directory(tx, user_name_key.as_deref(), &said.name_id, email_key.as_deref()).await?;
    if let Some(member) = only(in_directory) {
        return Ok(Some((member, FoundBy::Directory)));
    }
    let Some(email_key) = email_key.filter(|_| setting.address_is_verified) else { return Ok(None) };
    Ok(only(members::with_email(tx, &email_key).await?).map(|member| (member, FoundBy::Address)))
}

/// Of several the one who is in, if it is only one; whoever is out when nobody is in.
fn only(rows: Vec<MemberRow>) -> Option<MemberRow> {
    let open = rows.iter().filter(|row| row.status.0.is_open()).count();
    if open > 1 { None } else { rows.into_iter().next() }
}
