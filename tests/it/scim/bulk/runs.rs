//! Creations that come one after another are stored together, and nobody can tell.

use futures::future::join;

use super::*;

fn people(names: impl IntoIterator<Item = String>) -> Value {
    names.into_iter().enumerate().map(|(n, name)| post("/Users", &n.to_string(), person(&name))).collect()
}

fn person(name: &str) -> Value {
    json!({
        "schemas": [USER], "userName": format!("{name}@acme.test"), "externalId": format!("00u-{name}"), "active": !name.starts_with('o'),
        "emails": [{ "value": format!("{name}@acme.test"), "primary": true }, { "value": format!("{name}@home.test") }],
    })
}

#[tokio::test]
async fn a_thousand_users_are_what_a_thousand_requests_make_of_them() {
    let instance = Instance::start().await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let come = |n: usize| if n.is_multiple_of(50) { format!("out{n}") } else { format!("in{n}") };
    let came = send(&workspace.scim(), &people((0..1_000).map(come))).await;
    assert_eq!(statuses(&came), vec!["201"; 1_000]);
    assert_eq!(names(&workspace).await.len(), 1_000);
    for n in [0, 1, 99, 100, 101, 500, 999] {
        let single = other.scim().post("/Users", person(&come(n))).await.expect(201);
        let mut bulk = read(&workspace, &came[n]).await;
        for name in ["id", "meta"] {
            bulk[name] = single[name].clone();
        }
        assert_eq!(bulk, single);
        let found = workspace.scim().filter("/Users", &format!("emails.value eq \"{}@HOME.test\"", come(n))).await.expect(200);
        assert_eq!((&found["totalResults"], &place(&came[n])), (&json!(1), &path(&found["Resources"][0])));
    }
    instance.settle().await;
    let members = workspace.members().await;
    let invited = members.iter().filter(|member| member["status"] == "invited" && member["user_id"].is_string()).count();
    assert_eq!(invited, 980, "who is active is in, who is not was never in");
    let audited = "select count(*) from audit_log where action = 'user.created' and actor like 'token:%'";
    assert_eq!(instance.database.count(audited).await, 1_007);
    instance.finish().await;
}

#[tokio::test]
async fn who_cannot_be_created_fails_alone() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    workspace.user("in7@acme.test").await;
    let mut operations = people((0..250).map(|n| format!("in{n}")));
    operations[20] = post("/Users", "20", person("IN19"));
    operations[130] = post("/Users", "130", json!({ "userName": "" }));
    operations[131]["data"][ENTERPRISE] = json!({ "manager": { "value": "bulkId:130" } });
    operations[132]["data"][ENTERPRISE] = json!({ "manager": { "value": "bulkId:129" } });
    operations[240]["data"][ENTERPRISE] = json!({ "manager": { "value": "bulkId:20" } });
    let came = send(&scim, &operations).await;
    for (n, result) in came.iter().enumerate() {
        let wanted = match n {
            7 | 20 | 131 | 240 => "409",
            130 => "400",
            _ => "201",
        };
        assert_eq!((result["bulkId"].as_str(), &result["status"]), (Some(n.to_string().as_str()), &json!(wanted)), "{result}");
    }
    assert_eq!(names(&workspace).await.len(), 1 + 245);
    let managed = read(&workspace, &came[132]).await;
    assert!(place(&came[129]).ends_with(managed[ENTERPRISE]["manager"]["value"].as_str().expect("an id")));

    let mut again = bulk(&people((0..50).map(|n| if n == 30 { "in3".to_owned() } else { format!("more{n}") })));
    again["failOnErrors"] = json!(1);
    let came = results(&scim.post("/Bulk", again).await);
    assert_eq!((came.len(), &came[30]["status"]), (31, &json!("409")));
    assert_eq!(names(&workspace).await.len(), 1 + 245 + 30, "nobody was created behind the failure");
    instance.finish().await;
}

/// Who refers to somebody of the same run gets the id that is stored, also when the run is done again one by one.
#[tokio::test]
async fn a_chain_of_managers_is_right_whether_or_not_somebody_fails() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    workspace.user("b50@acme.test").await;
    for prefix in ["a", "b"] {
        let mut operations = people((0..100).map(|n| format!("{prefix}{n}")));
        for n in 1..100 {
            operations[n]["data"][ENTERPRISE] = json!({ "manager": { "value": format!("bulkId:{}", n - 1) } });
        }
        let came = send(&workspace.scim(), &operations).await;
        let fails = |n: usize| prefix == "b" && n >= 50;
        for (n, result) in came.iter().enumerate() {
            assert_eq!(result["status"], if fails(n) { "409" } else { "201" }, "{prefix}{n}: {result}");
            if n > 0 && !fails(n) {
                let user = read(&workspace, result).await;
                let manager = user[ENTERPRISE]["manager"]["value"].as_str().expect("an id");
                assert_eq!(place(&came[n - 1]), format!("/Users/{manager}"));
            }
        }
    }
    assert_eq!(names(&workspace).await.len(), 151);
    instance.finish().await;
}

/// Who comes back is who they were, and whoever refers to them gets that id.
#[tokio::test]
async fn somebody_who_comes_back_among_others_has_their_old_id() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let back = workspace.scim().post("/Users", person("in1")).await.expect(201);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    workspace.scim().operations(&path(&back), off).await.expect(200);
    let mut operations = people((0..20).map(|n| format!("in{n}")));
    operations[2]["data"][ENTERPRISE] = json!({ "manager": { "value": "bulkId:1" } });
    let came = send(&workspace.scim(), &operations).await;
    assert_eq!(statuses(&came), ["201"; 20]);
    assert_eq!((place(&came[1]), &came[1]["version"]), (path(&back), &json!("W/\"3\"")));
    assert_eq!(read(&workspace, &came[2]).await[ENTERPRISE]["manager"]["value"], back["id"]);
    assert_eq!(read(&workspace, &came[1]).await["active"], true);
    assert_eq!(names(&workspace).await.len(), 20);
    instance.finish().await;
}

/// Two that create the same people in opposite orders at the same time wait for each other, and nobody is created twice.
#[tokio::test]
async fn two_bulk_requests_for_the_same_people_share_them() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    for round in 0..3 {
        let there = |n: usize| format!("r{round}n{n}");
        let (one, other) = (people((0..300).map(there)), people((0..300).rev().map(there)));
        let (one, other) = join(send(&scim, &one), send(&scim, &other)).await;
        for n in 0..300 {
            let mut both = [one[n]["status"].as_str().expect("a text"), other[299 - n]["status"].as_str().expect("a text")];
            both.sort_unstable();
            assert_eq!(both, ["201", "409"], "{round} {n}: {} {}", one[n], other[299 - n]);
        }
    }
    assert_eq!(names(&workspace).await.len(), 900);
    instance.finish().await;
}
