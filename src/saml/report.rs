//! What each check of a response finds, for an administrator who tries a connection: all that is wrong at once, with what was found beside
//! what was expected. It lets nobody in: [`validate`](super::validate) decides that, from signed octets, while this reads what has arrived.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roxmltree::Node;

use super::{
    Refusal, assertion,
    encrypted::{self, Modes},
    response::{Connection, Envelope, check_destination, check_status, decode},
    shape::{self, Found},
    signature, xml,
};

/// Characters of a value that are shown.
const SHOWN: usize = 512;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Why it was not passed; none when it was.
    pub refusal: Option<Refusal>,
    /// What was found, where one value says it.
    pub found: Option<String>,
    /// What was expected, where one value says it.
    pub expected: Option<String>,
}

impl Check {
    pub(super) fn of(name: &'static str, outcome: Result<(), Refusal>) -> Self {
        Self { name, refusal: outcome.err(), found: None, expected: None }
    }

    pub(super) fn found(self, value: Option<&str>) -> Self {
        Self { found: value.map(|value| value.chars().take(SHOWN).collect()), ..self }
    }

    pub(super) fn expected(self, value: &str) -> Self {
        Self { expected: Some(value.to_owned()), ..self }
    }
}

/// Every check that could be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The checks, in the order in which they are made. Those that need what could not be read are left out.
    pub checks: Vec<Check>,
    /// Every attribute that was sent, with its text values.
    pub attributes: BTreeMap<String, Vec<String>>,
}

/// The request that a response says it answers, whoever has written it.
pub fn claimed_request(encoded: &str) -> Option<String> {
    let text = decode(encoded).ok()?;
    let document = xml::parse(&text).ok()?;
    Envelope::of(document.root_element()).in_response_to
}

/// Makes every check that can be made.
pub fn report(encoded: &str, connection: &Connection<'_>, now: DateTime<Utc>) -> Report {
    let mut report = Report::default();
    // Refused by any of these, there is nothing more to read.
    if let Err(refusal) = examine(encoded, connection, now, &mut report) {
        report.checks.push(Check::of("readable", Err(refusal)));
    }
    report
}

fn examine(encoded: &str, connection: &Connection<'_>, now: DateTime<Utc>, report: &mut Report) -> Result<(), Refusal> {
    let text = decode(encoded)?;
    let document = xml::parse(&text)?;
    let response = document.root_element();
    report.checks.push(Check::of("status", check_status(response)));
    let found = shape::response(&document)?;
    let whole = signature::verify(response, connection.pinned);
    if !matches!(whole, Ok(None)) {
        report.checks.push(signed("response_signature", &whole));
    }
    let is_signed = matches!(whole, Ok(Some(_)));
    let destination = Check::of("destination", check_destination(response, connection, is_signed));
    report.checks.push(destination.found(xml::attribute(response, "Destination")).expected(connection.acs));
    match found {
        Found::Plain(assertion) => read(response, assertion, connection, is_signed, now, report),
        Found::Encrypted(encrypted) => {
            // As where it counts: what is not authenticated is not decrypted, or whoever sees how it fails could decrypt it.
            let modes = if is_signed { Modes::All } else { Modes::Authenticated };
            let plain = connection.key.ok_or(Refusal::Encrypted).and_then(|key| encrypted::decrypt(encrypted, key, modes));
            report.checks.push(Check::of("decryption", plain.as_ref().map(|_| ()).map_err(|refusal| *refusal)));
            let Ok(plain) = plain else { return Ok(()) };
            let document = xml::parse(&plain)?;
            read(response, shape::assertion(&document)?, connection, is_signed, now, report);
        }
    }
    Ok(())
}

fn read(
    response: Node<'_, '_>,
    assertion: Node<'_, '_>,
    connection: &Connection<'_>,
    is_signed: bool,
    now: DateTime<Utc>,
    report: &mut Report,
) {
    let part = signature::verify(assertion, connection.pinned);
    if !(is_signed && matches!(part, Ok(None))) {
        report.checks.push(signed("assertion_signature", &part));
    }
    let (checks, attributes) = assertion::examine(assertion, connection, &Envelope::of(response), now);
    report.checks.extend(checks);
    report.attributes = attributes;
}

/// Of a signature that must be there; found is the certificate that has made it.
fn signed(name: &'static str, verified: &Result<Option<signature::Signed>, Refusal>) -> Check {
    match verified {
        Ok(Some(signed)) => Check::of(name, Ok(())).found(Some(signed.fingerprint())),
        Ok(None) => Check::of(name, Err(Refusal::Unsigned)),
        Err(refusal) => Check::of(name, Err(*refusal)),
    }
}
