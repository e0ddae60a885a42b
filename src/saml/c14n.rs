//! Exclusive XML canonicalization 1.0, without comments (<http://www.w3.org/TR/xml-exc-c14n/>), of one element.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Node, NodeId};

/// Its identifier.
pub const ALGORITHM: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// What is not part of the canonical form, and what of it is inclusive.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// An element that is left out, with everything in it: the signature itself (the enveloped-signature transform).
    pub without: Option<NodeId>,
    /// Prefixes that are treated as in inclusive canonicalization; an empty one for the default namespace.
    pub inclusive: BTreeSet<String>,
}

impl Form {
    /// Reads a `PrefixList`.
    pub fn prefixes(list: &str) -> BTreeSet<String> {
        let prefix = |token: &str| if token == "#default" { String::new() } else { token.to_owned() };
        list.split_ascii_whitespace().map(prefix).collect()
    }
}

/// The canonical octets of an element.
pub fn canonical(element: Node<'_, '_>, form: &Form) -> String {
    let mut out = String::with_capacity(element.range().len() + 256);
    write(element, form, &BTreeMap::new(), &mut out);
    out
}

/// `rendered` are the declarations that ancestors in the canonical form have made, by prefix.
fn write(element: Node<'_, '_>, form: &Form, rendered: &BTreeMap<String, String>, out: &mut String) {
    let source = element.document().input_text();
    let name = qualified_name(source, element);
    let mut used: BTreeSet<&str> = form.inclusive.iter().map(String::as_str).collect();
    used.insert(prefix_of(name));
    let mut attributes: Vec<(&str, &str, &str, &str)> = Vec::new();
    for attribute in element.attributes() {
        let qualified = source.get(attribute.range_qname()).unwrap_or_default();
        // An attribute without a prefix is in no namespace, so the default one is not used by it.
        if qualified.contains(':') {
            used.insert(prefix_of(qualified));
        }
        attributes.push((attribute.namespace().unwrap_or_default(), attribute.name(), qualified, attribute.value()));
    }
    attributes.sort_unstable();
    out.push('<');
    out.push_str(name);
    let mut now = None;
    for prefix in used.into_iter().filter(|prefix| *prefix != "xml") {
        let uri = namespace(element, prefix);
        let before = rendered.get(prefix).map(String::as_str);
        let Some(uri) = uri.or_else(|| before.filter(|before| prefix.is_empty() && !before.is_empty()).map(|_| "")) else {
            continue;
        };
        // No declaration and the empty default namespace are the same.
        if before.unwrap_or_default() == uri && (before.is_some() || uri.is_empty()) {
            continue;
        }
        out.push_str(" xmlns");
        if !prefix.is_empty() {
            out.push(':');
            out.push_str(prefix);
        }
        out.push_str("=\"");
        escape_attribute(uri, out);
        out.push('"');
        now.get_or_insert_with(|| rendered.clone()).insert(prefix.to_owned(), uri.to_owned());
    }
    for (_, _, qualified, value) in attributes {
        out.push(' ');
        out.push_str(qualified);
        out.push_str("=\"");
        escape_attribute(value, out);
        out.push('"');
    }
    out.push('>');
    let rendered = now.as_ref().unwrap_or(rendered);
    for child in element.children() {
        if child.is_element() {
            if Some(child.id()) != form.without {
                write(child, form, rendered, out);
            }
        } else if child.is_text() {
            escape_text(child.text().unwrap_or_default(), out);
        }
        // Comments are left out; there are no processing instructions.
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// The namespace of a prefix that is in scope.
fn namespace<'a>(element: Node<'a, '_>, prefix: &str) -> Option<&'a str> {
    if prefix == "xml" {
        return Some(XML);
    }
    element.lookup_namespace_uri((!prefix.is_empty()).then_some(prefix))
}

/// An element's name as it stands in the document: the tree knows namespaces, but not by which of several prefixes they were meant.
fn qualified_name<'a>(source: &'a str, element: Node<'_, '_>) -> &'a str {
    let tag = source.get(element.range()).and_then(|tag| tag.strip_prefix('<')).unwrap_or_default();
    let end = tag.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(tag.len());
    tag.get(..end).unwrap_or_default()
}

fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape_attribute(text: &str, out: &mut String) {
    escape(text, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape(text: &str, out: &mut String, replacement: impl Fn(char) -> Option<&'static str>) {
    let mut rest = text;
    while let Some((at, with)) = rest.char_indices().find_map(|(at, c)| Some((at, replacement(c)?))) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        out.push_str(with);
        rest = from.get(1..).unwrap_or_default(); // all of them are one octet
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml;

    fn of(text: &str, inclusive: &str) -> String {
        let document = xml::parse(text).expect("XML");
        let element = document.descendants().find(|node| node.attribute("here").is_some()).unwrap_or(document.root_element());
        canonical(element, &Form { without: None, inclusive: Form::prefixes(inclusive) })
    }

    #[test]
    fn the_examples_of_the_recommendation() {
        // §2.2: the same element in two contexts has the same form.
        let expected = r#"<n1:elem2 xmlns:n1="http://example.net" here="" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"></n3:stuff></n1:elem2>"#;
        for context in [
            r#"<n0:pdu xmlns:n0="http://a.example"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en" here=""><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n0:pdu>"#,
            r#"<n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:lang="fr" xml:space="retain"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en" here=""><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n2:pdu>"#,
        ] {
            assert_eq!(of(context, ""), expected);
        }
    }

    #[test]
    fn namespaces_are_declared_where_they_are_used_and_once() {
        let text = r#"<a xmlns="u" xmlns:p="v" xmlns:q="w" here="1"><b><c xmlns=""/><p:d p:x="1" x="2"/><p:e/></b></a>"#;
        let expected =
            r#"<a xmlns="u" here="1"><b><c xmlns=""></c><p:d xmlns:p="v" x="2" p:x="1"></p:d><p:e xmlns:p="v"></p:e></b></a>"#;
        assert_eq!(of(text, ""), expected);
        let expected = r#"<a xmlns="u" xmlns:q="w" here="1"><b><c xmlns=""></c><p:d xmlns:p="v" x="2" p:x="1"></p:d><p:e xmlns:p="v"></p:e></b></a>"#;
        assert_eq!(of(text, "q #default nobody"), expected);
        let text = r#"<r xmlns="u" xmlns:q="w"><p:a xmlns:p="v" here=""><b/></p:a></r>"#;
        assert_eq!(of(text, ""), r#"<p:a xmlns:p="v" here=""><b xmlns="u"></b></p:a>"#);
        assert_eq!(of(text, "q #default"), r#"<p:a xmlns="u" xmlns:p="v" xmlns:q="w" here=""><b></b></p:a>"#);
    }

    #[test]
    fn two_prefixes_of_one_namespace_stay_two() {
        let text = r#"<x:a xmlns:x="u" xmlns:y="u" y:k="1" x:j="2"><y:b/></x:a>"#;
        assert_eq!(of(text, ""), r#"<x:a xmlns:x="u" xmlns:y="u" x:j="2" y:k="1"><y:b></y:b></x:a>"#);
    }

    #[test]
    fn characters_are_written_in_one_way() {
        let text = "<a b='&#9;&#10;&#13;&quot;&lt;>\t\n' c=\"'\">&amp;&lt;&gt;\"&#13;\r\nx\u{e9}</a>";
        assert_eq!(of(text, ""), "<a b=\"&#x9;&#xA;&#xD;&quot;&lt;>  \" c=\"'\">&amp;&lt;&gt;\"&#xD;\nx\u{e9}</a>");
    }
}
