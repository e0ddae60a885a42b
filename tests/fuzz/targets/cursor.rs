//! Cursors: the text that comes back from a client, and the bytes inside of it.

use std::sync::LazyLock;

use chrono::DateTime;
use rollcall::{
    app::{
        listing::cursor::{open, seal},
        seal::Sealer,
    },
    ids::WorkspaceId,
    scim::{Cursor, ListQuery, Position, ResourceSchema, ResourceType, ScimType, SearchRequest, Tolerated},
};
use uuid::Uuid;

use super::{Target, refused};
use crate::generate::{dice::Dice, documents::TEXTS};

pub const TARGET: Target = Target {
    name: "cursor",
    json: false,
    words: &["u", "g", "=", "AAAA", "____", "-", "\0", "\u{ff}", "é", "A", "=="],
    fresh,
    run,
};

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new(None).expect("random numbers"));

static QUERIES: LazyLock<[Vec<ListQuery>; 2]> = LazyLock::new(|| {
    ["userName", "title"].map(|sort_by| {
        let request = SearchRequest { sort_by: Some(sort_by.to_owned()), ..SearchRequest::default() };
        vec![
            ListQuery::parse(&request, ResourceSchema::builtin(ResourceType::User), &[], &mut Tolerated::default())
                .expect("a query"),
        ]
    })
});

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let value = dice.chance(70).then(|| (*dice.pick(TEXTS)).to_owned());
    let id = Uuid::from_u128((dice.below(usize::MAX) as u128) << 64 | dice.below(usize::MAX) as u128);
    let after = Position { resource_type: *dice.pick(&ResourceType::ALL), value, id };
    Cursor { after, count: dice.below(2_000) as u64, expires: dice.below(4_000) as i64 - 2_000 }.to_bytes()
}

fn run(input: &[u8]) -> String {
    let (workspace, other) = (WorkspaceId::from_uuid(Uuid::from_u128(1)), WorkspaceId::from_uuid(Uuid::from_u128(2)));
    let [queries, others] = &*QUERIES;
    // Nobody but the server makes a text that is a cursor.
    let text = String::from_utf8_lossy(input);
    assert_eq!(open(&SEALER, workspace, queries, &text), None, "{text}");
    let Some(cursor) = Cursor::from_bytes(input) else { return "no cursor".to_owned() };
    assert_eq!(cursor.to_bytes(), input);
    let sealed = seal(&SEALER, workspace, queries, &cursor).expect("random numbers");
    assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{sealed}");
    if sealed.len() > 4_096 {
        return "longer than any value by which a list is ordered".to_owned();
    }
    assert_eq!(open(&SEALER, workspace, queries, &sealed).as_ref(), Some(&cursor));
    // Not for another workspace, not for another list, and not with one letter changed.
    assert_eq!(open(&SEALER, other, queries, &sealed), None);
    assert_eq!(open(&SEALER, workspace, others, &sealed), None);
    let place = crc32fast::hash(input) as usize % sealed.len();
    let changed: String = sealed
        .char_indices()
        .map(|(at, c)| match c {
            'A' if at == place => 'B',
            _ if at == place => 'A',
            other => other,
        })
        .collect();
    assert_eq!(open(&SEALER, workspace, queries, &changed), None, "{changed}");
    match cursor.clone().resume(DateTime::UNIX_EPOCH, Some(7)) {
        Ok((after, count)) => {
            assert_eq!((after, count), (cursor.after, 7));
            "resumed".to_owned()
        }
        Err(error) => refused(&error, &[ScimType::ExpiredCursor, ScimType::InvalidCount]),
    }
}
