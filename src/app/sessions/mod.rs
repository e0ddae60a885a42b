//! Sessions: opened by the SaaS's own backend, checked on every request, only ever as good as the member's row.

mod ending;
mod open;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::json;

pub use crate::sessions::SessionSummary;
pub use ending::{end_all_of, end_all_own, end_of, end_own};
pub use open::{OpenSession, list_of, list_own};

use super::{
    App,
    caller::{Caller, PersonCaller, SessionsCaller},
    effects,
    error::AppError,
};
use crate::{
    clock,
    directory::event::EventType,
    ids::{Actor, MemberId, RequestId, WorkspaceId},
    scim::identity,
    store::{
        WorkspaceTx,
        members::{self, GroupOfMember, MemberRow},
        saml,
    },
};

/// Whose session is to be opened.
#[derive(Debug, Clone)]
pub enum Person {
    /// By member.
    Member(MemberId),
    /// By e-mail address, which must be one member's.
    Email(String),
}

/// A session that was just opened.
pub struct OpenedSession {
    /// The session's id: the secret that the browser keeps.
    pub id: SecretString,
    /// Names the session and opens nothing.
    pub public_id: String,
    /// Whose it is.
    pub member: MemberId,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A session that is accepted now.
pub struct CurrentSession {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Whose it is, as of now.
    pub member: MemberRow,
    /// The workspace groups that the person is in, as of now.
    pub groups: Vec<GroupOfMember>,
    /// What is stored of it.
    pub summary: SessionSummary,
}

/// Opens a session; the first one turns `invited` into `active`.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such member; [`AppError::Forbidden`] when the person is out; [`AppError::Conflict`] when the
/// address is not one person's.
pub async fn open(app: &App, caller: &SessionsCaller, person: Person) -> Result<OpenedSession, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = match person {
        Person::Member(id) => members::find(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?,
        Person::Email(address) => one_of(members::with_email(&mut tx, &identity::fold(address.trim())).await?)?,
    };
    let signed_in = members::sign_in(&mut tx, member.id, clock::now()).await?.ok_or_else(|| {
        AppError::Forbidden("This person is deactivated: the identity provider must activate them again first.".into())
    })?;
    if signed_in.is_first {
        let detail = json!({ "before": { "status": "invited" }, "after": { "status": "active" } });
        effects::audit(&mut tx, caller, "member.activated", member.id.as_uuid(), Some(detail)).await?;
        effects::event(&mut tx, caller, EventType::MemberActivated, member.id.as_uuid(), None).await?;
    }
    // Under the lock on the member's row: a deactivation at this moment waits, and ends this session with the epoch.
    let opened = app.sessions.create(caller.workspace, member.id, signed_in.session_epoch, clock::now()).await?;
    tx.commit().await?;
    if signed_in.is_first {
        app.wake.reconcile();
    }
    Ok(OpenedSession { id: opened.id, public_id: opened.digest, member: member.id, expires_at: opened.expires_at })
}

/// Of several people with one address the one who is in, if it is only one.
fn one_of(rows: Vec<MemberRow>) -> Result<MemberRow, AppError> {
    let several = rows.iter().filter(|row| row.status.0.is_open()).count() > 1;
    if several {
        return Err(AppError::Conflict("Several members have this e-mail address: open the session by member_id.".into()));
    }
    rows.into_iter().next().ok_or(AppError::NotFound("member"))
}

/// Checks a session: Redis says whose it is and of which epoch, the member's row in Postgres decides.
///
/// # Errors
/// [`AppError::Unauthorized`] when it is not accepted; [`AppError::Unavailable`] when Redis or Postgres cannot say.
pub async fn check(app: &App, session: &str) -> Result<CurrentSession, AppError> {
    let (mut tx, member, summary) = accepted(app, session).await?;
    let groups = members::groups_of(&mut tx, member.id).await?;
    Ok(CurrentSession { workspace: tx.workspace(), member, groups, summary })
}

/// Somebody who is signed in.
pub struct Holder {
    caller: PersonCaller,
    member: MemberRow,
    summary: SessionSummary,
}

impl Holder {
    /// Checks a session, like [`check`], for doing something in its name.
    ///
    /// # Errors
    /// As [`check`].
    pub async fn authenticate(app: &App, session: &str, request: RequestId, received: DateTime<Utc>) -> Result<Self, AppError> {
        let (tx, member, summary) = accepted(app, session).await?;
        let actor = Actor::Member(member.id);
        let caller = Caller { workspace: tx.workspace(), actor, member: Some(member.id), request, received };
        Ok(Self { caller: PersonCaller(caller), member, summary })
    }

    /// Where they are signed in.
    pub fn workspace(&self) -> WorkspaceId {
        self.caller.workspace
    }
}

/// What is stored of a session that is accepted now, and whose it is.
async fn accepted(app: &App, session: &str) -> Result<(WorkspaceTx, MemberRow, SessionSummary), AppError> {
    const REFUSED: AppError = AppError::Unauthorized("No valid session: sign in again.");
    let summary = app.sessions.look_up(session, clock::now()).await?.ok_or(REFUSED)?;
    let session = &summary.session;
    let mut tx = app.db.workspace(session.workspace_id).await?;
    let member = members::find(&mut tx, session.member_id).await?.ok_or(REFUSED)?;
    if !member.status.0.is_open() || member.session_epoch != session.epoch {
        return Err(REFUSED);
    }
    if let Some(connection) = session.connection_id
        && !saml::accepts_session(&mut tx, connection, session.created_at).await?
    {
        return Err(REFUSED);
    }
    Ok((tx, member, summary))
}

/// Ends a session; whoever holds it may. Ending one that is not there changes nothing.
///
/// # Errors
/// Redis is away.
pub async fn end(app: &App, session: &str) -> Result<(), AppError> {
    app.sessions.destroy(session).await?;
    Ok(())
}
