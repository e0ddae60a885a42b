//! `replace`, RFC 7644 §3.5.2.3.

use serde_json::{Value, json};

use super::{becomes, full, now_in, operation, refused, three};
use crate::{
    conformance::{asking::person, framework::Ground},
    scim::{ENTERPRISE, id, members, path},
};

pub async fn replace_without_path_leaves_the_rest(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let value = json!({ "title": "New", "emails": [{ "value": "n@x" }], "nickName": "N" });
    let after = json!({
        "title": "New", "emails": [{ "value": "n@x" }], "nickName": "N", "name": { "givenName": "Ada", "familyName": "Byron" },
        (ENTERPRISE): { "department": "Analysis" }, "active": true,
    });
    becomes(workspace, full(""), json!([{ "op": "replace", "value": value }]), after).await;
    let (group, [a, ..]) = three(workspace).await;
    let rename = json!([{ "op": "replace", "value": { "displayName": "Renamed", "id": id(&group) } }]);
    workspace.scim().operations(&path(&group), rename).await.expect(200);
    assert_eq!(now_in(workspace, &group).await.len(), 3);
    let one = json!([{ "op": "replace", "value": { "members": [{ "value": id(&a) }] } }]);
    workspace.scim().operations(&path(&group), one).await.expect(200);
    let now = workspace.scim().get(&path(&group)).await.expect(200);
    assert_eq!((members(&now), &now["displayName"]), (vec![id(&a).to_owned()], &json!("Renamed")));
}

pub async fn replace_of_what_is_not_there_adds_it(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (at, value, after) in [
        ("title", json!("T"), json!({ "title": "T" })),
        ("name", json!({ "givenName": "G" }), json!({ "name": { "givenName": "G" } })),
        ("emails", json!([{ "value": "a@x" }]), json!({ "emails": [{ "value": "a@x" }] })),
        ("name.familyName", json!("F"), json!({ "name": { "familyName": "F" } })),
        (&format!("{ENTERPRISE}:division"), json!("D"), json!({ (ENTERPRISE): { "division": "D" } })),
    ] {
        becomes(workspace, json!({}), json!([operation("replace", at, value)]), after).await;
    }
}

pub async fn replace_of_a_list_replaces_all_of_it(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let new = json!([{ "value": "1@x", "type": "other" }, { "value": "2@x" }]);
    let now = becomes(workspace, full(""), json!([operation("replace", "emails", new.clone())]), json!({})).await;
    assert_eq!(now["emails"], new);
    let (group, [a, b, c]) = three(workspace).await;
    let d = person(workspace, json!({ "userName": "d" })).await;
    let mut left = vec![id(&a), id(&b), id(&c), id(&d)];
    for value in [json!([{ "value": id(&c) }, { "value": id(&d) }]), json!([])] {
        left.retain(|id| value.to_string().contains(id));
        workspace.scim().operations(&path(&group), json!([operation("replace", "members", value)])).await.expect(200);
        assert_eq!(now_in(workspace, &group).await, left);
    }
}

pub async fn replace_of_a_complex_value_keeps_what_it_does_not_name(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let after = json!({ "name": { "givenName": "Ada", "familyName": "King" } });
    for operations in [
        json!([operation("replace", "name", json!({ "familyName": "King" }))]),
        json!([{ "op": "replace", "value": { "name": { "familyName": "King" } } }]),
        json!([operation("replace", "name.familyName", json!("King"))]),
    ] {
        becomes(workspace, full(""), operations, after.clone()).await;
    }
    let now = becomes(workspace, full(""), json!([operation("replace", "name", json!({ "familyName": null }))]), json!({})).await;
    assert_eq!(now["name"], json!({ "givenName": "Ada" }), "null takes it away");
    // Where a workspace asks for it, the new value is all there is.
    workspace.admin().patch("/scim/rules", json!({ "replace_complex_whole": true })).await.expect(200);
    let now =
        becomes(workspace, full(""), json!([operation("replace", "name", json!({ "familyName": "King" }))]), json!({})).await;
    assert_eq!(now["name"], json!({ "familyName": "King" }));
}

pub async fn replace_by_a_filter_replaces_every_match(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let before = json!({ "addresses": [
        { "type": "work", "locality": "London", "country": "GB" }, { "type": "work", "locality": "Leeds", "country": "GB" },
        { "type": "home", "locality": "Paris", "country": "FR" },
    ] });
    let part = json!([operation("replace", "addresses[type eq \"work\"].locality", json!("York"))]);
    let now = becomes(workspace, before.clone(), part, json!({})).await;
    let paris = json!({ "type": "home", "locality": "Paris", "country": "FR" });
    let localities: Vec<&Value> =
        now["addresses"].as_array().expect("addresses").iter().map(|address| &address["locality"]).collect();
    assert!(localities.iter().all(|name| matches!(name.as_str(), Some("York" | "Paris"))), "{now}");
    assert_eq!(now["addresses"].as_array().and_then(|list| list.last()), Some(&paris));
    let whole = json!([operation("replace", "addresses[type eq \"work\"]", json!({ "type": "work", "region": "North" }))]);
    let now = becomes(workspace, before, whole, json!({})).await;
    let addresses = now["addresses"].as_array().expect("addresses");
    assert!(
        addresses.iter().all(|address| *address == paris || *address == json!({ "type": "work", "region": "North" })),
        "{now}"
    );
    assert!(addresses.contains(&paris) && addresses.len() > 1, "{now}");
}

pub async fn replace_by_a_filter_without_a_match(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    for (at, value) in [
        ("addresses[type eq \"moon\"]", json!({ "locality": "Tycho" })),
        ("emails[type eq \"moon\"]", json!({ "value": "m@x" })),
        ("emails[type eq \"work\" and value eq \"other\"]", json!({ "value": "m@x" })),
        ("emails[type eq \"moon\"].display", json!("x")),
        ("emails[not (type pr)].value", json!("m@x")),
        ("emails[type sw \"m\"].value", json!("m@x")),
    ] {
        refused(workspace, &user, operation("replace", at, value), &["noTarget"]).await;
    }
    // For the value itself Entra expects it to be made.
    let after = json!({ "phoneNumbers": [{ "type": "mobile", "value": "+1" }] });
    let create = json!([operation("Replace", "phoneNumbers[type eq \"mobile\"].value", json!("+1"))]);
    becomes(workspace, full(""), create, after).await;
}
