//! The session that a request carries, and whether it is carried for us: browsers send cookies along with what other sites ask for.
//!
//! Everything that is done in the name of a session gets it here.

use poem::{
    Request,
    http::{HeaderName, Method, header},
};

use crate::{
    app::error::AppError,
    http::{context, problem::Problem, saml::cookies},
};

/// Says which site has caused a request; scripts cannot set it.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The session that a request carries: as bearer token, which nobody sends unasked, or as cookie. With a cookie other sites change nothing.
///
/// # Errors
/// 401 without a session, 403 when another site has caused a request that would change something.
pub fn carried(request: &Request) -> Result<&str, Problem> {
    if let Some(bearer) = bearer(request) {
        return Ok(bearer);
    }
    let (_, cookie) = cookies::sessions(request)
        .next()
        .ok_or(AppError::Unauthorized("No session: sign in, then send its cookie or bearer token."))?;
    for_us(request)?;
    Ok(cookie)
}

/// Refuses what another site has caused: cookies come along with it, of whatever kind.
///
/// # Errors
/// 403 when another site has caused a request that would change something.
pub fn for_us(request: &Request) -> Result<(), Problem> {
    let values = |name: HeaderName| request.headers().get_all(name).iter().map(|value| value.as_bytes()).collect::<Vec<_>>();
    let ours = || context::browser_origin(request);
    if !is_for_us(request.method(), &values(SEC_FETCH_SITE), &values(header::ORIGIN), ours) {
        return Err(AppError::Forbidden(format!(
            "A cookie changes something only for pages of {}, and this request does not say that one of them sends it \
             (Sec-Fetch-Site: same-origin, or Origin). Whoever is no browser sends the session as `Authorization: Bearer <session>`.",
            ours()
        ))
        .into());
    }
    Ok(())
}

/// The token that a request carries in its header (RFC 6750 §2.1).
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a request with a cookie is one of our own pages', or changes nothing. Where the browser does not say who has caused it, it must say
/// whose page it is; what says neither is refused.
fn is_for_us(method: &Method, sites: &[&[u8]], origins: &[&[u8]], ours: impl FnOnce() -> String) -> bool {
    if method.is_safe() {
        return true;
    }
    match (sites, origins) {
        ([site], _) => *site == b"same-origin",
        ([], [origin]) => *origin == ours().as_bytes(),
        ([], [] | [_, _, ..]) | ([_, _, ..], _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://rollcall.example.test";

    fn decide(method: &Method, sites: &[&str], origins: &[&str]) -> bool {
        let (sites, origins) = (bytes(sites), bytes(origins));
        is_for_us(method, &sites, &origins, || OURS.to_owned())
    }

    fn bytes<'a>(texts: &[&'a str]) -> Vec<&'a [u8]> {
        texts.iter().map(|text| text.as_bytes()).collect()
    }

    #[test]
    fn with_a_cookie_only_our_own_pages_change_something() {
        let rows: &[(&[&str], &[&str], bool)] = &[
            (&["same-origin"], &[], true),
            (&["same-origin"], &[OURS], true),
            (&["same-site"], &[], false),
            (&["same-site"], &[OURS], false),
            (&["cross-site"], &[], false),
            (&["cross-site"], &[OURS], false),
            (&["none"], &[], false),
            (&["none"], &[OURS], false),
            (&[""], &[OURS], false),
            (&["Same-Origin"], &[], false),
            (&["same-origin", "cross-site"], &[OURS], false),
            (&["same-origin", "same-origin"], &[OURS], false),
            (&[], &[OURS], true),
            (&[], &[OURS, OURS], false),
            (&[], &[], false),
            (&[], &["null"], false),
            (&[], &[""], false),
            (&[], &["http://rollcall.example.test"], false),
            (&[], &["https://rollcall.example.test:8443"], false),
            (&[], &["https://rollcall.example.test/"], false),
            (&[], &["https://rollcall.example.test.evil.test"], false),
            (&[], &["https://evil.test"], false),
        ];
        for (sites, origins, expected) in rows {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                assert_eq!(decide(&method, sites, origins), *expected, "{method} {sites:?} {origins:?}");
            }
            for method in [Method::GET, Method::HEAD] {
                assert!(decide(&method, sites, origins), "{method} {sites:?} {origins:?}");
            }
        }
    }
}
