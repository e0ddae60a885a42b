//! Set-up links: with one of them an IT administrator who has no account sets up SAML and SCIM of one workspace, and does nothing else. A link is
//! a token with a scope of its own, so that it expires, is revoked and is audited as every token is.

use chrono::TimeDelta;

use super::{
    App,
    caller::{AdminCaller, OperatorCaller, SetUpCaller},
    error::AppError,
    operator,
    principal::{Principal, Scope},
    tokens::{self, MadeToken, NewToken, TokenRow},
};
use crate::ids::{RequestId, WorkspaceId};

/// Days that a link is good for, unless its maker says otherwise, and at most.
pub const USUAL_DAYS: u16 = 7;
/// See [`USUAL_DAYS`].
pub const MOST_DAYS: u16 = 30;

/// What a new link is to be.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// For whom it is.
    pub name: String,
    /// How many days it is good for; [`USUAL_DAYS`] when left out.
    pub days: Option<u16>,
}

impl NewLink {
    fn into_token(self, now: chrono::DateTime<chrono::Utc>) -> Result<NewToken, AppError> {
        let days = self.days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(AppError::Invalid(format!("days: a set-up link is good for 1 to {MOST_DAYS} days.")));
        }
        let expires_at = Some(now + TimeDelta::days(days.into()));
        Ok(NewToken { name: self.name, scopes: vec![Scope::SetUp], member: None, expires_at })
    }
}

/// Makes a link for an administrator. It dies with whoever has made it.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with the wish.
pub async fn make_link(app: &App, caller: &AdminCaller, new: NewLink) -> Result<MadeToken, AppError> {
    tokens::make(app, caller, new.into_token(caller.received)?).await
}

/// Makes a link for an operator.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such workspace; [`AppError::Invalid`] says what is wrong with the wish.
pub async fn make_link_as_operator(app: &App, caller: OperatorCaller, slug: &str, new: NewLink) -> Result<MadeToken, AppError> {
    let workspace = operator::workspace(app, caller, slug).await?;
    tokens::make(app, &caller.of(workspace.id), new.into_token(caller.received)?).await
}

/// The links of the workspace, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn links(app: &App, caller: &AdminCaller) -> Result<Vec<TokenRow>, AppError> {
    let mut all = tokens::list(app, caller).await?;
    all.retain(is_link);
    Ok(all)
}

/// The same for an operator.
///
/// # Errors
/// Postgres is busy or away.
pub async fn links_as_operator(app: &App, caller: OperatorCaller, workspace: WorkspaceId) -> Result<Vec<TokenRow>, AppError> {
    let mut all = tokens::list_as_operator(app, caller, workspace).await?;
    all.retain(is_link);
    Ok(all)
}

/// Whether a token is a link.
pub fn is_link(token: &TokenRow) -> bool {
    token.scopes.iter().any(|scope| scope == Scope::SetUp.as_str())
}

/// Proves what stands in a link.
///
/// # Errors
/// [`AppError::Unauthorized`] when it is not good, or not any more; [`AppError::Forbidden`] when it is a token of another kind.
pub async fn enter(
    app: &App,
    secret: &str,
    request: RequestId,
    received: chrono::DateTime<chrono::Utc>,
) -> Result<SetUpCaller, AppError> {
    let principal = Principal::authenticate(app, secret, request, received).await;
    let principal = principal.map_err(|error| match error {
        AppError::Unauthorized(_) => AppError::Unauthorized(
            "This set-up link is not good, or not any more: it has expired or was revoked. Ask whoever has sent it for a new one.",
        ),
        other => other,
    })?;
    principal.set_up()
}
