//! Very many responses of the largest size at once, or very many beginnings, from whoever it is.

use std::thread;

use super::{
    idp::{Idp, Person, Request},
    sign_in::{Browser, IDP, active, last_attempt},
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

/// Anybody can begin to sign in, as often as they like.
#[tokio::test]
async fn very_many_beginnings_fill_nothing_and_keep_nobody_out() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    workspace.member_of(&workspace.user("ada@acme.test").await).await;
    instance.settle().await;
    let before = instance.redis.keys().await.len();
    for _ in 0..50 {
        assert_eq!(Browser::new(&instance).get(&connection.start).await.status, 303);
    }
    assert!(instance.redis.keys().await.len() <= before, "something is kept of each");
    // A way back is kept, of so many.
    let (ada, reports) =
        (Person { name_id: "ada@acme.test", attributes: &[] }, format!("{}?return_to=/reports", connection.start));
    assert_eq!(Browser::new(&instance).get(&reports).await.status, 303);
    let keys = instance.redis.keys().await;
    let begun = keys.iter().find(|key| key.contains(":begun:")).expect("they are counted");
    instance.redis.put(begun, "1000000").await;
    let before = instance.redis.keys().await.len();
    for _ in 0..50 {
        assert_eq!(Browser::new(&instance).get(&reports).await.status, 303);
    }
    assert!(instance.redis.keys().await.len() <= before, "something is kept of each");
    let mut browser = Browser::new(&instance);
    let page = browser.sign_in(&idp, &reports, &ada).await;
    assert_eq!((page.status, page.location.as_str()), (303, "/"), "{}", page.text);
    assert!(browser.is_in().await);
    instance.finish().await;
}

/// The id of a request says when and where it was asked, and nobody else can make one.
#[tokio::test]
async fn a_request_that_we_have_not_sent_has_no_answer() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let (one, other) = (active(&instance, &workspace, &idp).await, instance.workspace().open().await);
    let elsewhere = active(&instance, &other, &idp).await;
    workspace.member_of(&workspace.user("ada@acme.test").await).await;
    let ada = Person { name_id: "ada@acme.test", attributes: &[] };
    let mut browser = Browser::new(&instance);
    let sent = Idp::read(&browser.get(&one.start).await.location).expect("a request");
    let foreign = Idp::read(&browser.get(&elsewhere.start).await.location).expect("a request");
    let changed = format!("{}A", &sent.id[..sent.id.len() - 1]);
    let changed = if changed == sent.id { format!("{}B", &sent.id[..sent.id.len() - 1]) } else { changed };
    for (what, id) in [
        ("made up", "_0123456789".to_owned()),
        ("another workspace's", foreign.id),
        ("changed", changed),
        ("longer", format!("{}A", sent.id)),
    ] {
        let response = idp.respond(&Request { id, ..sent.clone() }, &ada, true).expect("a response");
        assert_eq!(browser.post(&sent.acs, &response, "").await.status, 403, "{what}");
        assert_eq!(last_attempt(&workspace).await["code"], "in_response_to", "{what}");
    }
    let response = idp.respond(&sent, &ada, true).expect("a response");
    assert_eq!(browser.post(&sent.acs, &response, "").await.status, 303);
    instance.finish().await;
}
