//! Groups with more members than stand in an answer by themselves: streamed, and not listed after a change of one member.

use std::{collections::BTreeSet, io::Read};

use serde_json::{Value, json};

use super::{members, patch, path};
use crate::harness::{Instance, Workspace};

/// More than one page of what is streamed.
const MEMBERS: usize = 2_345;

/// A group with that many members, loaded behind the server's back.
async fn large_group(instance: &Instance, workspace: &Workspace) -> Value {
    group_of(instance, workspace, MEMBERS).await
}

async fn group_of(instance: &Instance, workspace: &Workspace, members: usize) -> Value {
    let group = workspace.group("Everybody", &[]).await;
    let (id, workspace_id) = (group["id"].as_str().expect("an id"), &workspace.id);
    let sql = format!(
        "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
         select '{workspace_id}', lpad(to_hex(n), 32, '0')::uuid, 'u' || n, true, jsonb_build_object('userName', 'u' || n), now(), now()
         from generate_series(1, {members}) as n;
         insert into group_members (workspace_id, group_id, user_id)
         select '{workspace_id}', '{id}', id from users where workspace_id = '{workspace_id}';"
    );
    instance.database.execute(&sql).await;
    group
}

fn distinct(group: &Value) -> usize {
    let ids = members(group);
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "a member is there twice");
    ids.len()
}

#[tokio::test]
async fn every_member_is_in_every_kind_of_answer_once() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let small = workspace.group("Nobody", &[]).await;
    let group = large_group(&instance, &workspace).await;
    let scim = workspace.scim();

    let read = scim.get(&path(&group)).await;
    assert_eq!(read.header("etag"), group["meta"]["version"].as_str().expect("a version"));
    let read = read.expect(200);
    assert_eq!(distinct(&read), MEMBERS);
    let base = group["meta"]["location"].as_str().expect("a location").split("/Groups/").next().expect("the base").to_owned();
    for member in read["members"].as_array().expect("members") {
        let id = member["value"].as_str().expect("an id");
        assert_eq!(*member, json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" }));
    }
    assert_eq!(read["displayName"], "Everybody");

    let list = scim.get("/Groups").await.expect(200);
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(2), &json!(2)));
    assert_eq!(list["Resources"][0]["id"], small["id"]);
    assert_eq!(list["Resources"][0]["members"], json!([]));
    assert_eq!(distinct(&list["Resources"][1]), MEMBERS);
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "displayName sw \"E\"" });
    assert_eq!(distinct(&scim.post("/.search", search).await.expect(200)["Resources"][0]), MEMBERS);

    let values = scim.get(&format!("{}?attributes=members.value", path(&group))).await.expect(200);
    assert_eq!(distinct(&values), MEMBERS);
    assert!(
        values["members"]
            .as_array()
            .expect("members")
            .iter()
            .all(|member| member.as_object().map(|parts| parts.len()) == Some(1))
    );
    assert!(scim.get(&format!("{}?excludedAttributes=members", path(&group))).await.expect(200).get("members").is_none());

    let put = scim.put(&path(&group), json!({ "displayName": "All" })).await.expect(200);
    assert_eq!((distinct(&put), &put["displayName"]), (MEMBERS, &json!("All")));
    let tag = put["meta"]["version"].as_str().expect("a version");
    let unchanged = scim.send(scim.request(reqwest::Method::GET, &path(&group)).header("if-none-match", tag)).await;
    assert_eq!(unchanged.status, 304);
    instance.abandon("no worker");
}

#[tokio::test]
async fn a_group_that_cannot_be_read_to_its_end_has_no_clean_end() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    // More than fits between the server and a client that does not read.
    let group = group_of(&instance, &workspace, 100_000).await;
    let (mut stream, writing) = workspace.scim().raw("GET", &path(&group)).open();
    let mut bytes = vec![0; 16 * 1024];
    stream.read_exact(&mut bytes).expect("the beginning");
    instance.database.shut().await;
    stream.read_to_end(&mut bytes).ok();
    let end = String::from_utf8_lossy(&bytes[bytes.len() - 100..]).into_owned();
    assert!(!end.ends_with("0\r\n\r\n"), "{end}");
    writing.join().expect("the request was sent");
    instance.database.open().await;
    instance.abandon("no worker");
}

#[tokio::test]
async fn a_change_of_one_member_does_not_list_the_others_unless_it_is_asked_to() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let group = large_group(&instance, &workspace).await;
    let scim = workspace.scim();
    let user = workspace.user("new@acme.test").await;
    let add = || patch(json!([{ "op": "add", "path": "members", "value": [{ "value": user["id"] }] }]));

    let added = scim.patch(&path(&group), add()).await;
    assert_eq!((added.status, added.text.as_str()), (204, ""));
    let tag = added.header("etag").to_owned();
    assert_eq!(added.header("location"), group["meta"]["location"].as_str().expect("a location"));
    assert_ne!(tag, group["meta"]["version"].as_str().expect("a version"));
    let read = scim.get(&path(&group)).await.expect(200);
    assert_eq!(read["meta"]["version"], tag.as_str());
    assert_eq!(distinct(&read), MEMBERS + 1);

    let again = scim.patch(&path(&group), add()).await;
    assert_eq!((again.status, again.header("etag")), (204, tag.as_str()), "what changes nothing keeps the version");
    let shown = scim.patch(&format!("{}?attributes=displayName", path(&group)), add()).await.expect(200);
    assert_eq!(shown["displayName"], "Everybody");
    let without = scim.patch(&format!("{}?excludedAttributes=members", path(&group)), add()).await.expect(200);
    assert!(without.get("members").is_none());
    let all = scim.patch(&format!("{}?attributes=members", path(&group)), add()).await.expect(200);
    assert_eq!(distinct(&all), MEMBERS + 1);
    let small = workspace.group("Small", &[&user]).await;
    assert_eq!(members(&scim.patch(&path(&small), add()).await.expect(200)).len(), 1, "a small group is shown");
    instance.abandon("no worker");
}
