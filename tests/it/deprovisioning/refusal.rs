//! Who is out is refused.

use serde_json::json;

use super::{Person, Way, forgets, let_in, open_sessions};
use crate::harness::{Instance, eventually};

#[tokio::test]
async fn no_session_is_accepted_after_the_answer_in_whatever_way_the_person_left() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for way in Way::ALL {
        let person = Person::sign_in(&workspace, &format!("{way:?}"), 100).await;
        let colleague = Person::sign_in(&workspace, &format!("colleague-of-{way:?}"), 1).await;
        assert_eq!(person.checks(&workspace).await, [200], "{way:?}");
        way.put_out(&workspace, &person.user).await;
        assert_eq!(person.checks(&workspace).await, [401], "{way:?}");
        assert_eq!(workspace.member(&person.member).await["member"]["status"], "deactivated", "{way:?}");
        assert_eq!(person.receipt(&workspace).await["sessions_count"], 100, "{way:?}");
        forgets(&instance, &person).await;
        assert_eq!(colleague.checks(&workspace).await, [200], "{way:?}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn who_is_out_cannot_sign_in() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for way in Way::ALL {
        let person = Person::sign_in(&workspace, &format!("{way:?}"), 0).await;
        way.put_out(&workspace, &person.user).await;
        for whom in [json!({ "member_id": person.member }), json!({ "email": person.user["userName"] })] {
            let answer = workspace.backend().post("/sessions", whom).await;
            assert_eq!(answer.status, 403, "{way:?}: {}", answer.text);
            assert!(answer.text.contains("the identity provider must activate them again"), "{}", answer.text);
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_token_dies_with_its_person_and_the_workspace_token_does_not() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "owner", 1).await;
    let wish = json!({ "name": "of a person", "scopes": ["members:read"], "member_id": person.member });
    let secret = workspace.admin().post("/tokens", wish.clone()).await.expect(201)["secret"].clone();
    let theirs = workspace.admin().token(secret.as_str().expect("a secret"));
    theirs.get("/members").await.expect(200);
    instance.worker(0).kill();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    assert_eq!(theirs.get("/members").await.status, 401);
    let answer = workspace.admin().post("/tokens", wish).await;
    assert_eq!(answer.status, 404, "a token for somebody who is out: {}", answer.text);
    workspace.scim().get("/Users").await.expect(200);
    instance.start_worker();
    assert_eq!(person.receipt(&workspace).await["tokens_count"], 1);
    let_in(&workspace, &person.user).await;
    workspace.member_becomes(&person.member, "let in again", |member| member["member"]["status"] == "active").await;
    assert_eq!(theirs.get("/members").await.status, 401, "a return revives no token");
    instance.finish().await;
}

#[tokio::test]
async fn sessions_of_after_the_return_survive_a_clean_up_that_comes_later() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "quick", 10).await;
    instance.settle().await;
    // The clean-up of the departure waits for an hour; the return is reconciled meanwhile.
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    instance.database.execute("update apalis.jobs set run_at = now() + interval '1 hour' where job_type = 'deprovision'").await;
    let_in(&workspace, &person.user).await;
    instance.start_worker();
    workspace.member_becomes(&person.member, "let in again", |member| member["member"]["status"] == "active").await;
    let fresh = Person {
        sessions: open_sessions(&workspace, &person.member, 3).await,
        user: person.user.clone(),
        member: person.member.clone(),
    };
    assert_eq!(person.checks(&workspace).await, [401]);
    instance.database.execute("update apalis.jobs set run_at = now() where job_type = 'deprovision'").await;
    let receipt = person.receipt(&workspace).await;
    assert_eq!(receipt["sessions_count"], 10);
    assert_eq!(fresh.checks(&workspace).await, [200]);
    assert_eq!(person.checks(&workspace).await, [401]);
    let left = instance.redis.keys().await.into_iter().filter(|key| key.contains(&person.key())).count();
    assert_eq!(left, 4, "three sessions and their index");
    instance.finish().await;
}

#[tokio::test]
async fn who_leaves_returns_and_leaves_again_is_out_every_time() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut person = Person::sign_in(&workspace, "restless", 2).await;
    for round in 1..=3 {
        Way::PatchWithPath.put_out(&workspace, &person.user).await;
        assert_eq!(person.checks(&workspace).await, [401]);
        eventually("each departure has its receipt", async || {
            let receipts = person.receipts(&workspace).await;
            receipts.len() == round && receipts.iter().all(|receipt| !receipt["completed_at"].is_null())
        })
        .await;
        let_in(&workspace, &person.user).await;
        workspace.member_becomes(&person.member, "let in again", |member| member["member"]["status"] == "active").await;
        assert_eq!(person.checks(&workspace).await, [401]);
        person.sessions = open_sessions(&workspace, &person.member, 2).await;
        assert_eq!(person.checks(&workspace).await, [200]);
    }
    instance.finish().await;
}
