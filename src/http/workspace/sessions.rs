//! `/sessions` for the SaaS's backend, `/session` for whoever holds one, `/members/{id}/sessions` for administrators.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use poem::{Request, http::header, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Path,
    payload::{Json, Response},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    answers::CurrentSessionAnswer,
    auth::{AdminAuth, SessionsAuth},
    members::member_id,
    tokens::Done,
};
use crate::{
    app::{
        App,
        error::AppError,
        recovery,
        sessions::{self, Holder, OpenSession, Person, SessionSummary},
    },
    http::{
        carried::carried,
        context::{RequestContext, browser_origin},
        entry_address,
        problem::Problem,
        saml::cookies,
    },
    ids::MemberId,
};

/// Sessions of signed-in people.
pub struct SessionsApi;

/// Whose session is to be opened: one of the two.
#[derive(Debug, Object)]
#[oai(rename = "NewSession", deny_unknown_fields)]
struct NewSessionBody {
    /// By member.
    member_id: Option<String>,
    /// By e-mail address.
    email: Option<String>,
    /// One of the person's recovery codes, where the workspace requires SAML SSO and the identity provider is away. It is used up.
    recovery_code: Option<String>,
}

/// Who is to come in to the pages of the workspace: one of `member_id` and `email`.
#[derive(Debug, Object)]
#[oai(rename = "NewEntryLink", deny_unknown_fields)]
struct NewEntryLinkBody {
    /// By member.
    member_id: Option<String>,
    /// By e-mail address.
    email: Option<String>,
    /// One of the person's recovery codes, where the workspace requires SAML SSO and the identity provider is away. It is used up.
    recovery_code: Option<String>,
    /// The page to which they go, as a path: `/settings/api`, for instance. Their first page, when left out.
    return_to: Option<String>,
}

/// A way in to the pages of the workspace.
#[derive(Debug, Object)]
#[oai(rename = "EntryLink")]
struct EntryLinkAnswer {
    /// Where to send the person's browser. Its code stands behind the `#`, which browsers send to nobody.
    url: String,
    /// The code by itself, for a form that posts it as `code` to `/enter`.
    code: String,
    /// Until when it is good, once.
    expires_at: DateTime<Utc>,
}

#[derive(ApiResponse)]
enum EntryLinkMade {
    /// The link, shown this once.
    #[oai(status = 201)]
    Made(Json<EntryLinkAnswer>),
}

/// Recovery codes.
#[derive(Debug, Object)]
#[oai(rename = "RecoveryCodes")]
struct RecoveryCodesAnswer {
    /// The codes, shown this once. Each is good once.
    codes: Vec<String>,
}

/// What is left of recovery codes.
#[derive(Debug, Object)]
#[oai(rename = "RecoveryCodesLeft")]
struct RecoveryCodesLeft {
    /// How many are not used yet.
    left: i64,
}

#[derive(ApiResponse)]
enum RecoveryCodesMade {
    /// The codes.
    #[oai(status = 201)]
    Made(Json<RecoveryCodesAnswer>),
}

/// A session that was just opened.
#[derive(Debug, Object)]
#[oai(rename = "OpenedSession")]
struct OpenedSessionAnswer {
    /// The session's id: give it to the person's browser as the cookie `rollcall_session`, or send it as bearer token.
    id: String,
    /// Names the session in lists and opens nothing.
    public_id: String,
    /// Whose it is.
    member_id: String,
    /// When it ends at the latest.
    expires_at: DateTime<Utc>,
}

#[derive(ApiResponse)]
enum SessionOpened {
    /// The session, with its id, shown this once.
    #[oai(status = 201)]
    Opened(Json<OpenedSessionAnswer>),
}

/// A session that is open. What a person recognises it by.
#[derive(Debug, Object)]
#[oai(rename = "Session")]
struct SessionAnswer {
    /// Names the session and opens nothing.
    public_id: String,
    /// Whether it is the one with which this was asked.
    is_current: bool,
    /// `backend` (the SaaS's own), `saml`, or `recovery_code`.
    opened_by: String,
    /// The SAML connection by which it was opened.
    connection_id: Option<String>,
    /// What that is called.
    connection_name: Option<String>,
    /// What the browser in which it was opened says that it is; the first 200 printable characters.
    user_agent: Option<String>,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    last_seen_at: DateTime<Utc>,
    /// When it ends unless it is used before.
    idle_expires_at: DateTime<Utc>,
    /// When it ends at the latest.
    expires_at: DateTime<Utc>,
}

impl From<OpenSession> for SessionAnswer {
    fn from(open: OpenSession) -> Self {
        let OpenSession { summary, connection, is_current } = open;
        let SessionSummary { digest, session, last_seen_at, idle_ends_at } = summary;
        let to_the_minute = last_seen_at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(last_seen_at);
        Self {
            public_id: digest,
            is_current,
            opened_by: match (session.connection_id, session.by_recovery_code) {
                (Some(_), _) => "saml",
                (None, true) => "recovery_code",
                (None, false) => "backend",
            }
            .to_owned(),
            connection_id: session.connection_id.map(|id| id.to_string()),
            connection_name: connection,
            user_agent: session.user_agent,
            created_at: session.created_at,
            last_seen_at: to_the_minute.max(session.created_at),
            idle_expires_at: idle_ends_at,
            expires_at: session.expires_at,
        }
    }
}

/// Sessions that were ended.
#[derive(Debug, Object)]
#[oai(rename = "EndedSessions")]
struct EndedAnswer {
    /// How many there were; none when that could not be counted.
    sessions: Option<u64>,
}

/// The person who is named in one of two ways.
fn person(member_id: Option<String>, email: Option<String>) -> Result<Person, Problem> {
    match (member_id, email) {
        (Some(id), None) => Ok(Person::Member(MemberId::parse(&id).ok_or_else(|| Problem::not_found("member"))?)),
        (None, Some(email)) => Ok(Person::Email(email)),
        (Some(_), Some(_)) | (None, None) => {
            Err(AppError::Invalid("Name the person by member_id or by email, one of them.".into()).into())
        }
    }
}

/// Whoever is signed in.
pub(super) async fn holder(request: &Request, app: &App) -> Result<Holder, Problem> {
    let context = RequestContext::of(request);
    let holder = Holder::authenticate(app, carried(request)?, context.id, context.received).await?;
    context.belongs_to(holder.workspace());
    Ok(holder)
}

/// An answer that takes the session from the browser.
fn without_cookies<T>(app: &App, request: &Request, answer: T) -> Response<T> {
    let cookies = cookies::clear_sessions(app, request);
    cookies.into_iter().fold(Response::new(answer), |answer, cookie| answer.header(header::SET_COOKIE, cookie))
}

#[OpenApi]
impl SessionsApi {
    /// Opens a session
    ///
    /// For a person that the SaaS's backend has signed in. The first one turns `invited` into `active`; somebody who is out is refused.
    #[oai(path = "/sessions", method = "post", operation_id = "openSession")]
    async fn open(
        &self,
        auth: SessionsAuth,
        Data(app): Data<&App>,
        body: Json<NewSessionBody>,
    ) -> Result<SessionOpened, Problem> {
        let person = person(body.0.member_id, body.0.email)?;
        let code = body.0.recovery_code.map(SecretString::from);
        let opened = sessions::open(app, &auth.0, person, code.as_ref()).await?;
        Ok(SessionOpened::Opened(Json(OpenedSessionAnswer {
            id: opened.id.expose_secret().to_owned(),
            public_id: opened.public_id,
            member_id: opened.member.to_string(),
            expires_at: opened.expires_at,
        })))
    }

    /// Makes an entry link
    ///
    /// For a person that the SaaS's backend has signed in: with it their browser comes in to the pages of the workspace, its settings for
    /// instance, before anybody can sign in by SAML. It is good once, for two minutes; on the way the person sees as whom they come in. Whoever
    /// is out is refused.
    #[oai(path = "/entry-links", method = "post", operation_id = "createEntryLink")]
    async fn make_entry_link(
        &self,
        request: &Request,
        auth: SessionsAuth,
        Data(app): Data<&App>,
        body: Json<NewEntryLinkBody>,
    ) -> Result<EntryLinkMade, Problem> {
        let person = person(body.0.member_id, body.0.email)?;
        let code = body.0.recovery_code.map(SecretString::from);
        let made = sessions::make_entry_link(app, &auth.0, person, code.as_ref(), body.0.return_to.as_deref()).await?;
        let code = made.code.expose_secret();
        Ok(EntryLinkMade::Made(Json(EntryLinkAnswer {
            url: entry_address(&browser_origin(request), code),
            code: code.to_owned(),
            expires_at: made.expires_at,
        })))
    }

    /// Checks a session
    ///
    /// Send the session's id as bearer token or as the cookie `rollcall_session`. The answer is as of now: 401 from the moment in which the person is out.
    #[oai(path = "/session", method = "get", operation_id = "checkSession")]
    async fn check(&self, request: &Request, Data(app): Data<&App>) -> Result<Json<CurrentSessionAnswer>, Problem> {
        Ok(Json(sessions::check(app, carried(request)?).await?.into()))
    }

    /// Ends a session
    ///
    /// The one that is sent, and takes its cookie from the browser. One that has ended already is no failure.
    #[oai(path = "/session", method = "delete", operation_id = "endSession")]
    async fn end(&self, request: &Request, Data(app): Data<&App>) -> Result<Response<Done>, Problem> {
        sessions::end(app, carried(request)?).await?;
        Ok(without_cookies(app, request, Done::Done))
    }

    /// Signs out
    ///
    /// Ends the session that is sent, as `DELETE /session` does, for pages that can only post.
    #[oai(path = "/session/sign-out", method = "post", operation_id = "signOut")]
    async fn sign_out(&self, request: &Request, Data(app): Data<&App>) -> Result<Response<Done>, Problem> {
        self.end(request, Data(app)).await
    }

    /// Lists one's own sessions
    ///
    /// Of the person whose session is sent, the newest first.
    #[oai(path = "/session/all", method = "get", operation_id = "listOwnSessions")]
    async fn list_own(&self, request: &Request, Data(app): Data<&App>) -> Result<Json<Vec<SessionAnswer>>, Problem> {
        let sessions = sessions::list_own(app, &holder(request, app).await?).await?;
        Ok(Json(sessions.into_iter().map(SessionAnswer::from).collect()))
    }

    /// Ends one of one's own sessions
    ///
    /// By its `public_id`.
    #[oai(path = "/session/all/:public_id", method = "delete", operation_id = "endOwnSession")]
    async fn end_own(&self, request: &Request, Data(app): Data<&App>, public_id: Path<String>) -> Result<Done, Problem> {
        sessions::end_own(app, &holder(request, app).await?, &public_id).await?;
        Ok(Done::Done)
    }

    /// Signs out everywhere
    ///
    /// Ends all sessions of the person whose session is sent, also this one. What is still signing in by SAML is refused.
    #[oai(path = "/session/all", method = "delete", operation_id = "endOwnSessions")]
    async fn end_all_own(&self, request: &Request, Data(app): Data<&App>) -> Result<Response<Json<EndedAnswer>>, Problem> {
        let sessions = sessions::end_all_own(app, &holder(request, app).await?).await?;
        Ok(without_cookies(app, request, Json(EndedAnswer { sessions })))
    }

    /// Makes recovery codes
    ///
    /// Ten, for the administrator or break-glass owner whose session is sent; those made before are not good any more. With one of them the
    /// SaaS's backend opens a session while the identity provider is away.
    #[oai(path = "/session/recovery-codes", method = "post", operation_id = "makeRecoveryCodes")]
    async fn make_recovery_codes(&self, request: &Request, Data(app): Data<&App>) -> Result<RecoveryCodesMade, Problem> {
        let codes = recovery::make(app, &holder(request, app).await?).await?;
        let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
        Ok(RecoveryCodesMade::Made(Json(RecoveryCodesAnswer { codes })))
    }

    /// Counts recovery codes
    ///
    /// Those that the person whose session is sent has left.
    #[oai(path = "/session/recovery-codes", method = "get", operation_id = "countRecoveryCodes")]
    async fn count_recovery_codes(&self, request: &Request, Data(app): Data<&App>) -> Result<Json<RecoveryCodesLeft>, Problem> {
        let left = recovery::left(app, &holder(request, app).await?).await?;
        Ok(Json(RecoveryCodesLeft { left }))
    }

    /// Revokes the recovery codes of a member
    #[oai(path = "/members/:id/recovery-codes", method = "delete", operation_id = "revokeRecoveryCodes")]
    async fn revoke_recovery_codes(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        recovery::revoke(app, &auth.0, member_id(&id)?).await?;
        Ok(Done::Done)
    }

    /// Lists the sessions of a member
    ///
    /// The newest first.
    #[oai(path = "/members/:id/sessions", method = "get", operation_id = "listMemberSessions")]
    async fn list_of(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<Vec<SessionAnswer>>, Problem> {
        let sessions = sessions::list_of(app, &auth.0, member_id(&id)?).await?;
        Ok(Json(sessions.into_iter().map(SessionAnswer::from).collect()))
    }

    /// Ends a session of a member
    ///
    /// By its `public_id`. The person may sign in again.
    #[oai(path = "/members/:id/sessions/:public_id", method = "delete", operation_id = "endMemberSession")]
    async fn end_of(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        public_id: Path<String>,
    ) -> Result<Done, Problem> {
        sessions::end_of(app, &auth.0, member_id(&id)?, &public_id).await?;
        Ok(Done::Done)
    }

    /// Ends all sessions of a member
    ///
    /// None of them is accepted from the answer on, and what is still signing in by SAML is refused. The person may sign in again.
    #[oai(path = "/members/:id/sessions", method = "delete", operation_id = "endMemberSessions")]
    async fn end_all_of(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<EndedAnswer>, Problem> {
        let sessions = sessions::end_all_of(app, &auth.0, member_id(&id)?).await?;
        Ok(Json(EndedAnswer { sessions }))
    }
}
