//! The story: one person joins, moves and leaves. [`steps`] says what happens and what is promised, [`promise`] sees whether it is kept.

mod promise;
mod steps;

use std::time::{Duration, Instant};

use anyhow::bail;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::{
    picture::Picture,
    screen::{Screen, Tone, milliseconds},
    server::{Ask, Server, Who},
};

/// The people, groups and tokens of one run; their names are new in each.
pub struct Story<'a> {
    server: &'a Server,
    screen: Screen,
    started: Instant,
    tag: String,
    token_name: String,
    user_name: String,
    group: String,
    default_role: String,
    step: usize,
    promise: &'static str,
    /// For the administrator and for the application: `admin` and `sessions`.
    token: SecretString,
    user: String,
    group_id: String,
    member: String,
    session: SecretString,
    /// The person's own API token.
    own_token: SecretString,
    membership: Option<Picture>,
    /// From the request that deactivates to its answer.
    refused_after: Duration,
    gone_after: Duration,
}

impl<'a> Story<'a> {
    /// Chooses names and makes the token that the demo itself needs.
    pub async fn begin(server: &'a Server, screen: Screen, workspace: Value) -> anyhow::Result<Self> {
        let random = Uuid::new_v4().simple().to_string();
        let tag = random.get(..6).unwrap_or_default();
        let none = || SecretString::from(String::new());
        let mut story = Self {
            server,
            screen,
            started: Instant::now(),
            tag: tag.to_owned(),
            token_name: format!("rollcall demo {tag}"),
            user_name: format!("nora.{tag}@demo.test"),
            group: format!("Engineering {tag}"),
            default_role: workspace["default_role"].as_str().unwrap_or_default().to_owned(),
            step: 0,
            promise: "",
            token: none(),
            user: String::new(),
            group_id: String::new(),
            member: String::new(),
            session: none(),
            own_token: none(),
            membership: None,
            refused_after: Duration::ZERO,
            gone_after: Duration::ZERO,
        };
        screen.line(Tone::Title, &format!("Rollcall, workspace {} at {}", server.workspace, server.url));
        screen.line(
            Tone::Quiet,
            &format!("The demo plays an identity provider. Nora and the group {} are of this run only.", story.group),
        );
        screen.line(Tone::Quiet, "Ids are shortened, schema names are left out, times are as seen from here.");
        screen.line(Tone::Plain, "");
        story.token = server.make_token(&story.token_name, &["admin", "sessions"], None).await?.secret;
        Ok(story)
    }

    /// From the first look-up to the receipts.
    ///
    /// # Errors
    /// The first promise that was not kept, or why the server could not be asked.
    pub async fn tell(&mut self) -> anyhow::Result<()> {
        self.look_up().await?;
        self.create().await?;
        self.sign_in().await?;
        self.push_group().await?;
        self.add_to_group().await?;
        self.map_group().await?;
        self.change_role().await?;
        self.deactivate().await?;
        self.sign_in_in_vain().await?;
        self.reactivate().await?;
        self.sign_in_again().await?;
        self.delete().await?;
        self.receipts().await
    }

    /// Removes what the run has made, whatever has become of it. Found by name, so that nothing is missed whose answer was lost.
    ///
    /// # Errors
    /// Says what is left.
    pub async fn clean_up(&self) -> anyhow::Result<()> {
        let mut left = Vec::new();
        for (endpoint, attribute, name) in [("Users", "userName", &self.user_name), ("Groups", "displayName", &self.group)] {
            let ask = Ask::new(Who::IdentityProvider, Method::GET, format!("/{endpoint}"))
                .query("filter", format!("{attribute} eq \"{name}\""));
            let found = self.server.send(&ask).await?;
            if found.status != 200 {
                left.push(name.clone());
            }
            for id in found.body["Resources"].as_array().into_iter().flatten().filter_map(|found| found["id"].as_str()) {
                let gone =
                    self.server.send(&Ask::new(Who::IdentityProvider, Method::DELETE, format!("/{endpoint}/{id}"))).await?;
                if gone.status != 204 {
                    left.push(name.clone());
                }
            }
        }
        let path = format!("/workspaces/{}/tokens", self.server.workspace);
        let tokens = self.server.send(&Ask::new(Who::Operator, Method::GET, path.as_str())).await?;
        if tokens.status != 200 {
            left.push(format!("the tokens named {}", self.token_name));
        }
        let ours = |token: &&Value| token["name"] == self.token_name.as_str() && token["revoked_at"].is_null();
        for id in tokens.body.as_array().into_iter().flatten().filter(ours).filter_map(|token| token["id"].as_str()) {
            let revoked = self.server.send(&Ask::new(Who::Operator, Method::DELETE, format!("{path}/{id}"))).await?;
            if revoked.status != 204 {
                left.push(format!("the token {id}"));
            }
        }
        if !left.is_empty() {
            bail!("still there: {}", left.join(", "));
        }
        Ok(())
    }

    /// One line at the end.
    pub fn summary(&self) {
        let text = format!(
            "{} of {} steps as promised, in {:.1} s. Whoever leaves: refused after {}, nothing left after {}.",
            self.step,
            self.step,
            self.started.elapsed().as_secs_f64(),
            milliseconds(self.refused_after),
            milliseconds(self.gone_after),
        );
        self.screen.line(Tone::Good, &text);
    }
}
