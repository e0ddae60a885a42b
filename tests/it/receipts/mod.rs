//! Receipts as evidence: found again, summed up, measured; and the proof that nobody who is out has a live credential.

mod indexes;
mod list;
mod metrics;
mod proof;

use serde_json::Value;

use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, Workspace},
};

/// So many people who were in, signed in, and are out, and everything is done about it.
async fn departures(instance: &Instance, workspace: &Workspace, people: usize) -> Vec<Person> {
    let mut gone = Vec::new();
    for number in 0..people {
        let person = Person::sign_in(workspace, &format!("leaver{number}"), 1).await;
        Way::PatchWithPath.put_out(workspace, &person.user).await;
        gone.push(person);
    }
    instance.settle().await;
    gone
}

/// The ids of these receipts.
fn ids(receipts: &Value) -> Vec<String> {
    receipts.as_array().expect("receipts").iter().map(|receipt| receipt["id"].as_str().expect("an id").to_owned()).collect()
}
