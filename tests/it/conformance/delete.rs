//! DELETE (RFC 7644 §3.6).

use serde_json::json;

use super::framework::{Ground, Section, hold, requirements};
use crate::scim::{id, members, patch, path};

/// Q189 to Q194.
pub const SECTION: Section = Section {
    title: "DELETE",
    requirements: requirements! {
        189 Must "A deletion is answered by 204 without a body." => answered_without_a_body;
        190 Must "Whatever is done with the id afterwards is answered by 404." => gone_for_every_method;
        191 Must "What was deleted is in no list, no filter and no number." => gone_from_lists;
        192 Should "The userName can be taken again at once, under another id." => name_is_free;
        193 Hardening "The user has left all groups with the answer, and the groups have new versions." => left_all_groups;
        194 Interop "A deletion deletes: the resource is not kept with active=false." => not_merely_inactive;
    },
};

#[tokio::test]
async fn q189_to_q194_delete() {
    hold(&SECTION).await;
}

async fn answered_without_a_body(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[&ada]).await;
    for resource in [&group, &ada] {
        let answer = ground.scim().delete(&path(resource)).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert_eq!(answer.header("content-type"), "");
    }
}

async fn gone_for_every_method(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[]).await;
    for (resource, body) in [(&ada, json!({ "userName": "ada@acme.test" })), (&group, json!({ "displayName": "Analysts" }))] {
        let at = path(resource);
        assert_eq!(scim.delete(&at).await.status, 204);
        scim.get(&at).await.scim_error(404, None);
        scim.put(&at, body.clone()).await.scim_error(404, None);
        let change = json!([{ "op": "replace", "path": "displayName", "value": "x" }]);
        scim.patch(&at, patch(change)).await.scim_error(404, None);
        scim.delete(&at).await.scim_error(404, None);
    }
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 0);
}

async fn gone_from_lists(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    ground.workspace.user("grace@acme.test").await;
    let by_id = format!("id eq \"{}\"", id(&ada));
    assert_eq!((scim.count("/Users", "userName pr").await, scim.count("/Users", &by_id).await), (2, 1));
    assert_eq!(scim.delete(&path(&ada)).await.status, 204);
    let list = scim.get("/Users").await.expect(200);
    assert_eq!((&list["totalResults"], &list["Resources"][0]["userName"]), (&json!(1), &json!("grace@acme.test")));
    for filter in ["userName eq \"ada@acme.test\"", by_id.as_str(), "emails.value eq \"ada@acme.test\""] {
        assert_eq!(scim.count("/Users", filter).await, 0, "{filter}");
    }
    assert_eq!(scim.query("/Users", &[("count", "0")]).await.expect(200)["totalResults"], 1);
}

async fn name_is_free(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    assert_eq!(ground.scim().delete(&path(&ada)).await.status, 204);
    let again = ground.scim().post("/Users", json!({ "userName": "ADA@acme.test" })).await.expect(201);
    assert_ne!(id(&again), id(&ada));
    let group = ground.workspace.group("Analysts", &[]).await;
    assert_eq!(ground.scim().delete(&path(&group)).await.status, 204);
    assert_ne!(id(&ground.workspace.group("Analysts", &[]).await), id(&group));
}

async fn left_all_groups(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    let grace = ground.workspace.user("grace@acme.test").await;
    let groups = [
        ground.workspace.group("Analysts", &[&ada, &grace]).await,
        ground.workspace.group("Engineers", &[&ada]).await,
        ground.workspace.group("Others", &[&grace]).await,
    ];
    assert_eq!(ground.scim().delete(&path(&ada)).await.status, 204);
    for (before, left, changes) in
        [(&groups[0], vec![id(&grace)], true), (&groups[1], vec![], true), (&groups[2], vec![id(&grace)], false)]
    {
        let after = ground.scim().get(&path(before)).await.expect(200);
        assert_eq!(members(&after), left);
        assert_eq!(after["meta"]["version"] != before["meta"]["version"], changes, "{}", before["displayName"]);
    }
}

async fn not_merely_inactive(ground: &Ground<'_>) {
    let ada = ground.workspace.user("ada@acme.test").await;
    assert_eq!(ground.scim().delete(&path(&ada)).await.status, 204);
    ground.scim().get(&path(&ada)).await.scim_error(404, None);
    assert_eq!(ground.scim().count("/Users", "active eq false").await, 0);
}
