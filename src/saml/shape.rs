//! What stands where in a response. Signature wrapping lives from what is in a place where nobody looks: so everything is looked at, and what
//! has no business in a response is refused, whatever is signed.

use std::collections::HashSet;

use roxmltree::{Document, Node};

use super::{
    Refusal,
    xml::{self, ASSERTION, PROTOCOL, SIGNATURE},
};

/// The one assertion of a response.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a, 'i> {
    /// It can be read.
    Plain(Node<'a, 'i>),
    /// It is to be decrypted first.
    Encrypted(Node<'a, 'i>),
}

/// A response with one assertion anywhere, nothing but what may stand in it, signatures in the two places where they may be, and no
/// identifier twice.
///
/// # Errors
/// [`Refusal::Shape`], [`Refusal::SignatureShape`], [`Refusal::DuplicateId`], [`Refusal::AssertionCount`].
pub fn response<'a, 'i>(document: &'a Document<'i>) -> Result<Found<'a, 'i>, Refusal> {
    let response = document.root_element();
    if !xml::is(response, PROTOCOL, "Response") || !xml::has_only_elements(response) {
        return Err(Refusal::Shape);
    }
    let assertions = look_at_everything(document)?;
    let [assertion] = assertions.as_slice() else { return Err(Refusal::AssertionCount) };
    if assertion.parent() != Some(response) {
        return Err(Refusal::Shape);
    }
    for child in response.children().filter(Node::is_element) {
        match (child.tag_name().namespace(), child.tag_name().name()) {
            (Some(ASSERTION), "Issuer" | "Assertion" | "EncryptedAssertion")
            | (Some(SIGNATURE), "Signature")
            | (Some(PROTOCOL), "Status" | "Extensions") => {}
            _ => return Err(Refusal::Shape),
        }
    }
    if xml::is(*assertion, ASSERTION, "EncryptedAssertion") {
        return Ok(Found::Encrypted(*assertion));
    }
    check_assertion(*assertion)?;
    Ok(Found::Plain(*assertion))
}

/// An assertion that was decrypted: the document's root and the only one.
///
/// # Errors
/// As [`response`].
pub fn assertion<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, Refusal> {
    let root = document.root_element();
    if look_at_everything(document)? != [root] {
        return Err(Refusal::AssertionCount);
    }
    check_assertion(root)?;
    Ok(root)
}

/// Answers every assertion, encrypted or not, by the name alone: what looks like one to somebody else is one too many.
fn look_at_everything<'a, 'i>(document: &'a Document<'i>) -> Result<Vec<Node<'a, 'i>>, Refusal> {
    let root = document.root_element();
    let (mut assertions, mut ids) = (Vec::new(), HashSet::new());
    for node in document.descendants().filter(Node::is_element) {
        match node.tag_name().name() {
            "Assertion" | "EncryptedAssertion" => assertions.push(node),
            "Response" if node != root => return Err(Refusal::Shape),
            "Signature" if !may_be_signed(node, root) => return Err(Refusal::SignatureShape),
            _ => {}
        }
        for attribute in node.attributes() {
            if attribute.name().eq_ignore_ascii_case("id") && !ids.insert(attribute.value()) {
                return Err(Refusal::DuplicateId);
            }
        }
    }
    Ok(assertions)
}

/// Whether a signature is a child of the root, or of an assertion that is a child of the root.
fn may_be_signed(signature: Node<'_, '_>, root: Node<'_, '_>) -> bool {
    let Some(parent) = signature.parent() else { return false };
    parent == root || (xml::is(parent, ASSERTION, "Assertion") && parent.parent() == Some(root))
}

fn check_assertion(assertion: Node<'_, '_>) -> Result<(), Refusal> {
    if !xml::is(assertion, ASSERTION, "Assertion") {
        return Err(Refusal::Shape);
    }
    for child in assertion.children().filter(Node::is_element) {
        match (child.tag_name().namespace(), child.tag_name().name()) {
            (
                Some(ASSERTION),
                "Issuer"
                | "Subject"
                | "Conditions"
                | "AuthnStatement"
                | "AttributeStatement"
                | "Advice"
                | "AuthzDecisionStatement",
            )
            | (Some(SIGNATURE), "Signature") => {}
            _ => return Err(Refusal::Shape),
        }
    }
    Ok(())
}
