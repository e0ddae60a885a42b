//! Whether a promise is kept: asks, looks, waits for the worker, and says what was seen.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Story;
use crate::demo::{
    picture::Picture,
    screen::Tone,
    server::{Answer, Ask, Who},
};

/// How long the worker may take before its part of a promise counts as broken.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(3);
const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Debug, thiserror::Error)]
#[error("step {step} was not as promised\n  promised  {promise}\n  expected  {expected}\n  came      {came}")]
struct Broken {
    step: usize,
    promise: &'static str,
    expected: String,
    came: String,
}

impl Story<'_> {
    pub(super) fn title(&mut self, title: &str, promise: &'static str) {
        self.step += 1;
        self.promise = promise;
        self.screen.line(Tone::Title, &format!("{:>2}  {title}", self.step));
    }

    pub(super) fn kept(&self) {
        self.screen.row("kept", Tone::Good, self.promise, None);
        self.screen.line(Tone::Plain, "");
    }

    pub(super) fn broken(&self, expected: impl Display, came: impl Display) -> anyhow::Error {
        self.screen.row("BROKEN", Tone::Bad, self.promise, None);
        self.screen.row("expected", Tone::Plain, &expected.to_string(), None);
        self.screen.row("came", Tone::Bad, &came.to_string(), None);
        self.screen.line(Tone::Plain, "");
        Broken { step: self.step, promise: self.promise, expected: expected.to_string(), came: came.to_string() }.into()
    }

    pub(super) fn expect(&self, expected: &str, came: String) -> anyhow::Result<()> {
        if came == expected { Ok(()) } else { Err(self.broken(expected, came)) }
    }

    /// Shows a request, sends it, shows the answer, which must have this status.
    pub(super) async fn ask(&self, label: &str, ask: &Ask<'_>, status: u16) -> anyhow::Result<Answer> {
        let query = ask.query.as_ref().map(|(name, value)| format!("?{name}={value}")).unwrap_or_default();
        self.screen.row(label, Tone::Plain, &format!("{} {}{query}", ask.method, shortened(&ask.path)), None);
        if let Some(body) = &ask.body {
            self.screen.row("", Tone::Plain, &shown(body), None);
        }
        let answer = self.server.send(ask).await?;
        self.screen.row("answer", Tone::Plain, &answer.shown(), Some(answer.took));
        if answer.status == status { Ok(answer) } else { Err(self.broken(status, answer.shown())) }
    }

    pub(super) fn patch(&self, endpoint: &str, id: &str, operation: Value) -> Ask<'static> {
        let body = json!({ "schemas": [PATCH_SCHEMA], "Operations": [operation] });
        Ask::new(Who::IdentityProvider, Method::PATCH, format!("/{endpoint}/{id}")).body(body)
    }

    /// Waits until the membership is as promised; shows how long after the answer that was.
    pub(super) async fn becomes(&mut self, answer: &Answer, expected: Picture) -> anyhow::Result<()> {
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
    pub(super) async fn member_of_user(&self, not_older: Uuid) -> anyhow::Result<String> {
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

    pub(super) async fn session_is_accepted(&self, role: &str) -> anyhow::Result<()> {
        let check = self.server.send(&Ask::new(Who::Workspace(&self.session), Method::GET, "/session")).await?;
        let sees = check.body["member"]["role"].as_str().unwrap_or("no role");
        let is = if check.status == 200 { format!("accepted, as {sees}") } else { format!("refused: {}", check.shown()) };
        self.screen.row("session", Tone::Plain, &is, Some(check.took));
        self.expect(&format!("accepted, as {role}"), is)
    }

    pub(super) async fn session_is_refused(&self) -> anyhow::Result<()> {
        let check = self.server.send(&Ask::new(Who::Workspace(&self.session), Method::GET, "/session")).await?;
        let is = if check.status == 401 { "refused".to_owned() } else { format!("not refused: {}", check.shown()) };
        self.screen.row("session", Tone::Plain, &is, Some(check.took));
        self.expect("refused", is)
    }

    pub(super) async fn own_token_is(&self, status: u16) -> anyhow::Result<()> {
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
