//! Answers that are sent while they are read: groups with very many members, and lists that have such groups in them.

use std::{collections::VecDeque, io};

use futures::stream;
use poem::Body;
use serde_json::{Map, Value};

use crate::{app::more_members::MoreMembers, http::problem};

/// A rendered resource, and the members that do not stand in it.
pub struct Rendered {
    /// The resource.
    pub body: Value,
    /// The rest of its `members`, if it is large.
    pub rest: Option<Rest>,
}

/// The members of a group that come after those in its body, and how each is shown.
pub struct Rest {
    /// The members.
    pub members: MoreMembers,
    /// As this caller sees them.
    pub shown: Box<dyn Fn(Vec<Value>) -> Vec<Value> + Send>,
}

enum Part {
    Text(String),
    Members(Rest),
}

/// A body that is written piece by piece.
pub struct Streamed(VecDeque<Part>);

impl Streamed {
    /// One large resource.
    pub fn resource(body: Map<String, Value>, rest: Rest) -> Self {
        let mut streamed = Self(VecDeque::new());
        streamed.push_resource(body, rest, "");
        streamed
    }

    /// A list response with large resources in it; `rests` are those of its resources, in their order.
    pub fn list(response: Map<String, Value>, rests: Vec<Option<Rest>>) -> Self {
        let (mut head, resources) = open(response, "Resources");
        let mut streamed = Self(VecDeque::new());
        for ((place, resource), rest) in resources.into_iter().enumerate().zip(rests) {
            if place > 0 {
                head.push(',');
            }
            match (resource, rest) {
                (Value::Object(body), Some(rest)) => streamed.push_resource(body, rest, &std::mem::take(&mut head)),
                (resource, _) => head.push_str(&resource.to_string()),
            }
        }
        streamed.0.push_back(Part::Text(head + "]}"));
        streamed
    }

    fn push_resource(&mut self, body: Map<String, Value>, rest: Rest, before: &str) {
        let (head, members) = open(body, "members");
        let members: Vec<String> = members.iter().map(Value::to_string).collect();
        self.0.push_back(Part::Text(format!("{before}{head}{}", members.join(","))));
        self.0.push_back(Part::Members(rest));
        self.0.push_back(Part::Text("]}".to_owned()));
    }

    /// The body. What cannot be read to its end breaks the connection off, so that nobody takes a part for the whole.
    pub fn into_body(self) -> Body {
        Body::from_bytes_stream(stream::try_unfold(self.0, |mut parts| async move {
            loop {
                match parts.pop_front() {
                    None => return Ok(None),
                    Some(Part::Text(text)) => return Ok(Some((text, parts))),
                    Some(Part::Members(mut rest)) => {
                        let page = rest.members.next().await.map_err(|error| {
                            problem::report(&error);
                            io::Error::other("the members could not be read to the end")
                        })?;
                        if page.is_empty() {
                            continue;
                        }
                        let text = (rest.shown)(page).iter().map(|member| format!(",{member}")).collect();
                        parts.push_front(Part::Members(rest));
                        return Ok::<_, io::Error>(Some((text, parts)));
                    }
                }
            }
        }))
    }
}

/// The object as text up to the inside of one of its lists, which is written last, and what stands in that list.
fn open(mut object: Map<String, Value>, list: &str) -> (String, Vec<Value>) {
    let inside = match object.remove(list) {
        Some(Value::Array(inside)) => inside,
        _ => Vec::new(),
    };
    let comma = if object.is_empty() { "" } else { "," };
    let mut text = Value::Object(object).to_string();
    text.pop();
    (format!("{text}{comma}\"{list}\":["), inside)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_opened_at_the_end() {
        let object = |value: Value| value.as_object().cloned().expect("an object");
        let (text, inside) = open(object(json!({ "a": [1], "l": [2, 3], "b": "}" })), "l");
        assert_eq!(text, r#"{"a":[1],"b":"}","l":["#);
        assert_eq!(inside, [json!(2), json!(3)]);
        assert_eq!(open(object(json!({ "l": [] })), "l").0, r#"{"l":["#);
    }
}
