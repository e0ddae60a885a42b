//! What a body will cost in memory as JSON values, told from its bytes before a single value is made.
//!
//! A byte of JSON can cost forty times as much in memory: a digit is a text of its own, an object is a table beside a list. So bytes
//! bound nothing, and a count of values bounds badly. One pass over the bytes tells how many members every array and object has; from
//! that follows what the reader in [`envelope`](super::envelope) takes from the allocator for them.

use serde_json::Value;

/// What the smallest body costs, and what is open at the same time in any.
const LEAST: usize = 16 * 1024;
const VALUE: usize = size_of::<Value>();
/// What an object keeps of a member: its hash, its name, its value.
const ENTRY: usize = size_of::<(u64, String, Value)>();
/// A member that has been read, while its object is not at its end.
const READ: usize = size_of::<(String, Value)>();
/// What the allocator adds to a piece, rounding included.
const PIECE: usize = 32;

/// Bytes of memory that reading this body takes at the most: the values, names and texts, and the room in which large lists grow. It
/// need not be JSON; what a reader does not reach costs nothing more.
pub fn weight(body: &[u8]) -> usize {
    let mut scale = Scale { rest: body, ..Scale::default() };
    // The depth is bounded by the reader, which stops where it is exceeded.
    while scale.open.len() <= super::LIMITS.max_json_depth && scale.step() {}
    while scale.close() {}
    // A text with escapes is put together in a buffer that grows by doubling.
    LEAST + scale.most + 2 * scale.longest
}

#[derive(Default)]
struct Scale<'a> {
    rest: &'a [u8],
    open: Vec<Open>,
    /// What those take that are open, as far as it is not kept.
    growing: usize,
    /// What is kept of everything so far, and the most that there has been at the same time.
    held: usize,
    most: usize,
    /// Bytes of the longest text.
    longest: usize,
}

/// A list or object whose end has not come yet.
struct Open {
    is_object: bool,
    commas: usize,
    is_empty: bool,
}

impl Scale<'_> {
    /// Weighs what comes next; false at the end.
    fn step(&mut self) -> bool {
        let Some((byte, rest)) = self.rest.split_first() else { return false };
        self.rest = rest;
        match byte {
            b'"' => {
                let length = text_length(rest);
                self.rest = rest.get(length + 1..).unwrap_or_default();
                self.longest = self.longest.max(length);
                self.piece(length);
            }
            b'-' | b'0'..=b'9' => {
                let length =
                    rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')).count();
                self.rest = rest.get(length..).unwrap_or_default();
                self.piece(length + 1);
            }
            b'{' | b'[' => {
                self.touch();
                self.open.push(Open { is_object: *byte == b'{', commas: 0, is_empty: true });
            }
            b'}' | b']' => {
                self.close();
            }
            b',' => {
                if let Some(inner) = self.open.last_mut() {
                    self.growing -= inner.growing();
                    inner.commas += 1;
                    self.growing += inner.growing();
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b':' => {}
            _ => self.touch(),
        }
        true
    }

    /// A name, a text or a number.
    fn piece(&mut self, length: usize) {
        self.held += length + PIECE;
        self.touch();
    }

    /// There is something in the innermost list or object.
    fn touch(&mut self) {
        if let Some(inner) = self.open.last_mut() {
            self.growing -= inner.growing();
            inner.is_empty = false;
            self.growing += inner.growing();
        }
    }

    /// The innermost list or object is at its end; false when there is none.
    fn close(&mut self) -> bool {
        let Some(closed) = self.open.pop() else {
            self.most = self.most.max(self.held);
            return false;
        };
        self.held += closed.kept();
        self.most = self.most.max(self.held + self.growing);
        self.growing -= closed.growing();
        true
    }
}

/// Bytes up to the end of a text.
fn text_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

impl Open {
    fn members(&self) -> usize {
        if self.is_empty { 0 } else { self.commas + 1 }
    }

    /// The list into which its members are read: it doubles, and the old one is there while it moves. What few members take is small,
    /// and as often there at the same time as JSON may be deep ([`LEAST`]).
    fn growing(&self) -> usize {
        let members = self.members();
        if members > 4 { members.next_power_of_two() * READ * 3 / 2 } else { 0 }
    }

    /// What there is of it in the end, without what its members have for themselves.
    fn kept(&self) -> usize {
        match (self.members(), self.is_object) {
            (0, _) => 0,
            (members, false) => PIECE + members * VALUE,
            // An index of a power of two, filled to seven eighths, beside the entries.
            (members, true) => {
                let buckets = if members < 4 { 4 } else { (members * 8 / 7 + 1).next_power_of_two() };
                2 * PIECE + members * ENTRY + buckets * (size_of::<usize>() + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the values hold, by the lengths and capacities that can be asked for.
    fn held(value: &Value) -> usize {
        match value {
            Value::Null | Value::Bool(_) => 0,
            Value::Number(number) => number.to_string().len(),
            Value::String(text) => text.capacity(),
            Value::Array(items) => items.capacity() * VALUE + items.iter().map(held).sum::<usize>(),
            Value::Object(entries) => entries.iter().map(|(name, value)| name.capacity() + ENTRY + held(value)).sum::<usize>(),
        }
    }

    fn bodies() -> Vec<String> {
        let list = |item: &str, n: usize| format!("{{\"a\":[{}]}}", vec![item; n].join(","));
        let deep = |open: &str, close: &str, n: usize| format!("{}0{}", open.repeat(n), close.repeat(n));
        let names = |n: usize| format!("{{{}}}", (0..n).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
        let mut bodies = vec![
            "{}".to_owned(),
            list("\"\"", 3),
            list("\"a\\n\\\"]\"", 100),
            names(1_000),
            list("-12.5e-1", 100),
            "{\"a\":\"[[[[{{{{,,,\"}".to_owned(),
        ];
        let items = ["0", "{}", "[]", "[0]", "{\"\":0}", "true"];
        bodies.extend([1, 2, 4, 5, 8, 9, 1_000].into_iter().flat_map(|n| items.map(|item| list(item, n))));
        bodies.extend([list(&deep("[", "]", 29), 100), list(&deep("{\"\":", "}", 29), 100)]);
        bodies.extend((1..40).map(|n| list(&names(n), 10)));
        bodies
    }

    #[test]
    fn a_body_weighs_no_less_than_its_values_and_no_more_than_its_bytes_allow() {
        for body in bodies() {
            let value = super::super::read_json(body.as_bytes()).expect(&body);
            let weight = weight(body.as_bytes());
            let shown: String = body.chars().take(80).collect();
            assert!(weight >= held(&value) + LEAST, "{shown}: {weight} < {}", held(&value));
            assert!(weight <= 128 * body.len() + LEAST + 1024, "{shown}: {weight} for {} bytes", body.len());
        }
    }

    #[test]
    fn what_is_no_json_weighs_something_too() {
        for body in ["", "]}]}", "\"", "\"\\", "[[[", "{\"a\":", ",,,,", "-", "\\"] {
            assert!(weight(body.as_bytes()) >= LEAST, "{body}");
        }
        assert!(weight(&vec![b'['; 1 << 20]) < 1 << 15, "the reader stops at the depth that there may be");
    }
}
