//! The scan before the parser: one pass over the octets, no memory of its own but a counter or two.
//!
//! What is refused here are the parts of XML in which parsers differ, or which a signature does not cover, and which no identity provider
//! sends: document types (entities, default attributes), comments (they vanish in the canonical form), processing instructions and CDATA
//! sections. What is bounded is everything that a tree costs memory or time for.

use super::Refusal;

const MAX_DEPTH: usize = 32;
const MAX_ELEMENTS: usize = 10_000;
/// Of one element, namespace declarations included.
const MAX_ATTRIBUTES: usize = 64;
/// Of the whole document: each is looked at by every element below it.
const MAX_NAMESPACES: usize = 256;

/// What becomes of comments and processing instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remarks {
    /// They are refused: a response is signed, and they are not.
    Refused,
    /// They are passed over: people write them into metadata.
    PassedOver,
}

/// # Errors
/// [`Refusal::ForbiddenMarkup`], [`Refusal::TooComplex`], or [`Refusal::NotXml`] where it is seen already here.
pub fn scan(text: &str, remarks: Remarks) -> Result<(), Refusal> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(declaration) = rest.strip_prefix("<?xml") {
        let (declaration, after) = declaration.split_once("?>").ok_or(Refusal::NotXml)?;
        if declaration.contains('<') || !declaration.starts_with([' ', '\t', '\r', '\n']) || speaks_another_encoding(declaration)
        {
            return Err(Refusal::ForbiddenMarkup);
        }
        rest = after;
    }
    let (mut depth, mut elements, mut namespaces) = (0_usize, 0_usize, 0_usize);
    while let Some((_, tag)) = rest.split_once('<') {
        if remarks == Remarks::PassedOver
            && let Some(after) = remark(tag)
        {
            rest = after?;
            continue;
        }
        rest = match tag.as_bytes().first() {
            Some(b'!' | b'?') => return Err(Refusal::ForbiddenMarkup),
            Some(b'/') => {
                depth = depth.checked_sub(1).ok_or(Refusal::NotXml)?;
                tag.split_once('>').ok_or(Refusal::NotXml)?.1
            }
            Some(_) => {
                let tag = Tag::read(tag)?;
                elements += 1;
                namespaces += tag.namespaces;
                depth += 1;
                if depth > MAX_DEPTH || elements > MAX_ELEMENTS || tag.attributes > MAX_ATTRIBUTES || namespaces > MAX_NAMESPACES
                {
                    return Err(Refusal::TooComplex);
                }
                if tag.is_empty {
                    depth -= 1;
                }
                tag.rest
            }
            None => return Err(Refusal::NotXml),
        };
    }
    Ok(())
}

/// What follows after a comment or a processing instruction; none if it is neither.
fn remark(tag: &str) -> Option<Result<&str, Refusal>> {
    let (remark, end) = match (tag.strip_prefix("!--"), tag.strip_prefix('?')) {
        (Some(comment), _) => (comment, "-->"),
        (None, Some(instruction)) => (instruction, "?>"),
        (None, None) => return None,
    };
    Some(remark.split_once(end).map(|(_, after)| after).ok_or(Refusal::NotXml))
}

/// What was decoded is UTF-8; a declaration that says otherwise would be believed by others.
fn speaks_another_encoding(declaration: &str) -> bool {
    let Some((_, encoding)) = declaration.split_once("encoding") else { return false };
    let name: String = encoding.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(16).collect();
    !name.to_ascii_lowercase().starts_with("utf-8")
}

/// A start tag, after its `<`.
struct Tag<'a> {
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    fn read(tag: &'a str) -> Result<Self, Refusal> {
        let (mut attributes, mut namespaces) = (0, 0);
        let mut rest = tag;
        loop {
            let at = rest.find(['"', '\'', '>', '<']).ok_or(Refusal::NotXml)?;
            let (before, from) = rest.split_at(at);
            let mut from_chars = from.chars();
            match from_chars.next() {
                Some('>') => {
                    return Ok(Self { attributes, namespaces, is_empty: before.ends_with('/'), rest: from_chars.as_str() });
                }
                Some(quote @ ('"' | '\'')) => {
                    attributes += 1;
                    // The name stands before the value, after the space that ends what came before.
                    let name = before.trim_end().trim_end_matches('=').trim_end();
                    let name = name.rsplit([' ', '\t', '\r', '\n']).next().unwrap_or(name);
                    namespaces += usize::from(name == "xmlns" || name.starts_with("xmlns:"));
                    let (value, after) = from_chars.as_str().split_once(quote).ok_or(Refusal::NotXml)?;
                    if value.contains('<') {
                        return Err(Refusal::NotXml);
                    }
                    rest = after;
                }
                _ => return Err(Refusal::NotXml),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parsers_read_in_different_ways_does_not_get_through() {
        for text in [
            "<!DOCTYPE a><a/>",
            "<a><!-- c --></a>",
            "<a><?p?></a>",
            "<?php ?><a/>",
            "<?xml version='1.0'?><?xml version='1.0'?><a/>",
            "<a><![CDATA[x]]></a>",
            "<?xml version='1.0' encoding='utf-7'?><a/>",
            "<?xml-stylesheet href='x'?><a/>",
        ] {
            assert_eq!(scan(text, Remarks::Refused), Err(Refusal::ForbiddenMarkup), "{text}");
        }
        for text in ["<a b='<'/>", "<a b=\"'>", "</a>", "<", "<a <b>"] {
            assert_eq!(scan(text, Remarks::Refused), Err(Refusal::NotXml), "{text}");
        }
        for text in ["<a/>", "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b='>' c=\"'\"><b/>&lt;</a>", ""] {
            assert_eq!(scan(text, Remarks::Refused), Ok(()), "{text}");
        }
    }

    #[test]
    fn remarks_are_passed_over_where_nothing_is_signed() {
        for text in ["<a><!-- <b> --></a>", "<a><?p <b> ?></a>", "<!-- x --><a/>"] {
            assert_eq!(scan(text, Remarks::PassedOver), Ok(()), "{text}");
        }
        for text in ["<!DOCTYPE a><a/>", "<a><![CDATA[x]]></a>"] {
            assert_eq!(scan(text, Remarks::PassedOver), Err(Refusal::ForbiddenMarkup), "{text}");
        }
        assert_eq!(scan("<a><!-- </a>", Remarks::PassedOver), Err(Refusal::NotXml));
    }

    #[test]
    fn what_costs_memory_or_time_is_bounded() {
        let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(scan(&deep(MAX_DEPTH), Remarks::Refused), Ok(()));
        assert_eq!(scan(&deep(MAX_DEPTH + 1), Remarks::Refused), Err(Refusal::TooComplex));
        let wide = |elements: usize| format!("<a>{}</a>", "<b/>".repeat(elements - 1));
        assert_eq!(scan(&wide(MAX_ELEMENTS), Remarks::Refused), Ok(()));
        assert_eq!(scan(&wide(MAX_ELEMENTS + 1), Remarks::Refused), Err(Refusal::TooComplex));
        let many = |attributes: usize| format!("<a{}/>", " b='1'".repeat(attributes));
        assert_eq!(scan(&many(MAX_ATTRIBUTES), Remarks::Refused), Ok(()));
        assert_eq!(scan(&many(MAX_ATTRIBUTES + 1), Remarks::Refused), Err(Refusal::TooComplex));
        let names = |elements: usize| format!("<a>{}</a>", "<b xmlns:x='1' xmlns = 'y'/>".repeat(elements));
        assert_eq!(scan(&names(MAX_NAMESPACES / 2), Remarks::Refused), Ok(()));
        assert_eq!(scan(&names(MAX_NAMESPACES / 2 + 1), Remarks::Refused), Err(Refusal::TooComplex));
    }
}
