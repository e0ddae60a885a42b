//! Groups in groups by chance, against a walk that anybody can follow: what users show, what members have, what a sweep finds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{group_names, map, text};
use crate::{
    generate::dice::Dice,
    harness::{Instance, Workspace},
    worker::sweep::reconcile_now,
};

const ROLES: [&str; 4] = ["guest", "viewer", "editor", "admin"];

/// What the identity provider believes to have said.
struct Model {
    users: Vec<Value>,
    /// Every group that there is, by name.
    groups: BTreeMap<String, Value>,
    /// Group and user.
    people: BTreeSet<(String, usize)>,
    /// Outer and inner group.
    edges: BTreeSet<(String, String)>,
    /// Group and role.
    mappings: BTreeMap<String, usize>,
}

impl Model {
    /// Every group that a user is in, and whether directly: from group to group, each looked at once.
    fn groups_of(&self, user: usize) -> BTreeMap<String, &'static str> {
        let mut found = BTreeMap::new();
        let mut next: Vec<(String, &'static str)> =
            self.people.iter().filter(|(_, who)| *who == user).map(|(group, _)| (group.clone(), "direct")).collect();
        while let Some((group, kind)) = next.pop() {
            if found.contains_key(&group) && kind == "indirect" {
                continue;
            }
            found.insert(group.clone(), kind);
            next.extend(self.edges.iter().filter(|(_, inner)| *inner == group).map(|(outer, _)| (outer.clone(), "indirect")));
        }
        found
    }

    fn role_of(&self, user: usize) -> &'static str {
        let mapped = self.groups_of(user).into_keys().filter_map(|group| self.mappings.get(&group).copied()).max();
        mapped.map_or("viewer", |role| ROLES[role])
    }

    fn path(&self, group: &str) -> String {
        format!("/Groups/{}", text(&self.groups[group]["id"]))
    }

    /// One change by chance, to the server and to the model.
    async fn change(&mut self, workspace: &Workspace, dice: &mut Dice, number: usize) {
        let scim = workspace.scim();
        let names: Vec<String> = self.groups.keys().cloned().collect();
        let (group, other) = (dice.pick(&names).clone(), dice.pick(&names).clone());
        let user = dice.below(self.users.len());
        let member = if dice.chance(60) && group != other { Some(&other) } else { None };
        let id = member.map_or(&self.users[user]["id"], |other| &self.groups[other]["id"]);
        match dice.below(20) {
            0..13 => {
                let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
                scim.operations(&self.path(&group), add).await.expect(200);
                match member {
                    Some(other) => drop(self.edges.insert((group, other.clone()))),
                    None => drop(self.people.insert((group, user))),
                }
            }
            13..16 => {
                let remove = json!([{ "op": "remove", "path": "members", "value": [{ "value": id }] }]);
                scim.operations(&self.path(&group), remove).await.expect(200);
                match member {
                    Some(other) => drop(self.edges.remove(&(group, other.clone()))),
                    None => drop(self.people.remove(&(group, user))),
                }
            }
            16 => {
                scim.delete(&self.path(&group)).await.expect(204);
                self.groups.remove(&group);
                self.people.retain(|(of, _)| *of != group);
                self.edges.retain(|(outer, inner)| *outer != group && *inner != group);
                self.mappings.remove(&group);
                let anew = format!("N{number:03}");
                self.groups.insert(anew.clone(), workspace.group(&anew, &[]).await);
            }
            17 => {
                let path = format!("/role-mappings/{}", text(&self.groups[&group]["id"]));
                if self.mappings.remove(&group).is_some() {
                    workspace.admin().delete(&path).await.expect(204);
                }
            }
            _ => {
                let role = dice.below(ROLES.len());
                map(workspace, &self.groups[&group], ROLES[role]).await;
                self.mappings.insert(group, role);
            }
        }
    }

    /// What users show is so at once.
    async fn assert_shown(&self, workspace: &Workspace) {
        let listed = workspace.scim().get("/Users").await.expect(200)["Resources"].clone();
        for (number, user) in self.users.iter().enumerate() {
            let read = workspace.scim().get(&format!("/Users/{}", text(&user["id"]))).await.expect(200);
            let groups = read["groups"].as_array().into_iter().flatten();
            let found: BTreeMap<String, &str> =
                groups.map(|group| (text(&group["display"]).to_owned(), text(&group["type"]))).collect();
            assert_eq!(found, self.groups_of(number), "user {number}");
            assert_eq!(listed[number], read, "user {number} in the list");
        }
    }

    /// What members have is so once the marks are drained.
    async fn assert_followed(&self, workspace: &Workspace) {
        for (number, user) in self.users.iter().enumerate() {
            let id = workspace.member_of(user).await["id"].clone();
            let member = workspace.member(&id).await;
            assert_eq!(group_names(&member), self.groups_of(number).into_keys().collect::<Vec<_>>(), "user {number}");
            assert_eq!(member["member"]["role"], self.role_of(number), "user {number}");
        }
    }
}

#[tokio::test]
async fn any_graph_of_groups_gives_what_a_naive_walk_gives() {
    let instance = Instance::start().await;
    for seed in [11, 12, 13] {
        let workspace = instance.workspace().open().await;
        let mut dice = Dice(seed);
        let mut model = Model {
            users: Vec::new(),
            groups: BTreeMap::new(),
            people: BTreeSet::new(),
            edges: BTreeSet::new(),
            mappings: BTreeMap::new(),
        };
        for number in 0..6 {
            model.users.push(workspace.user(&format!("u{number}@acme.test")).await);
        }
        for number in 0..9 {
            let name = format!("G{number}");
            model.groups.insert(name.clone(), workspace.group(&name, &[]).await);
        }
        let mut indirect = 0;
        for round in 0..4 {
            for number in 0..20 {
                model.change(&workspace, &mut dice, round * 20 + number).await;
            }
            model.assert_shown(&workspace).await;
            instance.settle().await;
            model.assert_followed(&workspace).await;
            indirect += (0..6).filter(|user| model.groups_of(*user).values().any(|kind| *kind == "indirect")).count();
        }
        assert!(indirect >= 10, "the graph has too little in it: {indirect}");
        assert_eq!(reconcile_now(&instance, &workspace).await, 0, "seed {seed}");
    }
    instance.finish().await;
}
