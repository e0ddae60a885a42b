//! `rollcall demo`: plays an identity provider against a running server, and shows what becomes of the person.
//!
//! [`story`] is what happens, step by step, with the promise of each step; [`server`] sends and explains what cannot be sent;
//! [`connect`] opens the SAML half of the gate before, where nobody has, with an identity provider that is played ([`idp`]); [`picture`] is the membership as it is and as it is to be; [`receipt`] is what was recorded; [`screen`] is how all of it looks.

mod connect;
mod idp;
mod picture;
mod receipt;
mod screen;
mod server;
mod story;

use anyhow::{Context, bail};
use clap::Args;
use secrecy::SecretString;

use self::{
    screen::{Screen, Tone},
    server::Server,
    story::Story,
};

/// What the demo is told. Secrets come from the environment only: the command line of a process is for everybody to read.
#[derive(Args)]
#[command(after_help = "Environment:
  ROLLCALL_SCIM_TOKEN      the workspace's SCIM token
  ROLLCALL_OPERATOR_TOKEN  the operators' token that `rollcall serve` was started with
After `deploy/dev up` both are in .local/demo.env:  set -a; . .local/demo.env; set +a; rollcall demo")]
pub struct Demo {
    /// Where Rollcall answers
    #[arg(long, env = "ROLLCALL_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Short name of the workspace that the SCIM token belongs to
    #[arg(long, env = "ROLLCALL_WORKSPACE", default_value = "acme")]
    workspace: String,
    /// Only connects the played identity provider by SAML, so that the gate opens, and shows nothing; needs no ROLLCALL_SCIM_TOKEN
    #[arg(long)]
    connect: bool,
}

/// Of the token with which the connection is made.
const TOKEN: &str = "rollcall demo, SAML";

impl Demo {
    /// Plays the story. Whatever it made is removed at the end, also when a step fails or somebody presses Ctrl-C.
    ///
    /// # Errors
    /// A promise was not kept, or the server cannot be used; the text is for the person at the terminal.
    pub async fn run(self) -> anyhow::Result<()> {
        let scim = if self.connect { SecretString::default() } else { secret("ROLLCALL_SCIM_TOKEN")? };
        let server = Server::new(&self.url, &self.workspace, scim, secret("ROLLCALL_OPERATOR_TOKEN")?)?;
        let screen = Screen::new();
        if server.workspace().await?["saml_enabled"] != true {
            let token = server.make_token(TOKEN, &["admin"], None).await?;
            let connected = connect::connect(&server, &token.secret).await;
            server.revoke_token(&token).await?;
            connected?;
            screen.line(Tone::Quiet, "Connected by SAML to an identity provider that is played: its test sign-in has succeeded.");
        }
        if self.connect {
            return Ok(());
        }
        let workspace = server.prepare().await?;
        let mut story = Story::begin(&server, screen, workspace).await?;
        let told = tokio::select! {
            told = story.tell() => told,
            pressed = tokio::signal::ctrl_c() => pressed.context("Ctrl-C cannot be heard").and_then(|()| bail!("stopped by Ctrl-C")),
        };
        let cleaned = story.clean_up().await;
        match (told, cleaned) {
            (Ok(()), Ok(())) => story.summary(),
            (Ok(()), Err(left)) => return Err(left.context("all was as promised, but what was made could not be removed again")),
            (Err(broken), Ok(())) => return Err(broken),
            (Err(broken), Err(left)) => bail!("{broken:#}\n  and what was made could not be removed again: {left:#}"),
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the keys of src/config are those of the processes; these are a client's")]
fn secret(key: &str) -> anyhow::Result<SecretString> {
    std::env::var(key)
        .ok()
        .filter(|value| !value.is_empty())
        .map(SecretString::from)
        .with_context(|| format!("{key} is not set; after `deploy/dev up` it is in .local/demo.env (set -a; . .local/demo.env)"))
}
