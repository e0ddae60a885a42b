//! An address that somebody has given us, read and looked up.

use std::{net::SocketAddr, time::Duration};

use url::{Host, Position, Url};

use super::is_public;

const LONGEST: usize = 2048;
/// Longest wait for the answer to a look-up.
const LOOK_UP: Duration = Duration::from_secs(5);

/// What may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What anybody on the internet could call, encrypted.
    Public,
    /// Anything: for development, on a machine that has nothing to hide.
    Anywhere,
}

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is none.
    #[error("it is no address like https://example.com/path, of at most 2048 characters")]
    Unreadable,
    /// It would travel in the clear.
    #[error("it must start with https://")]
    Unencrypted,
    /// A name or password is in it, where logs and proxies see it.
    #[error("it must have no user name or password in it")]
    UserInfo,
    /// What is behind `#` is never sent.
    #[error("it must have no # in it")]
    Fragment,
    /// Nobody knows the host.
    #[error("its host cannot be found")]
    Unknown,
    /// At least one address of the host is not public.
    #[error("its host has an address that is not public")]
    NotPublic,
}

/// An address whose form is as it should be.
#[derive(Debug, Clone)]
pub struct Target {
    url: Url,
    reach: Reach,
}

impl Target {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, Refusal> {
        if text.len() > LONGEST || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Refusal::Unreadable);
        }
        let url = Url::parse(text).map_err(|_| Refusal::Unreadable)?;
        match (url.scheme(), reach) {
            ("https", _) | ("http", Reach::Anywhere) => {}
            _ => return Err(Refusal::Unencrypted),
        }
        // An empty user name leaves no trace in the parts, so the text itself is looked at as well.
        let authority =
            text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#', '\\']).next().unwrap_or_default());
        if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
            return Err(Refusal::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(Refusal::Fragment);
        }
        if url.host().is_none() || url.port_or_known_default().is_none() {
            return Err(Refusal::Unreadable);
        }
        Ok(Self { url, reach })
    }

    /// As it is stored and sent: names in lower case, escapes where they belong.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Its host alone, which tells no secret; paths and queries may.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// What stands in `Host`.
    pub(super) fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// What is asked for.
    pub(super) fn path_and_query(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    /// Looks the host up and answers where it is.
    ///
    /// # Errors
    /// It is unknown, or one of its addresses may not be called; then none is.
    pub async fn addresses(&self) -> Result<Vec<SocketAddr>, Refusal> {
        let port = self.url.port_or_known_default().ok_or(Refusal::Unreadable)?;
        let found = match self.url.host().ok_or(Refusal::Unreadable)? {
            Host::Ipv4(address) => vec![SocketAddr::new(address.into(), port)],
            Host::Ipv6(address) => vec![SocketAddr::new(address.into(), port)],
            Host::Domain(name) => look_up(name, port).await?,
        };
        admitted(self.reach, found)
    }
}

/// All of them or none: one that is not public is enough to make a name suspicious.
fn admitted(reach: Reach, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refusal> {
    match reach {
        Reach::Public if !found.iter().all(|address| is_public(address.ip())) => Err(Refusal::NotPublic),
        Reach::Public | Reach::Anywhere => Ok(found),
    }
}

async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, Refusal> {
    let found = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host((name, port))).await;
    let found: Vec<SocketAddr> = found.map_err(|_| Refusal::Unknown)?.map_err(|_| Refusal::Unknown)?.collect();
    // A scope names an interface of ours: no public address has one.
    let is_scoped = |address: &SocketAddr| matches!(address, SocketAddr::V6(six) if six.scope_id() != 0);
    match found.is_empty() {
        true => Err(Refusal::Unknown),
        false if found.iter().any(is_scoped) => Err(Refusal::NotPublic),
        false => Ok(found.into_iter().map(|address| SocketAddr::new(address.ip(), port)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn refusal(text: &str) -> Refusal {
        Target::parse(text, Reach::Public).expect_err(text)
    }

    #[test]
    fn an_address_is_encrypted_and_has_no_secret_before_its_host() {
        for text in ["https://example.com", "https://example.com:8443/a?b=c", "HTTPS://EXAMPLE.com/Ä"] {
            Target::parse(text, Reach::Public).expect(text);
        }
        for text in [
            "",
            "example.com",
            "/path",
            "https://",
            "https://exa mple.com",
            "https://example.com/\n",
            "https://a:99999/",
            "https://[::1",
        ] {
            assert_eq!(refusal(text), Refusal::Unreadable, "{text}");
        }
        assert_eq!(refusal(&format!("https://example.com/{}", "x".repeat(2048))), Refusal::Unreadable);
        for text in ["http://example.com", "ftp://example.com", "file:///etc/passwd", "gopher://example.com", "data:text/plain,x"]
        {
            assert_eq!(refusal(text), Refusal::Unencrypted, "{text}");
        }
        for text in
            ["https://user@example.com", "https://user:word@example.com", "https://:word@example.com", "https://@example.com"]
        {
            assert_eq!(refusal(text), Refusal::UserInfo, "{text}");
        }
        assert_eq!(refusal("https://example.com/#part"), Refusal::Fragment);
        assert!(Target::parse("http://localhost:1", Reach::Anywhere).is_ok());
    }

    #[tokio::test]
    async fn however_it_is_written_an_address_of_ours_is_not_called() {
        for text in [
            "https://127.0.0.1",
            "https://127.1",
            "https://2130706433",
            "https://0x7f000001",
            "https://0177.0.0.1",
            "https://0",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://[::ffff:7f00:1]",
            "https://169.254.169.254/latest/meta-data",
            "https://%31%32%37.0.0.1",
            "https://１２７.0.0.1",
            "https://localhost",
            "https://LOCALHOST",
        ] {
            let target = Target::parse(text, Reach::Public).expect(text);
            assert_eq!(target.addresses().await, Err(Refusal::NotPublic), "{text}");
        }
    }

    #[test]
    fn one_address_that_is_not_public_is_enough() {
        let all = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<SocketAddr>>();
        for found in [["1.1.1.1:443", "10.0.0.1:443"], ["[fd00::1]:443", "[2606:4700::1111]:443"]] {
            assert_eq!(admitted(Reach::Public, all(&found)), Err(Refusal::NotPublic));
            assert_eq!(admitted(Reach::Anywhere, all(&found)), Ok(all(&found)));
        }
        let public = all(&["1.1.1.1:443", "[2606:4700::1111]:443"]);
        assert_eq!(admitted(Reach::Public, public.clone()), Ok(public));
    }

    #[tokio::test]
    async fn the_address_that_was_checked_is_the_one_that_is_called() {
        let target = Target::parse("https://1.1.1.1:8443/", Reach::Public).expect("an address");
        assert_eq!(target.addresses().await, Ok(vec![SocketAddr::new(IpAddr::from([1, 1, 1, 1]), 8443)]));
        let unknown = Target::parse("https://no-such-host.invalid", Reach::Public).expect("an address");
        assert_eq!(unknown.addresses().await, Err(Refusal::Unknown));
        let anywhere = Target::parse("http://localhost:7", Reach::Anywhere).expect("an address");
        assert!(anywhere.addresses().await.expect("addresses").iter().all(|address| address.ip().is_loopback()));
    }
}
