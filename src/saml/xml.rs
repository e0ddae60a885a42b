//! Reading of elements: by namespace and name, with text only where text is wanted.

use roxmltree::{Document, Node, ParsingOptions};

use super::{
    Refusal,
    markup::{self, Remarks},
};

pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Parses a document that has been let through.
///
/// # Errors
/// As [`markup::scan`], and [`Refusal::NotXml`].
pub fn parse(text: &str) -> Result<Document<'_>, Refusal> {
    parse_with(text, Remarks::Refused)
}

/// The same, and remarks as it is said.
///
/// # Errors
/// As [`markup::scan`], and [`Refusal::NotXml`].
pub fn parse_with(text: &str, remarks: Remarks) -> Result<Document<'_>, Refusal> {
    markup::scan(text, remarks)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 50_000, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|_| Refusal::NotXml)
}

/// Whether an element has this name.
pub fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(namespace)
}

/// The child elements of this name.
pub fn children<'a, 'i>(node: Node<'a, 'i>, namespace: &'static str, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(*child, namespace, name))
}

/// The only child element of this name; none where there is none.
///
/// # Errors
/// Several: the refusal that is given.
pub fn at_most_one<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
    otherwise: Refusal,
) -> Result<Option<Node<'a, 'i>>, Refusal> {
    let mut found = children(node, namespace, name);
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(otherwise),
    }
}

/// The text of an element that has nothing but text; none where there is anything else.
pub fn text(node: Node<'_, '_>) -> Option<String> {
    node.children().try_fold(String::new(), |mut all, child| {
        all.push_str(child.text().filter(|_| child.is_text())?);
        Some(all)
    })
}

/// Whether there is nothing between the child elements but white space.
pub fn has_only_elements(node: Node<'_, '_>) -> bool {
    node.children().all(|child| child.is_element() || child.text().is_some_and(|text| text.chars().all(is_space)))
}

/// White space of XML.
pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// An attribute without a namespace.
pub fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.namespace().is_none() && attribute.name() == name)
        .map(|attribute| attribute.value())
}

/// A text as it may stand between quotes or tags.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}
