//! Workspaces and the people in them.

use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Api, eventually};

/// A workspace that is to be made: closed in every respect until told otherwise.
pub struct Builder {
    url: String,
    ops: Api,
    pool: PgPool,
    slug: String,
    plan: &'static str,
    saml: bool,
    scim: bool,
    brake: bool,
}

impl Builder {
    pub(super) fn new(url: String, ops: Api, pool: PgPool) -> Self {
        let slug = format!("w-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        Self { url, ops, pool, slug, plan: "free", saml: false, scim: false, brake: false }
    }

    /// On this plan.
    pub fn plan(self, plan: &'static str) -> Self {
        Self { plan, ..self }
    }

    /// On the Enterprise plan.
    pub fn enterprise(self) -> Self {
        self.plan("enterprise")
    }

    /// SAML enabled: with a connection by which people sign in.
    pub fn saml(self) -> Self {
        Self { saml: true, ..self }
    }

    /// SCIM enabled.
    pub fn scim(self) -> Self {
        Self { scim: true, ..self }
    }

    /// With the brake as it comes. Without this nothing is held: tests let whole workspaces leave at once.
    pub fn brake(self) -> Self {
        Self { brake: true, ..self }
    }

    /// Makes it with everything that the gate asks for.
    pub async fn open(self) -> Workspace {
        self.enterprise().saml().scim().create().await
    }

    /// Makes it as it was described, with a token of every scope.
    pub async fn create(self) -> Workspace {
        let body = json!({
            "slug": self.slug, "name": "A workspace", "plan": self.plan, "scim_enabled": self.scim,
            "admin": format!("admin@{}.test", self.slug),
        });
        let made = self.ops.post("/workspaces", body).await.expect(201);
        let id = made["id"].as_str().expect("an id").to_owned();
        let token = async |scope: &str| {
            let body = json!({ "name": format!("for {scope}"), "scopes": [scope] });
            let made = self.ops.post(&format!("/workspaces/{}/tokens", self.slug), body).await.expect(201);
            made["secret"].as_str().expect("a secret").to_owned()
        };
        let (scim, admin, sessions) = (token("scim").await, token("admin").await, token("sessions").await);
        if self.saml {
            // Not through the API either: that takes an identity provider and a browser, as in the tests of signing in.
            sqlx::query(include_str!("../../active_connection.sql"))
                .bind(uuid::Uuid::parse_str(&id).expect("an id"))
                .execute(&self.pool)
                .await
                .expect("a connection");
        }
        if !self.brake {
            // Not through the API: that would stand in the audit log.
            sqlx::query(
                "insert into brake_settings (workspace_id, engages, share_percent, most, least, window_seconds, on_expiry, updated_at)
                 values ($1::uuid, false, 10, 500, 5, 3600, 'approve', now())",
            )
            .bind(&id)
            .execute(&self.pool)
            .await
            .expect("the brake is off");
        }
        Workspace { url: self.url, slug: self.slug, id, scim_token: scim, admin_token: admin, sessions_token: sessions }
    }
}

/// A workspace and its tokens.
#[derive(Clone)]
pub struct Workspace {
    url: String,
    /// Short name.
    pub slug: String,
    /// Id.
    pub id: String,
    /// For SCIM.
    pub scim_token: String,
    /// For administration.
    pub admin_token: String,
    /// For opening sessions.
    pub sessions_token: String,
}

impl Workspace {
    /// As identity provider, below the SCIM address.
    pub fn scim(&self) -> Api {
        Api::new(format!("{}/api/v1/auth/scim", self.url), Some(self.scim_token.clone()))
    }

    /// As administrator, below `/api/v1`.
    pub fn admin(&self) -> Api {
        Api::new(format!("{}/api/v1", self.url), Some(self.admin_token.clone()))
    }

    /// Activates the workspace's only connection again, with which a test sign-in has succeeded before.
    pub async fn enable_saml(&self) {
        let connections = self.admin().get("/saml/connections").await.expect(200);
        let id = connections[0]["id"].as_str().expect("a connection");
        self.admin().post(&format!("/saml/connections/{id}/activate"), json!({})).await.expect(200);
    }

    /// As the SaaS's backend, below `/api/v1`.
    pub fn backend(&self) -> Api {
        Api::new(format!("{}/api/v1", self.url), Some(self.sessions_token.clone()))
    }

    /// After the server has been started anew under another address.
    pub fn moved_to(&self, url: String) -> Self {
        Self { url, ..self.clone() }
    }

    /// Creates a user with this name and answers the resource.
    pub async fn user(&self, user_name: &str) -> Value {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name,
            "emails": [{ "value": user_name, "type": "work", "primary": true }], "active": true,
        });
        self.scim().post("/Users", body).await.expect(201)
    }

    /// Creates a group with these users and answers the resource.
    pub async fn group(&self, display_name: &str, users: &[&Value]) -> Value {
        let members: Vec<Value> = users.iter().map(|user| json!({ "value": user["id"] })).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": display_name, "members": members,
        });
        self.scim().post("/Groups", body).await.expect(201)
    }

    /// Every member.
    pub async fn members(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.admin().get(&format!("/members{after}")).await.expect(200);
            all.extend(page["members"].as_array().expect("members").iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("?after={next}"),
                None => return all,
            }
        }
    }

    /// The member behind a SCIM user, once the worker has made it.
    pub async fn member_of(&self, user: &Value) -> Value {
        let find = async || self.members().await.into_iter().find(|member| member["user_id"] == user["id"]);
        eventually("the user is a member", async || find().await.is_some()).await;
        find().await.expect("a member")
    }

    /// A member with groups and grants.
    pub async fn member(&self, id: &Value) -> Value {
        self.admin().get(&format!("/members/{}", id.as_str().expect("an id"))).await.expect(200)
    }

    /// Waits until a member is as wanted.
    pub async fn member_becomes(&self, id: &Value, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || is(&self.member(id).await)).await;
        self.member(id).await
    }

    /// Signs a member in and answers the session's id.
    pub async fn sign_in(&self, member_id: &Value) -> String {
        let opened = self.backend().post("/sessions", json!({ "member_id": member_id })).await.expect(201);
        opened["id"].as_str().expect("a session").to_owned()
    }

    /// The status with which a session is answered.
    pub async fn check(&self, session: &str) -> u16 {
        self.backend().token(session).get("/session").await.status
    }
}
