//! Lists: pages by index, filters as they really come, projection.

use serde_json::{Value, json};

use super::{ENTERPRISE, LIST, USER, id};
use crate::harness::{Api, Instance, Workspace, assert_includes};

async fn people(workspace: &Workspace, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(id(&workspace.user(&format!("u{n:02}@acme.test")).await).to_owned());
    }
    ids
}

fn ids(page: &Value) -> Vec<String> {
    page["Resources"].as_array().expect("Resources").iter().map(|resource| id(resource).to_owned()).collect()
}

#[tokio::test]
async fn pages_follow_one_another_and_the_total_is_exact() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let users = people(&workspace, 25).await;
    let mut groups = Vec::new();
    for n in 0..25 {
        groups.push(id(&workspace.group(&format!("Group {n}"), &[]).await).to_owned());
    }
    for (endpoint, all) in [("/Users", users), ("/Groups", groups)] {
        let mut read = Vec::new();
        while read.len() < 25 {
            let page = workspace.scim().get(&format!("{endpoint}?startIndex={}&count=10", read.len() + 1)).await.expect(200);
            let items = if read.len() == 20 { 5 } else { 10 };
            let wanted = json!({ "schemas": [LIST], "totalResults": 25, "startIndex": read.len() + 1, "itemsPerPage": items });
            assert_includes(&page, &wanted, "a page");
            read.extend(ids(&page));
        }
        assert_eq!(read, all, "in the order of their creation, each once");
        workspace.scim().delete(&format!("{endpoint}/{}", all[3])).await.expect(204);
        assert_eq!(workspace.scim().get(&format!("{endpoint}?count=0")).await.expect(200)["totalResults"], 24);
    }
    instance.finish().await;
}

#[tokio::test]
async fn numbers_outside_of_the_bounds_are_brought_into_them() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let all = people(&workspace, 3).await;
    workspace.group("G", &[]).await;
    for (query, start, found) in [
        ("", 1, &all[..]),
        ("?startIndex=0", 1, &all[..]),
        ("?startIndex=-5&count=2", 1, &all[..2]),
        ("?startIndex=2", 2, &all[1..]),
        ("?count=0", 1, &[]),
        ("?count=-1", 1, &[]),
        ("?count=100000", 1, &all[..]),
        ("?startIndex=4", 4, &[]),
        ("?startIndex=101&count=100", 101, &[]),
        ("?STARTINDEX=2&COUNT=1", 2, &all[1..2]),
        ("?startIndex=2&count=1&aadOptscim062020&foo=1", 2, &all[1..2]),
    ] {
        let page = workspace.scim().get(&format!("/Users{query}")).await.expect(200);
        let wanted = json!({ "schemas": [LIST], "totalResults": 3, "startIndex": start, "itemsPerPage": found.len() });
        assert_includes(&page, &wanted, query);
        assert_eq!(ids(&page), found, "{query}");
    }
    let far = workspace.scim().get("/Users?startIndex=99999999999999999999").await.expect(200);
    assert_eq!((&far["totalResults"], &far["Resources"]), (&json!(3), &json!([])));
    for query in ["startIndex=x", "count=1.5", "count=", "startIndex=1e3", "count=%201"] {
        for endpoint in ["/Users", "/Groups"] {
            workspace.scim().get(&format!("{endpoint}?{query}")).await.scim_error(400, Some("invalidValue"));
        }
    }
    instance.finish().await;
}

/// Sends a target as it is written and answers the user names found.
fn found(scim: &Api, target: &str) -> Vec<String> {
    let answer = scim.raw("GET", target).send();
    assert_eq!(answer.status, 200, "{target}: {}", answer.text);
    let page = answer.json();
    let names: Vec<String> = page["Resources"]
        .as_array()
        .expect("Resources")
        .iter()
        .map(|user| user["userName"].as_str().or(user["displayName"].as_str()).expect("a name").to_owned())
        .collect();
    assert_eq!(page["totalResults"], names.len(), "{target}");
    names
}

#[tokio::test]
async fn filters_are_read_in_the_bytes_in_which_they_come() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for name in ["isaac@acme.test", "a+b@acme.test", "o'malley@acme.test", "zoë@acme.test", "two words", "100%"] {
        workspace.user(name).await;
    }
    workspace.group("Site Reliability", &[]).await;
    let scim = workspace.scim();
    for target in [
        // Okta, Google; with every byte escaped; OneLogin; Entra.
        "/Users?filter=userName%20eq%20%22isaac%40acme.test%22&startIndex=1&count=100",
        "/Users?filter=userName%20eq%20%22isaac@acme.test%22",
        "/Users?filter=userName+eq+%22isaac%40acme.test%22&",
        "/Users?filter=userName+eq+%22isaac@acme.test%22&startIndex=1",
        "/Users?filter=userName+Eq+%22ISAAC%40ACME.TEST%22",
        "/Users?filter=USERNAME%20EQ%20%22Isaac%40acme.test%22",
        "/Users/?filter=userName+eq+%22isaac@acme.test%22",
        "/Users?count=1&filter=urn:ietf:params:scim:schemas:core:2.0:User:userName%20eq%20%22isaac@acme.test%22",
        "/Users?&filter=userName%20eq%20%22isaac@acme.test%22&&",
        "/Users?FILTER=userName%20eq%20%22isaac@acme.test%22",
        "/Users?filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22isaac@acme.test%22",
        "/Users?filter=emails[type+eq+%22work%22].value+eq+%22isaac@acme.test%22",
        "/Users?filter=emails%20eq%20%22ISAAC@acme.test%22",
        "/Users?filter=userName%20eq%20%22isaac@acme.test%22%20and%20active%20eq%20true",
    ] {
        assert_eq!(found(&scim, target), ["isaac@acme.test"], "{target}");
    }
    for (target, name) in [
        ("/Users?filter=userName+eq+%22a%2Bb%40acme.test%22&", "a+b@acme.test"),
        ("/Users?filter=userName%20eq%20%22o'malley@acme.test%22", "o'malley@acme.test"),
        ("/Users?filter=userName%20eq%20%22o%5Cu0027malley@acme.test%22", "o'malley@acme.test"),
        ("/Users?filter=userName%20eq%20%22zo%C3%AB@acme.test%22", "zoë@acme.test"),
        ("/Users?filter=userName%20eq%20%22ZO%C3%8B@acme.test%22", "zoë@acme.test"),
        ("/Users?filter=userName+eq+%22two+words%22&", "two words"),
        ("/Users?filter=userName%20eq%20%22two%20words%22", "two words"),
        ("/Users?filter=userName%20eq%20%22100%25%22", "100%"),
        ("/Groups?filter=displayName%20eq%20%22site%20reliability%22", "Site Reliability"),
        ("/Groups?excludedAttributes=members&filter=displayName+eq+%22Site+Reliability%22&", "Site Reliability"),
        ("/Groups?filter=DisplayName+eq+%22SITE+RELIABILITY%22", "Site Reliability"),
    ] {
        assert_eq!(found(&scim, target), [name], "{target}");
    }
    for target in [
        "/Users?filter=userName+eq+%22a+b%40acme.test%22&",
        "/Users?filter=userName%20eq%20%22isaac%22",
        "/Users?filter=userName%20eq%20%22%25%22",
        "/Users?filter=userName%20sw%20%22%25%22",
        "/Users?filter=userName%20eq%20%22x'%20or%201=1%20--%22",
    ] {
        assert_eq!(found(&scim, target), [""; 0], "{target}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn each_attribute_is_found_by_its_own_rule_of_case() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let body = json!({
        "userName": "ada@acme.test", "externalId": "E-1", "title": "Countess", (ENTERPRISE): { "department": "Analysis" },
    });
    let user = workspace.scim().post("/Users", body).await.expect(201);
    let group = workspace.group("Analysts", &[&user]).await;
    workspace.user("bob@acme.test").await;
    let department = format!("{ENTERPRISE}:department eq \"analysis\"");
    let (user_id, group_id) = (id(&user), id(&group));
    for (endpoint, filter, wanted) in [
        ("/Users", "externalId eq \"E-1\"".to_owned(), 1),
        ("/Users", "externalId eq \"e-1\"".to_owned(), 0),
        ("/Users", format!("id eq \"{user_id}\""), 1),
        ("/Users", format!("id eq \"{}\"", user_id.to_uppercase()), 0),
        ("/Users", "title eq \"COUNTESS\"".to_owned(), 1),
        ("/Users", "title pr".to_owned(), 1),
        ("/Users", "not (title pr)".to_owned(), 1),
        ("/Users", department, 1),
        ("/Users", "userName sw \"a\" or userName sw \"b\"".to_owned(), 2),
        ("/Users", "meta.created gt \"2020-01-01T00:00:00Z\"".to_owned(), 2),
        ("/Users", format!("groups.value eq \"{group_id}\""), 1),
        ("/Groups", format!("members.value eq \"{user_id}\""), 1),
        ("/Groups", format!("members[value eq \"{user_id}\"]"), 1),
        ("/Groups", format!("id eq \"{group_id}\" and members eq \"{user_id}\""), 1),
        ("/Groups", "displayName co \"ANAL\"".to_owned(), 1),
        ("/Groups", "externalId pr".to_owned(), 0),
    ] {
        let page = workspace.scim().filter(endpoint, &filter).await.expect(200);
        assert_eq!(page["totalResults"], wanted, "{endpoint} {filter}: {page:#}");
        assert_eq!(page["Resources"].as_array().map(Vec::len), Some(wanted), "{filter}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn what_is_no_filter_is_refused_and_never_ignored() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    workspace.user("ada@acme.test").await;
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName eq 'ada'",
        "userName regex \"a\"",
        "userName eq \"a\" trailing",
        "foo eq \"a\"",
        "name eq \"x\"",
        "active gt true",
        "active co \"t\"",
        "meta.created sw \"2026\"",
        "(userName pr",
        "userName eq \"a",
        "password eq \"x\"",
        "userName eq \"\\x\"",
        "userName pr and",
        "emails[type eq \"work\"",
        "not userName pr",
        "userName eq \"a\u{0}\"",
    ] {
        let answer = workspace.scim().filter("/Users", filter).await;
        assert_eq!(answer.status, 400, "{filter}: {}", answer.text);
        let detail = answer.scim_error(400, Some("invalidFilter"));
        assert!(detail.len() > 10, "{filter}: {detail}");
    }
    for endpoint in ["/Users", "/Groups"] {
        workspace.scim().get(&format!("{endpoint}?filter")).await.scim_error(400, Some("invalidFilter"));
    }
    // Bytes that are no text are nobody's name.
    let page = workspace.scim().raw("GET", "/Users?filter=userName%20eq%20%22%FF%22").send().expect(200);
    assert_eq!(page["totalResults"], 0);
    instance.finish().await;
}

#[tokio::test]
async fn an_answer_shows_what_was_asked_for() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let body = json!({
        "userName": "ada@acme.test", "title": "T", "name": { "givenName": "A", "familyName": "L" },
        (ENTERPRISE): { "department": "D", "division": "N" },
    });
    let user = scim.post("/Users?attributes=userName", body).await.expect(201);
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&user), ["schemas", "id", "userName"]);
    let at = format!("/Users/{}", id(&user));
    let put = json!({
        "userName": "ada@acme.test", "title": "T", "name": { "givenName": "A", "familyName": "L" },
        (ENTERPRISE): { "department": "D", "division": "N" },
    });
    let operations = super::patch(json!([{ "op": "replace", "path": "title", "value": "U" }]));
    let asked = "attributes=name.givenName,title";
    for answer in [
        scim.get(&format!("{at}?{asked}")).await.expect(200),
        scim.put(&format!("{at}?{asked}"), put).await.expect(200),
        scim.patch(&format!("{at}?{asked}"), operations).await.expect(200),
        scim.get(&format!("/Users?{asked}")).await.expect(200)["Resources"][0].clone(),
        scim.get(&format!("{at}?ATTRIBUTES=NAME.GIVENNAME,{USER}:title")).await.expect(200),
    ] {
        let mut shown = keys(&answer);
        shown.sort();
        assert_eq!(shown, ["id", "name", "schemas", "title"], "{answer}");
        assert_eq!(answer["name"], json!({ "givenName": "A" }));
    }
    let department = format!("{at}?attributes={ENTERPRISE}:department");
    assert_eq!(scim.get(&department).await.expect(200)[ENTERPRISE], json!({ "department": "D" }));
    let extension = scim.get(&format!("{at}?attributes={ENTERPRISE}")).await.expect(200);
    assert_eq!(extension[ENTERPRISE], json!({ "department": "D", "division": "N" }));
    let rest = scim.get(&format!("{at}?excludedAttributes=id,userName,name.familyName,meta,{ENTERPRISE}")).await.expect(200);
    assert_includes(
        &rest,
        &json!({
            "id": id(&user), "userName": null, "name": { "givenName": "A", "familyName": null }, "meta": null,
            (ENTERPRISE): null,
        }),
        "the rest",
    );
    scim.get(&format!("{at}?attributes=title&excludedAttributes=name")).await.scim_error(400, Some("invalidValue"));
    instance.finish().await;
}
