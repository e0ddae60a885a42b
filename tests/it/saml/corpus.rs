//! Each response of the corpus is decided as it must be, and refused for the reason that an administrator can do something about.

use data_encoding::BASE64;
use rollcall::saml::{Refusal, SignIn, report, validate};

use crate::responses::{Case, Corpus};

/// Of what is legal and not taken by everybody: what we take.
const TAKEN: &[&str] = &["i01-encrypted-gcm-inner-signed", "i05-sc-notbefore", "i07-signature-not-after-issuer"];

/// What is refused, by its code.
const REFUSED: &[(&str, &str)] = &[
    ("h01-xsw1", "shape"),
    ("h02-xsw2", "shape"),
    ("h03-xsw3", "assertion_count"),
    ("h04-xsw4", "signature_shape"),
    ("h05-xsw5", "assertion_count"),
    ("h06-xsw6", "assertion_count"),
    ("h07-xsw7", "assertion_count"),
    ("h08-xsw8", "assertion_count"),
    ("h09-xsw-extensions-genuine-first", "duplicate_id"),
    ("h101-no-authnstatement", "authn_statement"),
    ("h103-bare-assertion-root", "shape"),
    ("h105-unknown-condition", "condition"),
    ("h107-unsigned-extra-assertion-after", "assertion_count"),
    ("h11-xsw-advice", "signature_shape"),
    ("h13-foreign-root", "shape"),
    ("h15-void-canonicalization", "digest_mismatch"),
    ("h17-tampered-attribute", "digest_mismatch"),
    ("h19-unsigned", "unsigned"),
    ("h20-empty-signature-element", "signature_shape"),
    ("h22-reference-to-status-only", "signature_shape"),
    ("h24-empty-uri-reference", "signature_shape"),
    ("h26-digestvalue-comment", "forbidden_markup"),
    ("h28-xslt-transform-ssrf", "signature_shape"),
    ("h30-reference-file", "signature_shape"),
    ("h33-xpath-bomb-dos", "signature_shape"),
    ("h35-comment-in-nameid", "forbidden_markup"),
    ("h37-cdata-in-nameid", "forbidden_markup"),
    ("h39-c14n-with-comments", "forbidden_markup"),
    ("h41-doctype-plain", "forbidden_markup"),
    ("h43-xxe-parameter-http", "forbidden_markup"),
    ("h44-billion-laughs", "forbidden_markup"),
    ("h47-dtd-default-attr-id", "forbidden_markup"),
    ("h49-trailing-root", "not_xml"),
    ("h53-not-xml", "not_xml"),
    ("h55-wrong-cert", "signature_mismatch"),
    ("h57-keyinfo-rsakeyvalue", "signature_mismatch"),
    ("h59-rsa-sha1", "algorithm"),
    ("h60-sha1-digest-only", "algorithm"),
    ("h62-hmac-confusion-cert-pem", "algorithm"),
    ("h62-hmac-confusion-empty", "algorithm"),
    ("h62-hmac-confusion-spki-pem", "algorithm"),
    ("h64-alg-none", "algorithm"),
    ("h66-ecdsa-zero", "signature_mismatch"),
    ("h70-encrypted-unsigned", "unsigned"),
    ("h71-conditions-expired", "expired"),
    ("h73-confirmation-expired", "expired"),
    ("h75-session-notonorafter-past", "session_over"),
    ("h77-issueinstant-future", "not_yet_valid"),
    ("h79-time-without-zone", "timestamp"),
    ("h81-wrong-issuer-assertion", "issuer"),
    ("h83-wrong-audience", "audience"),
    ("h84-no-audience", "audience"),
    ("h86-audience-prefix", "audience"),
    ("h88-missing-recipient", "confirmation"),
    ("h90-missing-destination-signed", "destination"),
    ("h92-wrong-inresponseto-confirmation", "in_response_to"),
    ("h93-missing-inresponseto", "unsolicited"),
    ("h94b-unsolicited-confirmation-strip", "in_response_to"),
    ("h95b-status-unsigned-not-success", "status"),
    ("h97-sender-vouches", "confirmation"),
    ("h99-no-nameid", "name_id"),
    ("i03-inclusive-c14n", "signature_shape"),
];

fn decide(corpus: &Corpus, case: &Case) -> Result<SignIn, &'static str> {
    let encoded = BASE64.encode(&corpus.text(case));
    let sign_in = corpus.of(case, |connection| validate(&encoded, connection, corpus.now)).map_err(|refusal| refusal.code())?;
    // Which requests are waiting, the caller knows.
    match &sign_in.in_response_to {
        Some(request) if !case.request_ids.contains(request) => Err("in_response_to"),
        _ => Ok(sign_in),
    }
}

#[test]
fn every_response_is_decided_as_the_manifest_says() {
    let corpus = Corpus::read();
    assert!(corpus.cases.len() >= 83);
    let mut unexpected = Vec::new();
    for case in &corpus.cases {
        let decided = decide(&corpus, case);
        let taken = match case.expect.as_str() {
            "accept" | "replay" => true,
            "reject" => false,
            "optional" => TAKEN.contains(&case.name.as_str()),
            other => panic!("{}: what is {other}?", case.name),
        };
        match decided {
            Ok(sign_in) => {
                assert!(taken, "{} signs in {}", case.name, sign_in.name_id);
                assert_eq!(Some(&sign_in.name_id), case.name_id.as_ref(), "{}", case.name);
            }
            Err(code) => {
                assert!(!taken, "{} is refused: {code}", case.name);
                let expected = REFUSED.iter().find(|(name, _)| *name == case.name).map(|(_, code)| *code);
                if Some(code) != expected {
                    unexpected.push(format!("(\"{}\", \"{code}\"),", case.name));
                }
            }
        }
    }
    assert!(unexpected.is_empty(), "refused otherwise than expected:\n{}", unexpected.join("\n"));
}

/// Whoever tries a connection reads the reason of the refusal among the checks, and of what is taken no refusal at all.
#[test]
fn the_report_of_a_test_says_what_was_decided() {
    let corpus = Corpus::read();
    let mut wrong = Vec::new();
    for case in &corpus.cases {
        let encoded = BASE64.encode(&corpus.text(case));
        let (decided, report) =
            corpus.of(case, |connection| (validate(&encoded, connection, corpus.now), report(&encoded, connection, corpus.now)));
        let refusals: Vec<Refusal> = report.checks.iter().filter_map(|check| check.refusal).collect();
        let agrees = match decided {
            Ok(ref sign_in) => refusals.is_empty() && report.attributes == sign_in.attributes,
            Err(refusal) => refusals.contains(&refusal),
        };
        if !agrees {
            wrong.push(format!("{}: {:?}, the report has {refusals:?}", case.name, decided.map(|_| ())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_no_key_was_given_for_stays_closed() {
    let corpus = Corpus::read();
    let case = corpus.cases.iter().find(|case| case.name.starts_with("i01")).expect("an encrypted one");
    let encoded = BASE64.encode(&corpus.text(case));
    let refused = corpus.of(case, |connection| {
        let keyless = rollcall::saml::Connection { key: None, ..connection.clone() };
        validate(&encoded, &keyless, corpus.now).map_err(|refusal| refusal.code())
    });
    assert_eq!(refused.err(), Some("encrypted"));
}
