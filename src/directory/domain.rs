//! Domains for whose addresses a workspace can speak, because it has shown that it can write their DNS.

/// No name is longer that still leaves room for the label of [`Domain::record_name`] (RFC 1035 §2.3.4).
const LONGEST: usize = 230;

/// A domain name in the form in which DNS knows it: lower case, labels that are not ASCII as A-labels (RFC 5890 §2.3.2.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(String);

impl Domain {
    /// Reads a domain name as a person writes it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let name = idna::domain_to_ascii_strict(text.strip_suffix('.').unwrap_or(text))
            .map_err(|_| "must be a domain name, such as example.com")?;
        if !name.contains('.') || name.starts_with('.') || name.ends_with('.') {
            return Err("must be a domain name with a dot in it, such as example.com");
        }
        if name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err("must be a domain name and no address of a machine");
        }
        if name.len() > LONGEST {
            return Err("is too long");
        }
        Ok(Self(name))
    }

    /// The domain of an e-mail address; none when it has none that DNS could know.
    pub fn of_address(address: &str) -> Option<Self> {
        Self::parse(address.rsplit_once('@')?.1).ok()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the workspace puts the TXT record that shows it.
    pub fn record_name(&self) -> String {
        record_name(&self.0)
    }
}

/// Where the TXT record of a domain is, given its stored name.
pub fn record_name(domain: &str) -> String {
    format!("_rollcall-challenge.{domain}")
}

/// What the TXT record must say.
pub fn record_value(token: &str) -> String {
    format!("rollcall-verification={token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_dns_knows() {
        for (text, name) in [
            ("acme.test", "acme.test"),
            (" ACME.Test. ", "acme.test"),
            ("mail.acme.test", "mail.acme.test"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(Domain::parse(text).as_ref().map(Domain::as_str), Ok(name), "{text}");
        }
        let long = format!("{}.{}.{}.{}.test", "a".repeat(60), "b".repeat(60), "c".repeat(60), "d".repeat(60));
        for text in
            ["", ".", "acme", "acme..test", ".acme.test", "192.0.2.1", "acme.test/x", "a b.test", "@acme.test", "_x.test", &long]
        {
            assert!(Domain::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_of_what_stands_behind_its_last_at() {
        let of = |address| Domain::of_address(address).map(|domain| domain.as_str().to_owned());
        assert_eq!(of("ada@Acme.test").as_deref(), Some("acme.test"));
        assert_eq!(of("\"ada@evil.test\"@acme.test").as_deref(), Some("acme.test"));
        assert_eq!(of("ada@BÜCHER.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(of("ada@mail.acme.test").as_deref(), Some("mail.acme.test"), "a domain does not speak for those below it");
        for address in ["ada", "ada@", "ada@localhost", "ada@192.0.2.1"] {
            assert_eq!(of(address), None, "{address}");
        }
    }
}
