//! API tokens of a workspace.

mod rotation;
pub mod secret;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    App,
    caller::{AdminCaller, Caller, OperatorCaller, SetsUp},
    effects,
    error::AppError,
    principal::Scope,
};
use crate::{
    clock,
    directory::event::EventType,
    ids::{MemberId, TokenId, WorkspaceId},
    store::{WorkspaceTx, members, tokens},
};

pub use crate::store::tokens::TokenRow;
pub use rotation::rotate;

/// What a new token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What its maker calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The person it dies with; the maker, when left out and the maker's own token is a person's. A token with the scope `scim` is the
    /// workspace's own and takes nobody.
    pub member: Option<MemberId>,
    /// When it stops working by itself; a year from now, when left out.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token that was just made; the secret is shown this once.
pub struct MadeToken {
    /// As lists show it.
    pub token: TokenRow,
    /// The secret itself.
    pub secret: SecretString,
}

const NAME_CHARACTERS: usize = 100;
/// Days that a token lives unless its maker says otherwise, and at most: no token is for ever (RFC 7644 §7.4). Identity providers ask
/// their administrators for a new one seldom, so that a year has to be possible, and two live tokens overlap at a rotation.
const USUAL_DAYS: i64 = 365;
const MOST_DAYS: i64 = 3 * 366;

/// Makes a token for an administrator.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with the wish.
pub async fn create(app: &App, caller: &AdminCaller, new: NewToken) -> Result<MadeToken, AppError> {
    no_link(&new)?;
    make(app, caller, new).await
}

/// Makes a token for an identity provider: the scope is `scim`, it lives as long as tokens usually do.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with the name.
pub async fn create_for_scim(app: &App, caller: &impl SetsUp, name: String) -> Result<MadeToken, AppError> {
    make(app, caller, NewToken { name, scopes: vec![Scope::Scim], member: None, expires_at: None }).await
}

/// Makes a token for an operator.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with the wish.
pub async fn create_as_operator(
    app: &App,
    caller: OperatorCaller,
    workspace: WorkspaceId,
    new: NewToken,
) -> Result<MadeToken, AppError> {
    no_link(&new)?;
    make(app, &caller.of(workspace), new).await
}

/// Links are made where it is said how long they are good and what they look like.
fn no_link(new: &NewToken) -> Result<(), AppError> {
    if new.scopes.contains(&Scope::SetUp) {
        return Err(AppError::Invalid("scopes: the scope setup is that of set-up links: make one of them.".into()));
    }
    Ok(())
}

pub(super) async fn make(app: &App, caller: &Caller, mut new: NewToken) -> Result<MadeToken, AppError> {
    check(&new, caller.received)?;
    if let Some(person) = caller.member
        && !new.scopes.contains(&Scope::Scim)
    {
        // Nobody keeps a way in by a token that dies with somebody else, or with nobody.
        if *new.member.get_or_insert(person) != person {
            return Err(AppError::Invalid(
                "member_id: your token is a person's, and the tokens that it makes are that person's too.".into(),
            ));
        }
    }
    let mut tx = app.db.workspace(caller.workspace).await?;
    if let Some(member) = new.member {
        let found = members::find(&mut tx, member).await?;
        if !found.is_some_and(|member| member.status.0.is_open()) {
            return Err(AppError::NotFound("member"));
        }
    }
    let made = put(&mut tx, caller, new).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(made)
}

/// Writes a token that may be made.
async fn put(tx: &mut WorkspaceTx, caller: &Caller, new: NewToken) -> Result<MadeToken, AppError> {
    let secret = secret::generate().map_err(|error| AppError::Bug(error.into()))?;
    let token = TokenRow {
        id: TokenId::new(),
        hint: secret::hint(secret.expose_secret()),
        name: new.name,
        scopes: new.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        member_id: new.member,
        created_by: caller.actor.to_string(),
        created_at: clock::now(),
        expires_at: Some(new.expires_at.unwrap_or_else(|| caller.received + TimeDelta::days(USUAL_DAYS))),
        last_used_at: None,
        revoked_at: None,
    };
    tokens::insert(tx, &token, &secret::digest(secret.expose_secret())).await?;
    let made = json!({
        "name": token.name, "scopes": token.scopes, "member_id": token.member_id, "expires_at": token.expires_at,
    });
    effects::event(tx, caller, EventType::TokenCreated, token.id.as_uuid(), Some(made.clone())).await?;
    effects::audit(tx, caller, "token.created", token.id.as_uuid(), Some(json!({ "after": made }))).await?;
    Ok(MadeToken { token, secret })
}

fn check(new: &NewToken, now: DateTime<Utc>) -> Result<(), AppError> {
    let wrong = |what: &str| Err(AppError::Invalid(what.to_owned()));
    if new.name.trim().is_empty() || new.name.chars().count() > NAME_CHARACTERS {
        return wrong("name: a token needs a name of at most 100 characters, so that people know what it is for.");
    }
    if new.scopes.is_empty() {
        return wrong("scopes: a token needs at least one of scim, members:read, sessions, admin.");
    }
    if new.scopes.contains(&Scope::Scim) && (new.scopes.len() > 1 || new.member.is_some()) {
        return wrong(
            "scopes: a token with the scope scim is the workspace's own; it has no other scope and belongs to no person.",
        );
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return wrong("expires_at: the time of expiry is in the past.");
    }
    if new.expires_at.is_some_and(|at| at > now + TimeDelta::days(MOST_DAYS)) {
        return wrong(
            "expires_at: a token lives for three years at most; make a new one before this one expires, both work meanwhile.",
        );
    }
    Ok(())
}

/// Every token of the workspace, newest first, for an administrator.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller) -> Result<Vec<TokenRow>, AppError> {
    all(app, caller).await
}

/// Every token of a workspace, newest first, for an operator.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list_as_operator(app: &App, caller: OperatorCaller, workspace: WorkspaceId) -> Result<Vec<TokenRow>, AppError> {
    all(app, &caller.of(workspace)).await
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<TokenRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(tokens::list(&mut tx).await?)
}

/// Revokes a token: it is refused from the next request on. For an administrator.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such token.
pub async fn revoke(app: &App, caller: &AdminCaller, token: TokenId) -> Result<(), AppError> {
    end(app, caller, token).await
}

/// Revokes a token of a workspace, for an operator.
///
/// # Errors
/// [`AppError::NotFound`] when that workspace has no such token.
pub async fn revoke_as_operator(
    app: &App,
    caller: OperatorCaller,
    workspace: WorkspaceId,
    token: TokenId,
) -> Result<(), AppError> {
    end(app, &caller.of(workspace), token).await
}

async fn end(app: &App, caller: &Caller, token: TokenId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let revoked = tokens::revoke(&mut tx, token, clock::now()).await?.ok_or(AppError::NotFound("token"))?;
    if revoked.was_revoked {
        return Ok(());
    }
    effects::event(&mut tx, caller, EventType::TokenRevoked, token.as_uuid(), None).await?;
    let detail = json!({ "before": { "name": revoked.name, "scopes": revoked.scopes } });
    effects::audit(&mut tx, caller, "token.revoked", token.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}
