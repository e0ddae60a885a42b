//! What a signed assertion says, and whether it says it to us and now: saml-profiles 4.1.4.3.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::Node;

use super::{
    Refusal,
    report::Check,
    response::{Connection, Envelope, MAX_AGE, SKEW, Unsolicited},
    xml::{self, ASSERTION},
};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// A confirmation that may be used for longer is none.
const LONGEST_CONFIRMATION: TimeDelta = TimeDelta::hours(24);
const LONGEST_NAME_ID: usize = 1_024;

/// What a valid response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The assertion's identifier: good once.
    pub assertion_id: String,
    /// The request that it answers, of which the caller must know; none of an unsolicited one.
    pub in_response_to: Option<String>,
    /// Who, as the identity provider names the person.
    pub name_id: String,
    /// The format of the name, as it was sent.
    pub name_id_format: Option<String>,
    /// The identity provider's session.
    pub session_index: Option<String>,
    /// When that session ends.
    pub session_not_on_or_after: Option<DateTime<Utc>>,
    /// When the person was signed in there.
    pub authn_instant: DateTime<Utc>,
    /// How: the authentication context class.
    pub authn_context: Option<String>,
    /// The attributes by name, each with all of its text values in their order.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The assertion is not good any more then, and its identifier may be forgotten.
    pub good_until: DateTime<Utc>,
    /// Which certificate has signed.
    pub fingerprint: String,
}

/// # Errors
/// [`Refusal::Version`].
pub(super) fn check_version(node: Node<'_, '_>) -> Result<(), Refusal> {
    if xml::attribute(node, "Version") == Some("2.0") { Ok(()) } else { Err(Refusal::Version) }
}

/// # Errors
/// [`Refusal::Issuer`].
pub(super) fn check_issuer(issuer: Node<'_, '_>, connection: &Connection<'_>) -> Result<(), Refusal> {
    let format = xml::attribute(issuer, "Format").unwrap_or(ENTITY);
    let is_ours = xml::text(issuer).is_some_and(|text| text.trim_matches(xml::is_space) == connection.idp_entity_id);
    if is_ours && format == ENTITY { Ok(()) } else { Err(Refusal::Issuer) }
}

/// # Errors
/// [`Refusal::Timestamp`], [`Refusal::NotYetValid`], [`Refusal::Expired`].
pub(super) fn check_issue_instant(node: Node<'_, '_>, now: DateTime<Utc>) -> Result<(), Refusal> {
    let issued = time(node, "IssueInstant")?.ok_or(Refusal::Timestamp)?;
    if issued > now + SKEW {
        return Err(Refusal::NotYetValid);
    }
    if issued < now - MAX_AGE - SKEW { Err(Refusal::Expired) } else { Ok(()) }
}

/// A time, which must be in UTC and say so (saml-core 1.3.3).
fn time(node: Node<'_, '_>, name: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = xml::attribute(node, name) else { return Ok(None) };
    if !text.ends_with('Z') || text.as_bytes().get(10) != Some(&b'T') {
        return Err(Refusal::Timestamp);
    }
    DateTime::parse_from_rfc3339(text).map(|time| Some(time.to_utc())).map_err(|_| Refusal::Timestamp)
}

/// Everything that is read of a signed assertion.
///
/// # Errors
/// The first reason to refuse it.
pub(super) fn read(
    assertion: Node<'_, '_>,
    connection: &Connection<'_>,
    envelope: &Envelope,
    fingerprint: &str,
    now: DateTime<Utc>,
) -> Result<SignIn, Refusal> {
    check_version(assertion)?;
    let assertion_id = xml::attribute(assertion, "ID").filter(|id| !id.is_empty() && id.len() <= 256).ok_or(Refusal::Shape)?;
    check_issue_instant(assertion, now)?;
    let issuer = xml::at_most_one(assertion, ASSERTION, "Issuer", Refusal::Shape)?.ok_or(Refusal::Issuer)?;
    check_issuer(issuer, connection)?;
    let good_until = check_conditions(assertion, connection, now)?;
    let subject = xml::at_most_one(assertion, ASSERTION, "Subject", Refusal::Shape)?.ok_or(Refusal::NameId)?;
    let (name_id, name_id_format) = read_name_id(subject)?;
    let in_response_to = check_confirmation(subject, connection, envelope, now)?;
    let Authentication { statement, instant, session_end, context } = read_authentication(assertion, now)?;
    Ok(SignIn {
        assertion_id: assertion_id.to_owned(),
        in_response_to,
        name_id,
        name_id_format,
        session_index: xml::attribute(statement, "SessionIndex").map(str::to_owned),
        session_not_on_or_after: session_end,
        authn_instant: instant,
        authn_context: context,
        attributes: read_attributes(assertion)?,
        good_until,
        fingerprint: fingerprint.to_owned(),
    })
}

/// What each check of an assertion finds, all of them made: it need not be signed, and lets nobody in.
pub(super) fn examine(
    assertion: Node<'_, '_>,
    connection: &Connection<'_>,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> (Vec<Check>, BTreeMap<String, Vec<String>>) {
    let text = |node: Option<Node<'_, '_>>| node.and_then(xml::text).map(|text| text.trim_matches(xml::is_space).to_owned());
    let only = |name, refusal| xml::at_most_one(assertion, ASSERTION, name, refusal);
    let mut checks = vec![Check::of("version", check_version(assertion))];
    let issued = Check::of("issue_instant", check_issue_instant(assertion, now));
    checks.push(issued.found(xml::attribute(assertion, "IssueInstant")).expected(&now.to_rfc3339()));
    let issuer = only("Issuer", Refusal::Shape).and_then(|issuer| issuer.ok_or(Refusal::Issuer));
    let checked = issuer.and_then(|issuer| check_issuer(issuer, connection));
    checks.push(Check::of("issuer", checked).found(text(issuer.ok()).as_deref()).expected(connection.idp_entity_id));
    let conditions = only("Conditions", Refusal::Condition).ok().flatten();
    let restrictions = conditions.into_iter().flat_map(|conditions| xml::children(conditions, ASSERTION, "AudienceRestriction"));
    let audiences: Vec<String> =
        restrictions.flat_map(|one| xml::children(one, ASSERTION, "Audience")).filter_map(|one| text(Some(one))).collect();
    let checked = check_conditions(assertion, connection, now).map(|_| ());
    checks.push(Check::of("conditions", checked).found(Some(&audiences.join(" "))).expected(connection.sp_entity_id));
    let subject = only("Subject", Refusal::Shape).and_then(|subject| subject.ok_or(Refusal::NameId));
    let named = subject.and_then(read_name_id);
    let name = named.as_ref().ok().map(|(name, _)| name.clone());
    checks.push(Check::of("name_id", named.map(|_| ())).found(name.as_deref()));
    if let Ok(subject) = subject {
        let data = xml::children(subject, ASSERTION, "SubjectConfirmation")
            .find_map(|one| xml::children(one, ASSERTION, "SubjectConfirmationData").next());
        let checked = check_confirmation(subject, connection, envelope, now).map(|_| ());
        let recipient = data.and_then(|data| xml::attribute(data, "Recipient"));
        checks.push(Check::of("confirmation", checked).found(recipient).expected(connection.acs));
    }
    checks.push(Check::of("authn_statement", read_authentication(assertion, now).map(|_| ())));
    let attributes = read_attributes(assertion);
    checks.push(Check::of("attributes", attributes.as_ref().map(|_| ()).map_err(|refusal| *refusal)));
    (checks, attributes.unwrap_or_default())
}

/// Answers until when the assertion is good.
fn check_conditions(assertion: Node<'_, '_>, connection: &Connection<'_>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let conditions = xml::at_most_one(assertion, ASSERTION, "Conditions", Refusal::Condition)?.ok_or(Refusal::Condition)?;
    let end = window(conditions, now)?;
    let mut is_for_us = false;
    for condition in conditions.children().filter(Node::is_element) {
        match (condition.tag_name().namespace(), condition.tag_name().name()) {
            // Each of several must let us in (saml-core 2.5.1.4).
            (Some(ASSERTION), "AudienceRestriction") => {
                let ours = |audience| {
                    xml::text(audience).is_some_and(|text| text.trim_matches(xml::is_space) == connection.sp_entity_id)
                };
                if !xml::children(condition, ASSERTION, "Audience").any(ours) {
                    return Err(Refusal::Audience);
                }
                is_for_us = true;
            }
            // We use every assertion once, and hand none on.
            (Some(ASSERTION), "OneTimeUse" | "ProxyRestriction") => {}
            _ => return Err(Refusal::Condition),
        }
    }
    if is_for_us { Ok(end.unwrap_or(now + MAX_AGE) + SKEW) } else { Err(Refusal::Audience) }
}

/// `NotBefore` and `NotOnOrAfter`. Answers the latter.
fn window(node: Node<'_, '_>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let (begin, end) = (time(node, "NotBefore")?, time(node, "NotOnOrAfter")?);
    if begin.is_some_and(|begin| begin > now + SKEW) {
        return Err(Refusal::NotYetValid);
    }
    if end.is_some_and(|end| end <= now - SKEW) { Err(Refusal::Expired) } else { Ok(end) }
}

/// What an assertion says of how and when the person was signed in at the identity provider.
struct Authentication<'a, 'input> {
    statement: Node<'a, 'input>,
    instant: DateTime<Utc>,
    session_end: Option<DateTime<Utc>>,
    context: Option<String>,
}

fn read_authentication<'a, 'input>(
    assertion: Node<'a, 'input>,
    now: DateTime<Utc>,
) -> Result<Authentication<'a, 'input>, Refusal> {
    let statement = xml::children(assertion, ASSERTION, "AuthnStatement").next().ok_or(Refusal::AuthnStatement)?;
    let instant = time(statement, "AuthnInstant")?.ok_or(Refusal::Timestamp)?;
    let session_end = time(statement, "SessionNotOnOrAfter")?;
    if session_end.is_some_and(|end| end <= now) {
        return Err(Refusal::SessionOver);
    }
    let context = xml::at_most_one(statement, ASSERTION, "AuthnContext", Refusal::AuthnStatement)?;
    let class = context.and_then(|context| xml::children(context, ASSERTION, "AuthnContextClassRef").next());
    Ok(Authentication { statement, instant, session_end, context: class.and_then(xml::text) })
}

fn read_name_id(subject: Node<'_, '_>) -> Result<(String, Option<String>), Refusal> {
    let node = xml::at_most_one(subject, ASSERTION, "NameID", Refusal::NameId)?.ok_or(Refusal::NameId)?;
    let text = xml::text(node).ok_or(Refusal::NameId)?;
    let text = text.trim_matches(xml::is_space);
    if text.is_empty() || text.chars().count() > LONGEST_NAME_ID || text.chars().any(char::is_control) {
        return Err(Refusal::NameId);
    }
    Ok((text.to_owned(), xml::attribute(node, "Format").map(str::to_owned)))
}

/// One of the confirmations must be a bearer's, for us and for now. Answers which request it answers.
fn check_confirmation(
    subject: Node<'_, '_>,
    connection: &Connection<'_>,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<Option<String>, Refusal> {
    let mut refusal = Refusal::Confirmation;
    for confirmation in xml::children(subject, ASSERTION, "SubjectConfirmation") {
        if xml::attribute(confirmation, "Method") != Some(BEARER) {
            continue;
        }
        match check_bearer(confirmation, connection, now) {
            Ok(in_response_to) => return agree(in_response_to, envelope, connection),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn check_bearer(confirmation: Node<'_, '_>, connection: &Connection<'_>, now: DateTime<Utc>) -> Result<Option<String>, Refusal> {
    let data = xml::at_most_one(confirmation, ASSERTION, "SubjectConfirmationData", Refusal::Confirmation)?;
    let data = data.ok_or(Refusal::Confirmation)?;
    if xml::attribute(data, "Recipient") != Some(connection.acs) {
        return Err(Refusal::Confirmation);
    }
    let end = window(data, now)?.ok_or(Refusal::Confirmation)?;
    if end > now + LONGEST_CONFIRMATION {
        return Err(Refusal::Confirmation);
    }
    Ok(xml::attribute(data, "InResponseTo").map(str::to_owned))
}

/// Envelope and confirmation must speak of the same request. What counts is the signed one: whoever strips the other makes no sign-in that
/// was asked for into one that was not.
fn agree(signed: Option<String>, envelope: &Envelope, connection: &Connection<'_>) -> Result<Option<String>, Refusal> {
    if signed != envelope.in_response_to {
        return Err(Refusal::InResponseTo);
    }
    if signed.is_none() && connection.unsolicited == Unsolicited::Refused {
        return Err(Refusal::Unsolicited);
    }
    Ok(signed)
}

/// Repeated elements of one name are merged: some identity providers send one for each value. A value that is no text is left out as a whole.
fn read_attributes(assertion: Node<'_, '_>) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for statement in xml::children(assertion, ASSERTION, "AttributeStatement") {
        for attribute in xml::children(statement, ASSERTION, "Attribute") {
            let name = xml::attribute(attribute, "Name").filter(|name| !name.is_empty()).ok_or(Refusal::Attribute)?;
            let values = xml::children(attribute, ASSERTION, "AttributeValue").filter_map(xml::text);
            attributes
                .entry(name.to_owned())
                .or_default()
                .extend(values.map(|value| value.trim_matches(xml::is_space).to_owned()));
        }
    }
    Ok(attributes)
}
