//! `If-Match` and `If-None-Match`.

use rollcall::scim::{Preconditions, Rules, version_tag};

use super::{Target, check_detail};
use crate::generate::dice::Dice;

pub const TARGET: Target = Target {
    name: "header",
    json: false,
    words: &["*", "W/", "w/", "\"", "\"1\"", "W/\"7\"", "W/\"7.0a\"", ".", ",", " ", "\t", "W/\"", "\"\"", "7", "é"],
    fresh,
    run,
};

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let tags: Vec<_> = (0..dice.below(5)).map(|_| format!("{}\"{}\"", dice.pick(&["W/", "w/", ""]), dice.below(9))).collect();
    tags.join([",", ", ", " ,\t"][dice.below(3)]).into_bytes()
}

fn run(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    let current = version_tag(7);
    let (matching, none_matching) = (Preconditions::parse(Some(&text), None), Preconditions::parse(None, Some(&text)));
    let allows = |conditions: &Preconditions| match conditions.check_write(&current, &Rules::default()) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.status, 412);
            check_detail(&error.detail);
            false
        }
    };
    // One is the opposite of the other, and a tag that is added is listed whatever stands before it, if that opens no quotes.
    assert_eq!(allows(&matching), !allows(&none_matching), "{text}");
    // What a tag says of groups, after its point, counts for reads only.
    let is_known = none_matching.not_modified(&current);
    assert!(is_known == allows(&matching) || !is_known && text.contains('.'), "{text}");
    if !text.contains('"') && !text.trim().is_empty() {
        let with = format!("{text}, {current}");
        assert!(text.trim() == "*" || allows(&Preconditions::parse(Some(&with), None)), "{with}");
    }
    if allows(&matching) { "listed" } else { "not listed" }.to_owned()
}
