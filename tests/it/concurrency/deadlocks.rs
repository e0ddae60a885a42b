//! Groups and users that are changed and deleted by everybody in every order: whoever has to wait for somebody who waits for them is
//! told to come again, never that something is broken.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, atomic::AtomicUsize},
};

use futures::future::join_all;
use serde_json::{Value, json};

use super::patiently;
use crate::{
    generate::dice::Dice,
    harness::{Api, Instance},
    scim::{id, members},
};

const CLIENTS: u64 = 16;
const CHANGES: usize = 40;

/// Who is there, as far as the clients know; some of them have just gone.
#[derive(Default)]
struct Known {
    users: Vec<String>,
    groups: Vec<String>,
}

struct Client {
    scim: Api,
    dice: Dice,
    number: u64,
    known: Arc<Mutex<Known>>,
    busy: Arc<AtomicUsize>,
}

impl Client {
    fn user(&mut self) -> String {
        let known = self.known.lock().expect("no client has failed");
        self.dice.pick(&known.users).clone()
    }

    fn group(&mut self) -> String {
        let known = self.known.lock().expect("no client has failed");
        self.dice.pick(&known.groups).clone()
    }

    /// One change of something, by chance; a refusal because something has just gone is as good as success.
    async fn change(&mut self, n: usize) {
        let (user, group) = (self.user(), self.group());
        let some: Vec<Value> = (0..1 + self.dice.below(4)).map(|_| json!({"value": self.user()})).collect();
        let name = format!("{} {n}", self.number);
        let at_group = format!("/Groups/{group}");
        let (scim, busy) = (&self.scim, &*self.busy);
        let operations =
            async |operations: Value| patiently(busy, async || scim.operations(&at_group, operations.clone()).await).await;
        let answer = match self.dice.below(10) {
            0 | 1 => operations(json!([{"op": "add", "path": "members", "value": some}])).await,
            2 => operations(json!([{"op": "remove", "path": "members", "value": some}])).await,
            3 => operations(json!([{"op": "replace", "path": "members", "value": some}])).await,
            4 => {
                let body = json!({"displayName": name, "members": some});
                patiently(busy, async || scim.put(&at_group, body.clone()).await).await
            }
            5 => {
                let body = crate::scim::patch(json!([{"op": "replace", "path": "active", "value": self.dice.chance(50)}]));
                patiently(busy, async || scim.patch(&format!("/Users/{user}"), body.clone()).await).await
            }
            6 | 7 => patiently(busy, async || scim.delete(&format!("/Users/{user}")).await).await,
            8 => {
                let body = json!({"displayName": name, "members": some});
                let answer = patiently(busy, async || scim.post("/Groups", body.clone()).await).await;
                if answer.status == 201 {
                    self.known.lock().expect("no client has failed").groups.push(id(&answer.json()).to_owned());
                }
                answer
            }
            _ => patiently(busy, async || scim.delete(&at_group).await).await,
        };
        match answer.status {
            200 | 201 | 204 => {}
            404 => drop(answer.scim_error(404, None)),
            400 => drop(answer.scim_error(400, Some("invalidValue"))),
            status => panic!("{status}: {}", answer.text),
        }
        // For everybody who goes somebody comes.
        let body =
            json!({"userName": name.replace(' ', "-"), "emails": [{"value": format!("{name}@acme.test").replace(' ', "-")}]});
        let created = patiently(busy, async || scim.post("/Users", body.clone()).await).await.expect(201);
        self.known.lock().expect("no client has failed").users.push(id(&created).to_owned());
    }
}

#[tokio::test]
async fn whoever_waits_for_each_other_is_told_to_come_again() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut known = Known::default();
    for n in 0..12 {
        known.users.push(id(&workspace.user(&format!("u{n}@acme.test")).await).to_owned());
    }
    for n in 0..6 {
        known.groups.push(id(&workspace.group(&format!("g{n}"), &[]).await).to_owned());
    }
    let (known, busy) = (Arc::new(Mutex::new(known)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (scim, known, busy) = (workspace.scim(), Arc::clone(&known), Arc::clone(&busy));
            let mut client = Client { scim, dice: Dice(number), number, known, busy };
            async move {
                for n in 0..CHANGES {
                    client.change(n).await;
                }
            }
        })
        .collect();
    join_all(clients).await;
    let scim = workspace.scim();
    let everything = async |endpoint: &str| {
        let list = scim.get(&format!("{endpoint}?count=1000")).await.expect(200);
        let resources = list["Resources"].as_array().cloned().unwrap_or_default();
        assert_eq!(list["totalResults"], resources.len(), "the counter of {endpoint} is wrong");
        resources
    };
    let (users, groups) = (everything("/Users").await, everything("/Groups").await);
    // Who is in a group is somebody, and knows it.
    let mut seen_from_groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for group in &groups {
        for member in members(group) {
            seen_from_groups.entry(member).or_default().insert(id(group).to_owned());
        }
    }
    let mut seen_from_users = BTreeMap::new();
    for user in &users {
        let own: BTreeSet<String> = user["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|group| group["value"].as_str().expect("an id").to_owned())
            .collect();
        if !own.is_empty() {
            seen_from_users.insert(id(user).to_owned(), own);
        }
    }
    assert_eq!(seen_from_groups, seen_from_users);
    assert!(!instance.logs().contains("internal error"), "{}", instance.logs());
    println!("answered busy: {}", busy.load(std::sync::atomic::Ordering::Relaxed));
    instance.finish().await;
}
