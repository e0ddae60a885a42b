//! The command line: the same use cases as the operations API.

use serde_json::json;

use crate::harness::{Api, Instance};

impl Instance {
    /// Runs a command that must succeed and answers what it printed.
    #[track_caller]
    fn prints(&self, arguments: &[&str]) -> String {
        let (code, output, errors) = self.command(arguments);
        assert_eq!(code, 0, "{arguments:?}: {errors}");
        output
    }

    /// Runs a command that must fail and answers what it said.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> String {
        let (code, output, errors) = self.command(arguments);
        assert_eq!(code, 1, "{arguments:?}: {output}");
        assert!(errors.starts_with("rollcall: ") && errors.lines().count() == 1, "{errors}");
        errors
    }
}

#[tokio::test]
async fn a_workspace_is_opened_step_by_step() {
    let instance = Instance::start().await;
    let made = instance.prints(&["workspace", "create", "acme", "--name", "Acme", "--admin", "ada@acme.test"]);
    assert!(made.contains("plan          free") && made.contains("gate          closed:"), "{made}");
    for (command, says) in [
        (&["workspace", "set-plan", "acme", "enterprise"][..], "plan          enterprise"),
        (&["workspace", "enable-scim", "acme"], "SAML single sign-on is not enabled"),
        (&["workspace", "show", "acme"], "SCIM          enabled"),
        (&["workspace", "set-default-role", "acme", "guest"], "default role  guest"),
    ] {
        let output = instance.prints(command);
        assert!(output.contains(says), "{command:?}: {output}");
    }
    assert!(instance.prints(&["workspace", "list"]).contains("acme"));
    let id =
        sqlx::query_scalar::<_, uuid::Uuid>("select id from workspaces").fetch_one(&instance.database.pool).await.expect("an id");
    sqlx::query(include_str!("../../active_connection.sql"))
        .bind(id)
        .execute(&instance.database.pool)
        .await
        .expect("a connection");
    assert!(instance.prints(&["workspace", "show", "acme"]).contains("gate          open"));
    let secret = instance.prints(&["token", "create", "acme", "--name", "IdP", "--scope", "scim", "--quiet"]);
    let scim = Api::new(format!("{}/api/v1/auth/scim", instance.url()), Some(secret.trim().to_owned()));
    scim.post("/Users", json!({ "userName": "bob@acme.test" })).await.expect(201);
    instance.settle().await;
    instance.database.execute("update members set role = 'admin' where origin = 'directory'").await;
    instance.prints(&["workspace", "reconcile", "acme"]);
    instance.settle().await;
    assert_eq!(instance.database.count("select count(*) from members where role = 'guest'").await, 1);
    assert!(
        instance.prints(&["workspace", "disable-scim", "acme", "--managed-people", "keep"]).contains("SCIM has not been enabled")
    );
    scim.get("/Users").await.scim_error(403, None);
    instance.prints(&["workspace", "enable-scim", "acme"]);
    instance.prints(&["workspace", "disable-saml", "acme", "--managed-people", "keep"]);
    scim.get("/Users").await.scim_error(403, None);
    instance.finish().await;
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let slug = workspace.slug.as_str();
    let made = instance.prints(&[
        "token",
        "create",
        slug,
        "--name",
        "for a year",
        "--scope",
        "members:read",
        "--scope",
        "sessions",
        "--days",
        "365",
    ]);
    let field = |name: &str| {
        made.lines().find_map(|line| line.strip_prefix(name)).expect(name).split_whitespace().next().expect(name).to_owned()
    };
    let (id, secret) = (field("token"), field("secret"));
    let members = workspace.admin().token(&secret);
    members.get("/members").await.expect(200);
    let line = |state: &str| {
        let list = instance.prints(&["token", "list", slug]);
        assert!(!list.contains(&secret));
        list.lines().any(|line| line.starts_with(&id) && line.contains(state) && line.contains("members:read,sessions"))
    };
    assert!(line("live"));
    assert_eq!(instance.prints(&["token", "revoke", slug, &id]), "revoked\n");
    assert!(line("revoked"));
    members.get("/members").await.expect(401);
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_mistake_ends_in_one_sentence_and_a_code() {
    let instance = Instance::without_worker().await;
    instance.prints(&["workspace", "create", "acme"]);
    for (arguments, says) in [
        (&["workspace", "show", "nowhere"][..], "no such workspace"),
        (&["workspace", "create", "acme"], "exists"),
        (&["workspace", "create", "Not A Slug"], "slug"),
        (&["token", "create", "acme", "--name", "x", "--scope", "scim", "--scope", "admin"], "scim"),
        (&["token", "create", "nowhere", "--name", "x", "--scope", "scim"], "no such workspace"),
        (&["token", "revoke", "acme", "x"], "no token's id"),
        (&["token", "revoke", "acme", "019f0000-0000-7000-8000-000000000000"], "no such token"),
        (&["job", "retry", "x"], "no such dead job"),
    ] {
        let sentence = instance.refuses(arguments);
        assert!(sentence.contains(says), "{arguments:?}: {sentence}");
    }
    // What the parser refuses it explains itself.
    for arguments in [&["workspace", "set-plan", "acme", "gold"][..], &["token", "create", "acme"], &["nonsense"], &[]] {
        let (code, _, errors) = instance.command(arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(!errors.is_empty());
    }
    instance.abandon("nothing was enqueued");
}
