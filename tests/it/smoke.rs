//! The shortest way through the whole.

use serde_json::json;

use crate::harness::Instance;

#[tokio::test]
async fn a_created_user_becomes_a_member() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.scim().post("/Users", json!({ "userName": "isaac@acme.test" })).await.expect(201);
    let member = workspace.member_of(&user).await;
    assert_eq!(member["status"], "invited");
    assert_eq!(member["role"], "viewer");
    instance.finish().await;
}
