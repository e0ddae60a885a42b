//! Where somebody signs in who knows the name of the workspace, or their own address.

use crate::{
    app::{App, error::AppError, saml},
    directory::domain::Domain,
    store::global,
};

/// Workspaces that are offered to somebody whose domain several of them have verified.
const MOST: i64 = 20;
const CHARACTERS: usize = 320;

/// A workspace in which somebody can sign in.
#[derive(Debug, Clone)]
pub struct WayIn {
    /// What it is called.
    pub workspace: String,
    /// Where signing in begins: a path of ours.
    pub start: String,
}

/// Finds where to sign in by a workspace's short name or an e-mail address, whose domain a workspace has verified. Whether there is a person
/// of that address is not looked at, and not told.
///
/// # Errors
/// [`AppError::Invalid`] when nobody signs in by SAML there.
pub async fn ways_in(app: &App, text: &str) -> Result<Vec<WayIn>, AppError> {
    let text = text.trim();
    let domain = Domain::of_address(text);
    let slug = text.to_ascii_lowercase();
    let found = if text.is_empty() || text.chars().count() > CHARACTERS || text.contains('\0') {
        Vec::new()
    } else {
        global::ways_in(app.db.pool(), &slug, domain.as_ref().map(Domain::as_str), MOST).await?
    };
    if found.is_empty() {
        return Err(AppError::Invalid(
            "Nobody signs in by SAML under that name or address. Check the spelling, or ask an administrator of your workspace for its short name.".into(),
        ));
    }
    let way = |(workspace, connection)| WayIn { workspace, start: format!("{}/{connection}/start", saml::PREFIX) };
    Ok(found.into_iter().map(way).collect())
}
