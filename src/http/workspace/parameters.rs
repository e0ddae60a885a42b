//! Parameters of searches, read; what cannot be read is named.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::{app::error::AppError, http::problem::Problem, ids::RequestId};

/// No name that is looked for is longer.
const LONGEST: usize = 512;

/// What is wrong with a parameter, by name.
pub fn invalid(name: &str, wrong: &str) -> Problem {
    AppError::Invalid(format!("{name}: {wrong}.")).into()
}

/// The id of a request, or of an entry that has it.
pub fn request_id(name: &str, text: Option<&str>) -> Result<Option<RequestId>, Problem> {
    let wrong = || invalid(name, "must be the id of a request, as X-Request-Id says it");
    text.map(|text| RequestId::parse(text).ok_or_else(wrong)).transpose()
}

/// Something of ours that is an identifier.
pub fn id<T>(name: &str, parse: impl FnOnce(&str) -> Option<T>, text: Option<&str>) -> Result<Option<T>, Problem> {
    let wrong = || invalid(name, "must be an id as it was answered");
    text.map(|text| parse(text).ok_or_else(wrong)).transpose()
}

/// A time.
pub fn time(name: &str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
    let wrong = |_| invalid(name, "must be a time like 2026-01-31T08:00:00Z");
    text.map(|text| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).map_err(wrong)).transpose()
}

/// A name.
pub fn word(name: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.is_empty() || text.len() > LONGEST || text.contains('\0') => {
            Err(invalid(name, "must be a text of at most 512 bytes, and not empty"))
        }
        text => Ok(text),
    }
}

/// Something that says itself what is wrong with it.
pub fn parsed<T: FromStr<Err: AsRef<str>>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|wrong: T::Err| invalid(name, wrong.as_ref()))).transpose()
}

/// How many are wanted on a page: the usual number, unless it says otherwise.
pub fn limit(text: Option<&str>, usual: usize, most: usize) -> Result<usize, Problem> {
    let number = |text: &str| text.parse().ok().filter(|number| (1..=most).contains(number));
    let wrong = || invalid("limit", &format!("must be a number from 1 to {most}"));
    text.map_or(Ok(usual), |text| number(text).ok_or_else(wrong))
}
