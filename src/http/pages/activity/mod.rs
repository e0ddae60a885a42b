//! What has happened: what the identity provider has sent, and who has done what.

mod audit;
mod entry;
mod log;

use chrono::{DateTime, NaiveDate, Utc};
use poem::{Body, Response, Route, get, http::header};

pub use log::requests;

/// The logs.
pub fn routes(pages: Route) -> Route {
    pages
        .at("/activity", get(log::show))
        .at("/activity/audit", get(audit::show))
        .at("/activity/audit/export", get(audit::export))
        .at("/activity/export", get(log::export))
        .at("/activity/:request", get(entry::show))
}

/// What was filled in, if it was.
fn word(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The beginning of a day, as forms write it.
fn day(text: Option<&str>) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(text?.trim(), "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Lines of JSON, to be kept as a file of this name.
fn download(name: &str, lines: Body) -> Response {
    Response::builder()
        .content_type("application/x-ndjson")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.ndjson\""))
        .header(header::CACHE_CONTROL, "no-store")
        .body(lines)
}
