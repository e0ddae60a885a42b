//! What an invitation says. Names are other people's texts: they may hold anything.

use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart},
};

use super::Settings;

/// No name is shown longer.
const LONGEST_NAME: usize = 100;

/// An invitation.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Becomes part of the message's id, so that a message that comes twice can be told from two.
    pub id: String,
    /// To whom.
    pub email: String,
    /// The person's name, as the directory has it.
    pub name: Option<String>,
    /// The workspace's name.
    pub workspace: String,
}

/// The message.
///
/// # Errors
/// What is wrong with the address, in plain words.
pub(super) fn compose(letter: &Letter, settings: &Settings) -> Result<Message, String> {
    let address: Address = letter.email.trim().parse().map_err(|_| "The address is no e-mail address.".to_owned())?;
    if !letter.email.is_ascii() {
        return Err("The address has characters that not every mail server takes.".to_owned());
    }
    let name = letter.name.as_deref().map(shown).filter(|name| !name.is_empty());
    let workspace = shown(&letter.workspace);
    let message = Message::builder()
        .from(settings.from.clone())
        .to(Mailbox::new(name.clone(), address))
        .subject(format!("You are invited to {workspace}"))
        .message_id(Some(format!("<invitation-{}@{}>", letter.id, settings.from.email.domain())))
        .multipart(MultiPart::alternative_plain_html(
            text(name.as_deref(), &workspace, &settings.sign_in_url),
            html(name.as_deref(), &workspace, &settings.sign_in_url),
        ));
    message.map_err(|_| "The message could not be written.".to_owned())
}

fn text(name: Option<&str>, workspace: &str, url: &str) -> String {
    let hello = name.map_or("Hello,".to_owned(), |name| format!("Hello {name},"));
    format!(
        "{hello}\n\nyou are invited to the workspace {workspace}. Sign in with your company's account:\n\n{url}\n\n\
         If you do not know what this is about, you need do nothing.\n"
    )
}

fn html(name: Option<&str>, workspace: &str, url: &str) -> String {
    let (workspace, url) = (escaped(workspace), escaped(url));
    let hello = name.map_or("Hello,".to_owned(), |name| format!("Hello {},", escaped(name)));
    format!(
        "<!doctype html><html><body><p>{hello}</p>\
         <p>you are invited to the workspace <strong>{workspace}</strong>. Sign in with your company's account:</p>\
         <p><a href=\"{url}\">{url}</a></p>\
         <p>If you do not know what this is about, you need do nothing.</p></body></html>"
    )
}

/// A name on one line: what controls, breaks or turns round a line is a space, and spaces are one.
fn shown(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let plain: String = name.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(LONGEST_NAME).collect::<String>().trim_end().to_owned()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mail::Mailer;

    fn written(name: &str, workspace: &str) -> String {
        let mailer = Mailer::new(&"smtp://localhost".into(), "Acme <invitations@acme.test>", "https://app.test/?a=1&b=2");
        let letter = Letter {
            id: "7".into(),
            email: "ada@acme.test".into(),
            name: Some(name.to_owned()),
            workspace: workspace.to_owned(),
        };
        let message = compose(&letter, &mailer.expect("a mailer").0).expect("a message");
        String::from_utf8(message.formatted()).expect("text")
    }

    fn head(message: &str) -> Vec<&str> {
        let (head, _) = message.split_once("\r\n\r\n").expect("a body");
        // Lines that begin with a space go on with the header before.
        head.split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| Some(line.split_once(':')?.0))
            .collect()
    }

    #[test]
    fn it_names_the_workspace_and_the_address_in_both_parts() {
        let message = written("Ada", "Acme & Sons");
        assert!(
            message.contains("Subject: You are invited to Acme & Sons") && message.contains("To: Ada <ada@acme.test>"),
            "{message}"
        );
        assert!(message.contains("text/plain") && message.contains("text/html"), "{message}");
        assert!(
            message.contains("Acme &amp; Sons") && message.contains("https://app.test/?a=3D1&b=3D2")
                || message.contains("https://app.test/?a=1&b=2"),
            "{message}"
        );
        assert!(message.contains("Message-ID: <invitation-7@acme.test>"), "{message}");
    }

    #[test]
    fn names_are_one_line_and_no_markup() {
        assert_eq!(shown("a\r\nb\0c\u{2028}d\u{202e}e \t f"), "a b c d e f");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), LONGEST_NAME);
        assert_eq!(
            html(Some("<img src=x>"), "<script>", "https://app.test").matches(['<', '>']).count(),
            html(None, "", "").matches(['<', '>']).count()
        );
    }

    proptest! {
        #[test]
        fn no_name_adds_a_header(name in "\\PC{0,40}|[\\x00-\\x20:@<>\"A-Za-z]{0,80}", workspace in "[\\x00-\\x20:A-Za-zäö]{1,80}") {
            let plain = written("Ada", "Acme");
            let hostile = written(&format!("{name}\r\nBcc: eve@evil.test\r\n\r\n{name}"), &format!("{workspace}\nX-Evil: yes"));
            prop_assert_eq!(head(&hostile), head(&plain));
            prop_assert!(hostile.is_ascii());
        }
    }
}
