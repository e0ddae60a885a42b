//! From configuration to a running process: both processes are wired here, once.

use std::{future::Future, net::SocketAddr, sync::Arc};

use anyhow::Context;
use poem::{
    Server,
    listener::{Acceptor, Listener, TcpListener},
};
use secrecy::ExposeSecret;

use crate::{
    app::{
        App,
        provisioning_log::Journal,
        quota::Quotas,
        room::Room,
        saml::{Fetcher, Keys},
        scim_profile::Profiles,
        seal::Sealer,
        signals::KeySets,
        turns::Turns,
        vault::Vault,
    },
    config::Config,
    dns::Resolver,
    http,
    jobs::wake::Waker,
    mail::Mailer,
    sessions::{Link, SessionPolicy, Sessions, sign_ins::SignIns},
    store::Db,
    telemetry, worker,
};

/// Wires everything that use cases need. Postgres and Redis are connected to when first used.
///
/// # Errors
/// An address in the configuration cannot be read.
pub fn app(config: Config) -> anyhow::Result<App> {
    let db = Db::new(&config.database_url, config.database_connections).context("DATABASE_URL cannot be used")?;
    let mailer = match &config.mail {
        Some(mail) => Some(
            Mailer::new(&mail.smtp_url, &mail.from, &mail.sign_in_url)
                .context("ROLLCALL_SMTP_URL or ROLLCALL_SMTP_FROM cannot be used")?,
        ),
        None => None,
    };
    let db = db.inviting(mailer.is_some());
    let dns = Resolver::new(config.dns_server).context("ROLLCALL_DNS_SERVER cannot be used")?;
    let policy = SessionPolicy { absolute: config.session_absolute, idle: config.session_idle };
    let link = Link::new(config.redis_url.expose_secret(), &config.redis_namespace).context("REDIS_URL cannot be used")?;
    let sessions = Sessions::new(link.clone(), policy);
    let wake = Waker::new(db.pool().clone());
    let turns = Turns::new(config.database_connections);
    let quotas = Quotas::new(config.scim_requests_per_second);
    let seal = Sealer::new(config.seal_key.as_ref()).context("ROLLCALL_SEAL_KEY cannot be used")?;
    let vault = Vault::new(&config.secret_keys).context("ROLLCALL_SECRET_KEY cannot be used")?;
    let fetcher = Fetcher::new().context("TLS cannot be set up")?;
    // A connection of its own: its entries are not to queue with the requests that they are about.
    let journal = Journal::new(Db::new(&config.database_url, 1).context("DATABASE_URL cannot be used")?);
    Ok(App {
        config: Arc::new(config),
        db,
        sessions,
        sign_ins: SignIns::new(link),
        wake,
        quotas,
        room: Room::default(),
        turns,
        profiles: Profiles::default(),
        seal,
        vault,
        saml_keys: Keys::default(),
        signal_keys: KeySets::default(),
        dns,
        fetcher,
        mailer,
        journal,
    })
}

/// Serves until told to stop, then finishes what is in flight.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let app = app(config)?;
    if app.config.seal_key.is_none() {
        tracing::warn!(
            "ROLLCALL_SEAL_KEY is not set: cursors, sign-ins under way and test links are sealed with a key of this process, so they end with it, and other processes refuse them"
        );
    }
    warn_of_private_addresses(&app);
    let metrics = telemetry::metrics()?;
    let (shutdown, journal) = (app.config.shutdown, app.journal.clone());
    let acceptor = TcpListener::bind(app.config.listen)
        .into_acceptor()
        .await
        .with_context(|| format!("ROLLCALL_LISTEN: {} cannot be listened on", app.config.listen))?;
    for address in acceptor.local_addr() {
        tracing::info!(%address, "serving");
    }
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(http::endpoint(app, metrics), told_to_stop(), Some(shutdown))
        .await?;
    journal.flush(shutdown).await;
    tracing::info!("stopped");
    Ok(())
}

/// Works until told to stop, then finishes what is in flight.
///
/// # Errors
/// The worker ended without having been told to.
pub async fn work(config: Config) -> anyhow::Result<()> {
    let app = app(config)?;
    warn_of_private_addresses(&app);
    if let Some(listen) = app.config.worker_listen {
        serve_metrics(listen).await?;
    }
    tracing::info!("working");
    worker::run(app, told_to_stop()).await?;
    tracing::info!("stopped");
    Ok(())
}

fn warn_of_private_addresses(app: &App) {
    if app.config.webhooks.private_addresses {
        tracing::warn!(
            "ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES is on: webhooks and addresses of SAML metadata and of signals' keys may call what only this machine can reach; this is for development"
        );
    }
}

/// Serves the worker's metrics, as long as the process lives.
async fn serve_metrics(listen: SocketAddr) -> anyhow::Result<()> {
    let metrics = telemetry::metrics()?;
    let acceptor = TcpListener::bind(listen)
        .into_acceptor()
        .await
        .with_context(|| format!("ROLLCALL_WORKER_LISTEN: {listen} cannot be listened on"))?;
    for address in acceptor.local_addr() {
        tracing::info!(%address, "serving metrics");
    }
    tokio::spawn(Server::new_with_acceptor(acceptor).run(http::worker_endpoint(metrics)));
    Ok(())
}

/// Ready at SIGTERM or Ctrl-C.
fn told_to_stop() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    async move {
        let terminated = async {
            match terminate {
                Ok(mut signals) => drop(signals.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("told to stop: finishing what is in flight");
    }
}
