//! What each type can be asked, and how its values are compared.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta};
use serde_json::{Value, json};

use crate::{
    conformance::{
        asking::{ACME, CERTIFICATE, define_acme, finds, people, person, refuses},
        framework::Ground,
    },
    harness::Workspace,
    scim::id,
};

/// A time in another offset, and moved.
fn moved(time: &Value, hours: i64, offset: i32) -> String {
    let time: DateTime<FixedOffset> = time.as_str().expect("a time").parse().expect("a time");
    let offset = FixedOffset::east_opt(offset * 3600).expect("an offset");
    (time + TimeDelta::hours(hours)).with_timezone(&offset).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// Which of these hold of the one resource there is.
async fn holds(workspace: &Workspace, endpoint: &str, attribute: &str, rows: &[(&str, &str, bool)]) {
    for (operator, value, wanted) in rows {
        let filter = format!("{attribute} {operator} {}", json!(value));
        let page = workspace.scim().filter(endpoint, &filter).await.expect(200);
        assert_eq!(page["totalResults"], usize::from(*wanted), "{endpoint}?filter={filter}");
    }
}

pub async fn no_order_among_booleans_and_binaries(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let certificate = json!([{ "value": CERTIFICATE }]);
    person(workspace, json!({ "userName": "u", "x509Certificates": certificate, "emails": [{ "value": "a@x" }] })).await;
    for operator in ["gt", "ge", "lt", "le", "GT"] {
        for (attribute, literal) in [
            ("active", "true"),
            ("emails.primary", "false"),
            ("x509Certificates.value", "\"MAA=\""),
            ("x509Certificates", "\"MAA=\""),
        ] {
            let detail = refuses(workspace, "/Users", &format!("{attribute} {operator} {literal}")).await;
            assert!(detail.contains(attribute) && detail.contains(&operator.to_lowercase()), "{detail}");
        }
        refuses(workspace, "/Users", &format!("emails[primary {operator} false]")).await;
    }
    finds(workspace, "/Users", &format!("x509Certificates.value eq \"{CERTIFICATE}\" and active ne false"), &["u"]).await;
}

pub async fn text_by_letters_times_by_instant(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let [ann, _, _] = people(workspace, ["ann", "bob", "cyd"].map(|name| json!({ "userName": name }))).await;
    for (filter, wanted) in [
        ("userName gt \"bob\"", &["cyd"][..]),
        ("userName ge \"bob\"", &["bob", "cyd"]),
        ("userName lt \"bob\"", &["ann"]),
        ("userName le \"bob\"", &["ann", "bob"]),
        ("userName gt \"bo\" and userName lt \"bobb\"", &["bob"]),
    ] {
        finds(workspace, "/Users", filter, wanted).await;
    }
    let created = &ann["meta"]["created"];
    let all = &["ann", "bob", "cyd"][..];
    for (filter, wanted) in [
        (format!("meta.created eq \"{}\"", moved(created, 0, 2)), &["ann"][..]),
        (format!("meta.created ge \"{}\"", moved(created, 0, 2)), all),
        (format!("meta.created gt \"{}\"", moved(created, 0, -11)), &["bob", "cyd"]),
        (format!("meta.created le \"{}\"", moved(created, 0, 14)), &["ann"]),
        (format!("meta.created lt \"{}\"", moved(created, 0, 14)), &[]),
        // As text these would come out the other way round.
        (format!("meta.lastModified lt \"{}\"", moved(created, 1, -12)), all),
        (format!("meta.lastModified ge \"{}\"", moved(created, -1, 14)), all),
    ] {
        finds(workspace, "/Users", &filter, wanted).await;
    }
    define_acme(workspace).await;
    let on = |name: &str, floor: i64, weight: f64, since: &str| json!({ "userName": name, (ACME): { "floor": floor, "weight": weight, "since": since } });
    people(workspace, [on("nine", 9, 9.5, "2026-01-01T01:00:00+01:00"), on("ten", 10, 10.25, "2026-01-01T00:00:01Z")]).await;
    for (filter, wanted) in [
        ("floor gt 9", &["ten"][..]),
        ("floor lt 10", &["nine"]),
        ("floor ge 9", &["nine", "ten"]),
        ("floor gt -1", &["nine", "ten"]),
        ("weight gt 9.5", &["ten"]),
        ("weight le 1.025e1", &["nine", "ten"]),
        ("weight lt 10", &["nine"]),
        ("since eq \"2026-01-01T00:00:00Z\"", &["nine"]),
        ("since gt \"2025-12-31T19:00:00-05:00\"", &["ten"]),
    ] {
        finds(workspace, "/Users", &format!("{ACME}:{filter}"), wanted).await;
    }
}

pub async fn an_operator_that_the_type_has_not(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    person(workspace, json!({ "userName": "u" })).await;
    for filter in [
        "active co \"t\"",
        "active sw true",
        "active ew \"e\"",
        "meta.created sw \"2026\"",
        "meta.created co \"2026\"",
        "meta.lastModified ew \"Z\"",
        "x509Certificates.value co \"M\"",
        "x509Certificates.value sw \"M\"",
        "emails.primary co \"t\"",
        "title co null",
        "title gt null",
        // And a value that the type has not.
        "active eq \"maybe\"",
        "active eq 1",
        "meta.created gt \"yesterday\"",
        "meta.created gt \"2026-01-01\"",
        "meta.created gt 5",
        "userName eq 5",
        "userName eq true",
        "id sw 1",
    ] {
        refuses(workspace, "/Users", filter).await;
    }
    define_acme(workspace).await;
    for filter in
        ["floor co 1", "floor sw \"1\"", "floor eq \"1\"", "floor eq 1.5", "weight ew 1", "since co \"2026\"", "remote ge true"]
    {
        refuses(workspace, "/Users", &format!("{ACME}:{filter}")).await;
    }
}

pub async fn text_follows_case_exact(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, json!({ "userName": "Bob", "externalId": "Ext-B", "title": "Boss" })).await;
    workspace.group("Group", &[&user]).await;
    let loose = [
        ("eq", "BOB", true),
        ("ne", "bOb", false),
        ("co", "OB", true),
        ("sw", "BO", true),
        ("ew", "OB", true),
        ("gt", "alice", true),
        ("lt", "alice", false),
        ("ge", "BOB", true),
        ("le", "bob", true),
        ("lt", "CYD", true),
    ];
    holds(workspace, "/Users", "userName", &loose).await;
    let loose = [("eq", "BOSS", true), ("co", "OS", true), ("sw", "bO", true), ("ew", "SS", true), ("gt", "alice", true)];
    holds(workspace, "/Users", "title", &loose).await;
    let exact = [
        ("eq", "Ext-B", true),
        ("eq", "ext-b", false),
        ("ne", "ext-b", true),
        ("co", "xt-B", true),
        ("co", "xt-b", false),
        ("sw", "Ext", true),
        ("sw", "ext", false),
        ("ew", "-B", true),
        ("ew", "-b", false),
        // Capital letters come before small ones.
        ("gt", "a", false),
        ("lt", "a", true),
        ("gt", "A", true),
    ];
    holds(workspace, "/Users", "externalId", &exact).await;
    let version = [
        ("eq", "W/\"1\"", true),
        ("eq", "w/\"1\"", false),
        ("sw", "W", true),
        ("sw", "w", false),
        ("co", "w/", false),
        ("gt", "V", true),
        ("gt", "a", false),
        ("ew", "1\"", true),
    ];
    holds(workspace, "/Users", "meta.version", &version).await;
    let reference = user["meta"]["location"].as_str().expect("an address");
    for (endpoint, attribute, text) in [
        ("/Users", "id", id(&user)),
        ("/Groups", "members.value", id(&user)),
        ("/Groups", "members.$ref", reference),
        ("/Users", "meta.location", reference),
        ("/Users", "meta.resourceType", "User"),
    ] {
        let upper = text.to_uppercase();
        for operator in ["eq", "co", "sw", "ew"] {
            holds(workspace, endpoint, attribute, &[(operator, text, true), (operator, &upper, false)]).await;
        }
        holds(workspace, endpoint, attribute, &[("gt", &upper, true), ("lt", &upper, false), ("ge", text, true)]).await;
    }
}
