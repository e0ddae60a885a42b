//! The membership of one person: what it is, what it is to be, and how both are said.

use std::fmt;

use serde_json::Value;

/// A membership as people speak of it. What is and what is to be are compared as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub status: String,
    /// The role and why; none for people who are out.
    pub role: Option<(String, Why)>,
    /// Names of workspace groups.
    pub groups: Vec<String>,
}

/// Why somebody has a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    Default,
    Group(String),
    Attribute,
    ByHand,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the workspace's default"),
            Self::Group(name) => write!(f, "given by the group {name}"),
            Self::Attribute => f.write_str("given by the user's own role"),
            Self::ByHand => f.write_str("given by hand"),
        }
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.status)?;
        match &self.role {
            Some((role, why)) => write!(f, ", {role} ({why})")?,
            None => f.write_str(", no role")?,
        }
        if self.groups.is_empty() { f.write_str(", no groups") } else { write!(f, ", in {}", self.groups.join(", ")) }
    }
}

impl Picture {
    /// Somebody who is in.
    pub fn of(status: &str, role: &str, why: Why, groups: &[&str]) -> Self {
        Self {
            status: status.to_owned(),
            role: Some((role.to_owned(), why)),
            groups: groups.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Somebody who is out.
    pub fn out() -> Self {
        Self { status: "deactivated".to_owned(), role: None, groups: Vec::new() }
    }

    /// Reads the answer of `GET /members/{id}`.
    pub fn read(member: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let listed = |name: &str| member[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let name_of = |group: &Value| {
            let found = listed("groups").iter().find(|known| known["id"] == *group);
            found.map_or_else(|| text(group), |known| text(&known["display_name"]))
        };
        let role = member["member"]["role"].as_str().map(|role| {
            let grant = listed("grants").iter().find(|grant| grant["role"] == role);
            let why = match grant.and_then(|grant| grant["source"].as_str()).unwrap_or_default() {
                "attribute" => Why::Attribute,
                "group" => Why::Group(name_of(&grant.unwrap_or(&Value::Null)["group_id"])),
                "default" => Why::Default,
                _ => Why::ByHand,
            };
            (role.to_owned(), why)
        });
        Self {
            status: text(&member["member"]["status"]),
            role,
            groups: listed("groups").iter().map(|group| text(&group["display_name"])).collect(),
        }
    }
}
