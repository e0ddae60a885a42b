//! A new secret in the place of an old one, without a moment in which neither is accepted.

use chrono::TimeDelta;
use serde_json::json;

use super::{MadeToken, NewToken, USUAL_DAYS, put};
use crate::{
    app::{App, caller::AdminCaller, effects, error::AppError, principal::Scope},
    clock,
    ids::TokenId,
    store::tokens,
};

/// Hours for which the old token goes on being accepted, unless its maker says otherwise, and at most: as long as it takes to enter the new
/// one at the identity provider.
const USUAL_HOURS: u16 = 24;
const MOST_HOURS: u16 = 30 * 24;

/// Makes a token like another one, with its name, scopes and person, and as long a life; the other one ends after so many hours, if it would
/// not end before.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such token; [`AppError::Conflict`] when it is not good any more;
/// [`AppError::Invalid`] when the hours are too many; [`AppError::Forbidden`] when it is somebody else's.
pub async fn rotate(app: &App, caller: &AdminCaller, id: TokenId, hours: Option<u16>) -> Result<MadeToken, AppError> {
    let hours = hours.unwrap_or(USUAL_HOURS);
    if hours > MOST_HOURS {
        return Err(AppError::Invalid(format!("hours: the old token goes on being accepted for {MOST_HOURS} hours at most.")));
    }
    let now = clock::now();
    let mut tx = app.db.workspace(caller.workspace).await?;
    let old = tokens::lock(&mut tx, id).await?.ok_or(AppError::NotFound("token"))?;
    if old.revoked_at.is_some() || old.expires_at.is_some_and(|at| at <= now) {
        return Err(AppError::Conflict("This token is not good any more: make a new one.".into()));
    }
    // Nobody comes by a token that dies with somebody else.
    if old.member_id.is_some() && caller.member.is_some() && old.member_id != caller.member {
        return Err(AppError::Forbidden("This token is another person's: they rotate it, you can revoke it.".into()));
    }
    let scopes: Vec<Scope> = old.scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
    if scopes.contains(&Scope::SetUp) {
        return Err(AppError::Conflict("A set-up link is not rotated: make a new one, and revoke this one.".into()));
    }
    let life = old.expires_at.map_or(TimeDelta::days(USUAL_DAYS), |end| end - old.created_at);
    let new = NewToken { name: old.name.clone(), scopes, member: old.member_id, expires_at: Some(now + life) };
    let made = put(&mut tx, caller, new).await?;
    let ends_at = now + TimeDelta::hours(hours.into());
    let ends_at = old.expires_at.map_or(ends_at, |at| at.min(ends_at));
    tokens::expire(&mut tx, id, ends_at).await?;
    let detail = json!({
        "before": { "expires_at": old.expires_at }, "after": { "expires_at": ends_at, "replaced_by": made.token.id },
    });
    effects::audit(&mut tx, caller, "token.rotated", id.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(made)
}
