//! What pages load: one stylesheet, one script, one icon, all of them in the binary. Their address changes with what is in them, so that browsers
//! may keep them.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use poem::{Response, handler, http::header, web::Path};
use sha2::{Digest, Sha256};

use crate::http::problem::Problem;

const FILES: [(&str, &str, &str); 3] = [
    ("style.css", "text/css; charset=utf-8", include_str!("assets/style.css")),
    ("rollcall.js", "text/javascript; charset=utf-8", include_str!("assets/rollcall.js")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];
/// Where they are.
pub const PREFIX: &str = "/assets";
const VERSION_CHARACTERS: usize = 16;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (_, _, text) in FILES {
        hash.update(text.as_bytes());
    }
    let mut version = HEXLOWER.encode(&hash.finalize());
    version.truncate(VERSION_CHARACTERS);
    version
});

/// The address of a file.
pub fn address(name: &str) -> String {
    format!("{PREFIX}/{}/{name}", *VERSION)
}

/// A file, whatever version is asked for: a page that was read before an upgrade is not left bare.
#[handler]
pub fn file(Path((version, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let (_, kind, text) = FILES.iter().find(|(known, ..)| *known == name).ok_or_else(|| Problem::not_found("file"))?;
    let keeping = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, *kind)
        .header(header::CACHE_CONTROL, keeping)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(*text))
}
