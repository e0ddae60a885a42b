//! The conversation with the mail server, phase by phase: only the phase in which a message is handed over can leave in doubt whether it
//! was taken.

use std::time::Duration;

use lettre::transport::smtp::{
    Error,
    authentication::DEFAULT_MECHANISMS,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt},
};
use tokio::time::timeout;

use super::{Encryption, Letter, Mailer, Settings, letter};

/// For one phase.
const PATIENCE: Duration = Duration::from_secs(20);
/// No reason is kept longer.
const LONGEST_REASON: usize = 300;

/// What became of a message. Reasons are in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has taken it.
    Sent,
    /// It will never be taken.
    Refused(String),
    /// It was not taken, and may be later.
    Later(String),
    /// Whether it was taken is not known.
    Unknown(String),
}

impl Mailer {
    /// The longest that [`send`](Self::send) takes.
    pub const LONGEST: Duration = Duration::from_secs(120);

    /// Sends an invitation, once.
    pub async fn send(&self, letter: &Letter) -> Outcome {
        let settings = &*self.0;
        let message = match letter::compose(letter, settings) {
            Ok(message) => message,
            Err(reason) => return Outcome::Refused(reason),
        };
        let mut connection = match in_time(connect(settings)).await {
            Ok(connection) => connection,
            // Whatever it says: it knows nothing yet of the person.
            Err(reason) => return Outcome::Later(format!("The mail server could not be used: {reason}")),
        };
        let outcome = converse(&mut connection, message.envelope(), &message.formatted()).await;
        // What it says to that changes nothing.
        let _ = timeout(Duration::from_secs(1), connection.quit()).await;
        outcome
    }
}

async fn connect(settings: &Settings) -> Result<AsyncSmtpConnection, Error> {
    let whole = match &settings.encryption {
        Encryption::Whole(tls) => Some(tls.clone()),
        Encryption::None | Encryption::Upgraded(_) => None,
    };
    let server = (settings.host.as_str(), settings.port);
    let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &settings.hello, whole, None).await?;
    if let Encryption::Upgraded(tls) = &settings.encryption {
        connection.starttls(tls.clone(), &settings.hello).await?;
    }
    if let Some(credentials) = &settings.credentials {
        connection.auth(DEFAULT_MECHANISMS, credentials).await?;
    }
    Ok(connection)
}

async fn converse(connection: &mut AsyncSmtpConnection, envelope: &lettre::address::Envelope, message: &[u8]) -> Outcome {
    // A sender that is refused is a mistake of ours and not the person's.
    if let Err(failure) = in_time(connection.command(Mail::new(envelope.from().cloned(), vec![]))).await {
        return Outcome::Later(format!("The mail server did not take our sender: {failure}"));
    }
    for recipient in envelope.to() {
        if let Err(failure) = in_time(connection.command(Rcpt::new(recipient.clone(), vec![]))).await {
            return if failure.is_final {
                Outcome::Refused(format!("The mail server refused the address: {failure}"))
            } else {
                Outcome::Later(format!("The mail server did not take the address: {failure}"))
            };
        }
    }
    if let Err(failure) = in_time(connection.command(Data)).await {
        return if failure.is_final {
            Outcome::Refused(format!("The mail server refused the message: {failure}"))
        } else {
            Outcome::Later(format!("The mail server did not take the message: {failure}"))
        };
    }
    match in_time(connection.message(message)).await {
        Ok(_) => Outcome::Sent,
        Err(failure) if failure.is_final => Outcome::Refused(format!("The mail server refused the message: {failure}")),
        Err(failure) if failure.is_answer => Outcome::Later(format!("The mail server did not take the message: {failure}")),
        Err(failure) => Outcome::Unknown(format!(
            "The connection was lost before the mail server said whether it took the message: {failure}"
        )),
    }
}

/// Why a phase did not succeed.
#[derive(Debug)]
struct Failure {
    /// The server has said so.
    is_answer: bool,
    /// And for good.
    is_final: bool,
    text: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

async fn in_time<T>(phase: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match timeout(PATIENCE, phase).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure {
            is_answer: error.is_permanent() || error.is_transient(),
            is_final: error.is_permanent(),
            text: plain(&error),
        }),
        Err(_) => Err(Failure { is_answer: false, is_final: false, text: "it does not answer".into() }),
    }
}

/// What the server or the machine said, on one line and no longer than it has to be.
fn plain(error: &Error) -> String {
    let said: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    said.chars().take(LONGEST_REASON).collect()
}
