//! What was let pass is taken down with the request.

use serde_json::{Value, json};

use super::entry_of;
use crate::harness::Instance;

#[tokio::test]
async fn what_identity_providers_do_in_their_own_way_is_named() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let group = workspace.group("Engineering", &[&ada, &bob]).await;
    let id = |resource: &Value| resource["id"].as_str().expect("an id").to_owned();
    let (user, group) = (format!("/Users/{}", id(&ada)), format!("/Groups/{}", id(&group)));
    let patch = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let users = "urn:ietf:params:scim:schemas:core:2.0:User";
    let answers = [
        // Entra's deactivation.
        (
            vec!["boolean-string", "capital-op"],
            scim.operations(&user, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await,
        ),
        // Entra's removal of a member.
        (
            vec!["capital-op", "remove-with-value"],
            scim.operations(
                &group,
                json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": ada["id"] }] }]),
            )
            .await,
        ),
        (
            vec!["message-key-case"],
            scim.patch(&user, json!({ "schemas": [patch], "operations": [{ "op": "replace", "path": "title", "value": "x" }] }))
                .await,
        ),
        (
            vec!["readonly-in-value"],
            scim.operations(&group, json!([{ "op": "replace", "value": { "id": id(&ada), "displayName": "Band" } }])).await,
        ),
        (vec!["member-string"], scim.operations(&group, json!([{ "op": "add", "path": "members", "value": [id(&bob)] }])).await),
        (vec!["missing-schemas"], scim.post("/Users", json!({ "userName": "carol@acme.test" })).await),
        (
            vec!["boolean-string", "foreign-schema-urn", "password-dropped"],
            scim.post(
                "/Users",
                json!({ "schemas": [users, "urn:scim:schemas:core:1.0"],
                    "userName": "dan@acme.test", "active": "True", "password": "hunter2" }),
            )
            .await,
        ),
        // Taken down also when the request is refused after all.
        (vec!["capital-op"], scim.operations(&user, json!([{ "op": "Replace", "path": "active", "value": "perhaps" }])).await),
        (vec![], scim.operations(&user, json!([{ "op": "replace", "path": "active", "value": true }])).await),
        (vec![], scim.get(&user).await),
    ];
    for (expected, answer) in &answers {
        let entry = entry_of(&workspace, answer).await["entry"].clone();
        let mut names: Vec<&str> = entry["tolerated"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, *expected, "{entry}");
    }
    assert_eq!(answers[7].1.status, 400);
    instance.finish().await;
}
