//! `/sessions` for the SaaS's backend, `/session` for whoever holds one.

use chrono::{DateTime, Utc};
use poem::{Request, http::header, web::Data};
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};
use secrecy::ExposeSecret;

use super::{answers::CurrentSessionAnswer, auth::SessionsAuth, tokens::Done};
use crate::{
    app::{
        App,
        error::AppError,
        sessions::{self, Person},
    },
    http::problem::Problem,
    ids::MemberId,
};

/// The cookies that may carry a session: the one that the SaaS's backend sets, and the one that signing in by SAML does.
const COOKIES: [&str; 2] = ["__Host-rollcall_session", "rollcall_session"];

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
}

/// A session that was just opened.
#[derive(Debug, Object)]
#[oai(rename = "OpenedSession")]
struct OpenedSessionAnswer {
    /// The session's id: give it to the person's browser as the cookie `rollcall_session`, or send it as bearer token.
    id: String,
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

/// The session that a request carries: as bearer token or as cookie.
fn carried(request: &Request) -> Result<&str, Problem> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let cookie = || {
        let cookies = text(header::COOKIE)?;
        // The first of these names counts: the other one may have been set by another host of the same domain.
        COOKIES.iter().find_map(|wanted| {
            let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value)
        })
    };
    bearer
        .or_else(cookie)
        .ok_or_else(|| AppError::Unauthorized("No session: sign in, then send its cookie or bearer token.").into())
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
        let person = match (body.0.member_id, body.0.email) {
            (Some(id), None) => Person::Member(MemberId::parse(&id).ok_or_else(|| Problem::not_found("member"))?),
            (None, Some(email)) => Person::Email(email),
            (Some(_), Some(_)) | (None, None) => {
                return Err(AppError::Invalid("Name the person by member_id or by email, one of them.".into()).into());
            }
        };
        let opened = sessions::open(app, &auth.0, person).await?;
        Ok(SessionOpened::Opened(Json(OpenedSessionAnswer {
            id: opened.id.expose_secret().to_owned(),
            member_id: opened.member.to_string(),
            expires_at: opened.expires_at,
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
    #[oai(path = "/session", method = "delete", operation_id = "endSession")]
    async fn end(&self, request: &Request, Data(app): Data<&App>) -> Result<Done, Problem> {
        sessions::end(app, carried(request)?).await?;
        Ok(Done::Done)
    }
}
