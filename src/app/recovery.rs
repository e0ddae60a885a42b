//! Recovery codes: how an administrator comes in when SAML SSO is required and the identity provider is away. Each is good once; shown once,
//! kept as an Argon2id hash.

use argon2::{
    Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _,
    password_hash::{self, SaltString},
};
use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{
    App,
    caller::{AdminCaller, Caller},
    effects,
    error::AppError,
    sessions::Holder,
};
use crate::{
    clock,
    directory::roles::is_admin,
    ids::MemberId,
    store::{
        WorkspaceTx,
        members::{self, MemberRow},
        recovery_codes::{self, Kept},
    },
};

/// Codes that somebody gets at a time.
const CODES: usize = 10;
/// Random bytes of a code: 24 characters of base32.
const BYTES: usize = 15;
/// Characters of a code by which it is found; the 90 bits of the others are what is secret.
const ID: usize = 6;

const TOO_MANY_TRIED: &str = "Too many recovery codes of this person were tried within an hour. Try again in an hour.";
const REFUSED: &str = "This recovery code is not good: it was used, replaced, or is another person's.";

/// Makes codes for whoever asks, instead of those that they have had.
///
/// # Errors
/// [`AppError::Forbidden`] when the person may not have any.
pub async fn make(app: &App, holder: &Holder) -> Result<Vec<SecretString>, AppError> {
    let caller = holder.caller();
    let codes = (0..CODES).map(|_| random()).collect::<Result<Vec<_>, _>>()?;
    let texts = codes.clone();
    let kept = tokio::task::spawn_blocking(move || texts.iter().map(keep).collect::<Result<Vec<_>, _>>())
        .await
        .map_err(|error| AppError::Bug(error.into()))??;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = members::find(&mut tx, holder.member()).await?.ok_or(AppError::NotFound("member"))?;
    if !may_recover(&member) {
        return Err(AppError::Forbidden("Recovery codes are for administrators and break-glass owners.".into()));
    }
    recovery_codes::replace(&mut tx, member.id, &kept, clock::now()).await?;
    let detail = json!({ "codes": kept.len() });
    effects::audit(&mut tx, caller, "member.recovery_codes_made", member.id.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(codes)
}

/// How many codes whoever asks has left.
///
/// # Errors
/// Postgres is busy or away.
pub async fn left(app: &App, holder: &Holder) -> Result<i64, AppError> {
    let mut tx = app.db.workspace(holder.workspace()).await?;
    Ok(recovery_codes::left(&mut tx, holder.member()).await?)
}

/// Removes all codes of a member.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub async fn revoke(app: &App, caller: &AdminCaller, member: MemberId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    members::find(&mut tx, member).await?.ok_or(AppError::NotFound("member"))?;
    let removed = recovery_codes::revoke(&mut tx, member).await?;
    if removed > 0 {
        let detail = json!({ "codes": removed });
        effects::audit(&mut tx, caller, "member.recovery_codes_revoked", member.as_uuid(), Some(detail)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Compares a code, which is used up by [`use_up`]. Refusals are written down, and bounded.
///
/// # Errors
/// [`AppError::Forbidden`] when it is not good; [`AppError::TooManyRequests`] when too many were tried.
pub(super) async fn check(app: &App, caller: &Caller, member: &MemberRow, code: &SecretString) -> Result<Checked, AppError> {
    if !app.sign_ins.may_recover(member.id).await? {
        return Err(AppError::TooManyRequests { what: TOO_MANY_TRIED, seconds: 3_600 });
    }
    let text = normal(code);
    let mut tx = app.db.workspace(caller.workspace).await?;
    let id = text.expose_secret().get(..ID).unwrap_or_default().to_owned();
    let hash = recovery_codes::hash(&mut tx, member.id, &id).await?.filter(|_| may_recover(member));
    let is_good = match hash {
        Some(hash) => {
            tokio::task::spawn_blocking(move || is_of(&text, &hash)).await.map_err(|error| AppError::Bug(error.into()))?
        }
        None => false,
    };
    if is_good {
        return Ok(Checked(id));
    }
    effects::audit(&mut tx, caller, "member.recovery_refused", member.id.as_uuid(), None).await?;
    tx.commit().await?;
    Err(AppError::Forbidden(REFUSED.into()))
}

/// A code that was good when it was looked at.
pub(super) struct Checked(String);

/// Uses a code up, in the transaction that opens the session.
///
/// # Errors
/// [`AppError::Forbidden`] when it was used meanwhile.
pub(super) async fn use_up(tx: &mut WorkspaceTx, caller: &Caller, member: MemberId, code: &Checked) -> Result<(), AppError> {
    if !recovery_codes::use_up(tx, member, &code.0, clock::now()).await? {
        return Err(AppError::Forbidden(REFUSED.into()));
    }
    let left = recovery_codes::left(tx, member).await?;
    effects::audit(tx, caller, "member.recovery_code_used", member.as_uuid(), Some(json!({ "left": left }))).await
}

fn may_recover(member: &MemberRow) -> bool {
    member.break_glass || is_admin(member.role.as_deref())
}

/// Four groups of six characters.
fn random() -> Result<SecretString, AppError> {
    let mut bytes = [0; BYTES];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes).map_err(|error| AppError::Bug(error.into()))?;
    let text = BASE32_NOPAD.encode(&bytes);
    let groups: Vec<&str> = [0..6, 6..12, 12..18, 18..24].into_iter().filter_map(|range| text.get(range)).collect();
    Ok(groups.join("-").into())
}

/// As it is hashed: people leave hyphens out and type small letters.
fn normal(code: &SecretString) -> SecretString {
    let text: String = code.expose_secret().chars().filter(char::is_ascii_alphanumeric).collect();
    text.to_ascii_uppercase().into()
}

fn keep(code: &SecretString) -> Result<Kept, AppError> {
    let failed = |error: password_hash::Error| AppError::Bug(anyhow::anyhow!("a recovery code cannot be hashed: {error}"));
    let text = normal(code);
    let mut salt = [0; 16];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut salt).map_err(|error| AppError::Bug(error.into()))?;
    let salt = SaltString::encode_b64(&salt).map_err(failed)?;
    let hash = Argon2::default().hash_password(text.expose_secret().as_bytes(), &salt).map_err(failed)?.to_string();
    Ok(Kept { id: text.expose_secret().get(..ID).unwrap_or_default().to_owned(), hash })
}

fn is_of(code: &SecretString, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(code.expose_secret().as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_as_people_type_it_and_another_one_is_not() {
        let code = random().expect("a code");
        let kept = keep(&code).expect("a hash");
        assert!(kept.hash.starts_with("$argon2id$") && !kept.hash.contains(code.expose_secret()));
        let typed = code.expose_secret().to_lowercase().replace('-', " ").into();
        assert!(is_of(&normal(&typed), &kept.hash));
        let other = random().expect("another code");
        assert!(!is_of(&normal(&other), &kept.hash));
        assert!(!is_of(&normal(&code), "no hash"));
    }
}
