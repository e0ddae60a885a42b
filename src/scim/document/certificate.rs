//! Whether some bytes are one certificate, RFC 7643 §4.1.2 `x509Certificates`.
//!
//! Only the frame is read: nothing here trusts a certificate, and nobody signs in with one. It tells a certificate from a bundle, a
//! request for one, a key, and from bytes of any other kind, so that whoever reads the attribute later finds what it says.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// `[0]`, which holds the version.
const VERSION: u8 = 0xa0;

/// Whether the bytes are one DER certificate and nothing else (RFC 5280 §4.1): what is certified, the algorithm, the signature.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let read = || {
        let certificate = only(SEQUENCE, bytes)?;
        let (certified, rest) = take(SEQUENCE, certificate)?;
        let (_, rest) = take(SEQUENCE, rest)?;
        only(BIT_STRING, rest)?;
        is_certified(certified)
    };
    read() == Some(true)
}

/// Whether the bytes are something else that can be read: one or more things in DER, as a bundle or a key is, or PEM.
pub(super) fn is_something_else(bytes: &[u8]) -> bool {
    take(SEQUENCE, bytes).is_some() || bytes.trim_ascii_start().starts_with(b"-----")
}

/// The number comes first, after the version; then algorithm, issuer, validity, subject and key, all of them sequences.
fn is_certified(bytes: &[u8]) -> Option<bool> {
    let rest = take(VERSION, bytes).map_or(bytes, |(_, rest)| rest);
    let (_, mut rest) = take(INTEGER, rest)?;
    for _ in 0..5 {
        (_, rest) = take(SEQUENCE, rest)?;
    }
    Some(true)
}

/// The content of the one element that there is, if it has this tag.
fn only(tag: u8, bytes: &[u8]) -> Option<&[u8]> {
    take(tag, bytes).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// The content of the first element, if it has this tag, and what comes after it. Lengths are in their shortest form (X.690 §10.1).
fn take(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().fold(0, |length: u64, digit| length << 8 | u64::from(*digit));
            let is_shortest = digits.first() != Some(&0) && length > 0x7f;
            (usize::try_from(length).ok().filter(|_| is_shortest)?, rest)
        }
        _ => return None,
    };
    if found == tag { rest.split_at_checked(length) } else { None }
}

#[cfg(test)]
pub(super) mod tests {
    use data_encoding::BASE64;
    use proptest::prelude::*;

    use super::*;

    /// Made for this test.
    pub const CERTIFICATE: &str = "MIIBMjCB5aADAgECAhRoRZ4tiOViuQhli//wxXe+FM7yeTAFBgMrZXAwDjEMMAoGA1UEAwwDYWRhMCAXDTI2MTEyNDE1NDkxMVoYDzIxMjYxMDMxMTU0OTExWjAOMQwwCgYDVQQDDANhZGEwKjAFBgMrZXADIQBEGKkLGLhYCRWRPRnaABIkG5CpNueAO7l1e+6ea0+ARaNTMFEwHQYDVR0OBBYEFOtWvJHSeaudkjqJ09evBbL8kEEAMB8GA1UdIwQYMBaAFOtWvJHSeaudkjqJ09evBbL8kEEAMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAPBWWjoLQMJTslu3wC62fCk/+a3yBuV4uc2LS01TntDI97lg2BE2YVRpuUb5ZCF7V4PkRWVLhxCPxGGiXTS0lBQ==";
    const REQUEST: &str = "MIGNMEECAQAwDjEMMAoGA1UEAwwDYWRhMCowBQYDK2VwAyEARBipCxi4WAkVkT0Z2gASJBuQqTbngDu5dXvunmtPgEWgADAFBgMrZXADQQCDz2edehGoRokdn1B/6feBUtpL+EIgi9Povp6wg7B0OcZEZTG81IMbeqlMVXsE9U0KsW+bur1U202q6y91XUMF";
    const KEY: &str = "MC4CAQAwBQYDK2VwBCIEIATBAexxzbv8tK9RcGO2/YHqOjZPct9d+oSPAEsaXNda";

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn one_certificate_is_one() {
        assert!(is_one(&bytes(CERTIFICATE)));
    }

    #[test]
    fn everything_else_is_none() {
        let one = bytes(CERTIFICATE);
        let two = [one.clone(), one.clone()].concat();
        let in_a_sequence =
            [vec![SEQUENCE, 0x82, u8::try_from(one.len() >> 8).unwrap(), (one.len() & 0xff) as u8], one.clone()].concat();
        for (what, bytes) in [
            ("two", two),
            ("one in another", in_a_sequence),
            ("a request", bytes(REQUEST)),
            ("a key", bytes(KEY)),
            ("PEM", format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n").into_bytes()),
            ("one byte less", one[..one.len() - 1].to_vec()),
            ("one byte more", [one, vec![0]].concat()),
            ("nothing", Vec::new()),
            ("text", b"MIIB".to_vec()),
            ("a length of four gigabytes", vec![SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]),
            ("a length without end", vec![SEQUENCE, 0x80, 0, 0]),
        ] {
            assert!(!is_one(&bytes), "{what}");
        }
    }

    proptest! {
        #[test]
        fn one_that_was_cut_is_none(length in 0_usize..300) {
            let one = bytes(CERTIFICATE);
            prop_assert!(!is_one(&one[..length.min(one.len() - 1)]));
        }

        #[test]
        fn never_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..40), tag in prop::sample::select(vec![SEQUENCE, INTEGER, VERSION])) {
            if let Some(first) = bytes.first_mut() {
                *first = tag;
            }
            is_one(&bytes);
        }
    }
}
