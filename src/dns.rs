//! Asks the domain name system for TXT records. Nothing is kept: whoever has just written a record wants it seen.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};

/// How long one server may take to answer, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;
/// Nobody has as many TXT records at a name of ours.
const MOST_RECORDS: usize = 50;

/// The domain name system did not answer. Says why, for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(String);

/// Asks for TXT records; cheap to clone.
#[derive(Clone)]
pub struct Resolver(TokioResolver);

impl Resolver {
    /// Asks this server, else those of the machine (`/etc/resolv.conf`).
    ///
    /// # Errors
    /// The machine's configuration cannot be read.
    pub fn new(server: Option<SocketAddr>) -> anyhow::Result<Self> {
        let mut builder = match server {
            Some(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                let mut server = NameServerConfig::udp_and_tcp(address.ip());
                server.connections = connections
                    .into_iter()
                    .map(|mut connection| {
                        connection.port = address.port();
                        connection
                    })
                    .collect();
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().context("the machine's DNS servers cannot be read")?,
        };
        let options = builder.options_mut();
        options.timeout = PATIENCE;
        options.attempts = ATTEMPTS;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        Ok(Self(builder.build().context("DNS cannot be asked")?))
    }

    /// The texts of all TXT records at this name, the strings of each put together (RFC 7208 §3.3); empty when there are none.
    ///
    /// # Errors
    /// Nobody has answered, or nobody knows.
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        // The dot at the end: no search domain of the machine is tried.
        match self.0.txt_lookup(format!("{name}.")).await {
            Ok(found) => {
                let texts = found.answers().iter().filter_map(|record| match &record.data {
                    RData::TXT(txt) => Some(txt.txt_data.concat()),
                    _ => None,
                });
                Ok(texts.take(MOST_RECORDS).map(|text| String::from_utf8_lossy(&text).into_owned()).collect())
            }
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(NoAnswer(error.to_string())),
        }
    }
}
