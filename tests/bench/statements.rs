//! The SQL of each operation, in the server's own words and order, and what pgbench puts in the place of its parameters. Before
//! anything is measured, [`differences`] compares every text with what the server sends for one real request.

/// One round trip.
pub struct Statement {
    /// As the server sends it; blanks and line breaks do not count.
    pub sql: &'static str,
    /// What stands for `$1`, `$2`, ... in pgbench's script.
    parameters: &'static [&'static str],
}

const fn statement(sql: &'static str, parameters: &'static [&'static str]) -> Statement {
    Statement { sql, parameters }
}

const WORKSPACE: &str = "'{workspace}'::uuid";
const USER: &str = "('01900000-0000-7000-8000-' || :user::text)::uuid";
const GROUP: &str = "('01900000-0000-7000-a000-' || :group::text)::uuid";
/// pgbench takes a colon before a letter or digit for a variable, also between quotes.
const ACTOR: &str = "'token' || chr(58) || '{token}'";
const NEW: &str = "('01900000-0000-7000-8000-' || :new::text)::uuid";
const NAME: &str = "('user' || :user::text || '@bench.test')";
const EXTERNAL_ID: &str = "('hr-' || :user::text)";
const SAME_ADDRESSES: &str = "null::text[]";
const NEW_NAME: &str = "('user' || :new::text || '@bench.test')";
const ONE_NEW: &str = "array[('01900000-0000-7000-8000-' || :new::text)::uuid]";
const ONE_USER: &str = "array[('01900000-0000-7000-8000-' || :user::text)::uuid]";

const ONE_MEMBER: &str = "array[('01900000-0000-7000-9000-' || :user::text)::uuid]";

const TOKEN: Statement = statement(
    "select t.id, t.workspace_id, t.scopes, t.expires_at, t.last_used_at, t.revoked_at, t.member_id, m.status as member_status,
            w.plan, w.saml_enabled, w.scim_enabled, w.scim_profile_version
     from api_tokens t
     join workspaces w on w.id = t.workspace_id
     left join members m on m.workspace_id = t.workspace_id and m.id = t.member_id
     where t.digest = $1",
    &["'{digest}'::bytea"],
);
const BEGIN: Statement =
    statement("begin; set local role rollcall_workspace; select set_config('rollcall.workspace', '{workspace}', true)", &[]);
const COMMIT: Statement = statement("COMMIT", &[]);
const ROLLBACK: Statement = statement("ROLLBACK", &[]);
const AUDIT: &str = "insert into audit_log (workspace_id, id, at, actor, action, subject_id, request_id, detail)
     values ($1, $2, $3, $4, $5, $6, $7, $8)";
const EVENT: &str = "insert into event_outbox (workspace_id, type, at, subject_id, request_id, data)
     select $1, type, at, subject_id, request_id, data
     from unnest($2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::jsonb[])
         with ordinality as event (type, at, subject_id, request_id, data, place)
     order by place";
const DIRTY: &str = "insert into dirty (workspace_id, kind, subject_id, request_id)
     select $1, kind, id, $4 from unnest($2::text[], $3::uuid[]) as marked (kind, id)";
const DIRTY_USER: Statement = statement(DIRTY, &[WORKSPACE, "array['user']", ONE_USER, NEW]);
const GROUPS_OF: Statement = statement(
    "with recursive above (user_id, group_id, direct) as (
         select m.user_id, m.group_id, true from group_members m where m.workspace_id = $1 and m.user_id = $2
         union
         select a.user_id, s.group_id, false
         from above a cross join lateral (
             select e.group_id from group_subgroups e where e.workspace_id = $1 and e.subgroup_id = a.group_id limit all
         ) as s
     )
     select a.user_id, a.group_id, a.direct, a.ways,
            (select g.document ->> 'displayName' from groups g where g.workspace_id = $1 and g.id = a.group_id) as display_name
     from (select user_id, group_id, bool_or(direct) as direct, count(*) as ways from above group by user_id, group_id) as a
     order by a.user_id, a.group_id",
    &[WORKSPACE, USER],
);

pub const POST_USER: &[Statement] = &[
    TOKEN,
    BEGIN,
    statement(
        "with counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats) values ($1, 'user', counter_slot(), 1, $5::boolean::int)
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + 1, seats = directory_counts.seats + excluded.seats
             returning sealed_to
         ),
         addresses as (
             insert into user_emails (workspace_id, user_id, email_key) select $1, $2, key from unnest($8::text[]) as key
         )
         insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         returning id, active, document, version, created_at, updated_at, (select sealed_to from counted) as sealed_to,
                   (select seats from workspaces where workspaces.id = $1) as seats",
        &[
            WORKSPACE,
            NEW,
            NEW_NAME,
            "('hr-' || :new::text)",
            "true",
            "replace('{document}', '@@', :new::text)::jsonb",
            "now()",
            "array['user' || :new::text || '@bench.test']",
        ],
    ),
    statement(AUDIT, &[WORKSPACE, NEW, "now()", ACTOR, "'user.created'", NEW, NEW, "null::jsonb"]),
    statement(DIRTY, &[WORKSPACE, "array['user']", "array[('01900000-0000-7000-8000-' || :new::text)::uuid]", NEW]),
    COMMIT,
];

const FIND: Statement = statement(
    "select id, active, document, version, created_at, updated_at from users where workspace_id = $1 and id = $2",
    &[WORKSPACE, USER],
);
pub const GET_USER: &[Statement] = &[TOKEN, BEGIN, FIND, GROUPS_OF, ROLLBACK];
pub const GET_USER_BARE: &[Statement] = &[FIND];

const PAGE_NAME: Statement = statement(
    "select r.id, r.active, r.document, r.version, r.created_at, r.updated_at from users r where r.workspace_id = $1 and (r.user_name_key = $2) order by r.id limit $3",
    &[WORKSPACE, NAME, "101::bigint"],
);
pub const FIND_USER: &[Statement] = &[TOKEN, BEGIN, PAGE_NAME, GROUPS_OF, ROLLBACK];
pub const FIND_USER_BARE: &[Statement] = &[PAGE_NAME];

const LOCK_USER: Statement = statement(
    "select id, active, document, version, created_at, updated_at from users where workspace_id = $1 and id = $2 for no key update",
    &[WORKSPACE, USER],
);
const UPDATE_USER: &str = "with gone as (
         delete from user_emails
         where $8::text[] is not null and workspace_id = $1 and user_id = $2 and email_key <> all($8::text[])
     ),
     addresses as (
         insert into user_emails (workspace_id, user_id, email_key) select $1, $2, key from unnest($8::text[]) as key
         on conflict (workspace_id, user_id, email_key) do nothing
     ),
     seated as (
         insert into directory_counts (workspace_id, kind, slot, n, seats) select $1, 'user', counter_slot(), 0, $9::bigint where $9::bigint <> 0
         on conflict (workspace_id, kind, slot) do update set seats = directory_counts.seats + excluded.seats
     )
     update users
     set user_name_key = $3, external_id = $4, active = $5, document = $6, version = version + 1, updated_at = $7
     where workspace_id = $1 and id = $2
     returning id, active, document, version, created_at, updated_at,
               case when $9::bigint > 0 then (select seats from workspaces where workspaces.id = $1) end as seats";
const LEAVER: Statement = statement(
    "select m.id, m.status, m.role, m.break_glass, m.origin, w.provisioning = 'observe' as observed, h.state as held,
            h.batch_id is not null as held_in_batch
     from members m join workspaces w on w.id = m.workspace_id
     left join held_changes h on h.workspace_id = m.workspace_id and h.member_id = m.id and h.effect = 'access'
     where m.workspace_id = $1 and m.user_id = $2 for no key update of m",
    &[WORKSPACE, USER],
);
const BRAKE: Statement = statement(
    "select (select coalesce(sum(n), 0)::bigint from directory_counts where workspace_id = $1 and kind = 'member') as members,
            (select coalesce(sum(n), 0)::bigint from brake_counts
             where workspace_id = $1 and since > $2 - make_interval(secs => coalesce(b.window_seconds, $3))) as passed,
            b.workspace_id is not null as is_set, coalesce(b.engages, true) as engages,
            coalesce(b.share_percent, 0::smallint) as share_percent, coalesce(b.most, 0) as most, coalesce(b.least, 0) as least,
            coalesce(b.window_seconds, $3) as window_seconds, b.hold_seconds, coalesce(b.on_expiry, '') as on_expiry
     from workspaces w left join brake_settings b on b.workspace_id = w.id where w.id = $1",
    &[WORKSPACE, "now()", "3600"],
);
pub const DEACTIVATE: &[Statement] = &[
    TOKEN,
    BEGIN,
    LOCK_USER,
    statement(
        UPDATE_USER,
        &[WORKSPACE, USER, NAME, EXTERNAL_ID, "false", "replace('{document_off}', '@@', :user::text)::jsonb", "now()", SAME_ADDRESSES, "-1"],
    ),
    LEAVER,
    BRAKE,
    statement(
        "with closed as (
             update members
             set status = 'deactivated', session_epoch = session_epoch + 1, deactivated_at = $6, updated_at = $6
             where workspace_id = $1 and (user_id = any($2) or id = any($7)) and status <> 'deactivated'
             returning id, origin
         ), revoked as (
             update api_tokens set revoked_at = $6
             where workspace_id = $1 and member_id in (select id from closed) and revoked_at is null
             returning member_id
         ), counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats)
             select $1, 'member', counter_slot(), -count(*), -count(*) filter (where origin = 'manual') from closed having count(*) > 0
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + excluded.n, seats = directory_counts.seats + excluded.seats
         )
         insert into receipts
             (workspace_id, id, member_id, cause, request_id, received_at, row_closed_at, tokens_closed_at, tokens_count, roles_count)
         select $1, gen_random_uuid(), c.id, $3, $4, $5, $6, $6, (select count(*) from revoked r where r.member_id = c.id),
                -- counted here, because the reconciliation may take them before the clean-up comes to it
                (select count(*) from grants g where g.workspace_id = $1 and g.member_id = c.id and g.source <> 'manual')
         from closed c
         returning member_id, id as receipt_id",
        &[WORKSPACE, "'{}'::uuid[]", "'user.deactivated'", NEW, "now()", "now()", ONE_MEMBER],
    ),
    statement(
        EVENT,
        &[
            WORKSPACE,
            "array['member.deactivated']",
            "array[now()]",
            ONE_USER,
            ONE_NEW,
            "array['{\"cause\":\"user.deactivated\"}'::jsonb]",
        ],
    ),
    statement(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         select id, $2, job, 'Pending', 0, $4, now(), $5 from unnest($1::text[], $3::bytea[]) as new (id, job)",
        &[
            // The worker finds no such receipt and is done with the job.
            "array['01BENCH0000000' || :new::text]",
            "'deprovision'",
            "array[convert_to('{\"workspace_id\":\"{workspace}\",\"people\":[{\"member_id\":\"01900000-0000-7000-9000-' || :user::text || '\",\"receipt_id\":\"01900000-0000-7000-b000-' || :user::text || '\"}]}', 'utf8')]",
            "20",
            "0",
        ],
    ),
    statement(AUDIT, &[WORKSPACE, NEW, "now()", ACTOR, "'user.deactivated'", USER, NEW, "null::jsonb"]),
    DIRTY_USER,
    GROUPS_OF,
    COMMIT,
];
pub const REACTIVATE: &[Statement] = &[
    TOKEN,
    BEGIN,
    LOCK_USER,
    statement(
        UPDATE_USER,
        &[
            WORKSPACE,
            USER,
            NAME,
            EXTERNAL_ID,
            "true",
            "replace('{document}', '@@', :user::text)::jsonb",
            "now()",
            SAME_ADDRESSES,
            "1",
        ],
    ),
    statement(AUDIT, &[WORKSPACE, NEW, "now()", ACTOR, "'user.reactivated'", USER, NEW, "null::jsonb"]),
    DIRTY_USER,
    GROUPS_OF,
    COMMIT,
];

const LOCK_GROUP: Statement = statement(
    "select id, document, version, created_at, updated_at from groups where workspace_id = $1 and id = $2 for no key update",
    &[WORKSPACE, GROUP],
);
const KNOWN: Statement = statement("select id from users where workspace_id = $1 and id = any($2)", &[WORKSPACE, ONE_USER]);
const ADD: Statement = statement(
    "insert into group_members (workspace_id, group_id, user_id)
     select $1, $2, u from unnest($3::uuid[]) as u order by u
     on conflict (workspace_id, group_id, user_id) do nothing
     returning user_id",
    &[WORKSPACE, GROUP, ONE_USER],
);
const REMOVE: Statement = statement(
    "delete from group_members where workspace_id = $1 and group_id = $2 and user_id = any($3) returning user_id",
    &[WORKSPACE, GROUP, ONE_USER],
);
const TOUCH: Statement = statement(
    "update groups set version = version + 1, updated_at = $3 where workspace_id = $1 and id = $2
     returning id, document, version, created_at, updated_at",
    &[WORKSPACE, GROUP, "now()"],
);
const GROUP_EVENT: Statement = statement(
    EVENT,
    &[
        WORKSPACE,
        "array['group.members_changed']",
        "array[now()]",
        "array[('01900000-0000-7000-a000-' || :group::text)::uuid]",
        ONE_NEW,
        "array[('{\"added\":[\"01900000-0000-7000-8000-' || :user::text || '\"],\"added_count\":1,\"removed\":[],\"removed_count\":0}')::jsonb]",
    ],
);
const GROUP_AUDIT: Statement = statement(
    AUDIT,
    &[
        WORKSPACE,
        NEW,
        "now()",
        ACTOR,
        "'group.members_changed'",
        GROUP,
        NEW,
        "('{\"added\":[\"01900000-0000-7000-8000-' || :user::text || '\"],\"added_count\":1,\"removed\":[],\"removed_count\":0}')::jsonb",
    ],
);
const MEMBERS_OF: Statement = statement(
    "select m.group_id, m.id, m.is_group
     from (select workspace_id, group_id, user_id as id, false as is_group from group_members
           union all
           select workspace_id, group_id, subgroup_id, true from group_subgroups) as m
     where m.workspace_id = $1 and m.group_id = $2 order by m.id limit $3",
    &[WORKSPACE, GROUP, "101::bigint"],
);
pub const ADD_MEMBER: &[Statement] =
    &[TOKEN, BEGIN, LOCK_GROUP, KNOWN, ADD, TOUCH, GROUP_EVENT, GROUP_AUDIT, DIRTY_USER, MEMBERS_OF, COMMIT];
pub const REMOVE_MEMBER: &[Statement] =
    &[TOKEN, BEGIN, LOCK_GROUP, REMOVE, TOUCH, GROUP_EVENT, GROUP_AUDIT, DIRTY_USER, MEMBERS_OF, COMMIT];

/// What the placeholders of a run stand for.
#[derive(Clone)]
pub struct Names {
    pub workspace: String,
    pub token: String,
    /// As Postgres writes it: `\x…`
    pub digest: String,
    /// A stored user, its number written `@@`.
    pub document: String,
    /// The same, inactive.
    pub document_off: String,
}

impl Names {
    fn fill(&self, text: &str) -> String {
        text.replace("{workspace}", &self.workspace)
            .replace("{token}", &self.token)
            .replace("{digest}", &self.digest)
            .replace("{document}", &without_variables(&self.document))
            .replace("{document_off}", &without_variables(&self.document_off))
    }
}

/// JSON in which pgbench sees no variables: a colon inside of a text, in schema names for instance, as JSON can also write it.
fn without_variables(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(next) if character == ':' && next.is_ascii_alphanumeric() => out.push_str("\\u003a"),
            _ => out.push(character),
        }
    }
    out
}

impl Statement {
    /// With values, or pgbench's variables, in the place of the parameters.
    pub fn filled(&self, names: &Names) -> String {
        let without_comments: Vec<&str> =
            self.sql.lines().map(|line| line.split("--").next().unwrap_or_default().trim()).collect();
        let mut sql = without_comments.join(" ");
        for (place, value) in self.parameters.iter().enumerate().rev() {
            sql = sql.replace(&format!("${}", place + 1), value);
        }
        names.fill(&sql)
    }

    /// As a part of a pgbench script. What goes in one round trip goes in one there too.
    fn script(&self, names: &Names) -> String {
        let sql = self.filled(names);
        if self.sql == BEGIN.sql {
            format!("\\startpipeline\n{};\n\\endpipeline\n", sql.replace("; ", ";\n"))
        } else {
            sql + ";\n"
        }
    }
}

/// A pgbench script.
pub fn script(statements: &[Statement], names: &Names) -> String {
    statements.iter().map(|statement| statement.script(names)).collect()
}

fn words(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How what the server has sent differs from these statements; empty when it does not.
pub fn differences(operation: &str, statements: &[Statement], names: &Names, sent: &[String]) -> String {
    let expected: Vec<String> =
        statements.iter().map(|statement| words(&statement.sql.replace("{workspace}", &names.workspace))).collect();
    let sent: Vec<String> = sent.iter().map(|sql| words(sql)).collect();
    let mut found = String::new();
    for statement in statements.iter().filter(|statement| parameters_of(statement.sql) != statement.parameters.len()) {
        found += &format!("\n{operation}: the parameters of this statement are not as many as here: {}", words(statement.sql));
    }
    for place in 0..expected.len().max(sent.len()) {
        let [here, server] = [&expected, &sent].map(|list| list.get(place).map_or("nothing", String::as_str));
        if here != server {
            found += &format!("\n{operation}, statement {}:\n  here    {here}\n  server  {server}", place + 1);
        }
    }
    found
}

/// How many parameters a text has.
fn parameters_of(sql: &str) -> usize {
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    sql.split('$').skip(1).filter_map(number).max().unwrap_or(0)
}
