//! Responses of identity providers. Whatever is made of the genuine ones: who is let in must be whom one of them has signed.

use std::sync::LazyLock;

use data_encoding::BASE64;
use rollcall::saml::{SignIn, validate};
use roxmltree::Document;

use super::Target;
use crate::{generate::dice::Dice, responses::Corpus};

pub const TARGET: Target = Target {
    name: "saml",
    json: false,
    words: &[
        "saml:",
        "samlp:",
        "ds:",
        "<saml:Assertion",
        "</saml:Assertion>",
        "<ds:Signature",
        "<saml:NameID>admin@acme.test</saml:NameID>",
        " ID=\"",
        " xml:id=\"",
        " xmlns=\"",
        " xmlns:x=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
        "urn:oasis:names:tc:SAML:2.0:assertion",
        "urn:oasis:names:tc:SAML:2.0:protocol",
        "<!-- -->",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "&#x61;",
        "alice@acme.test",
        "admin@acme.test",
    ],
    fresh,
    run,
};

/// A genuine response, and whom it signs in.
struct Genuine {
    text: String,
    sign_in: SignIn,
}

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::read);

static GENUINE: LazyLock<Vec<Genuine>> = LazyLock::new(|| {
    let responses = CORPUS.cases.iter().map(|case| CORPUS.text(case));
    let read = |text: Vec<u8>| {
        let sign_in = CORPUS.connection(|connection| validate(&BASE64.encode(&text), connection, CORPUS.now)).ok()?;
        Some(Genuine { text: String::from_utf8(text).expect("a response is text"), sign_in })
    };
    let genuine: Vec<_> = responses.filter_map(read).collect();
    assert!(genuine.len() >= 15, "of the corpus only {} are accepted", genuine.len());
    genuine
});

/// One of the genuine ones, cut up and put together otherwise.
fn fresh(dice: &mut Dice) -> Vec<u8> {
    let mut text = dice.pick(&GENUINE).text.clone();
    for _ in 0..1 + dice.below(3) {
        text = varied(dice, text);
    }
    text.into_bytes()
}

/// Where the elements of a document begin and end.
fn elements(text: &str) -> Vec<(usize, usize)> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    document.descendants().filter(roxmltree::Node::is_element).map(|node| (node.range().start, node.range().end)).collect()
}

fn varied(dice: &mut Dice, text: String) -> String {
    let found = elements(&text);
    if found.is_empty() {
        return text;
    }
    let (start, end) = *dice.pick(&found);
    let (before, element, after) = (&text[..start], &text[start..end], &text[end..]);
    match dice.below(6) {
        0 => format!("{before}{after}"),
        1 => {
            let (place, _) = *dice.pick(&found);
            format!("{}{element}{}", &text[..place], &text[place..])
        }
        2 => {
            let other = &dice.pick(&GENUINE).text;
            let (start, end) = *dice.pick(&elements(other));
            format!("{before}{}{after}", &other[start..end])
        }
        3 => format!("{before}<x:w xmlns:x='urn:x'>{element}</x:w>{after}"),
        4 => text.replacen("alice", "admin", 1 + dice.below(2)),
        _ => {
            let (from, to) = *dice.pick(&found);
            if end > from {
                return text;
            }
            format!("{before}{}{}{element}{}", &text[from..to], &text[end..from], &text[to..])
        }
    }
}

fn run(input: &[u8]) -> String {
    match CORPUS.connection(|connection| validate(&BASE64.encode(input), connection, CORPUS.now)) {
        Ok(sign_in) => {
            let was_signed = |genuine: &Genuine| {
                let SignIn { assertion_id, name_id, name_id_format, attributes, in_response_to, session_index, .. } = &sign_in;
                let one = &genuine.sign_in;
                *assertion_id == one.assertion_id
                    && *name_id == one.name_id
                    && *name_id_format == one.name_id_format
                    && *attributes == one.attributes
                    && *in_response_to == one.in_response_to
                    && *session_index == one.session_index
            };
            assert!(GENUINE.iter().any(was_signed), "nobody has signed {sign_in:?}");
            "accepted".to_owned()
        }
        Err(refusal) => refusal.code().to_owned(),
    }
}
