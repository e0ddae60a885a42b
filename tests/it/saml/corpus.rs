//! Each response of the corpus is decided as it must be, and refused for the reason that an administrator can do something about.

use data_encoding::BASE64;
use rollcall::saml::{SignIn, validate};

use crate::responses::{Case, Corpus};

/// Of what is legal and not taken by everybody: what we take.
const TAKEN: &[&str] = &["i01-encrypted-gcm-inner-signed", "i05-sc-notbefore", "i07-signature-not-after-issuer"];

/// What is refused, by its code.
const REFUSED: &[(&str, &str)] = &[("i03-inclusive-c14n", "signature_shape")];

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
