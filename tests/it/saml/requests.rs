//! Requests that wait for their answer: kept nowhere, and known again.

use super::{
    idp::{Idp, Person, Request},
    sign_in::{Browser, IDP, active, last_attempt},
};
use crate::harness::Instance;

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
