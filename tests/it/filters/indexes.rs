//! What identity providers look for is found by index, and Postgres folds text as we do.

use std::collections::BTreeSet;

use rollcall::{
    scim::{
        Position, Sort, filter, identity,
        schema::{ResourceSchema, ResourceType},
    },
    store::{WorkspaceTx, listing::Listing},
};

use super::{BASE, Directory, listing, page};

/// The folding of Rust and that of Postgres, over every character: alone, before and after a letter.
#[tokio::test]
async fn postgres_folds_as_we_do() {
    let directory = Directory::create().await;
    let db = &directory.db;
    let all: Vec<String> = ('\u{1}'..=char::MAX).flat_map(|c| [c.to_string(), format!("a{c}"), format!("{c}b")]).collect();
    let mut folded: Vec<String> = Vec::with_capacity(all.len());
    // In parts, so that a busy machine is not stopped by the time that a statement may take.
    for part in all.chunks(200_000) {
        let query = sqlx::query_scalar(
            r#"select lower(t collate "und-x-icu") from unnest($1::text[]) with ordinality as u(t, n) order by n"#,
        );
        folded.extend(query.bind(part).fetch_all(db.pool()).await.unwrap());
    }
    let differ: Vec<_> = all.iter().zip(&folded).filter(|(text, folded)| identity::fold(text) != **folded).collect();
    let chars: BTreeSet<char> = differ.iter().filter_map(|(text, _)| text.chars().find(|c| !matches!(c, 'a' | 'b'))).collect();
    // Only characters that are younger than the server's ICU. They still equal themselves: both sides are folded by Postgres.
    assert!(chars.iter().all(|c| u32::from(*c) >= 0x1c89), "{chars:?}");
    assert!(chars.len() < 100);
}
/// Q120: what identity providers ask for is found by index among 100,000, under row-level security.
#[tokio::test]
async fn what_identity_providers_ask_is_found_by_index() {
    let directory = Directory::create().await;
    let (db, id) = (&directory.db, directory.workspace);
    for sql in [
        r#"insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
           select $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user' || n || '@example.com', 'x' || n, true,
                  jsonb_build_object('userName', 'User' || n || '@example.com', 'emails',
                      jsonb_build_array(jsonb_build_object('type', 'work', 'value', 'User' || n || '@Example.com'))), now(), now()
           from generate_series(1, 100000) n"#,
        "insert into user_emails select workspace_id, id, user_name_key from users where workspace_id = $1",
        r#"insert into groups (workspace_id, id, display_name_key, external_id, document, created_at, updated_at)
           select $1, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'group ' || n, 'g' || n,
                  jsonb_build_object('displayName', 'Group ' || n), now(), now() from generate_series(1, 100000) n"#,
        r#"insert into group_members select workspace_id, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, id
           from users, generate_series(1, 2) n where workspace_id = $1"#,
        // Trees of ten groups in each, everybody in one of them, and a circle.
        r#"insert into group_subgroups
           select $1, ('00000000-0000-7000-9000-' || lpad(to_hex(n / 10), 12, '0'))::uuid,
                  ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid from generate_series(30, 100000) n
           union all
           select $1, ('00000000-0000-7000-9000-' || lpad(to_hex(50000), 12, '0'))::uuid,
                  ('00000000-0000-7000-9000-' || lpad(to_hex(5000), 12, '0'))::uuid"#,
        r#"insert into group_members
           select $1, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
                  ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid from generate_series(3, 100000) n"#,
    ] {
        sqlx::query(sql).bind(id).execute(db.pool()).await.unwrap();
    }
    for table in ["users", "user_emails", "groups", "group_members", "group_subgroups"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(db.pool()).await.unwrap();
    }
    let mut tx = db.workspace(id).await.unwrap();
    let one = "00000000-0000-7000-8000-00000000c350";
    let group = "00000000-0000-7000-9000-00000000c350";
    let asked = [
        (ResourceType::User, r#"userName eq "USER50000@example.com""#.to_owned()),
        (ResourceType::User, r#"userName sw "user5000""#.into()),
        (ResourceType::User, r#"externalId eq "x50000""#.into()),
        (ResourceType::User, format!(r#"id eq "{one}""#)),
        (ResourceType::User, format!(r#"meta.location eq "{BASE}/Users/{one}""#)),
        (ResourceType::User, r#"emails.value eq "USER50000@example.com""#.into()),
        (ResourceType::User, r#"emails[type eq "work"].value eq "user50000@example.com""#.into()),
        (ResourceType::User, r#"emails[type eq "work" and value eq "user50000@example.com"] and active eq true"#.into()),
        (ResourceType::User, r#"externalId eq "x50000" and userName eq "user50000@example.com""#.into()),
        (ResourceType::Group, r#"displayName eq "GROUP 50000""#.into()),
        (ResourceType::Group, r#"externalId eq "g50000""#.into()),
        (ResourceType::Group, format!(r#"members.value eq "{one}""#)),
        (ResourceType::Group, format!(r#"members[value eq "{one}"]"#)),
        (ResourceType::Group, format!(r#"members eq "{one}" and id eq "{}""#, group.replace("c350", "0001"))),
        (ResourceType::Group, format!(r#"members.value eq "{group}""#)),
        (ResourceType::Group, format!(r#"members[value eq "{group}" and type eq "Group"]"#)),
        (ResourceType::Group, format!(r#"members.$ref eq "{BASE}/Groups/{group}""#)),
        (ResourceType::User, format!(r#"groups.value eq "{group}""#)),
        (ResourceType::User, format!(r#"groups[value eq "{group}"] and active eq true"#)),
        (ResourceType::User, format!(r#"groups[value eq "{group}" and type eq "indirect"]"#)),
        (ResourceType::User, format!(r#"groups.$ref eq "{BASE}/Groups/{group}""#)),
        (ResourceType::User, r#"groups.display eq "GROUP 5000""#.into()),
        (ResourceType::User, r#"groups[display eq "group 5000" and not (type eq "direct")]"#.into()),
    ];
    for (kind, text) in asked {
        let filter = filter::parse(&text, ResourceSchema::builtin(kind)).unwrap();
        let plan = explained(&mut tx, &listing(kind, Some(&filter), None), None).await;
        let reads: Vec<f64> =
            plan.lines().filter_map(|line| line.split("Rows Removed by Filter: ").nth(1)?.trim().parse().ok()).collect();
        assert!(!plan.contains("Seq Scan") && reads.iter().all(|&rows| rows < 100.0), "{text}\n{plan}");
        // A scan by index of everything would be no better.
        let found: Vec<u64> = plan.lines().filter_map(rows_of).collect();
        assert!(!found.is_empty() && found.iter().all(|&rows| rows < 1_000), "{text}\n{plan}");
    }
}

/// How Postgres gets at a page of a list of one type.
async fn explained(tx: &mut WorkspaceTx, listing: &Listing<'_>, after: Option<&Position>) -> String {
    let mut query = sqlx::QueryBuilder::new("explain (analyze, buffers, format text) ");
    listing.push_rows(&mut query, tx.workspace(), &listing.sources[0], "r.id, r.document", after, 100);
    let plan: Vec<String> = query.build_query_scalar().fetch_all(tx.connection()).await.unwrap();
    plan.join("\n")
}

/// T7: a page costs the same wherever it begins: nobody is passed by, and nobody is sorted who is not on it.
#[tokio::test]
async fn a_page_reads_its_own_rows_and_no_others() {
    let directory = Directory::create().await;
    let (db, id) = (&directory.db, directory.workspace);
    sqlx::query(
        "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
         select $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user' || lpad(n::text, 6, '0'), true,
                jsonb_build_object('userName', 'User' || lpad(n::text, 6, '0')), now(), now()
         from generate_series(1, 20000) n",
    )
    .bind(id)
    .execute(db.pool())
    .await
    .unwrap();
    sqlx::query("vacuum analyze users").execute(db.pool()).await.unwrap();
    let schema = ResourceSchema::builtin(ResourceType::User);
    let sort = |by: &str, order: &str| Sort::parse(Some(by), Some(order), schema).unwrap();
    let mut tx = db.workspace(id).await.unwrap();
    for (by, index) in [
        (None, "users_pkey"),
        (sort("id", "descending"), "users_pkey"),
        (sort("userName", "ascending"), "users_user_name_key"),
        (sort("userName", "descending"), "users_user_name_key"),
    ] {
        let listing = listing(ResourceType::User, None, by.as_ref());
        for place in [None, Some(0), Some(99), Some(19_899)] {
            let after = match place {
                Some(place) => page(&mut tx, &listing, place, 1).await,
                None => Vec::new(),
            };
            let plan = explained(&mut tx, &listing, after.first()).await;
            assert!(plan.contains(&format!("using {index}")) && !plan.contains("Sort"), "{by:?}\n{plan}");
            assert!(!plan.contains("Rows Removed"), "{by:?}\n{plan}");
            let blocks = plan.lines().find_map(|line| line.split("Buffers: shared hit=").nth(1)?.split(' ').next()?.parse().ok());
            // A hundred rows lie in a dozen blocks; the way to them through the index is three more.
            assert!(blocks.is_some_and(|blocks: u64| blocks < 120), "{by:?}\n{plan}");
        }
    }
}

/// How many rows a node of a plan has had, over all its loops.
fn rows_of(line: &str) -> Option<u64> {
    let actual = line.split("(actual").nth(1)?;
    let number = |name: &str| -> Option<f64> {
        actual.split(name).nth(1)?.split(|c: char| !c.is_ascii_digit() && c != '.').next()?.parse().ok()
    };
    Some((number("rows=")? * number("loops=")?) as u64)
}
