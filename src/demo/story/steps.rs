//! What happens, step by step.

use std::time::Instant;

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{
    Story,
    promise::{LOOK_EVERY, PATIENCE},
};
use crate::demo::{
    picture::{Picture, Why},
    receipt::{self, Receipt},
    screen::Tone,
    server::{Ask, Who},
};

const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

impl Story<'_> {
    pub(super) async fn look_up(&mut self) -> anyhow::Result<()> {
        self.title("The identity provider asks whether Nora is known", "the answer is 200, nobody is found, and nothing is made");
        let ask =
            Ask::new(Who::IdentityProvider, Method::GET, "/Users").query("filter", format!("userName eq \"{}\"", self.user_name));
        let found = self.ask("IdP asks", &ask, 200).await?;
        self.expect("totalResults 0", format!("totalResults {}", found.body["totalResults"]))?;
        self.screen.row("membership", Tone::Plain, "none", None);
        self.kept();
        Ok(())
    }

    pub(super) async fn create(&mut self) -> anyhow::Result<()> {
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

    pub(super) async fn sign_in(&mut self) -> anyhow::Result<()> {
        self.title("Nora signs in, and makes an API token of her own", "Nora becomes active; session and token are accepted");
        let token = self.token.clone();
        let ask = Ask::new(Who::Workspace(&token), Method::POST, "/sessions").body(json!({ "member_id": self.member }));
        let opened = self.ask("app asks", &ask, 201).await?;
        self.session = opened.text("id").to_owned().into();
        self.own_token = self.server.make_token(&self.token_name, &["members:read"], Some(&self.member)).await?.secret;
        self.becomes(&opened, Picture::of("active", &self.default_role, Why::Default, &[])).await?;
        self.session_is_accepted(&self.default_role.clone()).await?;
        self.own_token_is(200).await?;
        self.kept();
        Ok(())
    }

    pub(super) async fn push_group(&mut self) -> anyhow::Result<()> {
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

    pub(super) async fn add_to_group(&mut self) -> anyhow::Result<()> {
        self.title("Nora is put into the group", "the answer is 200, and Nora is in the workspace's group of that name");
        let operation = json!({ "op": "add", "path": "members", "value": [{ "value": self.user }] });
        let added = self.ask("IdP asks", &self.patch("Groups", &self.group_id, operation), 200).await?;
        self.becomes(&added, Picture::of("active", &self.default_role, Why::Default, &[&self.group])).await?;
        self.session_is_accepted(&self.default_role.clone()).await?;
        self.kept();
        Ok(())
    }

    pub(super) async fn map_group(&mut self) -> anyhow::Result<()> {
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

    pub(super) async fn change_role(&mut self) -> anyhow::Result<()> {
        self.title("Nora moves: the identity provider gives her a role", "the user's own role goes before the group's");
        let operation = json!({ "op": "replace", "path": "roles", "value": [{ "value": "admin", "primary": true }] });
        let moved = self.ask("IdP asks", &self.patch("Users", &self.user, operation), 200).await?;
        self.becomes(&moved, Picture::of("active", "admin", Why::Attribute, &[&self.group])).await?;
        self.session_is_accepted("admin").await?;
        self.kept();
        Ok(())
    }

    pub(super) async fn deactivate(&mut self) -> anyhow::Result<()> {
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

    pub(super) async fn sign_in_in_vain(&mut self) -> anyhow::Result<()> {
        self.title("Nora tries to sign in", "the answer is 403, and no session is opened");
        let token = self.token.clone();
        let ask = Ask::new(Who::Workspace(&token), Method::POST, "/sessions").body(json!({ "member_id": self.member }));
        let refused = self.ask("app asks", &ask, 403).await?;
        self.becomes(&refused, Picture::out()).await?;
        self.kept();
        Ok(())
    }

    pub(super) async fn reactivate(&mut self) -> anyhow::Result<()> {
        self.title("Nora comes back", "the same member has role and groups again; what was ended stays ended");
        let operation = json!({ "op": "replace", "value": { "active": true } });
        let back = self.ask("IdP asks", &self.patch("Users", &self.user, operation), 200).await?;
        self.becomes(&back, Picture::of("active", "admin", Why::Attribute, &[&self.group])).await?;
        self.session_is_refused().await?;
        self.own_token_is(401).await?;
        self.kept();
        Ok(())
    }

    pub(super) async fn sign_in_again(&mut self) -> anyhow::Result<()> {
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

    pub(super) async fn delete(&mut self) -> anyhow::Result<()> {
        self.title("The identity provider deletes Nora", "the answer is 204, and the very next check of the session is refused");
        let ask = Ask::new(Who::IdentityProvider, Method::DELETE, format!("/Users/{}", self.user));
        let gone = self.ask("IdP asks", &ask, 204).await?;
        self.session_is_refused().await?;
        self.becomes(&gone, Picture::out()).await?;
        self.kept();
        Ok(())
    }

    /// Waits for both receipts and shows them.
    pub(super) async fn receipts(&mut self) -> anyhow::Result<()> {
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
}

fn counted(receipt: &Receipt) -> String {
    let (tokens, sessions, roles) = receipt.counts();
    let of = |count: i64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}, {}", of(tokens, "token"), of(sessions, "session"), of(roles, "role"))
}
