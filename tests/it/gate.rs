//! The gate: SCIM answers only on the Enterprise plan, with SAML enabled and SCIM enabled.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Instance, Workspace, assert_includes},
    operations::{self, Operation},
};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What is sent to each operation, and the status when the gate is open. `$user` and `$group` are ids that exist. In an order in
/// which each finds what it needs.
pub fn rows() -> Vec<(&'static str, &'static str, Value, StatusCode)> {
    let replace = |name: &str, value: &str| {
        json!({
            "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "path": name, "value": value }],
        })
    };
    let search = || json!({ "schemas": [SEARCH], "count": 1 });
    let bulk = || {
        json!({ "schemas": [BULK], "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "b", "data": { "userName": "bulk@acme.test" } },
            { "method": "PATCH", "path": "/Users/bulkId:b", "data": replace("title", "Bosun") },
        ]})
    };
    vec![
        ("getServiceProviderConfig", "", Value::Null, StatusCode::OK),
        ("listResourceTypes", "", Value::Null, StatusCode::OK),
        ("getResourceType", "User", Value::Null, StatusCode::OK),
        ("listSchemas", "", Value::Null, StatusCode::OK),
        ("getSchema", "urn:ietf:params:scim:schemas:core:2.0:Group", Value::Null, StatusCode::OK),
        ("listAll", "", Value::Null, StatusCode::OK),
        ("search", "", search(), StatusCode::OK),
        ("bulk", "", bulk(), StatusCode::OK),
        ("listUsers", "", Value::Null, StatusCode::OK),
        ("searchUsers", "", search(), StatusCode::OK),
        ("getUser", "$user", Value::Null, StatusCode::OK),
        ("createUser", "", json!({ "userName": "second@acme.test" }), StatusCode::CREATED),
        ("patchUser", "$user", replace("title", "Captain"), StatusCode::OK),
        ("replaceUser", "$user", json!({ "userName": "first@acme.test", "title": "Mate" }), StatusCode::OK),
        ("listGroups", "", Value::Null, StatusCode::OK),
        ("searchGroups", "", search(), StatusCode::OK),
        ("getGroup", "$group", Value::Null, StatusCode::OK),
        ("createGroup", "", json!({ "displayName": "Second" }), StatusCode::CREATED),
        ("patchGroup", "$group", replace("displayName", "Third"), StatusCode::OK),
        ("replaceGroup", "$group", json!({ "displayName": "Fourth" }), StatusCode::OK),
        ("deleteGroup", "$group", Value::Null, StatusCode::NO_CONTENT),
        ("deleteUser", "$user", Value::Null, StatusCode::NO_CONTENT),
    ]
}

/// The words by which each condition is named, and who can change it.
const PLAN: (&str, &str) = ("Enterprise plan", "owner");
const SAML: (&str, &str) = ("SAML single sign-on is not enabled", "workspace admin can enable");
const SCIM: (&str, &str) = ("SCIM has not been enabled", "support team");

struct Gate<'a> {
    instance: &'a Instance,
    workspace: &'a Workspace,
    operations: Vec<Operation>,
    user: Value,
    group: Value,
}

impl Gate<'_> {
    async fn set(&self, plan: &str, saml: bool, scim: bool) -> Value {
        let mut change = json!({ "plan": plan, "scim_enabled": scim });
        if saml {
            self.workspace.enable_saml().await;
        } else {
            change["saml_enabled"] = json!(false);
        }
        if (plan, saml, scim) != ("enterprise", true, true) {
            change["managed_people"] = json!("keep");
        }
        self.instance.ops().patch(&format!("/workspaces/{}", self.workspace.slug), change).await.expect(200)
    }

    async fn call(&self, (name, id, body, _): &(&str, &str, Value, StatusCode)) -> Answer {
        let operation = self.operations.iter().find(|operation| operation.id == *name).expect(name);
        let id = id.replace("$user", self.user["id"].as_str().expect("an id"));
        let id = id.replace("$group", self.group["id"].as_str().expect("an id"));
        let root = self.instance.with_token(&self.workspace.scim_token);
        root.send(operation.request(&root, &operation.path_with(&id), body)).await
    }
}

#[tokio::test]
async fn every_operation_is_refused_for_every_missing_condition_and_none_other() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let operations = operations::of(&instance, "scim").await;
    operations::assert_covered(&operations, rows().iter().map(|row| row.0));
    let user = workspace.user("first@acme.test").await;
    let group = workspace.group("First", &[&user]).await;
    // Being in a group is in the version of a user.
    let user = workspace.scim().get(&format!("/Users/{}", user["id"].as_str().expect("an id"))).await.expect(200);
    let gate = Gate { instance: &instance, workspace: &workspace, operations, user, group };
    for plan in ["free", "team", "business", "enterprise"] {
        for (saml, scim) in [(false, false), (false, true), (true, false), (true, true)] {
            if plan == "enterprise" && saml && scim {
                continue;
            }
            let shown = gate.set(plan, saml, scim).await;
            assert_eq!(shown["gate_open"], false);
            for row in rows() {
                let detail = gate.call(&row).await.scim_error(403, None);
                for ((condition, who), holds) in [(PLAN, plan == "enterprise"), (SAML, saml), (SCIM, scim)] {
                    let named = detail.contains(condition) && detail.contains(who);
                    assert_eq!(named, !holds, "{} on {plan}, SAML {saml}, SCIM {scim}: {detail}", row.0);
                }
            }
        }
    }
    // Nothing of all this was done, and open it does everything.
    gate.set("enterprise", true, true).await;
    assert_eq!(
        workspace.scim().get(&format!("/Users/{}", gate.user["id"].as_str().expect("an id"))).await.expect(200)["meta"],
        gate.user["meta"]
    );
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 1);
    for row in rows() {
        let answer = gate.call(&row).await;
        assert_eq!(answer.status, row.3.as_u16(), "{}: {}", row.0, answer.text);
    }
    instance.finish().await;
}

#[tokio::test]
async fn closing_the_gate_puts_nobody_out_and_opening_it_again_works() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("stays@acme.test").await;
    let member = workspace.member_of(&user).await;
    let session = workspace.sign_in(&member["id"]).await;
    let path = format!("/workspaces/{}", workspace.slug);
    for (close, open) in [
        (json!({ "plan": "business", "managed_people": "keep" }), json!({ "plan": "enterprise" })),
        (json!({ "saml_enabled": false, "managed_people": "keep" }), Value::Null),
        (json!({ "scim_enabled": false, "managed_people": "keep" }), json!({ "scim_enabled": true })),
    ] {
        let shown = instance.ops().patch(&path, close.clone()).await.expect(200);
        assert_eq!(shown["gate_missing"].as_array().map(Vec::len), Some(1), "{shown}");
        workspace.scim().get("/Users").await.scim_error(403, None);
        // The reconciliation looks at everybody and finds nothing to do.
        instance.ops().post(&format!("{path}/reconcile"), Value::Null).await.expect(202);
        instance.settle().await;
        let now = workspace.member(&member["id"]).await;
        assert_includes(&now["member"], &json!({ "status": "active", "role": "viewer", "deactivated_at": null }), "the member");
        assert_eq!(workspace.check(&session).await, 200, "closed by {close}");
        // The other APIs of the workspace are none of the gate's business.
        assert_eq!(workspace.admin().get("/tokens").await.status, 200);
        if open.is_null() {
            workspace.enable_saml().await;
        } else {
            instance.ops().patch(&path, open).await.expect(200);
        }
        assert_eq!(instance.ops().get(&path).await.expect(200)["gate_open"], true);
        assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 1);
    }
    // The door works in both directions: the identity provider still decides.
    let id = user["id"].as_str().expect("an id");
    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    workspace.scim().operations(&format!("/Users/{id}"), off).await.expect(200);
    assert_eq!(workspace.check(&session).await, 401);
    instance.finish().await;
}
