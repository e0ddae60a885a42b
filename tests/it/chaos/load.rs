//! What identity providers do meanwhile, and what they know afterwards.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};

use super::Stage;
use crate::harness::{Answer, Api, Workspace};

/// How somebody stands in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// None for somebody who was deleted.
    pub there: Option<There>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    pub active: bool,
    /// The same in three attributes, which are always written together.
    pub mark: String,
    pub in_group: bool,
}

impl State {
    /// What the answer to a GET of a user says.
    pub fn of(answer: &Answer, group: &str) -> Self {
        if answer.status == 404 {
            return Self { there: None };
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
        let user = answer.json();
        let marks: BTreeSet<&str> =
            ["title", "nickName", "displayName"].iter().map(|name| user[name].as_str().unwrap_or("none")).collect();
        assert_eq!(marks.len(), 1, "written by half: {user}");
        let in_group = user["groups"].as_array().is_some_and(|groups| groups.iter().any(|other| other["value"] == group));
        let mark = marks.first().copied().unwrap_or_default().to_owned();
        Self { there: Some(There { active: user["active"] == true, mark, in_group }) }
    }
}

/// Somebody whose creation was acknowledged.
#[derive(Debug)]
pub struct Person {
    pub user: String,
    pub group: String,
    pub member: Option<String>,
    pub sessions: Vec<String>,
    /// How they can stand: one way, or two when the last write was not answered.
    pub states: Vec<State>,
}

impl Person {
    fn certain(&self) -> Option<&There> {
        match self.states.as_slice() {
            [State { there: Some(there) }] => Some(there),
            _ => None,
        }
    }
}

/// One identity provider's connection, one write after the other, until it is over. Answers everybody whose creation was acknowledged.
pub async fn write(stage: Arc<Stage>, writer: usize, seed: u64) -> Vec<Person> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut people: Vec<Person> = Vec::new();
    let mut group = None;
    for number in 0_usize.. {
        if stage.over.load(Ordering::SeqCst) {
            break;
        }
        let Some(group) = &group else {
            group = create_group(&stage, writer, number).await;
            continue;
        };
        // As an identity provider does: whatever was not answered is read again.
        if let Some(person) = people.iter_mut().find(|person| person.states.len() > 1) {
            find_out(&stage, person).await;
        }
        let known: Vec<usize> = (0..people.len()).filter(|at| people[*at].certain().is_some()).collect();
        if known.len() < 4 || random.random_ratio(1, 5) {
            people.extend(create(&stage, group, writer, number).await);
            continue;
        }
        let person = &mut people[known[random.random_range(0..known.len())]];
        if random.random_ratio(1, 4) {
            sign_in(&stage, person).await;
        } else {
            change(&stage, person, number, random.random_range(0..10)).await;
        }
    }
    people
}

/// What was answered, unless nobody knows whether it was done. A server that cannot do it now says so, and nothing else.
async fn call(api: &Api, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
    let request = api.request(method, path);
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string()),
        None => request,
    };
    let answer = api.attempt(request).await?;
    if answer.status == 503 {
        assert!(!answer.header("retry-after").is_empty(), "{}", answer.text);
        // A client would wait; one that hammers leaves no room for those that come back.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        return None;
    }
    assert!(answer.status < 500, "{path}: {}", answer.text);
    Some(answer)
}

fn patch(operations: Value) -> Option<Value> {
    Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }))
}

async fn create_group(stage: &Stage, writer: usize, number: usize) -> Option<String> {
    let body = json!({ "displayName": format!("group {writer} {number}") });
    let answer = call(&stage.workspace().scim(), Method::POST, "/Groups", Some(body)).await?;
    Some(answer.expect(201)["id"].as_str().expect("an id").to_owned())
}

async fn create(stage: &Stage, group: &str, writer: usize, number: usize) -> Option<Person> {
    let (name, mark) = (format!("w{writer}-{number}@acme.test"), format!("first {number}"));
    let body = json!({
        "userName": name, "emails": [{ "value": name }], "title": mark, "nickName": mark, "displayName": mark,
    });
    let made = call(&stage.workspace().scim(), Method::POST, "/Users", Some(body)).await?.expect(201);
    stage.acknowledged.fetch_add(1, Ordering::SeqCst);
    Some(Person {
        user: made["id"].as_str().expect("an id").to_owned(),
        group: group.to_owned(),
        member: None,
        sessions: Vec::new(),
        states: vec![State { there: Some(There { active: true, mark, in_group: false }) }],
    })
}

/// Makes sure of somebody whose last write was not answered: it was done, or it was not.
async fn find_out(stage: &Stage, person: &mut Person) -> Option<()> {
    let found = call(&stage.workspace().scim(), Method::GET, &format!("/Users/{}", person.user), None).await?;
    let state = State::of(&found, &person.group);
    assert!(person.states.contains(&state), "{} is {state:?}, and was to be one of {:?}", person.user, person.states);
    person.states = vec![state];
    Some(())
}

/// The member behind a user, if the worker has made it.
async fn member_of(workspace: &Workspace, user: &str) -> Option<String> {
    let mut after = String::new();
    loop {
        let page = call(&workspace.admin(), Method::GET, &format!("/members{after}"), None).await?.expect(200);
        let found = page["members"].as_array().expect("members").iter().find(|member| member["user_id"] == user);
        if let Some(member) = found {
            return member["id"].as_str().map(str::to_owned);
        }
        after = format!("?after={}", page["next"].as_str()?);
    }
}

async fn sign_in(stage: &Stage, person: &mut Person) -> Option<()> {
    let workspace = stage.workspace();
    if person.member.is_none() {
        person.member = Some(member_of(&workspace, &person.user).await?);
    }
    let body = json!({ "member_id": person.member });
    let opened = call(&workspace.backend(), Method::POST, "/sessions", Some(body)).await?;
    if opened.status == 201 {
        person.sessions.push(opened.expect(201)["id"].as_str().expect("a session").to_owned());
    }
    Some(())
}

async fn change(stage: &Stage, person: &mut Person, number: usize, choice: u32) {
    let now = person.certain().expect("a certain state").clone();
    let user = format!("/Users/{}", person.user);
    let (method, path, body, next) = match choice {
        0..=3 => {
            let mark = format!("mark {number}");
            let set = |path: &str| json!({ "op": "replace", "path": path, "value": mark });
            let body = patch(json!([set("title"), set("nickName"), set("displayName")]));
            (Method::PATCH, user, body, Some(There { mark: mark.clone(), ..now }))
        }
        4..=6 => {
            let active = !now.active;
            let body = patch(json!([{ "op": "replace", "path": "active", "value": active }]));
            (Method::PATCH, user, body, Some(There { active, ..now }))
        }
        7..=8 => {
            let operation = if now.in_group {
                json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", person.user) })
            } else {
                json!({ "op": "add", "path": "members", "value": [{ "value": person.user }] })
            };
            (
                Method::PATCH,
                format!("/Groups/{}", person.group),
                patch(json!([operation])),
                Some(There { in_group: !now.in_group, ..now }),
            )
        }
        _ => (Method::DELETE, user, None, None),
    };
    let workspace = stage.workspace();
    let leaves = next.as_ref().is_none_or(|next| !next.active);
    let state = State { there: next };
    match call(&workspace.scim(), method, &path, body).await {
        Some(answer) => {
            assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
            person.states = vec![state];
            stage.acknowledged.fetch_add(1, Ordering::SeqCst);
            for session in person.sessions.iter().filter(|_| leaves) {
                let checked = call(&workspace.backend().token(session), Method::GET, "/session", None).await;
                assert!(checked.is_none_or(|answer| answer.status == 401), "{} is out and has a session", person.user);
            }
        }
        None => person.states.push(state),
    }
}
