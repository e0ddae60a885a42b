//! How the demo looks: labels in one column, what is said in the next, milliseconds at the right edge of 100 columns.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

const EDGE: usize = 98;
const LABEL: usize = 17;
/// Text is broken before this column, so that it never reaches the milliseconds.
const WRAP: usize = 86;

/// Standard output, coloured only where it is a terminal.
#[derive(Clone, Copy)]
pub struct Screen {
    colours: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy)]
pub enum Tone {
    Plain,
    Title,
    Quiet,
    Good,
    Bad,
}

impl Screen {
    pub fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colours: wanted && std::io::stdout().is_terminal() }
    }

    fn tint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Title => "1",
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Bad => "1;31",
        };
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A line of its own.
    pub fn line(self, tone: Tone, text: &str) {
        // Whoever reads may have gone away, `head` for instance; that is no failure of the story.
        drop(writeln!(std::io::stdout(), "{}", self.tint(tone, text)));
    }

    /// A labelled line; long text goes on below itself.
    pub fn row(self, label: &str, tone: Tone, text: &str, took: Option<Duration>) {
        let lines = wrapped(text, if took.is_some() { WRAP } else { EDGE } - LABEL);
        for (place, line) in lines.iter().enumerate() {
            let label = if place == 0 { label } else { "" };
            let mut out = format!(
                "{}{}",
                self.tint(Tone::Quiet, &format!("    {label:<width$}", width = LABEL - 4)),
                self.tint(tone, line)
            );
            if let (0, Some(took)) = (place, took) {
                let time = milliseconds(took);
                let gap = EDGE.saturating_sub(LABEL + line.chars().count() + time.chars().count());
                out.push_str(&" ".repeat(gap));
                out.push_str(&self.tint(Tone::Quiet, &time));
            }
            self.line(Tone::Plain, out.trim_end());
        }
    }
}

/// Small times with a digit after the point: that is where the difference is.
pub fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

/// Breaks before a word, or after a comma where a word is longer than a line: JSON has no blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive([' ', ',']) {
        let length = |text: &str| text.trim_end().chars().count();
        let full = lines.last().is_some_and(|line| !line.is_empty() && line.chars().count() + length(piece) > width);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_goes_on_below_itself() {
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("{\"a\":1,\"b\":2}", 8), ["{\"a\":1,", "\"b\":2}"]);
        assert_eq!(wrapped("", 8), [""]);
    }

    #[test]
    fn small_times_have_a_digit_more() {
        assert_eq!(milliseconds(Duration::from_micros(2340)), "2.3 ms");
        assert_eq!(milliseconds(Duration::from_micros(23400)), "23 ms");
    }
}
