//! Pieces that pages are made of.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};

/// A name longer than this is shown in a few lines, and in full to whoever points at it.
const LONG: usize = 120;

/// What somebody else has called something: kept together whatever its writing direction, and in bounds however long.
pub fn name(called: &str) -> Markup {
    if called.chars().count() <= LONG {
        return text(called);
    }
    let called = printable(called);
    html! { bdi.clip title=(called) { (called) } }
}

/// What somebody else has written, in full.
pub fn text(written: &str) -> Markup {
    html! { bdi { (printable(written)) } }
}

/// The same where there may be none.
pub fn optional(text: Option<&str>) -> Markup {
    match text {
        Some(text) if !text.trim().is_empty() => name(text),
        Some(_) | None => html! { span.soft { "–" } },
    }
}

/// Without what moves or hides the text around it: control characters, and marks that change the direction.
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// A moment, to the minute.
pub fn time(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.format("%Y-%m-%dT%H:%M:%SZ").to_string()) { (at.format("%-d %b %Y, %H:%M UTC").to_string()) } }
}

/// A moment that may not have been.
pub fn time_or(at: Option<DateTime<Utc>>, otherwise: &str) -> Markup {
    at.map_or_else(|| html! { span.soft { (otherwise) } }, time)
}

/// So many of something: `1 person`, `2 people`.
pub fn many(count: impl Into<i128>, one: &str, more: &str) -> String {
    let count = count.into();
    format!("{count} {}", if count == 1 { one } else { more })
}

/// A length of time in one unit: `3 days`, `1 hour`, `less than a minute`.
pub fn length(length: TimeDelta) -> String {
    let one = |count: i64, unit: &str| many(count, unit, &format!("{unit}s"));
    match length {
        length if length < TimeDelta::minutes(1) => "less than a minute".to_owned(),
        length if length < TimeDelta::hours(1) => one(length.num_minutes(), "minute"),
        length if length < TimeDelta::days(2) => one(length.num_hours(), "hour"),
        length => one(length.num_days(), "day"),
    }
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should.
    Good,
    /// Somebody should look at it.
    Warn,
    /// Not as it should.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }
}

/// A word that says how something stands. The word says it, the colour only helps.
pub fn tag(tone: Tone, word: &str) -> Markup {
    html! { span class={ "tag " (tone.class()) } { (word) } }
}

/// A value to copy; `id` is unique in the page.
pub fn copy(id: &str, value: &str) -> Markup {
    html! {
        div.copy {
            code id=(id) { (value) }
            button.plain type="button" data-copy=(id) hidden aria-label={ "Copy " (value) } { "Copy" }
            span.hidden role="status" {}
        }
    }
}

/// A secret to copy, which is shown this once and is no part of a name.
pub fn copy_secret(id: &str, value: &str) -> Markup {
    html! {
        div.copy {
            code id=(id) { (value) }
            button type="button" data-copy=(id) hidden { "Copy" }
            span.hidden role="status" {}
        }
    }
}

/// A line of text to fill in.
pub struct Field<'a> {
    /// Its name in the form, and its id.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// `text`, `email`, `url`, `date`, `number` or `search`.
    pub kind: &'a str,
    /// What is in it.
    pub value: &'a str,
    /// What helps to fill it in; may be empty.
    pub hint: &'a str,
    /// Whether it must be filled in.
    pub required: bool,
}

impl Field<'_> {
    /// As it stands in a form.
    pub fn show(&self) -> Markup {
        let Field { name, label, kind, value, hint, required } = self;
        let hint_id = format!("{name}-hint");
        html! {
            div.field {
                label for=(name) { (label) }
                input type=(kind) id=(name) name=(name) value=(value) required[*required] autocomplete="off"
                    aria-describedby=[(!hint.is_empty()).then_some(&hint_id)];
                @if !hint.is_empty() { span.hint id=(hint_id) { (hint) } }
            }
        }
    }
}

/// The code of a link, which stands behind the `#` of the address. Script fills it in and, where it is only looked at by that, sends it.
pub fn code(label: &str, is_sent: bool) -> Markup {
    html! {
        div.field {
            label for="code" { (label) }
            input type="password" id="code" name="code" required autocomplete="off" aria-describedby="code-hint"
                data-from-fragment=(if is_sent { "send" } else { "" });
            span.hint #code-hint { "It stands in the link, behind the #, and is filled in when you open the link." }
        }
    }
}

const TICKED: &str = "on";

/// A box to tick.
pub fn tick(name: &str, label: &str, hint: &str, on: bool) -> Markup {
    html! {
        div.tick {
            input type="checkbox" id=(name) name=(name) value=(TICKED) checked[on];
            label for=(name) { (label) @if !hint.is_empty() { span.hint { (hint) } } }
        }
    }
}

/// What a form sends of a box that is ticked.
pub fn ticked(on: bool) -> Option<String> {
    on.then(|| TICKED.to_owned())
}

/// One of several to choose; `options` are value and text.
pub fn choose(name: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for (value, text) in options { option value=(value) selected[*value == chosen] { (text) } }
            }
        }
    }
}

/// Something that cannot be taken back: what it does is read before the button is there to be pressed.
pub fn careful(summary: &str, warning: &Markup, action: &str, button: &str) -> Markup {
    html! {
        details {
            summary { (summary) }
            div.inner {
                (warning)
                form method="post" action=(action) { button.danger { (button) } }
            }
        }
    }
}

/// To the next page of a list.
pub fn next(address: Option<&str>) -> Markup {
    html! { @if let Some(address) = address { p { a.button.plain rel="next" href=(address) { "Next page" } } } }
}

/// An address with a query; values are escaped.
pub fn with_query(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_harmless() {
        assert_eq!(name("<script>alert(1)</script>").into_string(), "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>");
        assert_eq!(printable("a\u{202e}b\u{0}c\u{2066}\u{7f}"), "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}");
        assert_eq!(printable("Zoë 李\n"), "Zoë 李\n");
        let long = "x".repeat(LONG + 1);
        assert_eq!(name(&long).into_string(), format!("<bdi class=\"clip\" title=\"{long}\">{long}</bdi>"));
        assert_eq!(optional(Some("  ")).into_string(), optional(None).into_string());
    }

    #[test]
    fn lengths_are_told_in_one_unit() {
        for (length_of, text) in [
            (TimeDelta::seconds(-5), "less than a minute"),
            (TimeDelta::seconds(59), "less than a minute"),
            (TimeDelta::minutes(1), "1 minute"),
            (TimeDelta::minutes(59), "59 minutes"),
            (TimeDelta::hours(1), "1 hour"),
            (TimeDelta::hours(47), "47 hours"),
            (TimeDelta::days(2), "2 days"),
        ] {
            assert_eq!(length(length_of), text);
        }
    }

    #[test]
    fn queries_leave_out_what_is_empty_and_escape_the_rest() {
        assert_eq!(with_query("/a", &[("x", None), ("y", Some(""))]), "/a");
        assert_eq!(with_query("/a", &[("x", Some("1&2 ü")), ("y", Some("z"))]), "/a?x=1%262+%C3%BC&y=z");
    }
}
