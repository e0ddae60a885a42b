//! The story: one person joins, moves and leaves. Each step says what it promises before it is seen whether it is kept.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use anyhow::bail;
use chrono::TimeDelta;
use reqwest::Method;
use rollcall::clock;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    picture::{Picture, Why},
    receipt::{self, Receipt},
    screen::{Screen, Tone, milliseconds},
    server::{Answer, Ask, Server, Who},
};

/// How long the worker may take before its part of a promise counts as broken.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(3);
const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A promise that was not kept.
#[derive(Debug, thiserror::Error)]
#[error("step {step} was not as promised\n  promised  {promise}\n  expected  {expected}\n  came      {came}")]
struct Broken {
    step: usize,
    promise: &'static str,
    expected: String,
    came: String,
}

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
        story.token = story.make_token(&["admin", "sessions"], None).await?;
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

    async fn look_up(&mut self) -> anyhow::Result<()> {
        self.title("The identity provider asks whether Nora is known", "the answer is 200, nobody is found, and nothing is made");
        let ask =
            Ask::new(Who::IdentityProvider, Method::GET, "/Users").query("filter", format!("userName eq \"{}\"", self.user_name));
        let found = self.ask("IdP asks", &ask, 200).await?;
        self.expect("totalResults 0", format!("totalResults {}", found.body["totalResults"]))?;
        self.screen.row("membership", Tone::Plain, "none", None);
        self.kept();
        Ok(())
    }

    async fn create(&mut self) -> anyhow::Result<()> {
        self.title("Nora joins", "the answer is 201; Nora is invited, with the workspace's default role");
        // Members come in the order of their making, and their ids begin with the time.
        let before = Uuid::now_v7();
        let body = json!({
            "schemas": [USER_SCHEMA], "userName": self.user_name, "externalId": format!("hr-{}", self.tag),
            "name": { "givenName": "Nora", "familyName": "Lindqvist" },
            "emails": [{ "value": self.user_name, "type": "work", "primary": true }], "active": true,
        });
        let ask = Ask::new(Who::IdentityProvider, Method::POST, "/Users").body(body);
        let made = self.ask("IdP asks", &ask, 201).await?;
        self.user = made.text("id").to_owned();
        self.member = self.member_of_user(before).await?;
        self.becomes(&made, Picture::of("invited", &self.default_role, Why::Default, &[])).await?;
        self.kept();
        Ok(())
    }

    async fn sign_in(&mut self) -> anyhow::Result<()> {
        self.title("Nora signs in, and makes an API token of her own", "Nora becomes active; session and token are accepted");
        let token = self.token.clone();
        let ask = Ask::new(Who::Workspace(&token), Method::POST, "/sessions").body(json!({ "member_id": self.member }));
        let opened = self.ask("app asks", &ask, 201).await?;
        self.session = opened.text("id").to_owned().into();
        self.own_token = self.make_token(&["members:read"], Some(&self.member)).await?;
        self.becomes(&opened, Picture::of("active", &self.default_role, Why::Default, &[])).await?;
        self.session_is_accepted(&self.default_role.clone()).await?;
        self.own_token_is(200).await?;
        self.kept();
        Ok(())
    }

    async fn push_group(&mut self) -> anyhow::Result<()> {
        self.title("The identity provider pushes a group, still empty", "the answer is 201, and nothing changes for Nora");
        let body = json!({ "schemas": [GROUP_SCHEMA], "displayName": self.group });
        let ask = Ask::new(Who::IdentityProvider, Method::POST, "/Groups").body(body);
        let made = self.ask("IdP asks", &ask, 201).await?;
        self.group_id = made.text("id").to_owned();
        self.becomes(&made, Picture::of("active", &self.default_role, Why::Default, &[])).await?;
        self.session_is_accepted(&self.default_role.clone()).await?;
        self.kept();
        Ok(())
    }

    async fn add_to_group(&mut self) -> anyhow::Result<()> {
        self.title("Nora is put into the group", "the answer is 200, and Nora is in the workspace's group of that name");
        let operation = json!({ "op": "add", "path": "members", "value": [{ "value": self.user }] });
        let added = self.ask("IdP asks", &self.patch("Groups", &self.group_id, operation), 200).await?;
        self.becomes(&added, Picture::of("active", &self.default_role, Why::Default, &[&self.group])).await?;
        self.session_is_accepted(&self.default_role.clone()).await?;
        self.kept();
        Ok(())
    }

    async fn map_group(&mut self) -> anyhow::Result<()> {
        self.title(
            "An admin says what the group is good for",
            "everybody in the group is editor, also in the session that is open",
        );
        let token = self.token.clone();
        let path = format!("/role-mappings/{}", self.group_id);
        let ask = Ask::new(Who::Workspace(&token), Method::PUT, path).body(json!({ "role": "editor" }));
        let mapped = self.ask("admin asks", &ask, 204).await?;
        self.becomes(&mapped, Picture::of("active", "editor", Why::Group(self.group.clone()), &[&self.group])).await?;
        self.session_is_accepted("editor").await?;
        self.kept();
        Ok(())
    }

    async fn change_role(&mut self) -> anyhow::Result<()> {
        self.title("Nora moves: the identity provider gives her a role", "the user's own role goes before the group's");
        let operation = json!({ "op": "replace", "path": "roles", "value": [{ "value": "admin", "primary": true }] });
        let moved = self.ask("IdP asks", &self.patch("Users", &self.user, operation), 200).await?;
        self.becomes(&moved, Picture::of("active", "admin", Why::Attribute, &[&self.group])).await?;
        self.session_is_accepted("admin").await?;
        self.kept();
        Ok(())
    }

    async fn deactivate(&mut self) -> anyhow::Result<()> {
        self.title(
            "Nora leaves: the identity provider deactivates her",
            "the answer is 200, and the very next check of the session is refused",
        );
        let operation = json!({ "op": "replace", "value": { "active": false } });
        let gone = self.ask("IdP asks", &self.patch("Users", &self.user, operation), 200).await?;
        self.session_is_refused().await?;
        self.own_token_is(401).await?;
        self.refused_after = gone.took;
        self.becomes(&gone, Picture::out()).await?;
        self.kept();
        Ok(())
    }

    async fn sign_in_in_vain(&mut self) -> anyhow::Result<()> {
        self.title("Nora tries to sign in", "the answer is 403, and no session is opened");
        let token = self.token.clone();
        let ask = Ask::new(Who::Workspace(&token), Method::POST, "/sessions").body(json!({ "member_id": self.member }));
        let refused = self.ask("app asks", &ask, 403).await?;
        self.becomes(&refused, Picture::out()).await?;
        self.kept();
        Ok(())
    }

    async fn reactivate(&mut self) -> anyhow::Result<()> {
        self.title("Nora comes back", "the same member has role and groups again; what was ended stays ended");
        let operation = json!({ "op": "replace", "value": { "active": true } });
        let back = self.ask("IdP asks", &self.patch("Users", &self.user, operation), 200).await?;
        self.becomes(&back, Picture::of("active", "admin", Why::Attribute, &[&self.group])).await?;
        self.session_is_refused().await?;
        self.own_token_is(401).await?;
        self.kept();
        Ok(())
    }

    async fn sign_in_again(&mut self) -> anyhow::Result<()> {
        self.title("Nora signs in again", "the new session is accepted");
        let token = self.token.clone();
        let ask = Ask::new(Who::Workspace(&token), Method::POST, "/sessions").body(json!({ "member_id": self.member }));
        let opened = self.ask("app asks", &ask, 201).await?;
        self.session = opened.text("id").to_owned().into();
        self.becomes(&opened, Picture::of("active", "admin", Why::Attribute, &[&self.group])).await?;
        self.session_is_accepted("admin").await?;
        self.kept();
        Ok(())
    }

    async fn delete(&mut self) -> anyhow::Result<()> {
        self.title("The identity provider deletes Nora", "the answer is 204, and the very next check of the session is refused");
        let ask = Ask::new(Who::IdentityProvider, Method::DELETE, format!("/Users/{}", self.user));
        let gone = self.ask("IdP asks", &ask, 204).await?;
        self.session_is_refused().await?;
        self.becomes(&gone, Picture::out()).await?;
        self.kept();
        Ok(())
    }

    /// Waits for both receipts and shows them.
    async fn receipts(&mut self) -> anyhow::Result<()> {
        self.promise = "every departure has a receipt that names everything that was ended";
        let ask = Ask::new(Who::Workspace(&self.token), Method::GET, format!("/members/{}/receipts", self.member));
        let started = Instant::now();
        let (deleted, deactivated) = loop {
            let answer = self.server.send(&ask).await?;
            let mut complete: Vec<Receipt> = answer.body.as_array().into_iter().flatten().filter_map(Receipt::read).collect();
            if let (2, Some(first), Some(second)) = (complete.len(), complete.pop(), complete.pop()) {
                break (second, first);
            }
            if started.elapsed() > PATIENCE {
                return Err(self.broken("two complete receipts", answer.shown()));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        receipt::show(self.screen, &deactivated, &deleted);
        // Deactivated: a session, the token of her own, and the role that the directory gave. Deleted: a session and the role.
        self.expect("1 token, 1 session, 1 role", counted(&deactivated))?;
        self.expect("0 tokens, 1 session, 1 role", counted(&deleted))?;
        self.gone_after = deactivated.complete_after();
        Ok(())
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

    fn title(&mut self, title: &str, promise: &'static str) {
        self.step += 1;
        self.promise = promise;
        self.screen.line(Tone::Title, &format!("{:>2}  {title}", self.step));
    }

    fn kept(&self) {
        self.screen.row("kept", Tone::Good, self.promise, None);
        self.screen.line(Tone::Plain, "");
    }

    fn broken(&self, expected: impl Display, came: impl Display) -> anyhow::Error {
        self.screen.row("BROKEN", Tone::Bad, self.promise, None);
        self.screen.row("expected", Tone::Plain, &expected.to_string(), None);
        self.screen.row("came", Tone::Bad, &came.to_string(), None);
        self.screen.line(Tone::Plain, "");
        Broken { step: self.step, promise: self.promise, expected: expected.to_string(), came: came.to_string() }.into()
    }

    fn expect(&self, expected: &str, came: String) -> anyhow::Result<()> {
        if came == expected { Ok(()) } else { Err(self.broken(expected, came)) }
    }

    /// Shows a request, sends it, shows the answer, which must have this status.
    async fn ask(&self, label: &str, ask: &Ask<'_>, status: u16) -> anyhow::Result<Answer> {
        let query = ask.query.as_ref().map(|(name, value)| format!("?{name}={value}")).unwrap_or_default();
        self.screen.row(label, Tone::Plain, &format!("{} {}{query}", ask.method, shortened(&ask.path)), None);
        if let Some(body) = &ask.body {
            self.screen.row("", Tone::Plain, &shown(body), None);
        }
        let answer = self.server.send(ask).await?;
        self.screen.row("answer", Tone::Plain, &answer.shown(), Some(answer.took));
        if answer.status == status { Ok(answer) } else { Err(self.broken(status, answer.shown())) }
    }

    fn patch(&self, endpoint: &str, id: &str, operation: Value) -> Ask<'static> {
        let body = json!({ "schemas": [PATCH_SCHEMA], "Operations": [operation] });
        Ask::new(Who::IdentityProvider, Method::PATCH, format!("/{endpoint}/{id}")).body(body)
    }

    /// Waits until the membership is as promised; shows how long after the answer that was.
    async fn becomes(&mut self, answer: &Answer, expected: Picture) -> anyhow::Result<()> {
        let ask = Ask::new(Who::Workspace(&self.token), Method::GET, format!("/members/{}", self.member));
        loop {
            let member = self.server.send(&ask).await?;
            let is = Picture::read(&member.body);
            if member.status == 200 && is == expected {
                // How long it took says something only where there was something to do.
                let took = (self.membership.as_ref() != Some(&is)).then(|| answer.at.elapsed());
                self.screen.row("membership", Tone::Plain, &is.to_string(), took);
                self.membership = Some(is);
                return Ok(());
            }
            if answer.at.elapsed() > PATIENCE {
                let came = if member.status == 200 { is.to_string() } else { member.shown() };
                return Err(
                    self.broken(expected, format!("after {} s still {came} (is `rollcall worker` running?)", PATIENCE.as_secs()))
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The member that the worker makes for the new user, among those whose ids are not older than this one.
    async fn member_of_user(&self, not_older: Uuid) -> anyhow::Result<String> {
        let minute_before = not_older.as_u128() - (60_000 << 80); // the clocks of the two machines may differ
        let started = Instant::now();
        let mut after = Uuid::from_u128(minute_before).to_string();
        loop {
            let page = self
                .server
                .send(&Ask::new(Who::Workspace(&self.token), Method::GET, "/members").query("after", after.as_str()))
                .await?;
            let members = page.body["members"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(member) = members.iter().find(|member| member["user_id"] == self.user.as_str()) {
                return Ok(member["id"].as_str().unwrap_or_default().to_owned());
            }
            if started.elapsed() > PATIENCE {
                let came = format!("after {} s still none (is `rollcall worker` running?)", PATIENCE.as_secs());
                return Err(self.broken("a member", came));
            }
            match page.body["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    async fn session_is_accepted(&self, role: &str) -> anyhow::Result<()> {
        let check = self.server.send(&Ask::new(Who::Workspace(&self.session), Method::GET, "/session")).await?;
        let sees = check.body["member"]["role"].as_str().unwrap_or("no role");
        let is = if check.status == 200 { format!("accepted, as {sees}") } else { format!("refused: {}", check.shown()) };
        self.screen.row("session", Tone::Plain, &is, Some(check.took));
        self.expect(&format!("accepted, as {role}"), is)
    }

    async fn session_is_refused(&self) -> anyhow::Result<()> {
        let check = self.server.send(&Ask::new(Who::Workspace(&self.session), Method::GET, "/session")).await?;
        let is = if check.status == 401 { "refused".to_owned() } else { format!("not refused: {}", check.shown()) };
        self.screen.row("session", Tone::Plain, &is, Some(check.took));
        self.expect("refused", is)
    }

    async fn own_token_is(&self, status: u16) -> anyhow::Result<()> {
        let check = self
            .server
            .send(&Ask::new(Who::Workspace(&self.own_token), Method::GET, "/members").query("after", self.member.as_str()))
            .await?;
        let word = |status: u16| match status {
            200 => "accepted".to_owned(),
            401 => "refused".to_owned(),
            other => format!("answered {other}"),
        };
        self.screen.row("API token", Tone::Plain, &word(check.status), Some(check.took));
        self.expect(&word(status), word(check.status))
    }

    /// A token that dies by itself within the hour, should the demo be killed.
    async fn make_token(&self, scopes: &[&str], member: Option<&str>) -> anyhow::Result<SecretString> {
        let expires_at = clock::now() + TimeDelta::hours(1);
        let body = json!({ "name": self.token_name, "scopes": scopes, "member_id": member, "expires_at": expires_at });
        let path = format!("/workspaces/{}/tokens", self.server.workspace);
        let made = self.server.send(&Ask::new(Who::Operator, Method::POST, path).body(body)).await?;
        if made.status != 201 {
            bail!("no API token could be made for the demo: {}", made.shown());
        }
        Ok(made.text("secret").to_owned().into())
    }
}

fn counted(receipt: &Receipt) -> String {
    let (tokens, sessions, roles) = receipt.counts();
    let of = |count: i64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}, {}", of(tokens, "token"), of(sessions, "session"), of(roles, "role"))
}

/// A body without schema names, its ids shortened.
fn shown(body: &Value) -> String {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.shift_remove("schemas");
    }
    shortened(&body.to_string())
}

/// Ids cut to their last characters, which tell them apart; the first are the time.
fn shortened(text: &str) -> String {
    let is_part_of_an_id = |character: char| character.is_ascii_hexdigit() || character == '-';
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|character| !is_part_of_an_id(character)).unwrap_or(rest.len()));
        match word.get(30..).filter(|_| word.len() == 36 && Uuid::try_parse(word).is_ok()) {
            Some(end) => out.extend(["…", end]),
            None => out.push_str(word),
        }
        let (between, next) = after.split_at(after.find(is_part_of_an_id).unwrap_or(after.len()));
        out.push_str(between);
        rest = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_cut_and_the_rest_is_not() {
        let id = "01a20a83-087b-72b6-96d2-a30db1c46aba";
        assert_eq!(shortened(&format!("/Users/{id}")), "/Users/…c46aba");
        assert_eq!(shown(&json!({ "schemas": ["x"], "value": id, "face": "cafe" })), r#"{"value":"…c46aba","face":"cafe"}"#);
    }
}
