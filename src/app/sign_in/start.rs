//! From a link to the identity provider.

use secrecy::SecretString;

use super::{
    connection, random,
    request::{Asked, LIVES},
};
use crate::{
    app::{
        App,
        error::AppError,
        saml::{Service, keys, trial},
    },
    clock,
    ids::ConnectionId,
    saml::{AuthnRequest, connection::Status},
};

/// The longest way back.
const LONGEST_PATH: usize = 1_024;

/// A browser on its way to the identity provider.
pub struct Started {
    /// Where it is sent to.
    pub address: String,
    /// What it has to bring again, in a cookie.
    pub browser: SecretString,
}

/// Begins a sign-in in a browser, which may have begun others already. With the token of a test link nobody will be signed in, and the
/// connection need not be active.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such connection, or nobody signs in by it; [`AppError::Forbidden`] when the test link is old.
pub async fn start(
    app: &App,
    id: ConnectionId,
    return_to: Option<&str>,
    browser: Option<&str>,
    test: Option<&str>,
) -> Result<Started, AppError> {
    let (mut tx, row) = connection(app, id).await?;
    let workspace = tx.workspace();
    match test {
        Some(token) => trial::check_link(app, workspace, id, token)?,
        None if row.status == Status::Active => {}
        None => return Err(AppError::NotFound("connection")),
    }
    let sso_url = row.idp_sso_url.as_deref().ok_or(AppError::NotFound("connection"))?;
    let key = if row.signs_requests { keys::load(app, &mut tx, id).await? } else { None };
    drop(tx);
    let service = Service::of(app, id)?;
    let browser = match browser {
        Some(browser) if browser.len() >= 32 => browser.to_owned(),
        Some(_) | None => random()?,
    };
    let now = clock::now();
    let request = Asked::new(&browser, now, test.is_some()).seal(&app.seal, workspace, id)?;
    let way_back = local_path(return_to);
    if way_back != "/" {
        app.sign_ins.keep_way_back(id, &request, way_back, LIVES).await?;
    }
    let message = AuthnRequest {
        id: &request,
        issue_instant: now,
        sp_entity_id: &service.entity_id,
        acs: &service.acs,
        sso_url,
        force_authn: false,
    };
    // Comes back as it is and means nothing: what was asked is known by the signed answer alone.
    let relay_state = random()?;
    let address = message.redirect(&relay_state, key.as_deref()).map_err(|error| AppError::Bug(error.into()))?;
    Ok(Started { address, browser: browser.into() })
}

/// A path of our own: what would lead to another host leads to the beginning.
pub(in crate::app) fn local_path(wish: Option<&str>) -> &str {
    let is_local = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.len() <= LONGEST_PATH
            && path.bytes().all(|byte| byte.is_ascii_graphic())
            && !path.contains('\\')
    };
    wish.filter(is_local).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away() {
        for path in ["/", "/settings?tab=api", "/a//b"] {
            assert_eq!(local_path(Some(path)), path);
        }
        let long = format!("/{}", "a".repeat(LONGEST_PATH));
        for path in ["", "a", "//evil.test", "/\\evil.test", "https://evil.test", "/a b", "/a\r\nx: y", "/\u{e9}", &long] {
            assert_eq!(local_path(Some(path)), "/", "{path:?}");
        }
        assert_eq!(local_path(None), "/");
    }
}
