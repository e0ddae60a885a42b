//! What is there afterwards, against what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::load::{Person, State};
use crate::harness::{Instance, Workspace};

/// Compares everything, and says all that is wrong.
pub async fn check(instance: &Instance, workspace: &Workspace, people: &[Person]) {
    let members = workspace.members().await;
    let by_user: BTreeMap<&str, &Value> =
        members.iter().filter_map(|member| Some((member["user_id"].as_str()?, member))).collect();
    let by_id: BTreeMap<&str, &Value> = members.iter().filter_map(|member| Some((member["id"].as_str()?, member))).collect();
    let keys = instance.redis.keys().await;
    let mut wrong = Vec::new();
    for person in people {
        let answer = workspace.scim().get(&format!("/Users/{}", person.user)).await;
        let actual = State::of(&answer, &person.group);
        if !person.states.contains(&actual) {
            wrong.push(format!("{} is {actual:?}, and was acknowledged as {:?}", person.user, person.states));
        }
        let wanted = actual.there.as_ref().filter(|there| there.active);
        let member = person.member.as_deref().and_then(|id| by_id.get(id)).or_else(|| by_user.get(person.user.as_str()));
        match (wanted, member) {
            (Some(there), Some(member)) => {
                if member["status"] == "deactivated" || member["role"].is_null() {
                    wrong.push(format!("{} is in the directory and not in the workspace: {member}", person.user));
                }
                let detail = workspace.member(&member["id"]).await;
                if (detail["groups"] != json!([])) != there.in_group {
                    wrong.push(format!("{} is in other groups than in the directory: {detail}", person.user));
                }
            }
            (Some(_), None) => wrong.push(format!("{} is in the directory and nobody in the workspace", person.user)),
            (None, Some(member)) => {
                if member["status"] != "deactivated" || !member["role"].is_null() {
                    wrong.push(format!("{} is out of the directory and in the workspace: {member}", person.user));
                }
                let id = member["id"].as_str().expect("an id").replace('-', "");
                if keys.iter().any(|key| key.contains(&id)) {
                    wrong.push(format!("{} is out, and Redis has something of theirs", person.user));
                }
                for session in &person.sessions {
                    if workspace.check(session).await != 401 {
                        wrong.push(format!("{} is out, and a session of theirs is accepted", person.user));
                    }
                }
            }
            (None, None) => {}
        }
    }
    for (what, sql) in [
        ("receipts that are open", "select count(*) from receipts where completed_at is null"),
        ("people who are out and have a role", "select count(*) from members where status = 'deactivated' and role is not null"),
        (
            "people who are out and have a grant of the directory",
            "select count(*) from grants g join members m on m.workspace_id = g.workspace_id and m.id = g.member_id
             where m.status = 'deactivated' and g.source <> 'manual'",
        ),
        (
            "people who have two members",
            "select count(*) from (select from members where user_id is not null group by user_id having count(*) > 1) as twice",
        ),
    ] {
        let count = instance.database.count(sql).await;
        if count > 0 {
            wrong.push(format!("{count} {what}"));
        }
    }
    let ids: BTreeSet<&str> = people.iter().map(|person| person.user.as_str()).collect();
    assert_eq!(ids.len(), people.len(), "an id was given twice");
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
