//! Very many responses of the largest size at once, from whoever it is.

use std::thread;

use super::{
    idp::{Idp, Person},
    sign_in::{Browser, IDP, active},
};
use crate::{
    harness::{Instance, PUBLIC_URL},
    responses::hostile::kinds,
};

/// All that the server may ever have then.
const BOUND: u64 = 160 * 1024 * 1024;
const AT_ONCE: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_below_its_bound_and_people_sign_in_whoever_posts_what() {
    let mut instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    workspace.member_of(&workspace.user("ada@acme.test").await).await;
    let acs = connection.start.replace("/start", "/acs");
    let path = acs.trim_start_matches(PUBLIC_URL).to_owned();
    let hostile = kinds(IDP, &acs);
    let anybody = instance.anonymous();
    let post = |path: &str, encoded: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("SAMLResponse", encoded).finish();
        let request = anybody.raw("POST", path);
        request.header("Content-Type", "application/x-www-form-urlencoded").body(form)
    };
    // One of each kind is decided, and in time.
    for one in &hostile {
        let status = post(&path, &one.encoded).send().status;
        assert_eq!(status, 403, "{}", one.kind);
    }
    let sent: Vec<_> = (0..AT_ONCE)
        .map(|n| post(&path, &hostile[n % hostile.len()].encoded))
        .map(|request| thread::spawn(move || request.send()))
        .collect();
    // A sign-in of the usual size waits for none of them.
    let mut browser = Browser::new(&instance);
    let page = browser.sign_in(&idp, &connection.start, &Person { name_id: "ada@acme.test", attributes: &[] }).await;
    assert!(browser.is_in().await, "{} {}", page.status, page.text);
    for answer in sent {
        let answer = answer.join().expect("an answer");
        // 429 is for the many refusals, which are not all written down.
        assert!([403, 429, 503].contains(&answer.status), "{}: {}", answer.status, answer.text);
        assert!(answer.status != 503 || !answer.header("retry-after").is_empty(), "{}", answer.text);
    }
    let peak = instance.server().peak_memory();
    println!("{} MiB at the most", peak / 1024 / 1024);
    assert!(peak < BOUND, "the server has had {peak} bytes");
    // Nor is there anything wrong with a large one: somebody in very many groups.
    let groups: Vec<String> = (0..900).map(|n| format!("CN=Group {n},OU=Groups,DC=acme,DC=test")).collect();
    let attributes: Vec<_> = groups.iter().map(|group| ("groups", group.as_str())).collect();
    let mut browser = Browser::new(&instance);
    let page = browser.sign_in(&idp, &connection.start, &Person { name_id: "ada@acme.test", attributes: &attributes }).await;
    assert!(browser.is_in().await, "{} {}", page.status, page.text);
    // For nobody's connection nothing is read.
    let unknown = path.replace(path.split('/').nth(3).expect("an id"), "019f0000-0000-7000-8000-000000000000");
    assert_eq!(post(&unknown, &hostile[0].encoded).send().status, 404);
    instance.finish().await;
}
