//! Variations of inputs: of bytes, of words, of trees.

use crate::{generate::dice::Dice, targets::Target, tree};

/// No input is larger.
const MOST: usize = 256 * 1024;

/// What is nasty wherever it stands.
const NASTY: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xf4\x8f\xbf\xbf",
    b"\x7f",
    b"\r\n",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\",
    b"\"",
    b"'",
    b"%00",
    b"{\"a\":",
    b"[[",
    b"]]",
    b"null",
    b"-0",
    b"1e308",
    b"1e-400",
    b"99999999999999999999",
    b"0.1e1",
    "\u{307}".as_bytes(),
    "\u{130}".as_bytes(),
    "\u{fb01}".as_bytes(),
    "\u{1f600}".as_bytes(),
];

/// One of the pool, changed in a few places.
pub fn mutate(dice: &mut Dice, target: &Target, pool: &[Vec<u8>]) -> Vec<u8> {
    let mut input = dice.pick(pool).clone();
    for _ in 0..1 + dice.below(4) {
        let other = dice.pick(pool);
        input = match dice.below(10) {
            0..6 if target.json => tree::varied(dice, target, &input, other).unwrap_or(input),
            0..3 => bytes(dice, input, other),
            _ => words(dice, target, &input, other),
        };
        input.truncate(MOST);
    }
    input
}

/// A place to begin at, and one to end at.
fn range(dice: &mut Dice, length: usize) -> (usize, usize) {
    let start = dice.below(length + 1);
    let longest = (length - start).min(1 << dice.below(8));
    (start, start + dice.below(longest + 1))
}

fn bytes(dice: &mut Dice, mut input: Vec<u8>, other: &[u8]) -> Vec<u8> {
    let (start, end) = range(dice, input.len());
    match dice.below(8) {
        0 if !input.is_empty() => {
            let place = dice.below(input.len());
            input[place] ^= 1 << dice.below(8);
        }
        1 if !input.is_empty() => {
            let place = dice.below(input.len());
            input[place] = dice.below(256) as u8;
        }
        2 => drop(input.drain(start..end)),
        3 | 4 => drop(input.splice(start..start, dice.pick(NASTY).iter().copied())),
        5 => {
            let times = [1, 1, 2, 10, 1_000, 40_000][dice.below(6)];
            let piece = input[start..end].repeat(times);
            drop(input.splice(start..start, piece));
        }
        6 => input.truncate(start),
        _ => {
            let (from, to) = range(dice, other.len());
            drop(input.splice(start..end, other[from..to].iter().copied()));
        }
    }
    input
}

/// Names, numbers and white space in one piece, texts in quotes in one piece, everything else by itself.
fn cut(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if is_name(first) {
            rest.find(|c| !is_name(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn words(dice: &mut Dice, target: &Target, input: &[u8], other: &[u8]) -> Vec<u8> {
    let (text, other) = (String::from_utf8_lossy(input), String::from_utf8_lossy(other));
    varied_text(dice, target, &text, &other).into_bytes()
}

/// A text with a few of its words changed.
pub fn varied_text(dice: &mut Dice, target: &Target, text: &str, other: &str) -> String {
    let (mut pieces, others) = (cut(text), cut(other));
    let (start, end) = range(dice, pieces.len());
    let word = *dice.pick(target.words);
    match dice.below(9) {
        0 | 1 => pieces.insert(start, word),
        2 if start < pieces.len() => pieces[start] = word,
        3 => drop(pieces.drain(start..end)),
        4 => {
            let piece = pieces[start..end].to_vec();
            drop(pieces.splice(start..start, piece));
        }
        5 => {
            let (from, to) = range(dice, others.len());
            drop(pieces.splice(start..end, others[from..to].iter().copied()));
        }
        6 => {
            let (open, close) =
                *dice.pick(&[("(", ")"), ("not (", ")"), ("[", "]"), ("\"", "\""), ("{\"value\":", "}"), ("(", "")]);
            let times = [1, 1, 2, 33, 20_000][dice.below(5)];
            pieces.splice(end..end, vec![close; times]);
            pieces.splice(start..start, vec![open; times]);
        }
        7 => {
            let number = ["0", "-1", "1.5", "1e300", "1e-399", "18446744073709551616", "2026-02-30T24:00:60Z"][dice.below(7)];
            pieces.insert(start, number);
        }
        _ => {
            let case = if dice.chance(50) { str::to_uppercase } else { str::to_lowercase };
            let changed: String = pieces[start..end].iter().map(|piece| case(piece)).collect();
            return [&pieces[..start].concat(), &changed, &pieces[end..].concat()].map(String::as_str).concat();
        }
    }
    pieces.concat()
}
