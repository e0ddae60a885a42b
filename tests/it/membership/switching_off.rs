//! Whoever switches SCIM off says what becomes of the directory's people.

use serde_json::{Value, json};

use super::{create, has_role, text};
use crate::harness::{Answer, Instance, Workspace};

async fn change(instance: &Instance, workspace: &Workspace, body: Value) -> Answer {
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), body).await
}

fn path(member: &Value, rest: &str) -> String {
    format!("/members/{}{rest}", text(&member["id"]))
}

#[tokio::test]
async fn in_every_way_of_switching_off_somebody_says_what_becomes_of_people() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let off = [json!({ "scim_enabled": false }), json!({ "saml_enabled": false }), json!({ "plan": "business" })];
    let on = async || {
        change(&instance, &workspace, json!({ "scim_enabled": true, "plan": "enterprise" })).await.expect(200);
        workspace.enable_saml().await;
    };
    // Nobody is the directory's: nothing to ask.
    for way in &off {
        change(&instance, &workspace, way.clone()).await.expect(200);
        on().await;
    }
    let user = create(&workspace, "ada@acme.test", json!({ "roles": [{ "value": "editor" }] })).await;
    let member = has_role(&workspace, &user, "editor").await["member"].clone();
    for way in &off {
        let refused = change(&instance, &workspace, way.clone()).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        for word in ["managed_people", "keep", "hand_over", "1 of"] {
            assert!(refused.text.contains(word), "{word} in {}", refused.text);
        }
        assert_eq!(workspace.scim().get("/Users").await.status, 200, "nothing was changed");
        let mut kept = way.clone();
        kept["managed_people"] = json!("keep");
        change(&instance, &workspace, kept).await.expect(200);
        assert_eq!(workspace.scim().get("/Users").await.status, 403);
        let deactivate = workspace.admin().post(&path(&member, "/deactivate"), Value::Null).await;
        assert!(deactivate.status == 409 && deactivate.text.contains("hand-over"), "{}", deactivate.text);
        on().await;
        assert_eq!(has_role(&workspace, &user, "editor").await["member"], member, "as it was");
    }
    for (body, word) in [
        (json!({ "scim_enabled": false, "managed_people": "shoot" }), "keep, hand_over"),
        (json!({ "name": "X", "managed_people": "keep" }), "switching SCIM off"),
    ] {
        let refused = change(&instance, &workspace, body).await;
        assert!(refused.status == 400 && refused.text.contains(word), "{}", refused.text);
    }
    let told = workspace.admin().get("/audit-log?action=workspace.changed").await.expect(200);
    let chosen = told["entries"].as_array().expect("entries").iter().filter(|entry| entry["detail"]["managed_people"] == "keep");
    assert_eq!(chosen.count(), 3);
    let (code, _, error) = instance.command(&["workspace", "disable-scim", &workspace.slug]);
    assert!(code != 0 && error.contains("managed_people"), "{error}");
    let (code, _, error) = instance.command(&["workspace", "disable-scim", &workspace.slug, "--managed-people", "keep"]);
    assert_eq!(code, 0, "{error}");
    instance.finish().await;
}

#[tokio::test]
async fn people_who_are_handed_over_stay_as_they_are_and_are_managed_by_hand() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let group = workspace.group("Editors", &[]).await;
    workspace.admin().put(&format!("/role-mappings/{}", text(&group["id"])), json!({ "role": "editor" })).await.expect(204);
    let users = {
        let mut users = Vec::new();
        for name in ["ada", "eve", "max"] {
            users.push(create(&workspace, &format!("{name}@acme.test"), json!({ "externalId": name })).await);
        }
        users
    };
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": users[0]["id"] }] }]);
    workspace.scim().operations(&format!("/Groups/{}", text(&group["id"])), add).await.expect(200);
    let ada = has_role(&workspace, &users[0], "editor").await["member"].clone();
    let eve = has_role(&workspace, &users[1], "viewer").await["member"].clone();
    workspace.admin().put(&path(&eve, "/grant"), json!({ "role": "guest" })).await.expect(204);
    let session = workspace.sign_in(&ada["id"]).await;
    workspace
        .scim()
        .operations(&format!("/Users/{}", text(&users[2]["id"])), json!([{ "op": "replace", "path": "active", "value": false }]))
        .await
        .expect(200);
    instance.settle().await;
    let max = workspace.member_of(&users[2]).await;
    let seats = async || workspace.admin().get("/seats").await.expect(200)["taken"].clone();
    let taken = seats().await;

    let early = workspace.admin().post("/provisioning/hand-over", Value::Null).await;
    assert!(early.status == 409 && early.text.contains("switched off first"), "{}", early.text);
    change(&instance, &workspace, json!({ "scim_enabled": false, "managed_people": "hand_over" })).await.expect(200);
    instance.settle().await;
    for (member, status, role) in
        [(&ada, "active", json!("editor")), (&eve, "invited", json!("viewer")), (&max, "deactivated", Value::Null)]
    {
        let detail = workspace.member(&member["id"]).await;
        let now = &detail["member"];
        assert_eq!((&now["origin"], &now["status"], &now["role"]), (&json!("manual"), &json!(status), &role), "{detail}");
        assert_eq!((&now["user_id"], &detail["groups"]), (&Value::Null, &json!([])), "{detail}");
        let sources: Vec<&Value> = detail["grants"].as_array().expect("grants").iter().map(|grant| &grant["source"]).collect();
        assert_eq!(sources.len(), usize::from(!role.is_null()), "{detail}");
        assert!(sources.iter().all(|source| *source == "manual"), "{detail}");
    }
    assert_eq!(workspace.check(&session).await, 200, "nobody notices");
    assert_eq!(seats().await, taken);
    for table in ["users", "groups", "role_mappings", "workspace_groups", "dirty", "held_changes"] {
        assert_eq!(instance.database.count(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
    let told = workspace.admin().get("/audit-log?action=member.unlinked").await.expect(200);
    assert_eq!(told["entries"].as_array().expect("entries").len(), 3);
    assert_eq!(workspace.admin().get("/provisioning").await.expect(200), json!({ "mode": "live", "handing_over": false }));

    // By hand from now on; who was out comes in with the role that everybody has.
    workspace.admin().post(&path(&eve, "/deactivate"), Value::Null).await.expect(204);
    workspace.admin().post(&path(&max, "/reactivate"), Value::Null).await.expect(204);
    assert_eq!(workspace.member(&max["id"]).await["member"]["role"], "viewer");

    // The identity provider is connected again: it finds an empty directory, and its people by externalId.
    change(&instance, &workspace, json!({ "scim_enabled": true })).await.expect(200);
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 0);
    let again = create(&workspace, "ada.lovelace@acme.test", json!({ "externalId": "ada" })).await;
    let back = create(&workspace, "eve@acme.test", json!({ "externalId": "eve" })).await;
    instance.settle().await;
    assert_eq!(workspace.member_of(&again).await["id"], ada["id"]);
    assert_eq!(
        workspace.member_of(&again).await["role"],
        "editor",
        "what was given by hand stays until it is taken back by hand"
    );
    assert_eq!(
        (&workspace.member_of(&back).await["id"], &workspace.member_of(&back).await["status"]),
        (&eve["id"], &json!("invited"))
    );
    assert_eq!(seats().await, taken.as_i64().expect("a number") + 1, "max is in as well");
    instance.finish().await;
}

#[tokio::test]
async fn what_was_kept_is_handed_over_later_and_the_gate_waits_for_it() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for n in 0..450 {
        create(&workspace, &format!("p{n}@acme.test"), json!({})).await;
    }
    instance.settle().await;
    change(&instance, &workspace, json!({ "scim_enabled": false, "managed_people": "keep" })).await.expect(200);
    instance.worker(0).terminate();
    workspace.admin().post("/provisioning/hand-over", Value::Null).await.expect(202);
    workspace.admin().post("/provisioning/hand-over", Value::Null).await.expect(202);
    assert_eq!(workspace.admin().get("/provisioning").await.expect(200)["handing_over"], true);
    let refused = change(&instance, &workspace, json!({ "scim_enabled": true })).await;
    assert!(refused.status == 409 && refused.text.contains("being handed over"), "{}", refused.text);
    // A worker that dies in the middle leaves the rest to the next one.
    let worker = instance.start_worker();
    crate::harness::eventually("it has begun", async || {
        instance.database.count("select count(*) from members where origin = 'manual'").await > 1
    })
    .await;
    instance.worker(worker).kill();
    instance.start_worker();
    instance.settle_within(std::time::Duration::from_secs(90)).await;
    assert_eq!(instance.database.count("select count(*) from members where origin = 'manual' and status = 'invited'").await, 451);
    assert_eq!(instance.database.count("select count(*) from audit_log where action = 'member.unlinked'").await, 450);
    assert_eq!(instance.database.count("select count(*) from audit_log where action = 'directory.handed_over'").await, 1);
    change(&instance, &workspace, json!({ "scim_enabled": true })).await.expect(200);
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 0);
    instance.finish().await;
}
