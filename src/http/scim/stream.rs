//! Answers that are sent while they are read: groups with very many members, and lists that have such groups in them.

use std::{collections::VecDeque, io};

use futures::stream;
use poem::Body;
use serde_json::{Map, Value};

use crate::{app::more_members::MoreMembers, http::problem, scim::project::Shown};

/// The members of a group that come after those in its body, and how each is shown.
pub struct Rest {
    /// The members.
    pub members: MoreMembers,
    /// As this caller sees them.
    pub shown: Box<dyn Fn(Vec<Value>) -> Vec<Value> + Send + Sync>,
}

/// A resource as text.
pub enum Written {
    /// All of it.
    Whole(String),
    /// A large group.
    Large {
        /// Up to the last of the members that stand in its body.
        head: String,
        /// The other members, after which it ends.
        rest: Rest,
    },
}

impl Written {
    /// Of a rendered resource, and of the members that do not stand in it.
    pub fn new(mut body: Shown<'_>, rest: Option<Rest>) -> Self {
        let Some(rest) = rest else { return Self::Whole(body.to_text()) };
        let members = body.take("members");
        let members: Vec<String> = members.iter().filter_map(Value::as_array).flatten().map(Value::to_string).collect();
        Self::Large { head: open(body.to_text(), "members") + &members.join(","), rest }
    }
}

enum Part {
    Text(String),
    Members(Rest),
}

/// A body that is written piece by piece.
pub struct Streamed(VecDeque<Part>);

impl Streamed {
    /// One large resource.
    pub fn resource(head: String, rest: Rest) -> Self {
        Self(VecDeque::from([Part::Text(head), Part::Members(rest), Part::Text("]}".to_owned())]))
    }

    /// A list response with these resources, of which `head` is everything else.
    pub fn list(head: Map<String, Value>, resources: Vec<Written>) -> Self {
        let mut text = open(Value::Object(head).to_string(), "Resources");
        // In one piece, unless there are large groups: it is copied once.
        let bytes = |resource: &Written| match resource {
            Written::Whole(text) | Written::Large { head: text, .. } => text.len() + 1,
        };
        text.reserve(resources.iter().map(bytes).sum::<usize>() + 2);
        let mut parts = VecDeque::new();
        for (place, resource) in resources.into_iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            match resource {
                Written::Whole(resource) => text.push_str(&resource),
                Written::Large { head, rest } => {
                    text.push_str(&head);
                    parts.extend([Part::Text(std::mem::take(&mut text)), Part::Members(rest)]);
                    text.push_str("]}");
                }
            }
        }
        parts.push_back(Part::Text(text + "]}"));
        Self(parts)
    }

    /// The text, if nothing is left to be read.
    ///
    /// # Errors
    /// Itself, if something is.
    pub fn whole(mut self) -> Result<String, Self> {
        match self.0.pop_front() {
            Some(Part::Text(text)) if self.0.is_empty() => Ok(text),
            Some(part) => {
                self.0.push_front(part);
                Err(self)
            }
            None => Ok(String::new()),
        }
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

/// The text of an object, opened at its end for one more value, which is a list.
fn open(mut object: String, list: &str) -> String {
    object.pop();
    if object.len() > 1 {
        object.push(',');
    }
    object + &format!("\"{list}\":[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_opened_at_the_end() {
        assert_eq!(open(r#"{"a":[1],"b":"}"}"#.into(), "l"), r#"{"a":[1],"b":"}","l":["#);
        assert_eq!(open("{}".into(), "l"), r#"{"l":["#);
    }
}
