//! Deactivations at the very moment of a check or of a sign-in.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use futures::future::{join, join_all};
use serde_json::json;

use super::{Person, Way, check, let_in};
use crate::harness::{Instance, Workspace};

/// Checks that a task goes on making after the answer.
const CHECKS_AFTER: usize = 20;

/// Checks a session without pause, until the person is out and for a while after; answers when each check began, and its status.
async fn hammer(workspace: &Workspace, session: &str, out: &AtomicBool) -> Vec<(Instant, u16)> {
    let backend = workspace.backend();
    let (mut checks, mut left) = (Vec::new(), CHECKS_AFTER);
    while left > 0 {
        if out.load(Ordering::SeqCst) {
            left -= 1;
        }
        let started = Instant::now();
        checks.push((started, check(&backend, session).await));
    }
    checks
}

#[tokio::test]
async fn no_check_that_starts_after_the_answer_is_accepted() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for way in Way::ALL {
        let person = Person::sign_in(&workspace, &format!("{way:?}"), 8).await;
        let out = AtomicBool::new(false);
        let leave = async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await; // the hammers are under way
            way.put_out(&workspace, &person.user).await;
            let answered = Instant::now();
            out.store(true, Ordering::SeqCst);
            answered
        };
        let hammers = join_all(person.sessions.iter().map(|session| hammer(&workspace, session, &out)));
        let (answered, checks) = join(leave, hammers).await;
        let checks: Vec<(Instant, u16)> = checks.into_iter().flatten().collect();
        let (before, after): (Vec<_>, Vec<_>) = checks.into_iter().partition(|(started, _)| *started < answered);
        assert!(before.iter().any(|(_, status)| *status == 200), "{way:?}: nobody was in before");
        assert!(after.len() >= 8 * CHECKS_AFTER - 8, "{way:?}: {}", after.len());
        assert!(after.iter().all(|(_, status)| *status == 401), "{way:?}: {after:?}");
        assert!(before.iter().all(|(_, status)| matches!(status, 200 | 401)), "{way:?}: {before:?}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_sign_in_in_flight_ends_refused() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let backend = workspace.backend();
    let person = Person::sign_in(&workspace, "hasty", 0).await;
    let (mut opened, mut refused) = (Vec::new(), 0);
    for round in 0..60 {
        let sign_in = || backend.post("/sessions", json!({ "member_id": person.member }));
        let way = Way::ALL[round % 5]; // a DELETE would end the rounds
        let (_, answers) = join(way.put_out(&workspace, &person.user), join_all((0..4).map(|_| sign_in()))).await;
        for answer in answers {
            match answer.status {
                201 => opened.push(answer.json()["id"].as_str().expect("a session").to_owned()),
                403 => refused += 1,
                other => panic!("{other}: {}", answer.text),
            }
        }
        for session in &opened {
            assert_eq!(check(&backend, session).await, 401, "round {round}");
        }
        let_in(&workspace, &person.user).await;
        workspace.member_becomes(&person.member, "let in again", |member| member["member"]["status"] != "deactivated").await;
        for session in opened.drain(..) {
            assert_eq!(check(&backend, &session).await, 401, "round {round}, after the return");
        }
    }
    assert!(refused > 0, "no sign-in met a deactivation");
    instance.finish().await;
}
