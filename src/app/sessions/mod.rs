//! Sessions: opened by the SaaS's own backend, checked on every request, only ever as good as the member's row.

mod ending;
mod entry;
mod open;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::json;

pub use crate::sessions::SessionSummary;
pub(super) use ending::end_all_in;
pub use ending::{end_all_of, end_all_own, end_of, end_own};
pub use entry::{Entered, EntryLink, Guest, enter, guest, make_entry_link};
pub use open::{OpenSession, list_of, list_own};

use super::{
    App,
    caller::{AdminCaller, Caller, PersonCaller, SessionsCaller},
    effects,
    error::AppError,
    recovery,
};
use crate::{
    clock,
    directory::{event::EventType, roles::is_admin},
    ids::{Actor, ConnectionId, MemberId, RequestId, WorkspaceId},
    scim::identity,
    sessions::Opening,
    store::{
        WorkspaceTx,
        members::{self, GroupOfMember, HolderRow, MemberRow, SignedIn},
        saml, workspaces,
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

/// Opens a session; the first one turns `invited` into `active`. Where SAML SSO is required it takes a recovery code.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such member; [`AppError::Forbidden`] when the person is out, must sign in by SAML, or the code is
/// not good; [`AppError::Conflict`] when the address is not one person's; [`AppError::TooManyRequests`] when too many codes were tried.
pub async fn open(
    app: &App,
    caller: &SessionsCaller,
    person: Person,
    recovery_code: Option<&SecretString>,
) -> Result<OpenedSession, AppError> {
    let Admitted { mut tx, member, recovered } = admit(app, caller, person, recovery_code).await?;
    let signed_in = sign_in(&mut tx, caller, member.id).await?;
    // Under the lock on the member's row: a deactivation at this moment waits, and ends this session with the epoch.
    if let Some(code) = &recovered {
        recovery::use_up(&mut tx, caller, member.id, code).await?;
    }
    let by = Opening { by_recovery_code: recovered.is_some(), ..Opening::default() };
    let opened = app.sessions.create_by(caller.workspace, member.id, signed_in.session_epoch, clock::now(), by).await?;
    tx.commit().await?;
    if signed_in.is_first {
        app.wake.reconcile();
    }
    Ok(OpenedSession { id: opened.id, public_id: opened.digest, member: member.id, expires_at: opened.expires_at })
}

/// Somebody of whom the SaaS's backend says that they are signed in, and who may be.
struct Admitted {
    tx: WorkspaceTx,
    member: MemberRow,
    recovered: Option<recovery::Checked>,
}

async fn admit(
    app: &App,
    caller: &SessionsCaller,
    person: Person,
    recovery_code: Option<&SecretString>,
) -> Result<Admitted, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = match person {
        Person::Member(id) => members::find(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?,
        Person::Email(address) => one_of(members::with_email(&mut tx, &identity::fold(address.trim())).await?)?,
    };
    let recovered = match recovery_code {
        Some(code) => {
            drop(tx);
            let checked = recovery::check(app, caller, &member, code).await?;
            tx = app.db.workspace(caller.workspace).await?;
            Some(checked)
        }
        None if workspaces::sso_required(&mut tx).await?.is_some() => return Err(sso_is_required()),
        None => None,
    };
    Ok(Admitted { tx, member, recovered })
}

/// Locks the member's row and takes down that the person has signed in, until the end of the transaction.
async fn sign_in(tx: &mut WorkspaceTx, caller: &Caller, member: MemberId) -> Result<SignedIn, AppError> {
    let signed_in = members::sign_in(tx, member, clock::now()).await?.ok_or_else(is_out)?;
    if signed_in.is_first {
        activated(tx, caller, member).await?;
    }
    Ok(signed_in)
}

/// Tells of a first sign-in.
pub(super) async fn activated(tx: &mut WorkspaceTx, caller: &Caller, member: MemberId) -> Result<(), AppError> {
    let detail = json!({ "before": { "status": "invited" }, "after": { "status": "active" } });
    effects::audit(tx, caller, "member.activated", member.as_uuid(), Some(detail)).await?;
    effects::event(tx, caller, EventType::MemberActivated, member.as_uuid(), None).await
}

fn is_out() -> AppError {
    AppError::Forbidden("This person is deactivated: the identity provider must activate them again first.".into())
}

fn sso_is_required() -> AppError {
    AppError::Forbidden(
        "This workspace requires SAML SSO: send the person to the start_url of its active connection, or, when the identity provider is away, open the session with one of the person's recovery codes.".into(),
    )
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

    /// As caller of a use case.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// As caller of what administrators do.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when they are none.
    pub(super) fn administrator(&self) -> Result<&Caller, AppError> {
        if is_admin(self.member.role.as_deref()) {
            return Ok(&self.caller);
        }
        Err(AppError::Forbidden("Only administrators of the workspace may do that.".into()))
    }

    /// As caller of what administrators do.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when they are none.
    pub fn admin(&self) -> Result<AdminCaller, AppError> {
        self.administrator().copied().map(AdminCaller)
    }

    /// Whether they administer the workspace.
    pub fn is_admin(&self) -> bool {
        is_admin(self.member.role.as_deref())
    }

    /// What they are called: by name, else by address.
    pub fn called(&self) -> &str {
        called(&self.member)
    }

    /// Who they are.
    pub(super) fn member(&self) -> MemberId {
        self.member.id
    }

    /// The SAML connection by which they have come in.
    pub(super) fn connection(&self) -> Option<ConnectionId> {
        self.summary.session.connection_id
    }

    /// Where they are signed in.
    pub fn workspace(&self) -> WorkspaceId {
        self.caller.workspace
    }
}

fn called(member: &MemberRow) -> &str {
    let name = member.display_name.as_deref().filter(|name| !name.trim().is_empty());
    name.or(member.email.as_deref()).unwrap_or("you")
}

/// What is stored of a session that is accepted now, and whose it is.
async fn accepted(app: &App, session: &str) -> Result<(WorkspaceTx, MemberRow, SessionSummary), AppError> {
    const REFUSED: AppError = AppError::Unauthorized("No valid session: sign in again.");
    let summary = app.sessions.look_up(session, clock::now()).await?.ok_or(REFUSED)?;
    let session = &summary.session;
    let mut tx = app.db.workspace(session.workspace_id).await?;
    let HolderRow { member, sso_required } = members::holder(&mut tx, session.member_id).await?.ok_or(REFUSED)?;
    if !member.status.0.is_open() || member.session_epoch != session.epoch {
        return Err(REFUSED);
    }
    let is_accepted = match session.connection_id {
        Some(connection) => saml::accepts_session(&mut tx, connection, session.created_at).await?,
        None => session.by_recovery_code || !sso_required,
    };
    if !is_accepted {
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
