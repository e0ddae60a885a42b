//! What changes of groups and totals cost, in blocks of tables and indexes that Postgres looks at: the same, however large the group or
//! the directory is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::{DateTime, Utc};
use rollcall::{
    ids::{GroupId, UserId, WorkspaceId},
    scim::ResourceType,
    store::{
        Db,
        dirty::{self, Subject},
        group_members, group_subgroups, groups, listing, users,
    },
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::harness::Database;

/// The least of so many is taken: the first time catalogues and plans are read in as well.
const ROUNDS: usize = 5;
/// Where the least of them is too much, so many are tried: while other tests come and go, Postgres must keep what was removed, and looks at it
/// again each time. What really grows with the group is never less.
const MOST_ROUNDS: usize = 60;

/// What Postgres does by itself would be counted too, and while it looks at a table nobody clears away what others have left there.
const UNDISTURBED: &str = "do $$ declare name regclass; begin
    for name in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
        execute format('alter table %s set (autovacuum_enabled = false)', name);
    end loop;
end $$";

/// One connection, so that all that it has read is counted by the time it is asked.
struct Counted {
    db: Db,
    workspace: WorkspaceId,
    _database: Database,
}

impl Counted {
    async fn create() -> Self {
        let database = Database::create().await;
        let db = Db::new(&database.url.clone().into(), 1).unwrap();
        let counted = Self { db, workspace: WorkspaceId::new(), _database: database };
        counted.execute(UNDISTURBED).await;
        counted
            .execute("insert into workspaces (id, slug, name, created_at, updated_at) values ('$w', 'w', 'w', now(), now())")
            .await;
        counted
    }

    async fn execute(&self, sql: &str) {
        let sql = sql.replace("$w", &self.workspace.to_string());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(self.db.pool()).await.unwrap();
    }

    /// Blocks of our tables and their indexes that were looked at so far.
    async fn blocks(&self) -> i64 {
        sqlx::query("select pg_stat_force_next_flush()").execute(self.db.pool()).await.unwrap();
        sqlx::query_scalar(
            "select coalesce(sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0)
                    + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0)), 0)::bigint from pg_statio_user_tables",
        )
        .fetch_one(self.db.pool())
        .await
        .unwrap()
    }
}

fn user(number: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(0x7000_8000_0000_0000_0000 + u128::from(number)))
}

fn group(number: u64) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(0x7000_9000_0000_0000_0000 + u128::from(number)))
}

/// A member of either kind comes into a group, as in a PATCH whose answer leaves the members out.
async fn add(counted: &Counted, to: GroupId, person: Option<UserId>, inner: Option<GroupId>) -> i64 {
    let now: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
    let before = counted.blocks().await;
    let mut tx = counted.db.workspace(counted.workspace).await.unwrap();
    groups::lock(&mut tx, to).await.unwrap().unwrap();
    if let Some(person) = person {
        assert_eq!(group_members::known(&mut tx, &[person]).await.unwrap(), [person]);
        assert_eq!(group_members::add(&mut tx, to, &[person]).await.unwrap(), [person]);
        dirty::mark(&mut tx, &[Subject::User(person)], None).await.unwrap();
    }
    if let Some(inner) = inner {
        assert_eq!(group_members::known(&mut tx, &[UserId::from_uuid(inner.as_uuid())]).await.unwrap(), []);
        assert_eq!(group_subgroups::known(&mut tx, &[inner]).await.unwrap(), [inner]);
        assert_eq!(group_subgroups::add(&mut tx, to, &[inner]).await.unwrap(), [inner]);
        dirty::mark_below(&mut tx, &[inner], None).await.unwrap();
    }
    groups::touch(&mut tx, to, now).await.unwrap();
    tx.commit().await.unwrap();
    counted.blocks().await - before
}

async fn remove(counted: &Counted, from: GroupId, person: Option<UserId>, inner: Option<GroupId>) -> i64 {
    let now: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
    let before = counted.blocks().await;
    let mut tx = counted.db.workspace(counted.workspace).await.unwrap();
    groups::lock(&mut tx, from).await.unwrap().unwrap();
    if let Some(person) = person {
        assert_eq!(group_members::remove(&mut tx, from, &[person]).await.unwrap(), [person]);
        dirty::mark(&mut tx, &[Subject::User(person)], None).await.unwrap();
    }
    if let Some(inner) = inner {
        assert_eq!(group_members::remove(&mut tx, from, &[UserId::from_uuid(inner.as_uuid())]).await.unwrap(), []);
        assert_eq!(group_subgroups::remove(&mut tx, from, &[inner]).await.unwrap(), [inner]);
        dirty::mark_below(&mut tx, &[inner], None).await.unwrap();
    }
    groups::touch(&mut tx, from, now).await.unwrap();
    tx.commit().await.unwrap();
    counted.blocks().await - before
}

/// Groups 1 and 2 have ten people and 100,000, groups 3 and 4 ten groups and 100,000; none has anybody below it but these.
async fn filled() -> Counted {
    let counted = Counted::create().await;
    let user = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
    let group = |n: &str| format!("('00000000-0000-7000-9000-' || lpad(to_hex({n}), 12, '0'))::uuid");
    let all = "generate_series(1, 100000) as n";
    for sql in [
        format!(
            "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '$w', {user}, 'u' || n, true, '{{}}', now(), now() from generate_series(1, 100010) as n"
        ),
        format!(
            "insert into groups (workspace_id, id, display_name_key, document, created_at, updated_at)
             select '$w', {}, 'g' || n, jsonb_build_object('displayName', 'g' || n), now(), now() from generate_series(1, 100010) as n",
            group("n")
        ),
        format!("insert into group_members select '$w', {}, {user} from {all} where n <= 10", group("1")),
        format!("insert into group_members select '$w', {}, {user} from {all}", group("2")),
        format!("insert into group_subgroups select '$w', {}, {} from {all} where n > 99990", group("3"), group("n")),
        format!("insert into group_subgroups select '$w', {}, {} from {all} where n > 10", group("4"), group("n")),
        "vacuum analyze".to_owned(),
    ] {
        counted.execute(&sql).await;
    }
    counted
}

/// T6: not more than four blocks more.
#[tokio::test]
async fn a_member_more_or_less_costs_the_same_in_a_group_of_ten_and_of_100_000() {
    let counted = filled().await;
    let newcomer = user(100_005);
    for (what, small, large, person, inner) in [
        ("a person among people", group(1), group(2), Some(newcomer), None),
        ("a group among people", group(1), group(2), None, Some(group(5))),
        ("a person among groups", group(3), group(4), Some(newcomer), None),
        ("a group among groups", group(3), group(4), None, Some(group(5))),
    ] {
        let [mut add_small, mut remove_small, mut add_large, mut remove_large] = [i64::MAX; 4];
        for round in 1..=MOST_ROUNDS {
            add_small = add_small.min(add(&counted, small, person, inner).await);
            remove_small = remove_small.min(remove(&counted, small, person, inner).await);
            add_large = add_large.min(add(&counted, large, person, inner).await);
            remove_large = remove_large.min(remove(&counted, large, person, inner).await);
            if round >= ROUNDS && add_large <= add_small + 4 && remove_large <= remove_small + 4 {
                break;
            }
        }
        assert!(add_small > 0 && remove_small > 0, "{what}: nothing was counted");
        assert!(add_large <= add_small + 4, "{what}: {add_small} blocks in a small group, {add_large} in a large one");
        assert!(
            remove_large <= remove_small + 4,
            "{what}: {remove_small} blocks in a small group, {remove_large} in a large one"
        );
    }
}

/// Whoever moves a whole tree pays for one edge.
#[tokio::test]
async fn a_group_costs_the_same_with_nobody_and_with_100_000_people_or_groups_in_it() {
    let counted = filled().await;
    let outer = group(6);
    let mut costs = [i64::MAX; 3];
    let even = |costs: &[i64; 3]| costs.iter().all(|cost| *cost <= costs.iter().min().copied().unwrap() + 4);
    for round in 1..=MOST_ROUNDS {
        for (cost, inner) in costs.iter_mut().zip([group(7), group(2), group(4)]) {
            let both = add(&counted, outer, None, Some(inner)).await + remove(&counted, outer, None, Some(inner)).await;
            *cost = both.min(*cost);
        }
        if round >= ROUNDS && even(&costs) {
            break;
        }
    }
    assert!(costs.iter().all(|cost| *cost > 0) && even(&costs), "{costs:?}");
}

/// The groups of one user, and of a page of users, cost what they are, not what the workspace has.
#[tokio::test]
async fn the_groups_of_a_user_cost_the_same_among_many_edges() {
    let counted = filled().await;
    let now: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
    let (alone, page) = (user(100_005), (100_001..=100_010).map(user).collect::<Vec<_>>());
    let mut tx = counted.db.workspace(counted.workspace).await.unwrap();
    group_members::add(&mut tx, group(8), &page).await.unwrap();
    group_subgroups::add(&mut tx, group(9), &[group(8)]).await.unwrap();
    groups::touch(&mut tx, group(9), now).await.unwrap();
    tx.commit().await.unwrap();
    for (what, whom, most) in [("one user", vec![alone], 40), ("ten users", page, 220)] {
        let mut cost = i64::MAX;
        for _ in 0..ROUNDS {
            let before = counted.blocks().await;
            let mut tx = counted.db.workspace(counted.workspace).await.unwrap();
            let found = match whom.as_slice() {
                [user] => users::groups_of(&mut tx, *user).await.unwrap(),
                several => users::groups_of_each(&mut tx, several, 1_000).await.unwrap().expect("fewer than that"),
            };
            assert_eq!(found.len(), 2 * whom.len(), "each is in one directly and in one through it");
            drop(tx);
            cost = cost.min(counted.blocks().await - before);
        }
        assert!((1..=most).contains(&cost), "{what}: {cost} blocks");
    }
    // All or nothing.
    let mut tx = counted.db.workspace(counted.workspace).await.unwrap();
    let page: Vec<_> = (100_001..=100_010).map(user).collect();
    assert_eq!(users::groups_of_each(&mut tx, &page, 20).await.unwrap().map(|groups| groups.len()), Some(20));
    assert!(users::groups_of_each(&mut tx, &page, 19).await.unwrap().is_none());
}

/// T8: from the counter, which has thirty-two rows for each kind.
#[tokio::test]
async fn the_total_of_a_list_costs_five_blocks_at_most() {
    let counted = filled().await;
    for kind in ["user", "group"] {
        let counters = format!(
            "insert into directory_counts (workspace_id, kind, slot, n) select '$w', '{kind}', slot, 3125 from generate_series(0, 31) as slot"
        );
        counted.execute(&counters).await;
    }
    counted.execute("vacuum analyze directory_counts").await;
    for kind in ResourceType::ALL {
        let mut cost = i64::MAX;
        for _ in 0..ROUNDS {
            let before = counted.blocks().await;
            let mut tx = counted.db.workspace(counted.workspace).await.unwrap();
            assert_eq!(listing::counted(&mut tx, kind).await.unwrap(), 100_000);
            drop(tx);
            cost = cost.min(counted.blocks().await - before);
        }
        assert!((1..=5).contains(&cost), "{kind:?}: {cost} blocks");
    }
}
