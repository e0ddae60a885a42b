//! What a filter costs and must not tell.

use serde_json::json;

use crate::{
    conformance::{
        asking::{counted, finds, names, person, refuses, search, stored_id, stored_members, stored_users},
        framework::Ground,
    },
    harness::{Instance, eventually},
    scim::{USER, id},
};

/// How often tables of the directory were read from one end to the other.
async fn whole_reads(instance: &Instance) -> i64 {
    counted(instance).await;
    instance
        .database
        .count(
            "select coalesce(sum(seq_scan), 0)::bigint from pg_stat_user_tables
             where relname in ('users', 'user_emails', 'groups', 'group_members')",
        )
        .await
}

pub async fn what_identity_providers_ask_goes_by_index(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    stored_users(&instance, &workspace, 20_000).await;
    let group = workspace.group("Everybody", &[]).await;
    stored_members(&instance, &workspace, &group, 5_000).await;
    instance
        .database
        .execute(&format!(
            "insert into groups (workspace_id, id, display_name_key, external_id, document, created_at, updated_at)
             select '{}', ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'group ' || n, 'g' || n,
                    jsonb_build_object('displayName', 'Group ' || n, 'externalId', 'g' || n), now(), now()
             from generate_series(1, 20000) n",
            workspace.id
        ))
        .await;
    for table in ["users", "user_emails", "groups", "group_members"] {
        instance.database.execute(&format!("vacuum analyze {table}")).await;
    }
    let one = stored_id(4_000);
    let before = whole_reads(&instance).await;
    for (endpoint, filter, wanted) in [
        ("/Users", "userName eq \"U4000@acme.test\"".to_owned(), "u4000@acme.test"),
        ("/Users", "externalId eq \"x4000\"".into(), "u4000@acme.test"),
        ("/Users", format!("id eq \"{one}\""), "u4000@acme.test"),
        ("/Users", "emails[type eq \"work\"].value eq \"u4000@ACME.test\"".into(), "u4000@acme.test"),
        ("/Users", "emails.value eq \"u4000@acme.test\"".into(), "u4000@acme.test"),
        ("/Users", "userName eq \"u4000@acme.test\" and active eq true".into(), "u4000@acme.test"),
        ("/Users", "externalId eq \"x4000\" and userName eq \"u4000@acme.test\"".into(), "u4000@acme.test"),
        ("/Groups", "displayName eq \"GROUP 4000\"".into(), "Group 4000"),
        ("/Groups", "externalId eq \"g4000\"".into(), "Group 4000"),
        ("/Groups", format!("members.value eq \"{one}\""), "Everybody"),
        ("/Groups", format!("members[value eq \"{one}\"]"), "Everybody"),
        ("/Groups", format!("id eq \"{}\" and members eq \"{one}\"", id(&group)), "Everybody"),
    ] {
        let request = workspace.scim().request(reqwest::Method::GET, endpoint);
        let request = request.query(&[("filter", filter.as_str()), ("excludedAttributes", "members")]);
        assert_eq!(names(&workspace.scim().send(request).await.expect(200)), [wanted], "{filter}");
    }
    assert_eq!(whole_reads(&instance).await, before, "a table of the directory was read from one end to the other");
    // The measure itself: this one cannot go by index.
    finds(&workspace, "/Users", "userName ew \"4000@acme.test\" and userName sw \"u4\"", &["u4000@acme.test"]).await;
    instance.database.execute("select count(*) from users where document ->> 'title' like '%x%'").await;
    eventually("the measure measures something", async || whole_reads(&instance).await > before).await;
    instance.abandon("nobody works here");
}

pub async fn wildcards_of_sql_mean_themselves(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for name in ["100%", "a_b", "axb", "back\\slash"] {
        person(workspace, json!({ "userName": name, "title": name, "emails": [{ "value": name }] })).await;
    }
    for attribute in ["userName", "title", "emails.value", "emails"] {
        for (test, wanted) in [
            ("sw \"%\"", &[][..]),
            ("co \"%\"", &["100%"]),
            ("ew \"%\"", &["100%"]),
            ("sw \"_\"", &[]),
            ("co \"_\"", &["a_b"]),
            ("sw \"a_\"", &["a_b"]),
            ("ew \"_b\"", &["a_b"]),
            ("co \"\\\\\"", &["back\\slash"]),
            ("sw \"\\\\\"", &[]),
            ("ew \"\\\\slash\"", &["back\\slash"]),
            ("eq \"%\"", &[]),
            ("co \"a%b\"", &[]),
        ] {
            finds(workspace, "/Users", &format!("{attribute} {test}"), wanted).await;
        }
    }
}

pub async fn the_cost_of_a_filter_is_bounded(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let scim = workspace.scim();
    let parentheses = |n: usize| format!("{}userName pr{}", "(".repeat(n), ")".repeat(n));
    let negations = |n: usize| format!("{}userName pr{}", "not (".repeat(n), ")".repeat(n));
    for filter in [
        parentheses(100_000),
        parentheses(1_000),
        "(".repeat(100_000),
        negations(50_000),
        "emails[".repeat(100_000),
        vec!["userName pr"; 100_000].join(" or "),
        vec!["userName pr"; 1_000].join(" and "),
        format!("title eq \"{}\"", "x".repeat(1_000_000)),
        " ".repeat(1_000_000),
    ] {
        for endpoint in ["/Users", "/Groups", ""] {
            search(&scim, endpoint, json!({ "filter": filter })).await.scim_error(400, Some("invalidFilter"));
        }
    }
    // What fits into an address, by GET.
    for filter in [parentheses(10_000), negations(2_000), vec!["userName pr"; 1_000].join("+or+").replace(' ', "+")] {
        scim.raw("GET", &format!("/Users?filter={}", filter.replace(' ', "+"))).send().scim_error(400, Some("invalidFilter"));
    }
    finds(workspace, "/Users", "userName pr", &[]).await;
}

pub async fn what_is_never_shown_cannot_be_asked(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    person(workspace, json!({ "userName": "x", "password": "correct horse" })).await;
    for filter in [
        "password eq \"correct horse\"".to_owned(),
        "password ne \"x\"".to_owned(),
        "password sw \"c\"".to_owned(),
        "password pr".to_owned(),
        "not (password pr)".to_owned(),
        "password eq null".to_owned(),
        "PASSWORD co \"c\"".to_owned(),
        "userName eq \"nobody\" and password pr".to_owned(),
        "userName eq \"x\" or password pr".to_owned(),
        format!("{USER}:password gt \"a\""),
    ] {
        refuses(workspace, "/Users", &filter).await;
        search(&workspace.scim(), "/Users", json!({ "filter": filter })).await.scim_error(400, Some("invalidFilter"));
        search(&workspace.scim(), "", json!({ "filter": filter })).await.scim_error(400, Some("invalidFilter"));
    }
}
