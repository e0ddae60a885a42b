//! What was received of a sign-in, and what was found wrong with it.

use maud::{Markup, html};
use serde_json::Value;

use crate::{
    app::saml::{AttemptRow, CheckRow, explanation},
    http::pages::parts::{Tone, name, tag, time},
};

/// Whether somebody was let in.
pub fn outcome(attempt: &AttemptRow) -> Markup {
    match (&attempt.code, attempt.is_test) {
        (Some(code), _) => html! { (tag(Tone::Bad, "refused")) " " code { (code) } },
        (None, true) => tag(Tone::Good, "test succeeded"),
        (None, false) => tag(Tone::Good, "signed in"),
    }
}

/// Why somebody was not, and what to do.
pub fn why(code: Option<&str>) -> Markup {
    let told = code.and_then(explanation);
    html! { @if let Some((explanation, fix)) = told { p { strong { (explanation) } " " (fix) } } }
}

/// A test, with all of its checks and attributes.
pub fn test(attempt: &AttemptRow) -> Markup {
    html! {
        h3 { "The last test: " (outcome(attempt)) }
        p.soft { (time(attempt.at)) ", reference " code { (attempt.id) } }
        (why(attempt.code.as_deref()))
        @if let Some(checks) = &attempt.checks { ul.checks { @for row in &checks.0 { (check(row)) } } }
        @if let Some(attributes) = &attempt.attributes { (self::attributes(attributes)) }
    }
}

fn check(row: &CheckRow) -> Markup {
    html! {
        li.done[row.code.is_none()].wrong[row.code.is_some()] {
            span.hidden { @if row.code.is_none() { "Passed: " } @else { "Failed: " } }
            (row.name.replace('_', " "))
            @if row.found.is_some() || row.expected.is_some() {
                span.hint {
                    @if let Some(found) = &row.found { "found: " (name(found)) }
                    @if row.found.is_some() && row.expected.is_some() { br; }
                    @if let Some(expected) = &row.expected { "expected: " (name(expected)) }
                }
            }
            @if let Some((explanation, fix)) = row.code.as_deref().and_then(explanation) { span.hint { (explanation) " " (fix) } }
        }
    }
}

fn attributes(attributes: &Value) -> Markup {
    let Some(map) = attributes.as_object().filter(|map| !map.is_empty()) else { return html! {} };
    let texts = |value: &Value| -> Vec<String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        value.as_array().map_or_else(|| vec![text(value)], |list| list.iter().map(text).collect())
    };
    html! {
        details open {
            summary { "Attributes that were received (" (map.len()) ")" }
            div.inner { dl.facts { @for (key, value) in map { dt { (name(key)) } dd { @for text in texts(value) { (name(&text)) } } } } }
        }
    }
}
