//! `bulkId:` in the place of an id (RFC 7644 §3.7.1, §3.7.2).

use super::*;

/// RFC 7644 §3.7.2, its two examples.
#[tokio::test]
async fn the_examples_of_the_rfc_are_done() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let group = json!({
        "schemas": [GROUP], "displayName": "Tour Guides", "members": [{ "type": "User", "value": "bulkId:qwerty" }],
    });
    let operations =
        json!([post("/Users", "qwerty", json!({ "schemas": [USER], "userName": "Alice" })), post("/Groups", "ytrewq", group),]);
    let came = send(&scim, &operations).await;
    assert_eq!(statuses(&came), ["201", "201"]);
    let (alice, guides) = (read(&workspace, &came[0]).await, read(&workspace, &came[1]).await);
    assert_eq!(members(&guides), [id(&alice)]);
    assert_eq!(guides["meta"]["version"], came[1]["version"]);

    let managed = json!({
        "schemas": [USER, ENTERPRISE], "userName": "Bob",
        (ENTERPRISE): { "employeeNumber": "11250", "manager": { "value": "bulkId:alice" } },
    });
    let operations =
        json!([post("/Users", "alice", json!({ "schemas": [USER], "userName": "Alice Two" })), post("/Users", "bob", managed),]);
    let came = send(&scim, &operations).await;
    let (alice, bob) = (read(&workspace, &came[0]).await, read(&workspace, &came[1]).await);
    assert_eq!(bob[ENTERPRISE]["manager"]["value"], alice["id"]);
    instance.finish().await;
}

#[tokio::test]
async fn a_reference_is_understood_wherever_an_id_may_stand() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let old = workspace.user("old@acme.test").await;
    let staff = workspace.group("Staff", &[&old]).await;
    let manager = format!("{ENTERPRISE}:manager");
    let operations = json!([
        post_user("a"),
        post_user("b c:d/e"),
        post_user("f"),
        patch_at(&path(&staff), json!([
            { "op": "add", "path": "members", "value": [{ "value": "bulkId:a" }, { "$ref": "../Users/bulkId:b c:d/e" }] },
            { "op": "Add", "value": { "members": [{ "value": "BulkID:f" }] } },
        ])),
        patch_at("/Users/bulkId:f", json!([
            { "op": "add", "path": manager, "value": { "value": "bulkId:a", "$ref": "/Users/bulkId:a" } },
            { "op": "replace", "path": "title", "value": "see bulkId:a" },
        ])),
        patch_at(&path(&staff), json!([{ "op": "remove", "path": "members[value eq \"bulkId:a\"]" }])),
        { "method": "PUT", "path": "/Users/bulkId:a", "data": { "userName": "a@acme.test", "title": "Boss" } },
        post("/Groups", "g", json!({ "displayName": "Two", "members": ["bulkId:a", { "value": "bulkId:f" }] })),
        patch_at("/Groups/bulkId:g", json!([{ "op": "replace", "path": "displayName", "value": "One" }])),
        patch_at("/Groups/bulkId:g", json!([{ "op": "remove", "path": "members", "value": [{ "value": "bulkId:a" }] }])),
        delete("/Users/bulkId:b c:d/e"),
    ]);
    let came = send(&scim, &operations).await;
    assert_eq!(statuses(&came), ["201", "201", "201", "200", "200", "200", "200", "201", "200", "200", "204"], "{came:#?}");
    let (a, f) = (read(&workspace, &came[0]).await, read(&workspace, &came[2]).await);
    let mut left = vec![id(&f).to_owned(), id(&old).to_owned()];
    left.sort();
    assert_eq!(members(&scim.get(&path(&staff)).await.expect(200)), left);
    assert_eq!((&f[ENTERPRISE]["manager"]["value"], &f["title"]), (&a["id"], &json!("see bulkId:a")));
    assert_eq!(a["title"], "Boss");
    let group = read(&workspace, &came[7]).await;
    assert_eq!((&group["displayName"], members(&group)), (&json!("One"), vec![id(&f).to_owned()]));
    assert_eq!(came[8]["location"], came[7]["location"]);
    assert_eq!(came[10]["location"], came[1]["location"]);
    workspace.scim().get(&place(&came[1])).await.scim_error(404, None);
    instance.finish().await;
}

#[tokio::test]
async fn whoever_refers_forward_waits_and_its_result_stands_where_it_stood() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let old = workspace.user("old@acme.test").await;
    let staff = workspace.group("Staff", &[&old]).await;
    let managed = |name: &str, by: &str| {
        post(
            "/Users",
            name,
            json!({ "userName": format!("{name}@acme.test"), (ENTERPRISE): { "manager": { "value": format!("bulkId:{by}") } } }),
        )
    };
    let operations = json!([
        title("/Users/bulkId:c"),
        post("/Groups", "g", json!({ "displayName": "G", "members": [{ "value": "bulkId:a" }, { "value": "bulkId:c" }] })),
        patch_at(&path(&staff), json!([{ "op": "add", "path": "members", "value": [{ "value": "bulkId:b" }] }])),
        patch_at(&path(&staff), json!([{ "op": "remove", "path": "members" }])),
        managed("a", "b"),
        managed("b", "c"),
        post_user("c"),
        delete("/Users/bulkId:d"),
        post_user("d"),
    ]);
    let came = send(&workspace.scim(), &operations).await;
    assert_eq!(statuses(&came), ["200", "201", "200", "200", "201", "201", "201", "204", "201"], "{came:#?}");
    let bulk_ids: Vec<&str> = came.iter().filter_map(|result| result["bulkId"].as_str()).collect();
    assert_eq!(bulk_ids, ["g", "a", "b", "c", "d"]);
    let (a, b, c) = (read(&workspace, &came[4]).await, read(&workspace, &came[5]).await, read(&workspace, &came[6]).await);
    assert_eq!((&a[ENTERPRISE]["manager"]["value"], &b[ENTERPRISE]["manager"]["value"]), (&b["id"], &c["id"]));
    assert_eq!(c["title"], "T");
    let mut both = [id(&a), id(&c)];
    both.sort_unstable();
    assert_eq!(members(&read(&workspace, &came[1]).await), both);
    assert_eq!(members(&read(&workspace, &came[2]).await), Vec::<String>::new(), "what came later for the group came later");
    workspace.scim().get(&place(&came[8])).await.scim_error(404, None);
    instance.finish().await;
}

#[tokio::test]
async fn people_who_are_each_others_managers_come_about_together() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let managed = |name: &str, by: &str| {
        post(
            "/Users",
            name,
            json!({ "userName": format!("{name}@acme.test"), (ENTERPRISE): { "manager": { "value": format!("bulkId:{by}") } } }),
        )
    };
    let group =
        post("/Groups", "g", json!({ "displayName": "G", "members": [{ "value": "bulkId:x" }, { "value": "bulkId:self" }] }));
    let operations =
        json!([group, managed("x", "y"), post_user("between"), managed("y", "z"), managed("z", "x"), managed("self", "self")]);
    let came = send(&workspace.scim(), &operations).await;
    assert_eq!(statuses(&came), ["201"; 6], "{came:#?}");
    let mut people = Vec::new();
    for result in &came[1..] {
        assert_eq!(result["version"], "W/\"1\"");
        people.push(read(&workspace, result).await);
    }
    let manager = |place: usize| &people[place][ENTERPRISE]["manager"]["value"];
    assert_eq!(
        (manager(0), manager(2), manager(3), manager(4)),
        (&people[2]["id"], &people[3]["id"], &people[0]["id"], &people[4]["id"])
    );
    assert_eq!(members(&read(&workspace, &came[0]).await), [id(&people[0]), id(&people[4])]);
    for person in &people {
        workspace.member_of(person).await;
    }
    instance.finish().await;
}

/// Q203, and a circle through a person.
#[tokio::test]
async fn groups_that_contain_each_other_come_about_together() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let group = |name: &str, members: &[&str]| {
        let members: Value = members.iter().map(|member| json!({ "value": format!("bulkId:{member}") })).collect();
        post("/Groups", name, json!({ "schemas": [GROUP], "displayName": name, "members": members }))
    };
    let operations =
        json!([group("A", &["B", "ada"]), post_user("ada"), group("B", &["A"]), group("C", &["B", "D"]), group("D", &[])]);
    let came = send(&scim, &operations).await;
    assert_eq!(statuses(&came), ["201"; 5], "{came:#?}");
    let (a, b) = (read(&workspace, &came[0]).await, read(&workspace, &came[2]).await);
    let ada = read(&workspace, &came[1]).await;
    let mut both = [id(&b), id(&ada)];
    both.sort_unstable();
    assert_eq!((members(&a), members(&b)), (both.map(str::to_owned).to_vec(), vec![id(&a).to_owned()]));
    for (result, group) in [(&came[0], &a), (&came[2], &b)] {
        assert_eq!((&result["version"], &group["meta"]["version"]), (&json!("W/\"1\""), &json!("W/\"1\"")));
    }
    let names: Vec<&str> =
        ada["groups"].as_array().expect("groups").iter().filter_map(|group| group["display"].as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");

    // A group in itself is none, and a circle with somebody in it who is not there does not come about.
    let operations = json!([group("self", &["self"]), group("E", &["F"]), group("F", &["E", "nobody"]), group("G", &["A"])]);
    let came = send(&scim, &operations).await;
    assert_eq!(statuses(&came), ["400", "409", "409", "409"], "{came:#?}");
    assert!(detail(&came[0]).contains("itself"), "{}", detail(&came[0]));
    assert!(detail(&came[1]).contains("refer to each other") && detail(&came[2]).contains("\"nobody\""), "{came:#?}");
    let stranger = json!({ "displayName": "F", "members": ["bulkId:E", NOBODY] });
    let came = send(&scim, &json!([group("E", &["F"]), post("/Groups", "F", stranger)])).await;
    assert_eq!((statuses(&came), &came[1]["response"]["scimType"]), (vec!["409", "400"], &json!("invalidValue")));
    assert_eq!(scim.get("/Groups").await.expect(200)["totalResults"], 4);
    instance.finish().await;
}

/// All of a circle or nothing of it: then one has the reason, and the others name it.
#[tokio::test]
async fn a_circle_in_which_one_fails_does_not_come_about() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    workspace.user("taken@acme.test").await;
    let managed = |name: &str, data: Value| {
        let mut user = json!({ "userName": format!("{name}@acme.test") });
        user.as_object_mut().expect("an object").extend(data.as_object().expect("an object").clone());
        post("/Users", name, user)
    };
    let by = |other: &str| json!({ (ENTERPRISE): { "manager": { "value": format!("bulkId:{other}") } } });
    for (number, second, status, scim_type) in [
        (1, managed("taken", by("x1")), "409", json!("uniqueness")),
        (
            2,
            post("/Users", "taken", json!({ "displayName": "nobody", (ENTERPRISE): { "manager": "bulkId:x2" } })),
            "400",
            json!("invalidValue"),
        ),
        (
            3,
            managed("taken", json!({ "active": "maybe", (ENTERPRISE): { "manager": "bulkId:x3" } })),
            "400",
            json!("invalidValue"),
        ),
        (
            4,
            post(
                "/Users",
                "taken",
                json!({ "userName": "n", "nickName": "bulkId:no", (ENTERPRISE): { "manager": "bulkId:x4" } }),
            ),
            "409",
            Value::Null,
        ),
    ] {
        let first = managed(&format!("x{number}"), by("taken"));
        let operations = json!([first, second, title(&format!("/Users/bulkId:x{number}")), post_user(&format!("fine{number}"))]);
        let came = send(&workspace.scim(), &operations).await;
        assert_eq!(statuses(&came), ["409", status, "409", "201"], "{came:#?}");
        assert_eq!(came[1]["response"]["scimType"], scim_type);
        assert!(
            detail(&came[0]).contains("\"taken\"") && detail(&came[0]).contains("refer to each other"),
            "{}",
            detail(&came[0])
        );
        assert!(detail(&came[2]).contains(&format!("\"x{number}\"")), "{}", detail(&came[2]));
    }
    assert_eq!(names(&workspace).await, ["fine1", "fine2", "fine3", "fine4", "taken"]);
    instance.finish().await;
}

#[tokio::test]
async fn an_unknown_or_ambiguous_bulk_id_is_a_conflict_and_no_reference_is_stored() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let staff = workspace.group("Staff", &[&user]).await;
    let manager = format!("{ENTERPRISE}:manager");
    let operations = json!([
        post("/Users", "1", json!({ "userName": "1@acme.test", (ENTERPRISE): { "manager": { "value": "bulkId:nobody" } } })),
        post("/Users", "2", json!({ "userName": "2@acme.test", (ENTERPRISE): { "manager": { "value": "7", "$ref": "../Users/BULKID:nobody" } } })),
        post("/Users", "3", json!({ "userName": "bulkId:nobody" })),
        post("/Groups", "4", json!({ "displayName": "Four", "members": ["bulkId:nobody"] })),
        post("/Groups", "5", json!({ "displayName": "bulkId:", "members": [] })),
        patch_at(&path(&user), json!([{ "op": "add", "path": manager, "value": "bulkId:nobody" }])),
        patch_at(&path(&user), json!([{ "op": "add", "value": { (manager): { "value": "bulkId:nobody" } } }])),
        patch_at(&path(&user), json!([{ "op": "add", "path": "emails[value eq \"bulkId:nobody\"].type", "value": "work" }])),
        patch_at(&path(&user), json!([{ "op": "add", "value": { "emails[value eq \"bulkId:nobody\"].type": "work" } }])),
        patch_at(&path(&staff), json!([{ "op": "replace", "path": "members", "value": [{ "value": "bulkId:nobody" }] }])),
        patch_at(&path(&staff), json!([{ "op": "remove", "path": "members[value eq \"bulkId:nobody\"]" }])),
        { "method": "PUT", "path": path(&user), "data": { "userName": "ada@acme.test", "title": "bulkId:nobody" } },
        delete("/Users/bulkId:nobody"),
        delete("/Users/bulkId:"),
        post_user("twice"),
        post("/Groups", "twice", json!({ "displayName": "Twice" })),
        title("/Users/bulkId:twice"),
        { "method": "PATCH", "path": path(&user), "bulkId": "named", "data": patch(json!([{ "op": "add", "path": "title", "value": "T" }])) },
        delete("/Users/bulkId:named"),
    ]);
    let came = send(&workspace.scim(), &operations).await;
    for (place, result) in came.iter().enumerate() {
        assert_eq!(result["status"], if place == 17 { "200" } else { "409" }, "{place}: {result}");
    }
    assert!(detail(&came[0]).contains("\"nobody\"") && detail(&came[0]).contains("no POST"), "{}", detail(&came[0]));
    assert!(detail(&came[14]).contains("\"twice\"") && detail(&came[14]).contains("Several"), "{}", detail(&came[14]));
    assert_eq!(came[17]["bulkId"], "named", "PATCH may have a name too; it names nothing");
    assert_eq!(names(&workspace).await, ["ada"]);
    assert_eq!(workspace.scim().get(&path(&staff)).await.expect(200), staff);
    instance.settle().await;
    // The provisioning log keeps what was sent, as it was sent.
    instance.database.execute("truncate provisioning_log cascade").await;
    let dump = instance.database.dump().to_lowercase();
    assert!(dump.contains("ada@acme.test") && !dump.contains("bulkid:"), "a reference was stored");
    instance.finish().await;
}
